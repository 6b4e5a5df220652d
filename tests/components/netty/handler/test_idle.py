"""IdleStateHandler: Netty's IdleStateHandlerTest, on a clock that is turned."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.event import ChannelEvent
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.handler.idle import IdleState, IdleStateEvent, IdleStateHandler
from tests.components.netty.kernel import Kernel

READER, WRITER, ALL = IdleState.READER_IDLE, IdleState.WRITER_IDLE, IdleState.ALL_IDLE


class Seen(ChannelHandler[Any]):
    """Keeps the idle events."""

    def __init__(self) -> None:
        self.events: list[IdleStateEvent] = []

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        assert isinstance(event, IdleStateEvent)
        self.events.append(event)


def opened(handler: IdleStateHandler) -> tuple[EmbeddedChannel, list[IdleStateEvent]]:
    """A channel with *handler*, and what it tells."""
    seen = Seen()
    return EmbeddedChannel(handler, seen), seen.events


def of_state(state: IdleState) -> IdleStateHandler:
    """A handler that watches *state* for a second."""
    return IdleStateHandler(*(1.0 if each is state else 0.0 for each in (READER, WRITER, ALL)))


def read(channel: EmbeddedChannel) -> None:
    """Something comes in."""
    channel.write_inbound(ByteBuffer(b"x"))


def write(channel: EmbeddedChannel) -> None:
    """Something goes out."""
    channel.write_outbound(b"x")


@pytest.mark.parametrize("state", list(IdleState))
def test_idle(state: IdleState) -> None:
    """Netty: testReaderIdle, testWriterIdle, testAllIdle; the first one says that it is."""
    channel, events = opened(of_state(state))
    for _ in range(3):
        channel.advance_time(1)

    assert [(state, True), (state, False), (state, False)] == events


@pytest.mark.parametrize(("state", "act"), [(READER, read), (WRITER, write), (ALL, read), (ALL, write)])
def test_not_idle(state: IdleState, act: Callable[[EmbeddedChannel], None]) -> None:
    """Netty: testReaderNotIdle and its like; the time counts from the last action, and the next event is a first one."""
    channel, events = opened(of_state(state))
    channel.advance_time(1)
    channel.advance_time(0.5)
    act(channel)
    channel.advance_time(0.6)
    assert [(state, True)] == events

    channel.advance_time(0.5)
    assert [(state, True), (state, True)] == events


def test_what_a_state_is_not_about_does_not_count() -> None:
    """Writing does not keep the reader awake."""
    channel, events = opened(of_state(READER))
    channel.advance_time(0.5)
    write(channel)
    channel.advance_time(0.5)

    assert [(READER, True)] == events


def test_a_reset_counts_as_the_action() -> None:
    """Netty: testResetReader, testResetWriter."""
    handler = IdleStateHandler(1, 1, 0)
    channel, events = opened(handler)
    channel.advance_time(0.9)
    ctx = channel.pipeline().context(handler)
    handler.reset_read_timeout(ctx)
    handler.reset_write_timeout(ctx)
    channel.advance_time(0.9)

    assert [] == events


def test_a_read_that_is_under_way_is_not_idle() -> None:
    """However long it takes: the time counts from its end."""
    channel, events = opened(of_state(READER))
    channel.pipeline().fire_channel_read(ByteBuffer(b"x"))
    channel.advance_time(5)
    assert [] == events

    channel.pipeline().fire_channel_read_complete()
    channel.advance_time(1)
    assert [(READER, True)] == events


@pytest.mark.parametrize("state", list(IdleState))
@pytest.mark.parametrize("end", [lambda channel: channel.pipeline().remove(IdleStateHandler), lambda channel: channel.finish()])
def test_nothing_is_told_after_the_end(end: Callable[[EmbeddedChannel], Any], state: IdleState) -> None:
    """Of the handler, or of the channel."""
    channel, events = opened(of_state(state))
    end(channel)
    channel.advance_time(5)

    assert [] == events


def test_a_handler_that_is_added_later_counts_from_then() -> None:
    """To an active channel."""
    seen = Seen()
    channel = EmbeddedChannel(seen)
    channel.advance_time(10)
    channel.pipeline().add_first(of_state(READER))
    channel.advance_time(0.9)
    assert [] == seen.events
    channel.advance_time(0.1)
    assert [(READER, True)] == seen.events


def test_the_published_package_is_told_in_its_own_way() -> None:
    """By `channel_event`, and with its keywords."""
    told: list[Any] = []

    class Published(ChannelHandler[Any]):
        async def channel_event(self, ctx: ChannelHandlerContext, event: ChannelEvent, *args: Any) -> None:
            if event not in (ChannelEvent.CONNECTED, ChannelEvent.DISCONNECTED):
                told.append((event, *args))

    handler = IdleStateHandler(readerIdleTimeSeconds=1, writerIdleTimeSeconds=1, allIdleTimeSeconds=1)  # type: ignore[call-arg]  # as published
    channel = EmbeddedChannel(handler, Published())
    channel.advance_time(1)

    assert {(ChannelEvent.READ_IDLE,), (ChannelEvent.WRITE_IDLE,), (ChannelEvent.UDF_EVENT, "ALLIDLE_EVENT_TYPE")} == set(told)


def test_an_error_of_an_override_reaches_exception_caught() -> None:
    """It was called by a timer, which has nobody else to tell."""

    class Failing(IdleStateHandler):
        def channel_idle(self, ctx: ChannelHandlerContext, event: IdleStateEvent) -> None:
            raise ValueError("no")

    channel = EmbeddedChannel(Failing(1))
    with pytest.raises(ValueError, match="no"):
        channel.advance_time(1)


def test_what_no_time_is_given_for_is_never_idle() -> None:
    """All times are 0 by default, which means never; and output is not observed."""
    handler = IdleStateHandler()
    channel, events = opened(handler)
    channel.advance_time(1000)
    assert [] == events
    assert not handler.observes_output


def test_negative_times_are_refused() -> None:
    """When the handler is made."""
    with pytest.raises(ValueError, match="allowed is 0, for never, or more"):
        IdleStateHandler(-1)


# Progress is what the network took.


def of(state: IdleState, seconds: float, *, observe_output: bool) -> IdleStateHandler:
    """A handler that watches *state*."""
    return IdleStateHandler(*(seconds if each is state else 0.0 for each in (READER, WRITER, ALL)), observe_output=observe_output)


both = pytest.mark.parametrize("observe_output", [False, True])
writing = pytest.mark.parametrize("state", [WRITER, ALL])


@both
@writing
def test_an_empty_flush_is_no_write(state: IdleState, observe_output: bool) -> None:
    """A handler that flushes at the end of each read does not keep a silent writer awake."""
    channel, events = opened(of(state, 1, observe_output=observe_output))
    for _ in range(8):
        channel.advance_time(0.25)
        channel.flush()

    assert [(state, True), (state, False)] == events


@both
@writing
def test_a_backlog_that_is_taken_steadily_is_not_idle(state: IdleState, observe_output: bool) -> None:
    """Though one run holds all of its messages, and is over long after."""
    channel, events = opened(of(state, 1, observe_output=observe_output))
    channel.hold_network()
    for _ in range(40):
        channel.write(bytes(100))
    channel.flush()
    for _ in range(40):
        channel.advance_time(0.75)
        channel.take_bytes(100)
    assert [] == events

    channel.advance_time(1)
    assert [(state, True)] == events


@both
@writing
def test_the_writes_of_a_run_are_complete_as_they_are_taken(state: IdleState, observe_output: bool) -> None:
    """The handler asks how far the network is, and whoever waits for a write hears of it."""
    channel, _ = opened(of(state, 1, observe_output=observe_output))
    channel.hold_network()
    promises = [channel.new_promise() for _ in range(3)]
    channel.write_and_flush(b"first")
    for promise in promises:
        channel.write(bytes(100), promise)
    channel.flush()
    channel.take_bytes(5 + 150)
    channel.advance_time(1)

    assert [True, False, False] == [promise.is_done for promise in promises]


@writing
def test_a_long_message_that_is_taken_steadily_is_not_idle(state: IdleState) -> None:
    """Each byte that the network takes is progress; when it takes no more, that is told, late by an eighth at most."""
    channel, events = opened(of(state, 8, observe_output=False))
    channel.hold_network()
    channel.write_and_flush(bytes(1000))
    for _ in range(20):
        channel.advance_time(6)
        channel.take_bytes(10)
    assert [] == events

    channel.advance_time(7.9)
    assert [] == events
    channel.advance_time(1.1)
    assert [(state, True)] == events
    channel.take_bytes(10)
    channel.advance_time(9.1)
    assert [(state, True), (state, True)] == events


@writing
def test_a_peer_that_stops_at_once_is_found_in_time(state: IdleState) -> None:
    """The backlog began in the middle of the idle time: what the network took then is noted with its time."""
    channel, events = opened(of(state, 8, observe_output=False))
    channel.advance_time(4)
    channel.hold_network()
    channel.write(bytes(100))
    channel.write(bytes(100))
    channel.flush()
    channel.take_bytes(120)
    channel.advance_time(1)
    channel.advance_time(7.9)
    assert [] == events
    channel.advance_time(0.2)
    assert [(state, True)] == events


@writing
def test_observed_output_tells_the_first_event_though_bytes_move(state: IdleState) -> None:
    """Netty: only whole messages are writes; after the first event there is none for as long as bytes move, or more is written."""
    channel, events = opened(of(state, 1, observe_output=True))
    channel.hold_network()
    channel.write_and_flush(bytes(1000))
    for _ in range(4):
        channel.take_bytes(10)
        channel.advance_time(1)
    assert [(state, True)] == events
    channel.write_and_flush(b"more")
    channel.advance_time(1)
    assert [(state, True)] == events
    channel.advance_time(1)
    assert [(state, True), (state, False)] == events


@writing
def test_observed_output_as_netty_tests_it(state: IdleState) -> None:
    """Netty: testObserveWriterIdle, testObserveAllIdle, step by step, on a clock that jumps as theirs does."""
    channel, events = opened(of(state, 5, observe_output=True))
    told: list[int] = []

    def step(seconds: float, taken: int = 0) -> None:
        channel.jump_time(seconds)
        channel.take_bytes(taken)
        told.append(len(events))

    channel.hold_network()
    for data in (b"1", b"2", b"3", bytes(5 * 1024)):
        channel.write_and_flush(data)
    step(5)  # the first event
    step(4, 1)
    step(2)
    step(2, 1)
    step(4)  # not idle for long enough
    step(5)  # idle
    step(2, 1)
    step(1)
    step(2, 1024)
    step(2, 1024)
    step(1)  # it was a first event, for a message was taken whole since
    step(2, 1024)
    step(2, 1024)
    step(1)  # bytes move
    step(2, 1024)
    step(3)
    step(2)  # nothing is left

    assert [1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4] == told
    assert [True, True, True, True] == [event.is_first for event in events]


@both
@writing
def test_a_peer_that_takes_nothing_is_idle_again_and_again(state: IdleState, observe_output: bool) -> None:
    """Once a period, however often the backlog is looked at."""
    channel, events = opened(of(state, 1, observe_output=observe_output))
    channel.hold_network()
    channel.write_and_flush(bytes(1000))
    channel.advance_time(3.5)

    assert [(state, True), (state, False), (state, False)] == events


@both
def test_writing_does_not_keep_the_reader_awake(observe_output: bool) -> None:
    """Nor does a backlog that moves."""
    channel, events = opened(of(READER, 1, observe_output=observe_output))
    channel.hold_network()
    channel.write_and_flush(bytes(1000))
    for _ in range(8):
        channel.take_bytes(10)
        channel.advance_time(0.25)

    assert [(READER, True), (READER, False)] == events


@both
@pytest.mark.parametrize("state", [READER, ALL])
def test_a_reset_makes_no_event_a_first_one(state: IdleState, observe_output: bool) -> None:
    """Netty: it moves the time, and nothing was read or written all the same."""
    handler = of(state, 1, observe_output=observe_output)
    channel, events = opened(handler)
    channel.advance_time(1)
    ctx = channel.pipeline().context(handler)
    for reset in (handler.reset_read_timeout, handler.reset_write_timeout):
        channel.advance_time(0.5)
        handler.reset_read_timeout(ctx)
        reset(ctx)
        channel.advance_time(0.75)
        channel.advance_time(0.25)
    assert [True, False, False] == [event.is_first for event in events]


def test_a_reset_ends_a_read_that_is_under_way() -> None:
    """Netty: resetReadTimeout."""
    handler = of(READER, 1, observe_output=False)
    channel, events = opened(handler)
    channel.pipeline().fire_channel_read(ByteBuffer(b"x"))
    handler.reset_read_timeout(channel.pipeline().context(handler))
    channel.advance_time(1)

    assert [(READER, True)] == events


def test_a_handler_that_is_removed_watches_no_output() -> None:
    """Nor does the channel keep the time for it any more."""
    handler = of(WRITER, 1, observe_output=False)
    channel, events = opened(handler)
    channel.hold_network()
    channel.write_and_flush(bytes(1000))
    channel.pipeline().remove(handler)
    before = channel.outbound.last_taken
    channel.advance_time(5)
    channel.release_network()

    assert ([], before) == (events, channel.outbound.last_taken)


def test_a_listener_that_removes_the_handler_while_it_looks() -> None:
    """A write is complete, and whoever waited for it wants no more idle events: none comes."""
    handler = of(WRITER, 1, observe_output=False)
    channel, events = opened(handler)
    channel.hold_network()
    channel.write(b"first", channel.new_promise().add_listener(lambda _: channel.pipeline().remove(handler)))
    channel.write(b"second")
    channel.flush()
    channel._unsent -= 6  # the network has taken it, and the loop does not tell
    channel.advance_time(10)

    assert [] == events


def test_a_process_that_was_stopped_drops_nobody_who_kept_sending() -> None:
    """What came meanwhile is read first; who sent nothing is told of at once."""
    channel, events = opened(of(READER, 1, observe_output=False))
    silent, told = opened(of(READER, 1, observe_output=False))
    for each in (channel, silent):
        kernel = Kernel(each.loop)  # type: ignore[arg-type]  # its own
        if each is channel:
            kernel.arrive(lambda: read(channel))
        kernel.stop(60)

    assert ([], [(READER, True)]) == (events, told)


@pytest.mark.parametrize("seed", range(30))
def test_any_schedule_of_reads_writes_and_stops(seed: int) -> None:
    """A model: never an event within the time of what was seen last, always one at most an eighth after it."""
    chance = random.Random(seed)
    state, seconds = chance.choice([READER, WRITER, ALL]), 8.0
    handler = of(state, seconds, observe_output=False)
    times: list[float] = []

    class Notes(ChannelHandler[Any]):
        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            times.append(ctx.channel.loop.time())

    channel = EmbeddedChannel(handler, Notes())
    channel.hold_network()
    last = 0.0
    for _ in range(150):
        what = chance.randrange(5)
        before = len(times)
        now = channel.loop.time()
        if what == 0 and state is not WRITER:
            read(channel)
            last = now
        elif what == 1 and state is not READER and channel.outbound.run_bytes:
            channel.take_bytes(chance.randrange(1, 40))
            last = now
        elif what == 2:
            channel.write_and_flush(bytes(chance.randrange(1, 60)))
        elif what == 3:
            channel.flush()
        else:
            step = chance.choice([1.0, 3.0, 6.0, 9.0])
            channel.advance_time(step)
            for told in times[before:]:
                assert told >= max([last, *times[:before]]) + seconds - 1e-9 or told - last >= seconds, seed
            if now + step - max(last, times[-1] if times else 0.0) > seconds * 9 / 8 + 1e-9:
                raise AssertionError((seed, "nothing was told", last, times, now + step))
