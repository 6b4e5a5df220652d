"""A peer that is gone is noticed where nothing is read from it; and no timer runs where everything is."""

import asyncio
import gc
import socket
import weakref
from typing import Any

import pytest

from pyboot.components.netty import (
    INPUT_SHUTDOWN,
    Bootstrap,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    ServerBootstrap,
    loop_factory,
)
from pyboot.components.netty.channel.loop_state import state_of
from pyboot.components.netty.transport import watching


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look every hundredth of a second."""
    monkeypatch.setattr(watching, "_INTERVAL_SECONDS", 0.01)


async def paused(listen: Any, connect: Any, recorder: Any, bootstrap: Any = None) -> Any:
    """A connection whose server side does not read; its client's streams."""
    server = await listen(recorder, bootstrap)
    streams = await connect(server)
    await recorder.seen("channel_active")
    recorder.channels[0].auto_read = False
    return streams


async def test_nobody_is_watched_while_everything_is_read(listen: Any, connect: Any, recorder: Any) -> None:
    """No timer, no poll."""
    server = await listen(recorder)
    await connect(server)
    await recorder.seen("channel_active")

    assert state_of(asyncio.get_running_loop()).watch is None


async def test_what_the_loop_has_not_read_is_seen(listen: Any, connect: Any, recorder: Any) -> None:
    """Bytes, and the end of the peer's side."""
    _, writer = await paused(listen, connect, recorder)
    channel = recorder.channels[0]
    assert not watching.has_unread(channel)

    writer.write_eof()
    async with asyncio.timeout(20):
        while not watching.has_unread(channel):  # noqa: ASYNC110  # the operating system tells nobody
            await asyncio.sleep(0)
    channel.abort()
    await channel.sync()
    assert not watching.has_unread(channel)


async def test_a_reset_is_noticed_while_reading_is_paused(listen: Any, connect: Any, reset: Any, recorder: Any) -> None:
    """It is told as what it is; unread bytes are dropped."""
    _, writer = await paused(listen, connect, recorder)
    writer.write(b"never read")
    await writer.drain()

    reset(writer)
    async with asyncio.timeout(20):
        await recorder.seen("channel_inactive")

    assert ["exception_caught ConnectionResetError", "channel_inactive"] == recorder.events[3:5]
    assert b"" == recorder.received
    assert state_of(asyncio.get_running_loop()).watch is None


async def test_the_end_of_a_peer_that_left_nothing_unread_is_noticed_while_reading_is_paused(
    listen: Any, connect: Any, recorder: Any
) -> None:
    """In order: no error."""
    _, writer = await paused(listen, connect, recorder)

    writer.close()
    async with asyncio.timeout(20):
        await recorder.seen("channel_inactive")

    assert [] == recorder.errors
    assert state_of(asyncio.get_running_loop()).watch is None


async def test_the_end_of_a_peer_waits_for_what_it_sent_to_be_read(listen: Any, connect: Any, recorder: Any) -> None:
    """Nothing is lost."""
    _, writer = await paused(listen, connect, recorder)
    writer.write(b"last words")
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.05)  # several looks
    assert "channel_inactive" not in recorder.events

    recorder.channels[0].auto_read = True
    await recorder.seen("channel_inactive")

    assert b"last words" == recorder.received


async def test_reading_again_ends_the_watch(listen: Any, connect: Any, recorder: Any) -> None:
    """And the connection lives."""
    await paused(listen, connect, recorder)
    assert state_of(asyncio.get_running_loop()).watch is not None

    recorder.channels[0].auto_read = True

    assert state_of(asyncio.get_running_loop()).watch is None
    assert recorder.channels[0].is_active


async def test_a_reset_after_the_end_of_the_input_closes_the_channel(listen: Any, connect: Any, reset: Any, recorder: Any) -> None:
    """Where half-closure is allowed no loop would ever tell (Netty's CVE-2026-42577)."""
    bootstrap = ServerBootstrap().child_option(ChannelOption.ALLOW_HALF_CLOSURE, True)
    server = await listen(recorder, bootstrap)
    _, writer = await connect(server)
    await recorder.seen("channel_active")
    writer.write_eof()
    await recorder.until(lambda: recorder.user_events == [INPUT_SHUTDOWN])
    assert recorder.channels[0].is_active

    reset(writer)
    async with asyncio.timeout(20):
        await recorder.seen("channel_inactive")

    assert ["BrokenPipeError"] == [type(error).__name__ for error in recorder.errors]  # so Linux calls it there


async def test_a_reset_while_a_handler_still_works_on_the_last_message_is_noticed(
    listen: Any, connect: Any, reset: Any, recorder: Any
) -> None:
    """The handler is cancelled, for there is nobody left to answer."""
    working, cancelled = asyncio.Event(), asyncio.Event()

    class Endless(ChannelHandler[Any]):
        """Never comes back by itself."""

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            working.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

    server = await listen(lambda channel: channel.pipeline().add_last(recorder, Endless()))
    _, writer = await connect(server)
    writer.write(b"question")
    writer.write_eof()
    await working.wait()

    reset(writer)
    async with asyncio.timeout(20):
        await recorder.seen("channel_inactive")
        await cancelled.wait()


async def test_many_are_watched_by_one_timer(listen: Any, connect: Any, reset: Any, recorder: Any) -> None:
    """Each is found on its own."""
    server = await listen(recorder)
    writers = [(await connect(server))[1] for _ in range(5)]
    await recorder.seen("channel_active", 5)
    for channel in recorder.channels:
        channel.auto_read = False
    assert 5 == len(state_of(asyncio.get_running_loop()).watch._channels)

    for writer in writers[:4]:
        reset(writer)
    async with asyncio.timeout(20):
        await recorder.seen("channel_inactive", 4)

    assert 1 == len([channel for channel in recorder.channels if channel.is_active])


@pytest.mark.parametrize("kind", ["asyncio", "uvloop"])
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_loop_that_has_ended_is_forgotten_with_the_channels_it_left_open(kind: Any) -> None:
    """A table by loop would keep each of them, and their descriptors, for ever."""
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def main(address: Any) -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await Bootstrap().handler(lambda channel: None).option(ChannelOption.AUTO_READ, False).connect(*address)

    with socket.create_server(("127.0.0.1", 0)) as server:
        with asyncio.Runner(loop_factory=loop_factory(kind)) as runner:
            runner.run(main(server.getsockname()))
        del runner
        gc.collect()
        with server.accept()[0] as peer:
            peer.settimeout(5)
            assert b"" == peer.recv(1)
    assert [None] == [loop() for loop in loops]
