"""A thousand bad peers are a handful of lines with the right counts; a handler's own errors are told with their place."""

import asyncio
import contextlib
import logging
import re
import socket
import struct
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, LineBasedFrameDecoder, ServerBootstrap


class Sink(ChannelHandler[Any]):
    """Takes what comes."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """And forgets it."""


class Database(ChannelHandler[Any]):
    """A handler whose database is down."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await asyncio.sleep(0)
        raise ConnectionRefusedError(111, "no database")


def assemble(channel: Any) -> None:
    channel.pipeline().add_last(LineBasedFrameDecoder(16), Sink())


async def misbehave(address: Any, data: bytes, *, resets: bool = False, ends: bool = False) -> None:
    """Connect, send *data*, and leave, or wait until the server has hung up."""
    reader, writer = await asyncio.open_connection(*address[:2])
    with contextlib.suppress(ConnectionError):
        writer.write(data)
        await writer.drain()
        if resets:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            if ends:
                writer.write_eof()
            await reader.read()
    writer.transport.abort()


def totals(caplog: pytest.LogCaptureFixture) -> dict[str, int]:
    """How often each reason was told, counts included."""
    found: dict[str, int] = {}
    for record in caplog.records:
        if record.name != "pyboot.components.netty.channel.fault":
            continue
        count = re.match(r"(\d+) more of (\w+)", record.getMessage())
        reason, number = (count[2], int(count[1])) if count else (re.findall(r">: (\w+)", record.getMessage())[0], 1)
        found[reason] = found.get(reason, 0) + number
    return found


async def test_a_thousand_bad_peers_are_a_handful_of_lines_with_the_right_counts(caplog: pytest.LogCaptureFixture) -> None:
    """Frames that are too long, and frames without an end; the counts are written when the server has closed."""
    caplog.set_level(logging.INFO)
    server = ServerBootstrap().child_handler(assemble)
    address = (await server.bind("127.0.0.1", 0)).local_address()
    for _ in range(10):
        await asyncio.gather(
            *(misbehave(address, b"x" * 100 + b"\n") for _ in range(50)),
            *(misbehave(address, b"x", ends=True) for _ in range(50)),
        )
    await server.shutdown_gracefully(0, 5)

    assert {"TooLongFrameError": 500, "PrematureCloseError": 500} == totals(caplog)
    assert len(caplog.records) <= 5, caplog.messages
    assert [] == [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]


async def test_resets_are_no_news_and_never_a_traceback(caplog: pytest.LogCaptureFixture, recorder: Any) -> None:
    """A line and a count for who looks at the level of debug."""
    caplog.set_level(logging.DEBUG, "pyboot")
    server = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(recorder, Sink()))
    address = (await server.bind("127.0.0.1", 0)).local_address()
    await asyncio.gather(*(misbehave(address, b"x", resets=True) for _ in range(50)))
    await recorder.seen("channel_inactive", 50)
    await server.shutdown_gracefully(0, 5)

    told = [record for record in caplog.records if record.name.startswith("pyboot")]
    assert [] == [record for record in told if record.levelno > logging.DEBUG or record.exc_info]
    assert len(told) <= 5


async def test_a_database_that_is_down_is_told_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    """Though the error has the type of a peer that left; the client's connection is closed."""
    server = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(Database()))
    address = (await server.bind("127.0.0.1", 0)).local_address()
    await asyncio.gather(*(misbehave(address, b"x") for _ in range(30)))
    await server.shutdown_gracefully(0, 5)

    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [True] * 10 + [False] == [record.exc_info is not None for record in errors]
    assert errors[10].getMessage().startswith("20 more of ConnectionRefusedError at ")
