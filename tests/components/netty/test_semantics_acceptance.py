"""The twelve cases that catch most re-implementation mistakes (netty-map 7.3), over TCP and Unix sockets on both loops.

Those of one part alone are held where that part is tested: 4 (replaced inside its own callback) in test_semantics_reentrancy.py,
6 (flow control) in handler/, 8 (idle) in handler/, 9 (length field) in wire/, 10 (TLS) and 11 (accept storm) in transport/.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import (
    Bootstrap,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    EventLoopGroup,
    ServerBootstrap,
    ServerSocketChannel,
    WriteBufferWaterMark,
)
from pyboot.components.netty.errors import ClosedChannelError

MIB = 1024 * 1024


class Seen:
    """Gives the channel that a server accepted."""

    def __init__(self) -> None:
        self.accepted: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def __call__(self, channel: Any) -> None:
        self.accepted.set_result(channel)


@pytest.fixture(params=["tcp", "unix"])
def listen(request: pytest.FixtureRequest, listen: Any, tmp_path: Path) -> Any:
    """As everywhere, over both kinds of sockets."""

    async def start(child_handler: Any, bootstrap: ServerBootstrap | None = None) -> ServerSocketChannel:
        server: ServerSocketChannel = await listen(child_handler, bootstrap, "127.0.0.1" if request.param == "tcp" else str(tmp_path / "s"))
        return server

    return start


async def test_case_1_a_listener_of_a_failed_write_may_close(listen: Any, connect: Any) -> None:
    """And a second close ends with the first."""
    seen = Seen()
    await connect(await listen(seen))
    channel = await seen.accepted
    ends: list[str] = []
    promise = channel.new_promise().add_listener(lambda _: ends.append("write failed")).add_listener(lambda _: channel.close())
    channel.write(object(), promise)
    await channel.close()
    await channel.close()
    assert ["write failed"] == ends
    assert not channel.is_open


async def test_case_1_a_channel_closed_in_channel_active_ends_in_order(listen: Any, connect: Any, recorder: Any) -> None:
    """Each event once."""

    class Closes(ChannelHandler[Any]):
        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            ctx.fire_channel_active()
            ctx.close()

    reader, _ = await connect(await listen(lambda channel: channel.pipeline().add_last(recorder, Closes())))
    assert b"" == await reader.read()
    await recorder.seen("handler_removed")
    life = ["channel_registered", "channel_active", "channel_inactive", "channel_unregistered", "handler_removed"]
    assert ["handler_added", *life] == recorder.events


async def test_case_1_a_channel_closed_in_handler_added_is_never_active(listen: Any, connect: Any, recorder: Any) -> None:
    """What is left of its life comes in order."""

    class Closes(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            ctx.close()

    reader, _ = await connect(await listen(lambda channel: channel.pipeline().add_last(recorder, Closes())))
    assert b"" == await reader.read()
    await recorder.seen("handler_removed")
    assert ["handler_added", "channel_registered", "channel_unregistered", "handler_removed"] == recorder.events


async def test_case_2_flushed_writes_are_delivered_unflushed_ones_fail_in_order(listen: Any, connect: Any) -> None:
    """write, flush, write, write, close: promises end in the order of the writes, and every buffer is given back."""
    seen = Seen()
    reader, _ = await connect(await listen(seen))
    channel = await seen.accepted
    ends: list[tuple[str, bool]] = []
    buffers = []
    for name in ("a", "b", "c"):
        buffer = channel.allocate_bytebuffer(1)
        buffer.write_bytes(name.encode())
        buffers.append(buffer)
        promise = channel.new_promise()
        promise.add_listener(lambda done, name=name: ends.append((name, done.is_success)))
        channel.write(buffer, promise)
        if name == "a":
            channel.flush()
    await channel.close()
    assert [("a", True), ("b", False), ("c", False)] == ends
    assert [0, 0, 0] == [buffer.ref_count for buffer in buffers]
    assert b"a" == await reader.read()


async def test_case_3_water_marks_flip_once_each_way(listen: Any, connect: Any, recorder: Any) -> None:
    """A peer that does not read turns the channel unwritable; one that does turns it back."""
    bootstrap = ServerBootstrap().child_option(ChannelOption.WRITE_BUFFER_WATER_MARK, WriteBufferWaterMark(5, 10))
    bootstrap.child_option(ChannelOption.WRITE_BUFFER_LIMIT, 0)
    reader, _ = await connect(await listen(recorder, bootstrap))
    await recorder.seen("channel_active")
    (channel,) = recorder.channels
    channel.write_and_flush(b"x" * 32 * MIB)
    await recorder.seen("writable=False")
    received = await reader.readexactly(32 * MIB)
    await recorder.seen("writable=True")
    assert b"x" * 32 * MIB == received
    assert [1, 1] == [recorder.events.count(f"writable={flip}") for flip in (False, True)]
    assert 0 == channel.outbound.pending


async def test_case_5_a_write_in_the_listener_of_a_write_keeps_the_order(listen: Any, connect: Any) -> None:
    """And a flush inside a flush is one."""
    seen = Seen()
    reader, _ = await connect(await listen(seen))
    channel = await seen.accepted
    left = list(range(20))

    def again(_: object) -> None:
        if left:
            channel.write_and_flush(b"%02d" % left.pop(0), channel.new_promise().add_listener(again))
        else:
            channel.close()

    again(None)
    assert b"".join(b"%02d" % n for n in range(20)) == await reader.read()


async def test_case_7_a_half_closed_peer_gets_its_answer(listen: Any, connect: Any, recorder: Any) -> None:
    """It shuts its output, the server still answers a mebibyte and closes; the events come in this order, once each."""

    class Answers(ChannelHandler[Any]):
        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            ctx.write_and_flush(b"x" * MIB)
            ctx.close()

    bootstrap = ServerBootstrap().child_option(ChannelOption.ALLOW_HALF_CLOSURE, True)
    reader, writer = await connect(await listen(lambda channel: channel.pipeline().add_last(recorder, Answers()), bootstrap))
    writer.write(b"question")
    writer.write_eof()
    assert MIB == len(await reader.read())
    await recorder.seen("handler_removed")
    life = [event for event in recorder.events if not event.startswith("writable=") and event != "channel_read"]
    assert ["user_event ChannelInputShutdown", "channel_inactive", "channel_unregistered", "handler_removed"] == life[3:]
    assert b"question" == recorder.received


@pytest.mark.parametrize("suspends", [False, True])
async def test_case_12_a_loop_that_ends_ends_its_channels_and_its_timers(suspends: bool, connect: Any) -> None:
    """Open channels are closed and scheduled tasks cancelled, at the latest when the time is up."""
    ran: list[str] = []
    closed: list[bool] = []

    class Waits(ChannelHandler[Any]):
        async def channel_active(self, ctx: ChannelHandlerContext) -> None:
            ctx.channel.loop.call_later(3600, ran.append, "timer")
            ctx.channel.close_future.add_listener(lambda done: closed.append(done.is_success))
            own.call_soon_threadsafe(arrived.set)
            if suspends:
                await asyncio.sleep(3600)
                ran.append("callback")

    own, arrived = asyncio.get_running_loop(), asyncio.Event()
    workers = EventLoopGroup(1)
    server = (
        await ServerBootstrap()
        .group(None, workers)
        .child_handler(lambda channel: channel.pipeline().add_last(Waits()))
        .bind("127.0.0.1", 0)
    )
    await connect(server)
    async with asyncio.timeout(20):
        await arrived.wait()
        await workers.shutdown_gracefully(0, 0.1)
        await server.close()
    assert ([], [True]) == (ran, closed)
    assert workers.is_shut_down


@pytest.mark.parametrize("listen", ["tcp"], indirect=True)  # a Unix socket that is closed with all read is no reset
async def test_a_write_to_a_peer_that_reset_fails_with_its_reason(listen: Any, connect: Any, recorder: Any, reset: Any) -> None:
    """ClosedChannelError, caused by what the network said (AbstractChannelTest)."""
    _, writer = await connect(await listen(recorder))
    await recorder.seen("channel_active")
    (channel,) = recorder.channels
    reset(writer)
    await recorder.seen("handler_removed")
    with pytest.raises(ClosedChannelError) as caught:
        await channel.write(b"late")
    assert isinstance(caught.value.__cause__, ConnectionError)


async def test_a_client_that_closes_while_it_connects_is_never_active(recorder: Any, listen: Any) -> None:
    """Case 1: close during connect."""

    class Closes(ChannelHandler[Any]):
        def connect(self, ctx: ChannelHandlerContext, address: object, promise: Any) -> None:
            ctx.connect(address, promise)
            ctx.close()

    server = await listen(lambda channel: None)
    with pytest.raises((ClosedChannelError, ConnectionError, asyncio.CancelledError)):
        await Bootstrap().handler(lambda channel: channel.pipeline().add_last(recorder, Closes())).connect(server.local_address())
    await recorder.seen("handler_removed")
    assert "channel_active" not in recorder.events
    assert "channel_inactive" not in recorder.events
