"""The life of a channel: Netty's orders, our close that delivers, and reading that stops for whoever cannot keep up."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.channel import INPUT_SHUTDOWN, Channel, ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.event import ChannelEvent
from pyboot.components.netty.channel.loop_state import LoopState
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ChannelStateError, ClosedChannelError, CloseTimeoutError, OutboundOverflowError


class Life(ChannelHandler[Any]):
    """Logs everything."""

    def __init__(self) -> None:
        self.log: list[Any] = []

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("active")

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("inactive")

    def channel_registered(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("registered")

    def channel_unregistered(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("unregistered")

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("removed")

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.log.append(error)

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.log.append(event)

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(f"writable={ctx.channel.is_writable}")


def kinds(log: list[Any]) -> list[Any]:
    """The log with errors by their types."""
    return [type(entry) if isinstance(entry, Exception) else entry for entry in log]


# Closing.


def test_close_delivers_what_was_flushed_and_fails_the_rest() -> None:
    """The promises end in the order of the writes, then the close (acceptance case 2)."""
    log: list[Any] = []

    def note(name: str) -> Callable[[ChannelPromise], object]:
        return lambda done: log.append((name, type(done.error)))

    life = Life()
    channel = EmbeddedChannel(life)
    channel.hold_network()
    channel.write(b"a", channel.new_promise().add_listener(note("a")))
    channel.flush()
    channel.write(b"b", channel.new_promise().add_listener(note("b")))
    channel.close_future.add_listener(lambda _: log.append("closed"))
    channel.pipeline().close(channel.new_promise().add_listener(note("close")))
    assert [("b", ClosedChannelError)] == log
    assert channel.is_registered
    channel.release_network()
    assert [("b", ClosedChannelError), ("a", type(None)), "closed", ("close", type(None))] == log
    assert b"a" == channel.outbound_bytes()


def test_the_order_of_a_close_is_netty_s() -> None:
    """close future, close promise, failed writes, then inactive, unregistered, removed in a later turn (netty-map 3.6)."""
    life = Life()
    channel = EmbeddedChannel(life)
    life.log.clear()
    channel.hold_network()
    channel.close_future.add_listener(lambda _: life.log.append("close future"))
    channel.write_and_flush(b"a", channel.new_promise().add_listener(lambda _: life.log.append("write")))
    channel.pipeline().close(channel.new_promise().add_listener(lambda _: life.log.append("close")))
    channel.abort()
    channel.run_pending_tasks()
    assert ["close future", "close", "write", "inactive", "unregistered", "removed"] == life.log


def test_closing_twice_gives_both_the_same_end() -> None:
    """The second promise is done with the first."""
    channel = EmbeddedChannel()
    channel.hold_network()
    channel.write_and_flush(b"a")
    first, second = channel.pipeline().close(), channel.pipeline().close()
    assert (False, False) == (first.is_done, second.is_done)
    channel.release_network()
    third = channel.pipeline().close()
    assert (True, True, True) == (first.is_success, second.is_success, third.is_success)


def test_writes_after_close_fail_at_once() -> None:
    """Also while flushed bytes are still being delivered."""
    channel = EmbeddedChannel(Life())
    channel.hold_network()
    channel.write_and_flush(b"a")
    channel.close()
    promise = channel.new_promise()
    channel.write_and_flush(b"b", promise)
    assert isinstance(promise.error, ClosedChannelError)
    channel.release_network()
    assert b"a" == channel.outbound_bytes()


def test_a_peer_that_takes_nothing_is_cut_off_after_the_close_timeout() -> None:
    """The error tells how much was left; later errors have it as their cause."""
    life = Life()
    channel = EmbeddedChannel(life)
    channel.hold_network()
    promise = channel.new_promise()
    channel.write_and_flush(b"abc", promise)
    channel.close()
    channel.advance_time(29.9)
    assert channel.is_registered
    channel.advance_time(0.1)
    assert not channel.is_registered
    assert isinstance(promise.error, ClosedChannelError)
    assert isinstance(promise.error.__cause__, CloseTimeoutError)
    assert (99, 30.0) == (promise.error.__cause__.pending_bytes, promise.error.__cause__.seconds)


def test_the_end_of_the_input_does_not_take_the_close_timeout_away() -> None:
    """A close after the peer's end has its own deadline."""

    class Stuck(Life):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(3600)

    channel = EmbeddedChannel(Stuck())
    channel.hold_network()
    channel.receive("a")
    channel.finish_input()
    channel.advance_time(10)
    channel.write_and_flush(b"a")
    channel.close()
    channel.advance_time(29)
    assert channel.close_future.is_done is False
    channel.advance_time(1)
    assert channel.close_future.is_done


