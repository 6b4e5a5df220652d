"""The proxy of a client: connections go through it, its refusal is told, and its password is nowhere shown."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pyboot.boot import Import, PyBootApplication, start
from pyboot.boot.errors import BootError
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.netty.annotations import ChannelHandlerBean
from pyboot.netty.client.client import NettyClient

PATIENCE = 20
YES = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
HEARD: list[bytes] = []
CAME: list[asyncio.Event] = []  # the one of the test


@NettyClient(host="no.such.host", port=80)
class UpClient:
    """Its host is looked up by the proxy alone."""


@ChannelHandlerBean(client="up")
class Note(ChannelHandler[Any]):
    """Notes what comes."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Whole reads."""
        HEARD.append(bytes(msg))
        CAME[-1].set()


@Import(UpClient, Note)
@PyBootApplication(scan=())
class App:
    """An application of these."""


@asynccontextmanager
async def proxy(answer: bytes | None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """The address of a proxy with a password that gives *answer*, or none at all; and what it is asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked.append(await reader.readexactly(4))
            writer.write(b"\x05\x02")
            asked.append(await reader.readexactly(len(b"\x01\x02me\x07hunter2")))
            writer.write(b"\x01\x00")
            asked.append(await reader.readexactly(len(b"\x05\x01\x00\x03\x0cno.such.host\x00\x50")))
            if answer is not None:
                writer.write(answer)
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            asked.append(b"left")
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        await server.wait_closed()


def settings(place: str, **more: str) -> dict[str, Any]:
    """Those of a client behind the proxy at *place*."""
    common = {"netty.clients.up.proxy.url": f"socks5://me:hunter2@{place}", "netty.clients.up.reconnect.enabled": "false"}
    return common | {f"netty.clients.up.proxy.{name.replace('_', '-')}": value for name, value in more.items()}


async def test_connections_go_through_the_proxy(caplog: pytest.LogCaptureFixture) -> None:
    """With who we are, and the name as it is."""
    HEARD.clear()
    CAME.append(asyncio.Event())
    with caplog.at_level(logging.DEBUG):
        async with proxy(YES + b"hello") as (place, asked), start(App, properties=settings(place)):
            await asyncio.wait_for(CAME[-1].wait(), PATIENCE)

    assert [b"hello"] == HEARD
    assert [b"\x05\x02\x00\x02", b"\x01\x02me\x07hunter2", b"\x05\x01\x00\x03\x0cno.such.host\x00\x50"] == asked[:3]
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    ("answer", "more", "said"),
    [
        (b"\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", {}, "2 FORBIDDEN"),
        (None, {"connect_timeout": "100ms"}, "it has not answered for 0.1 s"),
    ],
)
async def test_a_refusal_is_told_with_the_answer(answer: bytes | None, more: dict[str, str], said: str) -> None:
    """And no answer, after the time that is set."""
    async with proxy(answer) as (place, _):
        given = settings(place, **more) | {"netty.clients.up.required": "true"}
        with pytest.raises(BootError) as failure:
            async with start(App, properties=given):
                pass
        told = f"{failure.value} {failure.value.__cause__}"
        assert said in told
        assert "hunter2" not in told


async def test_a_proxy_that_is_off_is_not_used() -> None:
    """Nor has it to be anywhere."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(b"connected")
        CAME[-1].set()
        writer.close()

    CAME.append(asyncio.Event())
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    given = {"netty.clients.up.host": "127.0.0.1", "netty.clients.up.port": port, "netty.clients.up.proxy.enabled": "false"}
    async with start(App, properties=given):
        await asyncio.wait_for(CAME[-1].wait(), PATIENCE)
    server.close()
    await server.wait_closed()
    assert asked[0] == b"connected"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"netty.clients.up.proxy.url": "ftp://me:hunter2@proxy"}, "allowed are http://host"),
        ({"netty.clients.up.proxy.connect-timeout": "1s"}, "set url"),
        (
            {"netty.clients.up.transport": "unix", "netty.clients.up.proxy.url": "http://a"},
            "leave proxy out",
        ),
    ],
)
async def test_what_is_no_proxy_ends_the_start(given: dict[str, str], said: str) -> None:
    """Without its password."""
    with pytest.raises(BootError) as failure:
        async with start(App, properties=given):
            pass
    assert said in str(failure.value)
    assert "hunter2" not in str(failure.value)
