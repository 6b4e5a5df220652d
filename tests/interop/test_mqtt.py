"""MQTT with others: four clients of others at the example broker, run as a user runs it, and a client of ours at mosquitto."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.codec.mqtt import (
    MqttConnAckMessage,
    MqttConnectMessage,
    MqttDecoder,
    MqttDisconnectMessage,
    MqttEncoder,
    MqttMessage,
    MqttPingReqMessage,
    MqttPingRespMessage,
    MqttProperties,
    MqttPubAckMessage,
    MqttPubCompMessage,
    MqttPublishMessage,
    MqttPubRecMessage,
    MqttPubRelMessage,
    MqttSubAckMessage,
    MqttSubscribeMessage,
    MqttTopicSubscription,
    MqttUnsubAckMessage,
    MqttUnsubscribeMessage,
    MqttVersion,
    MqttWill,
)
from tests.conftest import launch

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/mqtt_broker"
SECONDS = 20


@pytest.fixture(scope="module")
def broker() -> Iterator[int]:
    """The port of the example broker, which is one process for all tests here."""
    serving = launch(sys.executable, "app.py", "--netty.servers.mqtt.port=0", cwd=EXAMPLE)
    try:
        yield serving.port
    finally:
        serving.process.terminate()
        serving.finish()
    assert 0 == serving.process.returncode


def program(name: str, package: str) -> str:
    """The path of a program, or a skip that says which package has it."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed; Debian: apt install {package}")
    return found


def module(name: str, distribution: str) -> Any:
    """A module of a client, or a skip that says which distribution has it."""
    return pytest.importorskip(name, reason=f"{distribution} is not installed; it is in the group dev")


# Clients of others at our broker.


