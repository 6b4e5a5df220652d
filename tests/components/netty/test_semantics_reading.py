"""Who has a say in reading: with auto_read on, each read passes the pipeline, and a handler that keeps it to itself stops the network."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    EmbeddedChannel,
    FlowControlHandler,
    LineBasedFrameDecoder,
    ServerBootstrap,
)


class Valve(ChannelHandler[Any]):
    """Passes reads on while it is open, and counts them."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.is_open = is_open
        self.reads = 0

    def read(self, ctx: ChannelHandlerContext) -> Any:
        self.reads += 1
        return ctx.read() if self.is_open else None


class SlowValve(Valve):
    """The same as a coroutine function."""

    async def read(self, ctx: ChannelHandlerContext) -> None:
        super().read(ctx)


valves = pytest.mark.parametrize("valve", [Valve, SlowValve])


@valves
def test_each_read_passes_the_pipeline(valve: type[Valve]) -> None:
    """The first one, and one at the end of each."""
    handler = valve()
    channel = EmbeddedChannel(handler)
    for _ in range(3):
        channel.receive(b"x")

    assert (4, True) == (handler.reads, channel.is_reading)


@valves
def test_a_valve_that_is_closed_from_the_start(valve: type[Valve]) -> None:
    """Nothing is read; where it opens, the next read() goes through."""
    handler = valve(is_open=False)
    channel = EmbeddedChannel(handler)
    assert not channel.is_reading
    handler.is_open = True
    channel.read()
    assert channel.is_reading


def test_a_valve_that_comes_and_goes_stops_nothing_by_that() -> None:
    """Reads that were asked for before it came are still wanted; those it kept go with it."""
    channel, valve = EmbeddedChannel(), Valve()
    channel.receive(b"x")
    channel.pipeline().add_last(valve)
    channel.pause_reading()
    channel.resume_reading()
    assert channel.is_reading
    valve.is_open = False
    channel.receive(b"x")
    assert not channel.is_reading
    channel.pipeline().remove(valve)
    channel.receive(b"x")
    channel.pause_reading()
    channel.resume_reading()
    assert channel.is_reading
    channel.pipeline().add_last(Valve())
    channel.pause_reading()
    channel.resume_reading()
    assert channel.is_reading


def test_a_read_that_waits_behind_a_write_is_not_kept() -> None:
    """The write may wait for what is to be read."""

    class Answers(ChannelHandler[Any]):
        def __init__(self) -> None:
            self.answered = asyncio.Event()

        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
            await self.answered.wait()
            ctx.write(msg, promise)

    answers = Answers()
    channel = EmbeddedChannel(Valve(), answers)
    channel.write_and_flush(b"request")
    channel.receive(b"x")
    assert channel.is_reading
    answers.answered.set()
    channel.run_pending_tasks()
    assert b"request" == channel.outbound_bytes()


async def test_a_closed_valve_stops_the_network(listen: Any, connect: Any, recorder: Any) -> None:
    """One read comes, for which was asked; the rest waits in the kernel until the valve opens, and nothing is lost."""
    valve = Valve()

    class Closes(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            valve.is_open = False
            ctx.fire_channel_read(msg)

    bootstrap = ServerBootstrap().child_option(ChannelOption.SO_RCVBUF, 16_384)
    server = await listen(lambda channel: channel.pipeline().add_last(valve, Closes(), recorder), bootstrap)
    _, writer = await connect(server)
    writer.write(b"x" * 3_000_000)
    await recorder.seen("channel_read")
    for _ in range(20):
        await asyncio.sleep(0)
    assert 1 == recorder.events.count("channel_read")

    for reads in range(2, 6):
        valve.is_open = True
        recorder.channels[0].read()
        await recorder.seen("channel_read", reads)
    recorder.channels[0].pipeline().remove(Closes)
    valve.is_open = True
    recorder.channels[0].read()
    await recorder.until(lambda: len(recorder.received) == 3_000_000)


class AsksAtTheEnd(ChannelHandler[Any]):
    """Wants one message after the other."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.read()
        ctx.fire_channel_active()

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        ctx.read()
        ctx.fire_channel_read_complete()


class AsksAtTheEndSlowly(AsksAtTheEnd):
    """A turn later."""

    async def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        await asyncio.sleep(0)
        super().channel_read_complete(ctx)


@pytest.mark.parametrize("asks", [AsksAtTheEnd, AsksAtTheEndSlowly])
async def test_messages_that_are_asked_for_one_by_one_all_come(listen: Any, connect: Any, recorder: Any, asks: Any) -> None:
    """Many in one read, some cut in the middle."""
    bootstrap = ServerBootstrap().child_option(ChannelOption.AUTO_READ, False)
    pipeline = lambda channel: channel.pipeline().add_last(LineBasedFrameDecoder(), FlowControlHandler(), asks(), recorder)  # noqa: E731
    server = await listen(pipeline, bootstrap)
    _, writer = await connect(server)
    for number in range(50):
        writer.write(b"a\nb\nc" + b"%d" % number)
        await writer.drain()
        writer.write(b"\n")

    await recorder.seen("channel_read", 150)
