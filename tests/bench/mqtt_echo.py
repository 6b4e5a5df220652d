"""Our echo of MQTT: codec and a handler, as in peers/MqttEcho.java. It prints its port."""

import asyncio
from typing import Any

from pyboot.components.netty import ChannelHandler, ServerBootstrap, loop_factory
from pyboot.components.netty.codec.mqtt import MqttDecoder, MqttEncoder, MqttPublishMessage, MqttVersion


class Echo(ChannelHandler[MqttPublishMessage]):
    """Answers each message with one of its topic and content, and flushes once per read."""

    def channel_read(self, ctx: Any, msg: MqttPublishMessage) -> None:
        ctx.write(MqttPublishMessage(msg.topic, msg.payload))

    def channel_read_complete(self, ctx: Any) -> None:
        ctx.flush()


async def main() -> None:
    def assemble(channel: Any) -> None:
        version = MqttVersion.MQTT_3_1_1
        channel.pipeline().add_last(MqttDecoder(version=version), MqttEncoder(version), Echo())

    server = await ServerBootstrap().child_handler(assemble).bind("127.0.0.1", 0)
    print(server.local_address()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main(), loop_factory=loop_factory("uvloop"))
