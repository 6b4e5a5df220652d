"""Lingering: an answer is not lost because its reader still sends."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.channel import EmbeddedEventLoop
from pyboot.components.netty.transport import linger
from tests.components.netty.kernel import Kernel


class Goodbye(ChannelHandler[Any]):
    """Answers the first bytes with a page, closes, and never reads the rest."""

    def __init__(self, linger_seconds: float) -> None:
        self._linger_seconds = linger_seconds

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """As said."""
        ctx.channel.linger_seconds = self._linger_seconds  # type: ignore[attr-defined]  # a SocketChannel
        ctx.write_and_flush(b"refused" * 1000)
        ctx.close()


async def test_what_was_answered_reaches_a_peer_that_goes_on_sending(listen: Any, connect: Any) -> None:
    """Without lingering the unread bytes would make the close a reset."""
    server = await listen(lambda channel: channel.pipeline().add_last(Goodbye(5.0)))
    reader, writer = await connect(server)
    writer.write(b"x" * 4_000_000)

    async with asyncio.timeout(20):
        answer = await reader.read()

    assert b"refused" * 1000 == answer


async def test_lingering_ends_when_the_peer_ends(listen: Any, connect: Any, recorder: Any) -> None:
    """Long before its time is up."""

    def assemble(channel: Any) -> None:
        channel.pipeline().add_last(recorder, Goodbye(3600.0))

    server = await listen(assemble)
    reader, writer = await connect(server)
    writer.write(b"x")
    await reader.read()
    assert "channel_inactive" not in recorder.events

    writer.close()

    await recorder.seen("channel_inactive")
    assert [] == recorder.errors


async def test_lingering_ends_when_its_time_is_up(listen: Any, connect: Any, recorder: Any) -> None:
    """Though the peer goes on sending."""

    def assemble(channel: Any) -> None:
        channel.pipeline().add_last(recorder, Goodbye(0.02))

    server = await listen(assemble)
    _, writer = await connect(server)
    writer.write(b"x")
    await recorder.seen("channel_read")
    while "channel_inactive" not in recorder.events:
        writer.write(b"x")
        await asyncio.sleep(0)

    assert [] == recorder.errors


async def test_lingering_ends_when_the_peer_stops(listen: Any, connect: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has nothing more to say, and reads or not as it likes."""
    monkeypatch.setattr(linger, "_QUIET_SECONDS", 0.02)

    def assemble(channel: Any) -> None:
        channel.pipeline().add_last(recorder, Goodbye(3600.0))

    server = await listen(assemble)
    _, writer = await connect(server)
    writer.write(b"x")

    await recorder.seen("channel_inactive")


async def test_a_reset_of_a_peer_that_lingers_is_no_error(listen: Any, connect: Any, reset: Any, recorder: Any) -> None:
    """It has all that it wanted."""

    def assemble(channel: Any) -> None:
        channel.pipeline().add_last(recorder, Goodbye(3600.0))

    server = await listen(assemble)
    reader, writer = await connect(server)
    writer.write(b"x")
    await reader.read()
    reset(writer)

    await recorder.seen("channel_inactive")
    assert [] == recorder.errors


class Transport:
    """Remembers that it was closed."""

    is_closed = False

    def close(self) -> None:
        """As said."""
        self.is_closed = True

    def set_protocol(self, protocol: Any) -> None:
        """Nothing to do."""

    write_eof = resume_reading = lambda self: None


def test_a_process_that_was_stopped_does_not_take_a_peer_that_sends_for_quiet() -> None:
    """What came meanwhile is seen first."""
    loop = EmbeddedEventLoop()
    kernel, transport = Kernel(loop), Transport()
    lingers = linger.Linger(loop, transport, 60.0, lambda _: None)
    kernel.turn()
    for _ in range(3):
        kernel.arrive(lambda: lingers.data_received(b"more"))
        kernel.stop(10)
        assert not transport.is_closed
    kernel.stop(10)
    assert transport.is_closed
