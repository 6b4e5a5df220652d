"""FlowControlHandler: Netty's FlowControlHandlerTest; one read gives three messages."""

import asyncio
import random
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.budget import TURN_CALLS
from pyboot.components.netty.handler.flow import FlowControlHandler
from pyboot.components.netty.handler.idle import IdleState, IdleStateEvent, IdleStateHandler


class Three(ChannelHandler[Any]):
    """Makes three messages of one."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        for number in (1, 2, 3):
            ctx.fire_channel_read(f"{msg}{number}")


class Ends(ChannelHandler[Any]):
    """Counts the ends of reads."""

    def __init__(self) -> None:
        self.count = 0

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.count += 1


def opened(auto_read: bool) -> tuple[EmbeddedChannel, Ends]:
    """A channel whose reads give three messages."""
    ends = Ends()
    return EmbeddedChannel(Three(), FlowControlHandler(), ends, config=configured(auto_read)), ends


def configured(auto_read: bool) -> ChannelConfig:
    """From the start: a read that was asked for before would get its message."""
    config = ChannelConfig()
    config.auto_read = auto_read
    return config


def test_auto_reading_on() -> None:
    """Netty: everything passes."""
    channel, ends = opened(auto_read=True)
    channel.write_inbound("a")

    assert (["a1", "a2", "a3"], 1) == (channel.inbound_messages(), ends.count)


def test_auto_reading_off() -> None:
    """Netty: each read gets one; and its end, so that whoever waits for that goes on (Netty tells the last one only)."""
    channel, ends = opened(auto_read=False)
    channel.write_inbound("a")
    assert ([], 0) == (channel.inbound_messages(), ends.count)
    for number in (1, 2, 3):
        channel.read()
        assert (number, number) == (len(channel.inbound_messages()), ends.count)


def test_a_read_that_was_asked_for_before_gets_the_first_message() -> None:
    """And no more, with one end."""
    channel, ends = opened(auto_read=False)
    channel.read()
    channel.write_inbound("a")

    assert (["a1"], 1) == (channel.inbound_messages(), ends.count)


def test_a_read_from_the_network_that_gave_nothing_has_an_end() -> None:
    """Whoever asked may ask again."""
    channel, ends = opened(auto_read=False)
    channel.read()
    channel.write_inbound()
    assert 1 == ends.count


def test_reading_goes_on_when_nothing_is_kept_back() -> None:
    """The network is asked only when the queue is empty."""
    channel, _ = opened(auto_read=False)
    before = channel.reads
    channel.read()
    assert 1 == channel.reads - before
    channel.write_inbound("a")
    channel.read()
    channel.read()
    assert 1 == channel.reads - before
    channel.read()
    assert 2 == channel.reads - before


def test_turning_auto_reading_on_lets_everything_go() -> None:
    """Netty: testFlowToggleAutoRead; and the network is read again."""
    channel, ends = opened(auto_read=False)
    channel.write_inbound("a")
    before = channel.reads
    channel.auto_read = True

    assert (["a1", "a2", "a3"], 1) == (channel.inbound_messages(), ends.count)
    assert channel.reads > before


def test_a_handler_that_turns_it_off_gets_no_more() -> None:
    """Netty: one message, whatever the read gave."""
    channel, _ = opened(auto_read=True)

    class Off(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.channel.auto_read = False
            ctx.fire_channel_read(msg)

    channel.pipeline().add_last(Off())
    channel.write_inbound("a")
    assert ["a1"] == channel.inbound_messages()
    channel.auto_read = True
    assert ["a1", "a2"] == channel.inbound_messages()


def test_a_read_within_a_read_gets_the_next_message() -> None:
    """Netty: testReentranceNotCausesNPE."""
    channel, _ = opened(auto_read=False)

    class More(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)
            ctx.read()

    channel.pipeline().add_last(More())
    channel.write_inbound("a")
    channel.read()

    assert ["a1", "a2", "a3"] == channel.inbound_messages()


def test_removal_lets_everything_go() -> None:
    """Netty: testRemoveFlowControl."""
    channel, ends = opened(auto_read=False)
    channel.write_inbound("a")
    channel.pipeline().remove(FlowControlHandler)

    assert (["a1", "a2", "a3"], 1) == (channel.inbound_messages(), ends.count)


def test_what_is_kept_back_is_released_when_the_channel_closes() -> None:
    """Nobody will ask for it."""
    handler = FlowControlHandler()
    channel = EmbeddedChannel(handler, config=configured(auto_read=False))
    buffer = ByteBuffer(b"x")
    channel.write_inbound(buffer)
    assert not handler.is_queue_empty
    channel.finish()

    assert (0, True) == (buffer.ref_count, handler.is_queue_empty)


class Idles(ChannelHandler[Any]):
    """Asks for a first message, and notes when it hears that nothing more was read."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.read()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.events.append(event)


