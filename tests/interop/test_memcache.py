"""memcache against programs of others: pymemcache asks our server, our codecs ask memcached by both protocols."""

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pymemcache.client.base import Client

from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.codec.memcache import (
    BinaryMemcacheClientCodec,
    BinaryMemcacheOpcode,
    BinaryMemcacheRequest,
    BinaryMemcacheResponse,
    BinaryMemcacheStatus,
    TextMemcacheClientCodec,
    TextMemcacheRequest,
    TextMemcacheResponse,
)
from tests.conftest import launch

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/memcache_server"


@pytest.fixture
def port() -> Iterator[int]:
    """The port of docs/examples/memcache_server."""
    serving = launch(sys.executable, "server.py", "0", cwd=EXAMPLE)
    yield serving.port
    serving.process.kill()
    serving.process.wait()
    assert serving.process.stdout is not None
    serving.process.stdout.close()


def test_pymemcache(port: int) -> None:
    """All of its storage and retrieval, with and without answers."""
    with closing(Client(("127.0.0.1", port), timeout=10)) as client:
        assert client.set("a", b"x\r\nEND\r\n", expire=60, noreply=False)
        assert b"x\r\nEND\r\n" == client.get("a")
        assert client.get("b") is None
        assert not client.add("a", b"y", noreply=False)
        assert client.append("a", b"z", noreply=False)
        assert {"a": b"x\r\nEND\r\nz"} == client.get_many(["a", "b"])
        client.set("n", b"9")
        assert 11 == client.incr("n", 2)
        assert 0 == client.decr("n", 20)
        value, version = client.gets("n")
        assert client.cas("n", b"1", version, noreply=False)
        assert not client.cas("n", b"2", version, noreply=False)
        assert b"0" == value
        assert client.touch("n", 100, noreply=False)
        assert client.delete("n", noreply=False)
        assert not client.delete("n", noreply=False)
        assert b"pyboot" == client.version()
        assert client.flush_all(noreply=False)
        assert client.get("a") is None


@pytest.fixture(scope="module")
def real_port() -> Iterator[int]:
    """The port of a memcached."""
    command = shutil.which("memcached")
    if command is None:
        pytest.skip("memcached is not installed; Debian: apt install memcached")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with subprocess.Popen(
        [command, "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-u", "nobody", "-vv"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any("server listening" in line for line in process.stderr), "memcached does not listen"
        yield port
        process.kill()


class Answers(ChannelHandler[Any]):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.seen: asyncio.Queue[Any] = asyncio.Queue()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Keep *msg*."""
        self.seen.put_nowait(msg)


@pytest.fixture
async def ask(real_port: int) -> AsyncIterator[Any]:
    """Write a request by one codec or the other, and give so many answers."""
    channels: dict[type, tuple[Any, Answers]] = {}

    async def asking(codec: type, request: Any, answers: int) -> list[Any]:
        if codec not in channels:
            heard = Answers()
            connecting = Bootstrap().handler(lambda channel: channel.pipeline().add_last(codec(), heard)).connect("127.0.0.1", real_port)
            channels[codec] = (await connecting, heard)
        channel, heard = channels[codec]
        await channel.write_and_flush(request)
        return [await asyncio.wait_for(heard.seen.get(), 10) for _ in range(answers)]

    yield asking
    for channel, _ in channels.values():
        await channel.close()


async def test_our_text_codec_asks_memcached(ask: Any) -> None:
    """Lines, data and numbers."""

    async def said(request: TextMemcacheRequest, answers: int = 1) -> list[TextMemcacheResponse]:
        found: list[TextMemcacheResponse] = await ask(TextMemcacheClientCodec, request, answers)
        return found

    assert [TextMemcacheResponse("STORED")] == await said(TextMemcacheRequest.store("set", b"t", b"a\r\nb", flags=5))
    assert [TextMemcacheResponse.of_value(b"t", b"a\r\nb", 5), TextMemcacheResponse("END")] == await said(
        TextMemcacheRequest("get", (b"t",)), 2
    )
    assert [TextMemcacheResponse("NOT_STORED")] == await said(TextMemcacheRequest.store("add", b"t", b""))
    await said(TextMemcacheRequest.store("set", b"n", b"41"))
    assert [TextMemcacheResponse("42")] == await said(TextMemcacheRequest("incr", (b"n", b"1")))
    assert ["VA"] == [each.word for each in await said(TextMemcacheRequest("mg", (b"n", b"v")))]
    (version,) = await said(TextMemcacheRequest("version"))
    assert "VERSION" == version.word
    (refused,) = await said(TextMemcacheRequest("incr", (b"t", b"1")))
    assert ("CLIENT_ERROR", (b"cannot increment or decrement non-numeric value",)) == (refused.word, refused.arguments)


async def test_our_binary_codec_asks_memcached(ask: Any) -> None:
    """Extras, versions, and how it went."""

    async def said(request: BinaryMemcacheRequest) -> BinaryMemcacheResponse:
        (answer,) = await ask(BinaryMemcacheClientCodec, request, 1)
        assert isinstance(answer, BinaryMemcacheResponse)
        assert (request.opcode, request.opaque) == (answer.opcode, answer.opaque)
        return answer

    stored = await said(BinaryMemcacheRequest(BinaryMemcacheOpcode.SET, b"k", bytes(300), b"\xde\xad\xbe\xef\x00\x00\x00\x3c", opaque=7))
    assert (BinaryMemcacheStatus.SUCCESS, True) == (stored.status, stored.cas > 0)
    found = await said(BinaryMemcacheRequest(BinaryMemcacheOpcode.GETK, b"k", opaque=8))
    assert (b"k", bytes(300), b"\xde\xad\xbe\xef", stored.cas) == (found.key, found.value, found.extras, found.cas)
    missed = await said(BinaryMemcacheRequest(BinaryMemcacheOpcode.GET, b"none"))
    assert BinaryMemcacheStatus.KEY_ENOENT == missed.status
    assert (
        BinaryMemcacheStatus.KEY_EEXISTS
        == (await said(BinaryMemcacheRequest(BinaryMemcacheOpcode.SET, b"k", b"", bytes(8), cas=stored.cas + 1))).status
    )
    assert b"1.6" == (await said(BinaryMemcacheRequest(BinaryMemcacheOpcode.VERSION))).value[:3]
