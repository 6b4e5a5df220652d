"""QuicStreamChannel: what one stream promises, over real sockets on both loops."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelOption
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.errors import ClosedChannelError, WriteStallError
from pyboot.components.netty.transport.half_close import OUTPUT_SHUTDOWN
from pyboot.components.netty.transport.quic import QuicStreamResetError, QuicStreamStopped, QuicStreamStoppedError


class Held(ChannelHandler[Any]):
    """Reads nothing until it is told to, and counts."""

    def __init__(self) -> None:
        self.channel: Any = None
        self.size = 0
        self.came = asyncio.Event()
        self.active = asyncio.Event()

    def channel_active(self, ctx: Any) -> None:
        self.channel = ctx.channel
        ctx.channel.auto_read = False
        self.active.set()

    def channel_read(self, ctx: Any, msg: Any) -> None:
        self.size += msg.readable_bytes()
        self.came.set()


def filled(*handlers: Any) -> Callable[[Any], object]:
    """An initializer of one stream with *handlers*."""
    return lambda stream: stream.pipeline().add_last(*handlers)


async def test_a_stream_knows_what_it_is(quic: Any, collected: Callable[[], Any]) -> None:
    """Its number, its direction, who has opened it, and its connection."""
    theirs = collected()
    seen: list[Any] = []
    server = await quic.serve(lambda stream: (seen.append(stream), stream.pipeline().add_last(theirs)))
    channel = await quic.connect(server)
    both, one = channel.create_stream(), channel.create_stream(unidirectional=True)
    one.write_and_flush(b"x")
    one.shutdown_output()
    await asyncio.wait_for(theirs.closed, 20)

    assert [(0, False, True), (2, True, True)] == [(each.stream_id, each.is_unidirectional, each.is_local) for each in (both, one)]
    assert [(2, True, False)] == [(each.stream_id, each.is_unidirectional, each.is_local) for each in seen]
    assert both.parent is channel
    assert both.remote_address() == server.local_address()
    assert both.is_stream()


async def test_each_side_ends_for_itself(quic: Any, collected: Callable[[], Any]) -> None:
    """Both hear of the other's end, write on behind it, and close when both have ended."""
    theirs = collected()
    accepted: list[Any] = []
    server = await quic.serve(lambda stream: (accepted.append(stream), stream.pipeline().add_last(theirs)))
    ours = collected()
    stream = (await quic.connect(server)).create_stream(ours)
    stream.write_and_flush(b"question")
    await stream.shutdown_output()
    assert b"question" == await asyncio.wait_for(theirs.ended, 20)
    assert stream.is_open
    with pytest.raises(ClosedChannelError):
        await stream.write_and_flush(b"more")
    accepted[0].write_and_flush(b"answer")
    accepted[0].shutdown_output()
    assert b"answer" == await asyncio.wait_for(ours.ended, 20)
    await asyncio.wait_for(asyncio.gather(ours.closed, theirs.closed), 20)

    assert [OUTPUT_SHUTDOWN, INPUT_SHUTDOWN] == ours.events
    assert [INPUT_SHUTDOWN, OUTPUT_SHUTDOWN] == theirs.events


async def test_closing_ends_behind_what_was_flushed(quic: Any, collected: Callable[[], Any]) -> None:
    """And tells a peer that goes on sending to stop."""
    theirs = collected()
    server = await quic.serve(filled(theirs))
    stream = (await quic.connect(server)).create_stream()
    stream.write_and_flush(bytes(500_000))
    await stream.close()

    assert 500_000 == len(await asyncio.wait_for(theirs.ended, 20))
    await asyncio.wait_for(theirs.closed, 20)


async def test_a_stream_of_one_direction_cannot_be_answered(quic: Any, collected: Callable[[], Any]) -> None:
    """A write fails, the stream goes on."""
    theirs = collected()
    accepted: list[Any] = []
    server = await quic.serve(lambda stream: (accepted.append(stream), stream.pipeline().add_last(theirs)))
    stream = (await quic.connect(server)).create_stream(unidirectional=True)
    await stream.write_and_flush(b"one")
    await asyncio.wait_for(theirs.came.wait(), 20)
    with pytest.raises(ClosedChannelError):
        await accepted[0].write_and_flush(b"answer")
    await stream.write_and_flush(b"two")
    await stream.shutdown_output()

    assert b"onetwo" == await asyncio.wait_for(theirs.ended, 20)
    await asyncio.wait_for(stream.close_future, 20)