def test_a_reader_behind_it_is_idle_when_it_got_the_end() -> None:
    """Netty: testSwallowedReadComplete. The end of a read that is kept back must not leave a read open for ever."""
    idles = Idles()
    channel = EmbeddedChannel(Three(), FlowControlHandler(), IdleStateHandler(reader_idle_seconds=1), idles, config=configured(False))
    channel.write_inbound("a")
    channel.read()
    channel.read()
    assert ["a1", "a2", "a3"] == channel.inbound_messages()
    channel.advance_time(1)

    assert [IdleStateEvent(IdleState.READER_IDLE, True)] == idles.events


class Asks(ChannelHandler[Any]):
    """Wants a first message, and asks for the next one in the place that it is told."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.log: list[Any] = []

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.read()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(msg)
        if self.where in ("read", "both"):
            ctx.read()

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        if self.where in ("complete", "both"):
            ctx.read()
        elif self.where == "later":
            ctx.channel.loop.call_later(1, ctx.read)


class AsksSlowly(Asks):
    """The same in coroutines."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await asyncio.sleep(1)
        super().channel_read(ctx, msg)

    async def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        await asyncio.sleep(1)
        super().channel_read_complete(ctx)


@pytest.mark.parametrize("handler", [Asks, AsksSlowly])
@pytest.mark.parametrize("where", ["read", "complete", "both", "later"])
@pytest.mark.parametrize("kept_first", [False, True])
def test_whoever_asks_for_the_next_one_gets_it(handler: type[Asks], where: str, kept_first: bool) -> None:
    """In channel_read, in channel_read_complete, in both, or later; whether messages were here before it asked, or come after."""
    asks = handler(where)
    channel = EmbeddedChannel(Three(), FlowControlHandler(), asks, config=configured(False), active=not kept_first)
    if kept_first:
        channel.write_inbound("a", "b")
        channel.loop.call_soon(channel.activate)
    else:
        channel.receive("a")
        channel.advance_time(20)
        assert channel.is_reading
        channel.receive("b")
    channel.advance_time(20)

    assert ["a1", "a2", "a3", "b1", "b2", "b3"] == asks.log
    assert channel.is_reading


def test_ten_thousand_messages_that_are_asked_for_from_inside_are_no_recursion() -> None:
    """One after the other, not one inside the other."""
    asks = Asks("both")
    channel = EmbeddedChannel(FlowControlHandler(), asks, config=configured(False), active=False)
    channel.write_inbound(*range(10_000))
    channel.activate()
    channel.run_pending_tasks()

    assert list(range(10_000)) == asks.log


class Counts(ChannelHandler[Any]):
    """Counts the messages that came between two turns of the loop, and notes the most; asks for the next, if it has to."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.now = self.most = 0
        self.ends = 0

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(msg)
        self.now += 1
        self.most = max(self.most, self.now)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.ends += 1
        if not ctx.channel.auto_read:
            ctx.read()

    def turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop has its turn."""
        self.now = 0
        if len(self.log) < 5_000:
            loop.call_soon(self.turn, loop)


@pytest.mark.parametrize("how", ["auto_read", "read"])
def test_a_long_queue_leaves_the_loop_its_turns(how: str) -> None:
    """What was kept back goes on within the budget of each turn, in order, and the channel reads only when all of it has."""
    counts, flow = Counts(), FlowControlHandler()
    channel = EmbeddedChannel(flow, counts, config=configured(False))
    channel.write_inbound(*range(5_000))
    channel.loop.call_soon(counts.turn, channel.loop)
    if how == "read":
        channel.read()
    else:
        channel.auto_read = True
    channel.run_pending_tasks()

    assert list(range(5_000)) == counts.log
    assert 100 < counts.most <= TURN_CALLS
    assert flow.is_queue_empty
    assert channel.is_reading
    assert counts.ends == 5_000 if how == "read" else counts.ends <= 5_000 / 100