def test_a_flushed_byte_more_is_no_writability_event_after_the_end() -> None:
    """No events during the end (netty-map 3.6)."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 5, 10
    life = Life()
    channel = EmbeddedChannel(life, config=config)
    channel.hold_network()
    channel.write_and_flush(b"a")
    life.log.clear()
    channel.abort()
    channel.run_pending_tasks()
    assert ["inactive", "unregistered", "removed"] == [entry for entry in life.log if not isinstance(entry, Exception)]


def test_abort_fails_everything_at_once() -> None:
    """Flushed or not."""
    channel = EmbeddedChannel(Life())
    channel.hold_network()
    flushed, unflushed = channel.new_promise(), channel.new_promise()
    channel.write_and_flush(b"a", flushed)
    channel.write(b"b", unflushed)
    channel.abort()
    assert [ClosedChannelError] * 2 == [type(flushed.error), type(unflushed.error)]
    channel.abort()


def test_writes_that_nobody_waits_for_are_reported_once_when_they_are_lost() -> None:
    """With their number."""
    life = Life()
    channel = EmbeddedChannel(life)
    life.log.clear()
    for _ in range(3):
        channel.write(b"a")
    channel.close()
    errors = [entry for entry in life.log if isinstance(entry, Exception)]
    assert [ClosedChannelError] == [type(error) for error in errors]
    assert str(errors[0]).startswith("3 written messages were not delivered")


def test_a_handlers_error_before_a_close_is_still_reported() -> None:
    """An encoder's error is a bug of ours, whether the channel closes right behind it or not."""

    class Encoder(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            raise ValueError(msg)

    life = Life()
    channel = EmbeddedChannel(life, Encoder())

    class Answers(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.write_and_flush(msg)
            ctx.close()

    channel.pipeline().add_last(Answers())
    life.log.clear()
    channel.write_inbound("bad")
    assert ValueError in kinds(life.log)


def test_a_flood_past_the_hard_limit_is_reported_once() -> None:
    """Every further write fails for the same reason, until there is room again."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark, config.write_buffer_limit = 100, 200, 300
    life = Life()
    channel = EmbeddedChannel(life, config=config)
    channel.hold_network()
    life.log.clear()
    for _ in range(50):
        channel.write_and_flush(b"x" * 50)
    assert 1 == kinds(life.log).count(OutboundOverflowError)
    channel.release_network()
    channel.hold_network()
    for _ in range(50):
        channel.write_and_flush(b"x" * 50)
    assert 2 == kinds(life.log).count(OutboundOverflowError)


# Losing.


def test_a_lost_connection_tells_its_error_before_it_is_inactive() -> None:
    """exception_caught, inactive, unregistered, removed."""
    life = Life()
    channel = EmbeddedChannel(life)
    life.log.clear()
    channel.lose(ConnectionResetError("gone"))
    assert [ConnectionResetError, "inactive", "unregistered", "removed"] == kinds(life.log)


@pytest.mark.parametrize("way", ["close", "abort"])
def test_a_handler_may_close_in_exception_caught_of_a_lost_connection(way: str) -> None:
    """The usual handler does; the end comes once."""

    class Closes(Life):
        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            super().exception_caught(ctx, error)
            if way == "close":
                ctx.close()
            else:
                ctx.channel.abort()

    life = Closes()
    channel = EmbeddedChannel(life)
    life.log.clear()
    channel.lose(ConnectionResetError("gone"))
    assert [ConnectionResetError, "inactive", "unregistered", "removed"] == kinds(life.log)


def test_losing_a_channel_twice_is_losing_it_once() -> None:
    """Whatever the second reason."""
    life = Life()
    channel = EmbeddedChannel(life)
    life.log.clear()
    channel.lose()
    channel.lose(ConnectionResetError())
    assert ["inactive", "unregistered", "removed"] == kinds(life.log)


def test_a_write_after_the_loss_has_the_loss_as_its_cause() -> None:
    """closed exception carries I/O cause (netty-map 4.2)."""
    channel = EmbeddedChannel(Life())
    reason = ConnectionResetError("gone")
    channel.lose(reason)
    promise = channel.new_promise()
    channel.write(b"a", promise)
    assert promise.error is not None
    assert reason is promise.error.__cause__


# Being registered and active.


def test_active_comes_once_and_not_again_with_a_new_registration() -> None:
    """netty-map 3.8: unregistered in a later turn, handlers stay, registered again, reading goes on."""
    life = Life()
    channel = EmbeddedChannel(life)
    promise = channel.pipeline().deregister()
    assert not promise.is_done
    channel.run_pending_tasks()
    assert (True, False, False) == (promise.is_success, channel.is_registered, channel.is_reading)
    channel.register()
    assert ["registered", "active", "unregistered", "registered"] == life.log
    assert channel.is_reading
    assert [Life] == [type(handler) for _, handler in channel.pipeline()]


def test_a_channel_closed_while_it_is_not_registered_is_not_unregistered_again() -> None:
    """Each registration ends once."""
    life = Life()
    channel = EmbeddedChannel(life)
    channel.pipeline().deregister()
    channel.run_pending_tasks()
    life.log.clear()
    channel.close()
    assert ["inactive", "removed"] == life.log


@pytest.mark.parametrize("callback", ["handler_added", "channel_registered", "channel_active"])
def test_a_channel_may_be_closed_on_its_way(callback: str) -> None:
    """Acceptance case 1: it never comes to be active twice, nor to be inactive if it was not active."""
    events: list[str] = []

    def close(self: Any, ctx: ChannelHandlerContext) -> None:
        events.append(callback)
        ctx.close()
        getattr(ChannelHandler, callback)(self, ctx)

    life = Life()
    handler: ChannelHandler[Any] = type("Closes", (ChannelHandler,), {callback: close})()
    channel = EmbeddedChannel(handler, life)
    assert not channel.is_open
    assert [callback] == events
    assert life.log.count("active") == life.log.count("inactive") <= 1
    assert ["unregistered", "removed"] == life.log[-2:]


def test_activating_twice_is_not_legal() -> None:
    """A second activation is ignored, and no event comes of it."""
    life = Life()
    channel = EmbeddedChannel(life)
    channel.activate()
    assert 1 == life.log.count("active")


def test_a_channel_that_was_never_registered_cannot_be_closed() -> None:
    """There is no loop that it could leave."""
    loop = EmbeddedChannel().loop
    promise = Channel(loop, ChannelConfig(), LoopState(loop)).pipeline().close()
    assert isinstance(promise.error, ChannelStateError)


# Reading.


def test_reading_stops_while_anybody_holds_it() -> None:
    """Each hold is released for itself."""
    channel = EmbeddedChannel()
    channel.pause_reading()
    channel.pause_reading()
    channel.resume_reading()
    assert not channel.is_reading
    channel.resume_reading()
    assert channel.is_reading


def test_reading_stops_with_the_close() -> None:
    """No more input for a channel that is closing, though its output is still on its way."""
    channel = EmbeddedChannel()
    channel.hold_network()
    channel.write_and_flush(b"a")
    channel.close()
    assert not channel.is_reading


def test_the_read_goes_through_the_handlers() -> None:
    """Which may hold it back."""

    class Holds(ChannelHandler[Any]):
        def read(self, ctx: ChannelHandlerContext) -> None:
            """Keep it."""

    assert 0 == EmbeddedChannel(Holds()).reads


# The end of the input.


def test_a_read_asked_for_before_the_channel_is_active_is_made_then() -> None:
    """Where reading is not automatic."""

    class Asks(ChannelHandler[Any]):
        def channel_registered(self, ctx: ChannelHandlerContext) -> None:
            ctx.read()

    config = ChannelConfig()
    config.auto_read = False
    channel = EmbeddedChannel(Asks(), config=config)
    assert channel.is_reading
    channel.receive("one")
    assert not channel.is_reading


def test_the_peers_end_closes_unless_half_closure_is_allowed() -> None:
    """netty-map 3.4."""
    life = Life()
    channel = EmbeddedChannel(life)
    channel.finish_input()
    assert not channel.is_open
    assert INPUT_SHUTDOWN not in life.log


def test_half_closure_tells_the_end_of_the_input_and_goes_on_writing() -> None:
    """Acceptance case 7: an event, once; the answer leaves; a close ends it."""
    config = ChannelConfig()
    config.allow_half_closure = True
    life = Life()
    channel = EmbeddedChannel(life, config=config)
    life.log.clear()
    channel.finish_input()
    channel.finish_input()
    assert [INPUT_SHUTDOWN] == life.log
    channel.write_outbound(b"x" * 1024 * 1024)
    channel.close()
    assert b"x" * 1024 * 1024 == channel.outbound_bytes()
    assert [INPUT_SHUTDOWN, "writable=False", "writable=True", "inactive", "unregistered", "removed"] == life.log


def test_the_end_of_the_input_waits_for_handlers_under_way_no_longer_than_the_close_timeout() -> None:
    """Then they are cancelled."""

    class Stuck(Life):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                self.log.append("cancelled")
                raise

    life = Stuck()
    channel = EmbeddedChannel(life)
    life.log.clear()
    channel.receive("a")
    channel.finish_input()
    channel.advance_time(29)
    assert [] == life.log
    channel.advance_time(1)
    assert ["cancelled", "inactive", "unregistered", "removed"] == life.log


# Flushing.


def test_a_flush_inside_a_flush_changes_no_order() -> None:
    """Acceptance case 5."""

    class Nested(ChannelHandler[Any]):
        done = False

        def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
            if not self.done:
                self.done = True
                ctx.write_and_flush(b"nested")

    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 5, 10
    channel = EmbeddedChannel(Nested(), config=config)
    channel.hold_network()
    channel.write_and_flush(b"first")
    channel.write_and_flush(b"second")
    channel.release_network()
    assert b"firstnestedsecond" == channel.outbound_bytes()
    assert 0 == channel.outbound.pending


def test_a_write_that_the_network_takes_is_complete_when_the_flush_returns() -> None:
    """No turn of the loop in between."""
    channel = EmbeddedChannel()
    promise = channel.new_promise()
    channel.write(b"a", promise)
    assert not promise.is_done
    channel.flush()
    assert promise.is_success


# The published package's events.


def test_the_events_of_the_published_package_are_fired_where_somebody_listens() -> None:
    """In its order and under its names."""
    log: list[Any] = []

    class Listens(ChannelHandler[Any]):
        def channel_event(self, ctx: ChannelHandlerContext, event: ChannelEvent, *arguments: Any) -> None:
            log.append((event.name, *arguments))

        def channel_write_complete(self, ctx: ChannelHandlerContext) -> None:
            log.append("complete")

    channel = EmbeddedChannel(Listens())
    channel.receive(b"a")
    channel.write_and_flush(b"b")
    channel.close()
    assert [("CONNECTED",), ("READ_DO", b"a"), ("WRITE_DO",), "complete", ("DISCONNECTED",)] == log


# Who closes.


class GivesUp(ChannelHandler[Any]):
    """Closes, and says why."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: object) -> None:
        ctx.channel.close_cause = ValueError(msg)
        ctx.close()


@pytest.mark.parametrize("close", [Channel.close, Channel.abort])
def test_a_channel_that_is_closed_without_a_cause_was_closed_here(close: Callable[[Channel], object]) -> None:
    """Whoever reconnects leaves it at that."""
    channel = EmbeddedChannel()
    close(channel)

    assert channel.closed_here


def test_a_channel_that_a_handler_gives_up_was_not_closed_here() -> None:
    """What is written later hears of the error too."""
    channel = EmbeddedChannel(GivesUp())
    channel.write_inbound("rubbish")

    assert not channel.is_open
    assert not channel.closed_here
    assert "rubbish" == str(channel.closed_error().__cause__)


def test_a_channel_that_an_unhandled_error_closes_was_not_closed_here() -> None:
    """As the other transports do, which do not keep errors for a test to look at."""
    channel = EmbeddedChannel()
    error = ConnectionError()
    Channel.unhandled_error(channel, error)

    assert (False, False, error) == (channel.is_open, channel.closed_here, channel.close_cause)


def test_what_happens_after_close_does_not_change_who_closed() -> None:
    """The peer may well reset a connection that is being closed."""
    channel = EmbeddedChannel()
    channel.close()
    channel.lost(ConnectionResetError())

    assert channel.closed_here


def test_a_process_that_was_stopped_gives_a_close_its_time_back() -> None:
    """What was flushed may still be delivered; a peer that takes nothing then either is cut off."""
    for takes in (True, False):
        channel = EmbeddedChannel()
        promise = channel.new_promise()
        channel.hold_network()
        channel.write_and_flush(b"last words", promise)
        channel.close()
        channel.jump_time(3600)
        assert not promise.is_done
        channel.advance_time(29)
        if takes:
            channel.release_network()
        channel.advance_time(1)
        assert (takes, True) == (promise.is_success, promise.is_done)
