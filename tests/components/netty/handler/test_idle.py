"""IdleStateHandler: Netty's IdleStateHandlerTest, on a clock that is turned."""

from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded import EmbeddedChannel
from pyboot.components.netty.channel.event import ChannelEvent
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.handler.idle import IdleState, IdleStateEvent, IdleStateHandler

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


def test_output_that_moves_is_observed_where_that_is_wanted() -> None:
    """Netty: testObserveWriterIdle; a peer that takes slowly is not idle."""
    channel, events = opened(IdleStateHandler(0, 5, 0, observe_output=True))
    channel.hold_network()
    for _ in range(3):
        channel.write(b"x" * 100)
        channel.flush()
        channel.advance_time(5)
    assert [] == events

    channel.advance_time(5)
    assert [(WRITER, True)] == events


def test_output_that_moves_is_not_observed_otherwise() -> None:
    """Only what was delivered counts."""
    channel, events = opened(IdleStateHandler(0, 5, 0))
    channel.hold_network()
    channel.write(b"x")
    channel.flush()
    channel.advance_time(5)

    assert [(WRITER, True)] == events


@pytest.mark.parametrize("end", [lambda channel: channel.pipeline().remove(IdleStateHandler), lambda channel: channel.finish()])
def test_nothing_is_told_after_the_end(end: Callable[[EmbeddedChannel], Any]) -> None:
    """Of the handler, or of the channel."""
    channel, events = opened(of_state(READER))
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


def test_negative_times_are_refused() -> None:
    """When the handler is made."""
    with pytest.raises(ValueError, match="allowed is 0, for never, or more"):
        IdleStateHandler(-1)