def test_what_comes_while_a_long_queue_goes_on_stands_behind_it() -> None:
    """And the end of the channel does."""
    counts = Counts()
    channel = EmbeddedChannel(FlowControlHandler(), counts, config=configured(False))
    channel.write_inbound(*range(2_000))

    def read_and_lose() -> None:
        channel.auto_read = True
        channel.pipeline().fire_channel_read(2_000)
        channel.pipeline().fire_channel_read_complete()
        channel.lost(None)

    channel.loop.call_soon(read_and_lose)
    channel.run_pending_tasks()

    assert list(range(2_001)) == counts.log


def test_a_mailbox_without_room_keeps_the_rest_of_a_long_queue_back() -> None:
    """It goes on when there is room again."""
    gate = asyncio.Event()
    seen: list[int] = []

    class Slow(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: int) -> None:
            await gate.wait()
            seen.append(msg)

    flow = FlowControlHandler()
    channel = EmbeddedChannel(flow, Slow(), config=configured(False))
    channel.write_inbound(*range(20_000))
    channel.auto_read = True
    channel.run_pending_tasks()
    assert 10_000 < len(flow._queue)

    channel.loop.call_soon(gate.set)
    channel.run_pending_tasks()
    assert list(range(20_000)) == seen


def test_a_read_outlives_the_turning_off_of_auto_reading() -> None:
    """Netty: it was left outstanding by the channel that read by itself; a message that comes all the same is for it, one and no more."""
    channel, ends = opened(auto_read=True)
    channel.receive("a")
    channel.auto_read = False
    channel.write_inbound("b")
    assert ["a1", "a2", "a3", "b1"] == channel.inbound_messages()
    assert 2 == ends.count
    channel.read()
    assert ["a1", "a2", "a3", "b1", "b2"] == channel.inbound_messages()


class Swallows(ChannelHandler[Any]):
    """Keeps reads to itself while it is told to."""

    def __init__(self) -> None:
        self.closed = False

    def read(self, ctx: ChannelHandlerContext) -> Any:
        return None if self.closed else ctx.read()


def test_a_handler_that_keeps_reads_to_itself_stops_the_reading() -> None:
    """Netty: with auto_read on, each read passes the pipeline."""
    swallows = Swallows()
    channel = EmbeddedChannel(swallows)
    channel.receive("a")
    assert channel.is_reading
    swallows.closed = True
    channel.receive("b")
    assert not channel.is_reading
    swallows.closed = False
    channel.read()
    assert channel.is_reading


@pytest.mark.parametrize("seed", range(40))
def test_any_schedule_of_reads_messages_and_switches(seed: int) -> None:
    """A model: in order, nothing twice or lost, no more than were asked for, none kept from one who waits, one end for each."""
    chance = random.Random(seed)
    log: list[Any] = []
    asked = 0
    where = chance.choice(["outside", "read", "complete", "now and then"])

    class Model(ChannelHandler[Any]):
        def ask(self, ctx: ChannelHandlerContext, place: str) -> None:
            nonlocal asked
            if where == place or (where == "now and then" and chance.random() < 0.5):
                asked += 1
                ctx.read()
            if chance.random() < 0.05:
                log.append("switched")
                ctx.channel.auto_read = not ctx.channel.auto_read

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            log.append(msg)
            self.ask(ctx, "read")

        def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
            log.append(None)
            self.ask(ctx, "complete")

    flow = FlowControlHandler()

    class Batch(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            for each in msg:
                ctx.fire_channel_read(each)

    channel = EmbeddedChannel(Batch(), flow, Model(), config=configured(chance.random() < 0.3))
    sent = 0
    for _ in range(200):
        what = chance.randrange(4)
        was_auto, before, asked = channel.auto_read, len(log), 0
        if what == 0:
            asked += 1
            channel.read()
        elif what == 1 and chance.random() < 0.2:
            channel.auto_read = not channel.auto_read
        elif channel.is_reading:
            count = chance.randrange(4) if chance.random() < 0.95 else 700  # more than a turn
            channel.receive(range(sent, sent + count))
            sent += count
        messages = [each for each in log if isinstance(each, int)]
        assert list(range(len(messages))) == messages, seed
        assert sent == len(messages) + len(flow._queue), seed
        if channel.auto_read:
            assert (True, True) == (flow.is_queue_empty, channel.is_reading), seed
        elif not was_auto and "switched" not in log[before:]:
            assert len([each for each in log[before:] if isinstance(each, int)]) <= asked + 1, seed
        assert flow.is_queue_empty or not flow._is_wanted, seed
        if messages:
            assert None in log[log.index(messages[-1]) :], seed