@contextmanager
def mosquitto_sub(port: int, *arguments: str) -> Iterator[Callable[[], list[str]]]:
    """Run mosquitto_sub until the end of the block; what it gives waits for the program's end, and returns the lines it printed."""
    command = [program("stdbuf", "coreutils"), "-oL", program("mosquitto_sub", "mosquitto-clients"), "-p", str(port), "-d", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        too_late = threading.Timer(SECONDS, process.kill)
        too_late.start()
        assert process.stdout is not None
        printed: list[str] = []
        try:
            for line in process.stdout:
                printed.append(line.strip())
                if line.startswith("Subscribed"):
                    break
            else:
                raise AssertionError(f"never subscribed: {printed}")

            def lines() -> list[str]:
                assert process.stdout is not None
                own = ("Client ", "Subscribed")
                return [line.strip() for line in process.stdout if not line.startswith(own)]

            yield lines
        finally:
            too_late.cancel()
            process.kill()


def mosquitto_pub(port: int, *arguments: str, stdin: str = "") -> None:
    """Run mosquitto_pub to its end."""
    command = [program("mosquitto_pub", "mosquitto-clients"), "-p", str(port), *arguments]
    ran = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (0, "") == (ran.returncode, ran.stderr)


@pytest.mark.parametrize("version", ["mqttv31", "mqttv311", "mqttv5"])
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_mosquittos_clients(broker: int, version: str, qos: str) -> None:
    """A hundred lines, each a message, come in their order."""
    topic = f"mosquitto/{version}/{qos}"
    with mosquitto_sub(broker, "-V", version, "-q", qos, "-t", "mosquitto/+/#", "-C", "100", "-F", "%t %p") as lines:
        mosquitto_pub(broker, "-V", version, "-q", qos, "-t", topic, "-l", stdin="".join(f"{number}\n" for number in range(100)))

        assert [f"{topic} {number}" for number in range(100)] == lines()


def test_mosquittos_clients_know_properties_wills_and_what_is_retained(broker: int) -> None:
    """Of MQTT 5."""
    mosquitto_pub(broker, "-V", "mqttv5", "-q", "1", "-r", "-t", "kept/5", "-m", "on", "-D", "publish", "content-type", "text",
                  "-D", "publish", "user-property", "k", "v", "-D", "publish", "message-expiry-interval", "100")  # fmt: skip
    with mosquitto_sub(broker, "-V", "mqttv5", "-q", "1", "-t", "kept/#", "-C", "1", "-F", "%r %C %P %p") as lines:
        assert ["1 text k:v on"] == lines()
    will = ("-V", "mqttv5", "--will-topic", "will/5", "--will-payload", "gone", "--will-qos", "1")
    with mosquitto_sub(broker, "-V", "mqttv5", "-q", "2", "-t", "will/#", "-C", "1") as lines:
        with mosquitto_sub(broker, *will, "-t", "nothing"):
            pass  # and is killed
        assert ["gone"] == lines()


def test_paho(broker: int) -> None:
    """Its callbacks, 3.1.1 and 5, QoS 2, properties, a session that is kept, a broken socket whose will is published."""
    paho, packets, properties = (module(f"paho.mqtt.{name}", "paho-mqtt") for name in ("client", "packettypes", "properties"))
    events: dict[str, threading.Event] = {name: threading.Event() for name in ("connected", "subscribed", "published", "heard", "will")}
    heard: list[tuple[str, bytes, int]] = []

    def on_message(client: Any, data: Any, message: Any) -> None:
        heard.append((message.topic, message.payload, message.qos))
        events["will" if message.topic == "paho/will" else "heard"].set()

    one = paho.Client(paho.CallbackAPIVersion.VERSION2, "paho-one", protocol=paho.MQTTv5)
    one.on_connect = lambda *_: events["connected"].set()
    one.on_subscribe = lambda *_: events["subscribed"].set()
    one.on_message = on_message
    one.connect("127.0.0.1", broker, 30)
    one.loop_start()
    two = paho.Client(paho.CallbackAPIVersion.VERSION2, "paho-two", protocol=paho.MQTTv311, clean_session=False)
    two.will_set("paho/will", b"gone", 1)
    try:
        assert events["connected"].wait(SECONDS)
        one.subscribe("paho/#", 2)
        assert events["subscribed"].wait(SECONDS)
        told = properties.Properties(packets.PacketTypes.PUBLISH)
        told.UserProperty = ("k", "v")
        published = one.publish("paho/5", b"five", 2, properties=told)
        published.wait_for_publish(SECONDS)
        assert events["heard"].wait(SECONDS)
        assert [("paho/5", b"five", 2)] == heard
        events["heard"].clear()
        two.connect("127.0.0.1", broker, 30)
        two.loop_start()
        two.publish("paho/4", b"x" * 100_000, 1).wait_for_publish(SECONDS)
        assert events["heard"].wait(SECONDS)
        assert ("paho/4", b"x" * 100_000, 1) == heard[-1]
        two.socket().shutdown(socket.SHUT_RDWR)
        assert events["will"].wait(SECONDS)
    finally:
        for client in (one, two):
            client.disconnect()
            client.loop_stop()


async def test_gmqtt(broker: int) -> None:
    """The asyncio client of MQTT 5: subscription identifiers, a response topic, QoS 1 and 2."""
    gmqtt = module("gmqtt", "gmqtt")
    loop = asyncio.get_running_loop()
    subscribed: asyncio.Future[None] = loop.create_future()
    heard: asyncio.Queue[tuple[str, bytes, int, Any]] = asyncio.Queue()

    def on_message(client: Any, topic: str, payload: bytes, qos: int, properties: Any) -> int:
        heard.put_nowait((topic, payload, qos, properties))
        return 0

    client = gmqtt.Client("gmqtt", clean_session=True)
    client.on_message = on_message
    client.on_subscribe = lambda *_: None if subscribed.done() else subscribed.set_result(None)
    async with asyncio.timeout(SECONDS):
        await client.connect("127.0.0.1", broker, version=gmqtt.constants.MQTTv50)
        client.subscribe("gmqtt/#", qos=2, subscription_identifier=7)
        await subscribed
        for qos in (0, 1, 2):
            client.publish(f"gmqtt/{qos}", b"x", qos=qos, response_topic="back", user_property=("k", "v"))
            topic, payload, quality, properties = await heard.get()
            assert (f"gmqtt/{qos}", b"x", qos) == (topic, payload, quality)
            assert ([7], ["back"]) == (properties["subscription_identifier"], properties["response_topic"])
        await client.disconnect()


NODE = """
const mqtt = require("mqtt");
const client = mqtt.connect({port: +process.argv[1], protocolVersion: +process.argv[2], clientId: "node" + process.argv[2]});
const heard = [], base = "node" + process.argv[2];
client.on("error", (error) => { console.error(error.message); process.exit(1); });
client.on("message", (topic, payload, packet) => {
  heard.push([topic, payload.toString(), packet.qos, packet.retain]);
  if (heard.length === 4) { client.end(false, () => console.log(JSON.stringify(heard))); }
});
client.on("connect", () => client.subscribe(base + "/+", {qos: 2}, () => {
  const last = () => client.publish(base + "/d", "r", {qos: 1, retain: true});
  const third = () => client.publish(base + "/c", "2", {qos: 2}, last);
  client.publish(base + "/a", "0", {qos: 0}, () => client.publish(base + "/b", "1", {qos: 1}, third));
}));
"""


@pytest.mark.parametrize("version", ["4", "5"])
def test_mqtt_of_npm(broker: int, version: str) -> None:
    """The client of Node."""
    node = program("node", "nodejs")
    found = subprocess.run([program("npm", "npm"), "root", "-g"], capture_output=True, text=True, timeout=SECONDS, check=False)
    modules = os.pathsep.join(filter(None, [os.environ.get("NODE_PATH"), found.stdout.strip()]))
    environment = os.environ | {"NODE_PATH": modules}
    if subprocess.run(
        [node, "-e", "require.resolve('mqtt')"], env=environment, capture_output=True, timeout=SECONDS, check=False
    ).returncode:
        pytest.skip("node has no mqtt: npm install -g mqtt")
    ran = subprocess.run(
        [node, "-e", NODE, str(broker), version], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert "" == ran.stderr
    expected = [
        [f"node{version}/a", "0", 0, False],
        [f"node{version}/b", "1", 1, False],
        [f"node{version}/c", "2", 2, False],
        [f"node{version}/d", "r", 1, False],
    ]
    assert expected == json.loads(ran.stdout)


# A client of ours at the broker of others.


class Asker(ChannelHandler[MqttMessage]):
    """Keeps what comes, and answers what has to be answered."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[MqttMessage] = asyncio.Queue()

    def channel_read(self, ctx: ChannelHandlerContext, msg: MqttMessage) -> None:
        """One packet."""
        match msg:
            case MqttPublishMessage(qos=1):
                ctx.write_and_flush(MqttPubAckMessage(msg.packet_id))
            case MqttPublishMessage(qos=2):
                ctx.write_and_flush(MqttPubRecMessage(msg.packet_id))
            case MqttPubRecMessage():
                ctx.write_and_flush(MqttPubRelMessage(msg.packet_id))
            case MqttPubRelMessage():
                ctx.write_and_flush(MqttPubCompMessage(msg.packet_id))
        self.heard.put_nowait(msg)


@asynccontextmanager
async def mosquitto(folder: Path) -> AsyncIterator[int]:
    """Mosquitto itself, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = folder / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nuser root\n")
    process = await asyncio.create_subprocess_exec(
        program("mosquitto", "mosquitto"), "-c", str(settings), "-v", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(SECONDS):
            while b"running" not in (line := await process.stdout.readline()):
                assert line, "mosquitto ended"
        reading = asyncio.create_task(process.stdout.read())  # so that it does not wait for who reads its log
        yield port
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    await reading


@pytest.mark.parametrize("version", list(MqttVersion))
async def test_a_client_of_ours_at_mosquitto(tmp_path: Path, version: MqttVersion) -> None:
    """Each packet that a client sends, with each quality of service."""
    is_5 = version == MqttVersion.MQTT_5
    async with mosquitto(tmp_path) as port, asyncio.timeout(SECONDS):
        asker = Asker()
        channel = (
            await Bootstrap().handler(lambda ch: ch.pipeline().add_last(MqttDecoder(), MqttEncoder(), asker)).connect("127.0.0.1", port)
        )
        properties = MqttProperties(session_expiry_interval=10, receive_maximum=10) if is_5 else MqttProperties()
        channel.write_and_flush(MqttConnectMessage("ours", version, keep_alive=30, will=MqttWill("will", b"x", 1), properties=properties))
        connack = await asker.heard.get()
        assert isinstance(connack, MqttConnAckMessage)
        assert 0 == connack.reason_code
        wanted = (MqttTopicSubscription("a/#", 2), MqttTopicSubscription("b", 1))
        identified = MqttProperties(subscription_identifiers=(3,)) if is_5 else MqttProperties()
        channel.write_and_flush(MqttSubscribeMessage(1, wanted, identified))
        assert MqttSubAckMessage(1, (2, 1)) == await asker.heard.get()
        for qos in (0, 1, 2):
            channel.write_and_flush(MqttPublishMessage(f"a/{qos}", b"hi", qos, packet_id=qos))
            expected = {0: 1, 1: 2, 2: 4}[qos]  # the message, and the answers of both directions
            packets = [await asker.heard.get() for _ in range(expected)]
            (message,) = (packet for packet in packets if isinstance(packet, MqttPublishMessage))
            assert (f"a/{qos}", b"hi", qos) == (message.topic, message.payload, message.qos)
            assert ((3,) if is_5 else ()) == message.properties.subscription_identifiers
        channel.write_and_flush(MqttUnsubscribeMessage(2, ("a/#", "c")))
        assert MqttUnsubAckMessage(2, (0, 0x11) if is_5 else ()) == await asker.heard.get()
        channel.write_and_flush(MqttPingReqMessage())
        assert MqttPingRespMessage() == await asker.heard.get()
        await channel.write_and_flush(MqttDisconnectMessage())
        await channel.close_future