async def test_a_reset_is_told_with_its_code(quic: Any, collected: Callable[[], Any]) -> None:
    """As an error, then as the end; what is written meanwhile is lost, and other streams are not concerned."""
    theirs = collected()
    handlers = iter([theirs])
    server = await quic.serve(lambda stream: stream.pipeline().add_last(next(handlers)))
    channel = await quic.connect(server)
    stream = channel.create_stream()
    stream.write_and_flush(b"begun")
    await asyncio.wait_for(theirs.came.wait(), 20)
    stream.reset(0x10C)
    with pytest.raises(QuicStreamResetError, match="0x10c") as told:
        await asyncio.wait_for(theirs.ended, 20)
    await asyncio.wait_for(theirs.closed, 20)

    assert 0x10C == told.value.code
    assert not stream.is_open
    assert channel.is_active


async def test_a_peer_that_stops_reading_may_go_on_sending(quic: Any, collected: Callable[[], Any]) -> None:
    """What is written fails from then on, and what comes is still read (as of a server that has answered before it read all)."""
    ours = collected()

    class Answers(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            ctx.channel.stop(0x100)
            ctx.write_and_flush(b"that is enough")
            ctx.channel.shutdown_output()

    server = await quic.serve(lambda stream: stream.pipeline().add_last(Answers()))
    stream = (await quic.connect(server)).create_stream(ours)
    await stream.write_and_flush(b"x")
    assert b"that is enough" == await asyncio.wait_for(ours.ended, 20)

    assert QuicStreamStopped(0x100) in ours.events
    with pytest.raises(ClosedChannelError) as told:
        await stream.write_and_flush(b"y")
    causes = [told.value, told.value.__cause__]
    assert any(isinstance(cause, QuicStreamStoppedError) for cause in causes) or not stream.is_open


async def test_who_does_not_read_stops_who_writes(quic: Any) -> None:
    """The window is given back for what was read only: no more than that is held, the writer turns unwritable, and nothing is lost."""
    held = Held()
    server = await quic.serve(filled(held), stream_window=64 * 1024)
    stream = (await quic.connect(server)).create_stream()
    stream.write_and_flush(b"x")
    await asyncio.wait_for(held.active.wait(), 20)
    stream.write_and_flush(bytes(999_999))
    await quic.eventually(lambda: not stream.is_writable and held.size + sum(size for _, size in held.channel._inbox) >= 64 * 1024)
    await asyncio.wait_for((await quic.connect(server)).close(), 20)  # time in which more could come

    assert not stream.is_writable
    assert 64 * 1024 == held.size + sum(size for _, size in held.channel._inbox)
    held.channel.auto_read = True
    while held.size < 1_000_000:
        held.came.clear()
        await asyncio.wait_for(held.came.wait(), 20)
    assert stream.is_writable


async def test_one_stream_that_nobody_reads_leaves_the_others_alone(quic: Any) -> None:
    """As long as the window of the connection holds more than those."""
    held = Held()
    kinds = iter([held])

    def fill(stream: Any) -> None:
        from tests.components.netty.transport.quic.conftest import StreamEcho

        stream.pipeline().add_last(next(kinds, None) or StreamEcho())

    server = await quic.serve(fill, stream_window=64 * 1024, connection_window=256 * 1024)
    channel = await quic.connect(server)
    blocked = channel.create_stream()
    blocked.write_and_flush(bytes(500_000))
    await asyncio.wait_for(held.active.wait(), 20)

    assert bytes(200_000) == await quic.ask(channel, bytes(200_000))
    blocked.reset(0)


async def test_what_nobody_will_read_is_given_back_to_the_connection(quic: Any) -> None:
    """Streams that are closed or reset with data under way cost the window of the connection nothing for good."""
    server = await quic.serve(lambda stream: stream.close(), stream_window=32 * 1024, connection_window=64 * 1024)
    channel = await quic.connect(server)
    for _ in range(12):
        stream = channel.create_stream()
        stream.write_and_flush(bytes(30_000))
        await asyncio.wait_for(stream.close_future, 20)
    for _ in range(12):
        stream = channel.create_stream(unidirectional=True)
        stream.write_and_flush(bytes(30_000))
        await asyncio.sleep(0.002)  # some of it is in packets
        stream.reset(1)

    last = channel.create_stream(unidirectional=True)
    last.write_and_flush(bytes(200_000))
    await asyncio.wait_for(last.shutdown_output(), 20)


async def test_a_peer_that_takes_nothing_is_cut_off(quic: Any, collected: Callable[[], Any]) -> None:
    """After ``WRITE_STALL_TIMEOUT``, the stream alone."""
    held, ours = Held(), collected()
    server = await quic.serve(filled(held), stream_window=16 * 1024)
    channel = await quic.connect(server, options={ChannelOption.WRITE_STALL_TIMEOUT: 0.1})
    stream = channel.create_stream(ours)
    stream.write_and_flush(b"x")
    await asyncio.wait_for(held.active.wait(), 20)
    stream.write_and_flush(bytes(500_000))

    with pytest.raises(WriteStallError):
        await asyncio.wait_for(ours.ended, 20)
    assert channel.is_active


@pytest.mark.parametrize("size", [0, 5, 1_000_000])
async def test_a_protocol_may_end_its_side_behind_its_last_message(quic: Any, collected: Callable[[], Any], size: int) -> None:
    """All of it comes, whether it fits at once or not, and the stream is over when the peer has ended too."""
    streams: list[Any] = []

    class Answer(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            streams.append(ctx.channel)
            if size:
                ctx.write_and_flush(bytes(size))
            ctx.channel.finish_output()
            ctx.channel.finish_output()  # harmless

    channel = await quic.connect(await quic.serve(stream=lambda stream: stream.pipeline().add_last(Answer())))
    asked = collected()
    stream = channel.create_stream(asked)
    stream.write_and_flush(b"?")
    assert bytes(size) == await asyncio.wait_for(asked.ended, 20)
    assert streams[0].is_open
    stream.shutdown_output()
    await asyncio.wait_for(streams[0].close_future, 20)


class Closing(ChannelHandler[Any]):
    """Notes what it hears, and when its own calls have returned; *event* closes its stream."""

    def __init__(self, event: object, log: list[str]) -> None:
        self.event = event
        self.log = log
        self.removed = asyncio.Event()

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        if event is self.event:
            ctx.channel.close()
            self.log.append("event is over")

    def close(self, ctx: Any, promise: Any) -> None:
        ctx.close(promise)
        self.log.append("close is over")

    def channel_inactive(self, ctx: Any) -> None:
        self.log.append("inactive")

    def handler_removed(self, ctx: Any) -> None:
        self.log.append("removed")
        self.removed.set()


async def test_who_closes_at_the_end_of_the_peer_is_told_when_its_callback_is_over(quic: Any) -> None:
    """Not inside of it: whoever has just called goes on with a pipeline that is whole."""
    log: list[str] = []
    theirs = Closing(INPUT_SHUTDOWN, log)
    stream = (await quic.connect(await quic.serve(filled(theirs)))).create_stream()
    stream.write_and_flush(b"question")
    stream.shutdown_output()
    await asyncio.wait_for(theirs.removed.wait(), 20)

    assert ["close is over", "event is over", "inactive", "removed"] == log


async def test_a_close_behind_both_ends_is_over_before_its_handler_is_told(quic: Any, collected: Callable[[], Any]) -> None:
    """The stream closes by itself then, through its handlers."""
    log: list[str] = []
    ours, theirs = Closing(None, log), collected()
    accepted: list[Any] = []
    server = await quic.serve(lambda stream: (accepted.append(stream), stream.pipeline().add_last(theirs)))
    stream = (await quic.connect(server)).create_stream(ours)
    stream.write_and_flush(b"question")
    stream.shutdown_output()
    await asyncio.wait_for(theirs.ended, 20)
    accepted[0].shutdown_output()
    await asyncio.wait_for(ours.removed.wait(), 20)

    assert ["close is over", "inactive", "removed"] == log
