"""A client that comes back: it says who it is whenever it is connected, and prints what it hears."""

import logging
import sys

from pyboot.components.netty import (
    Bootstrap,
    ChannelHandler,
    ChannelHandlerContext,
    HeartbeatHandler,
    LineBasedFrameDecoder,
    SocketChannel,
    StringDecoder,
    StringEncoder,
)


class Beat(HeartbeatHandler):
    """A line of its own for a heartbeat, both ways."""

    def heartbeat(self) -> str:
        return "beat\n"

    def is_heartbeat(self, msg: object) -> bool:
        return msg == "beat"


class Sensor(ChannelHandler[str]):
    """Logs in again with each connection: the server does not remember the one before."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.write_and_flush("login sensor-7\n")
        ctx.fire_channel_active()

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        print("heard", msg, flush=True)


def init_channel(channel: SocketChannel) -> None:
    """Called for each connection: nothing is left of the one before."""
    beat = Beat(interval_seconds=30, timeout_seconds=75)
    channel.pipeline().add_last(LineBasedFrameDecoder(), StringDecoder(), StringEncoder(), beat, Sensor())


if __name__ == "__main__":
    logging.basicConfig(level="INFO", format="%(message)s")
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    Bootstrap().auto_reconnect(True).handler(init_channel).address("127.0.0.1", port).grace()
