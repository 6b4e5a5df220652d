"""Redis against programs of others: redis-cli, redis-benchmark and redis-py ask our server, our client asks redis-server."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from pyboot.components.netty import Bootstrap
from pyboot.components.netty.codec.redis import RedisClientHandler, RedisDecoder, RedisResponseError
from tests.conftest import Serving, launch

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).resolve().parents[2] / "docs/examples"


def found(program: str) -> str:
    """Where *program* is; skips where it is nowhere."""
    command = shutil.which(program)
    if command is None:
        package = "redis-server" if program == "redis-server" else "redis-tools"
        pytest.skip(f"{program} is not installed; Debian: apt install {package}")
    return command


def ended(serving: Serving) -> None:
    """End the server, and close what it was read by."""
    serving.process.kill()
    serving.process.wait()
    assert serving.process.stdout is not None
    serving.process.stdout.close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of docs/examples/redis_server, which takes inline commands here."""
    serving = launch(sys.executable, "server.py", "0", "--inline", cwd=EXAMPLES / "redis_server")
    yield serving.port
    ended(serving)


@pytest.fixture(scope="module")
def real_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a redis-server that keeps nothing."""
    command = found("redis-server")
    for port in range(26_379, 26_399):
        process = subprocess.Popen(
            [
                command,
                "--port",
                str(port),
                "--save",
                "",
                "--bind",
                "127.0.0.1",
                "--enable-debug-command",
                "local",
                "--dir",
                str(tmp_path_factory.mktemp("redis")),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        if any("Ready to accept connections" in line for line in process.stdout):
            break
        process.wait()
        process.stdout.close()
    else:
        pytest.fail("redis-server found no free port")
    yield port
    process.kill()
    process.wait()
    process.stdout.close()


def told(port: int, *command: str, stdin: str = "") -> str:
    """What redis-cli shows for *command*."""
    ran = subprocess.run(
        [found("redis-cli"), "-p", str(port), *command], input=stdin, capture_output=True, text=True, timeout=30, check=True
    )
    return ran.stdout.strip()


@pytest.mark.parametrize("version", ["-2", "-3"])
def test_redis_cli(port: int, version: str) -> None:
    """Of either protocol."""
    if version == "-2" and "-2" not in subprocess.run([found("redis-cli"), "--help"], capture_output=True, text=True, check=False).stdout:
        options: list[str] = []
    else:
        options = [version]
    assert "PONG" == told(port, *options, "PING")
    assert "OK" == told(port, *options, "SET", "cli", "one two", "EX", "100")
    assert "one two" == told(port, *options, "GET", "cli")
    assert 90 <= int(told(port, *options, "TTL", "cli")) <= 100
    assert "1" == told(port, *options, "DEL", "cli", "nothing")
    assert "ERR unknown command 'FROBNICATE'" == told(port, *options, "FROBNICATE")


def test_redis_cli_pipes(port: int) -> None:
    """Its mass insertion: thousands of commands without a pause, then an ECHO that marks the end."""
    stream = "".join(f"*3\r\n$3\r\nSET\r\n$6\r\nk{number:05}\r\n$1\r\n1\r\n" for number in range(5000))

    assert "errors: 0, replies: 5000" in told(port, "--pipe", stdin=stream)


def test_redis_benchmark(port: int) -> None:
    """With sixteen commands in flight on each of its connections, inline ones among them."""
    command = [found("redis-benchmark"), "-p", str(port), "-t", "ping,set,get,incr", "-n", "2000", "-P", "16", "-q"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert 5 == ran.stdout.count("requests per second"), ran.stdout
    assert "rror" not in ran.stdout


@pytest.mark.parametrize("protocol", [2, 3])
def test_redis_py(port: int, protocol: int) -> None:
    """Values, pipelines and errors."""
    with redis.Redis(port=port, protocol=protocol) as client:
        client.set("py", b"\x00\r\n", px=60_000)
        assert b"\x00\r\n" == client.get("py")
        with client.pipeline(transaction=False) as pipeline:
            pipeline.delete("n")
            for _ in range(100):
                pipeline.incr("n")
            pipeline.mget("n", "nothing")
            assert [[b"100", None], 100] == pipeline.execute()[:-3:-1]
        with pytest.raises(redis.ResponseError, match="not an integer"):
            client.incr("py")
        assert client.ttl("py") > 0
        assert client.client_setname("me")


@pytest.mark.parametrize("protocol", [2, 3])
def test_redis_py_hears_news(port: int, protocol: int) -> None:
    """By either protocol: pushes of RESP3 are arrays in RESP2."""
    with redis.Redis(port=port, protocol=protocol) as client, client.pubsub() as listener:
        listener.subscribe("news")
        assert "subscribe" == next(listener.listen())["type"]
        assert 1 == client.publish("news", "it rains")
        heard = next(listener.listen())
        assert ("message", b"news", b"it rains") == (heard["type"], heard["channel"], heard["data"])


async def connected(port: int) -> tuple[Any, RedisClientHandler]:
    """A connection and the client on it."""
    client = RedisClientHandler()
    channel = await Bootstrap().handler(lambda channel: channel.pipeline().add_last(RedisDecoder(), client)).connect("127.0.0.1", port)
    return channel, client


@pytest.fixture
async def client(real_port: int) -> AsyncIterator[RedisClientHandler]:
    """Our client, connected to redis-server by RESP3."""
    channel, handler = await connected(real_port)
    await handler.execute("HELLO", 3)
    yield handler
    await channel.close()


async def test_our_client_asks_redis(client: RedisClientHandler) -> None:
    """Every kind that its DEBUG command gives, and what nests."""
    kinds = {
        "string": b"Hello World",
        "integer": 12345,
        "double": 3.141,
        "null": None,
        "array": [0, 1, 2],
        "set": {0, 1, 2},
        "map": {0: False, 1: True, 2: False},
        "bignum": 1234567999999999999999999999999999999,
        "true": True,
        "false": False,
        "verbatim": b"This is a verbatim\nstring",
    }
    assert kinds == {name: await client.execute("DEBUG", "PROTOCOL", name) for name in kinds}
    assert b"Some real reply following the attribute" == await client.execute("DEBUG", "PROTOCOL", "attrib")
    told_all = await client.execute("COMMAND", "DOCS", "GET")
    assert b"string" == told_all[b"get"][b"group"]
    await client.pipeline([("DEL", "list"), ("LPUSH", "list", 1)])
    with pytest.raises(RedisResponseError, match="WRONGTYPE"):
        await client.execute("GET", "list")


async def test_many_tasks_share_a_connection(client: RedisClientHandler) -> None:
    """Each gets its own replies, large ones among them."""

    async def ask(number: int) -> bytes:
        value = bytes([number]) * (number * 1000)
        assert "OK" == await client.execute("SET", f"task{number}", value)
        assert value == await client.execute("GET", f"task{number}")
        return value

    values = await asyncio.gather(*map(ask, range(100)))
    assert [number * 1000 for number in range(100)] == list(map(len, values))


@pytest.mark.parametrize("which", ["ours", "redis-server"])
def test_the_client_example(which: str, request: pytest.FixtureRequest) -> None:
    """docs/examples/redis_client, which asks either server."""
    port = request.getfixturevalue("port" if which == "ours" else "real_port")
    command = [sys.executable, "client.py", str(port)]
    ran = subprocess.run(command, cwd=EXAMPLES / "redis_client", capture_output=True, text=True, timeout=60, check=True)

    assert [
        "b'hello'",
        "1000",
        "ERR - ERR value is not an integer or out of range",
        "[b'subscribe', b'news', 1]",
        "[b'message', b'news', b'it rains']",
    ] == ran.stdout.splitlines()
