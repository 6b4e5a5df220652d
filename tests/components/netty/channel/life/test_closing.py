"""Closing: the tables of the life and the end, Netty's orders, and handlers who all learn before any is removed."""

import asyncio
import contextlib
import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel import Channel, ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.life.closing import (
    ACTIVE,
    CLOSED,
    CLOSING,
    NEW,
    NEXT_STATES,
    NEXT_STEPS,
    REGISTERED,
    STATE_NAMES,
    STEP_NAMES,
)
from pyboot.components.netty.channel.loop_state import LoopState
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.decoder import ByteToMessageDecoder
from pyboot.components.netty.errors import ChannelStateError, ClosedChannelError, CloseTimeoutError
from tests.components.netty.life import Life, kinds


class Logs(ChannelHandler[Any]):
    """Logs its farewell under a name."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self.log = log

    def channel_inactive(self, ctx: ChannelHandlerContext) -> Any:
        self.log.append(f"{self.name} inactive")
        ctx.fire_channel_inactive()

    def channel_unregistered(self, ctx: ChannelHandlerContext) -> Any:
        self.log.append(f"{self.name} unregistered")
        ctx.fire_channel_unregistered()

    def handler_removed(self, ctx: ChannelHandlerContext) -> Any:
        self.log.append(f"{self.name} removed")


class Slow(Logs):
    """Takes a second for its farewell."""

    async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(f"{self.name} leaves")
        await asyncio.sleep(1)
        self.log.append(f"{self.name} inactive")
        ctx.fire_channel_inactive()


class Stuck(Logs):
    """Never ends its farewell by itself."""

    async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            self.log.append(f"{self.name} cancelled")
            raise


# The tables.


def channel_in(state: int) -> EmbeddedChannel:
    """A channel that stands in *state* of its life, with nothing done about it."""
    channel = EmbeddedChannel(active=False)
    channel.state = state
    return channel


LEGAL = {(old, new) for old, following in NEXT_STATES.items() for new in following}


@pytest.mark.parametrize("move", sorted(LEGAL))
def test_every_move_of_the_table_is_allowed(move: tuple[int, int]) -> None:
    """What the table has is legal."""
    old, new = move
    channel = channel_in(old)
    channel.closing.move(new)
    assert new == channel.state


@pytest.mark.parametrize("move", sorted(set(itertools.product(range(5), repeat=2)) - LEGAL))
def test_every_other_move_raises(move: tuple[int, int]) -> None:
    """What the table lacks is not, staying where it is included; and the state stands."""
    old, new = move
    channel = channel_in(old)
    with pytest.raises(ChannelStateError):
        channel.closing.move(new)
    assert old == channel.state


def test_the_error_tells_what_was_tried_and_what_is_allowed() -> None:
    """Both states and the legal ones are named."""
    with pytest.raises(ChannelStateError, match="from active to new, only to closing, closed"):
        channel_in(ACTIVE).closing.move(NEW)


def test_nothing_leaves_closed() -> None:
    """Law 3, in the words of the error."""
    with pytest.raises(ChannelStateError, match="from closed to active, only to nothing"):
        channel_in(CLOSED).closing.move(ACTIVE)


def test_states_have_names_in_the_order_of_life() -> None:
    """The names stand at the numbers of their states."""
    assert ["new", "registered", "active", "closing", "closed"] == [
        STATE_NAMES[each] for each in (NEW, REGISTERED, ACTIVE, CLOSING, CLOSED)
    ]


def test_no_step_of_closing_is_taken_back() -> None:
    """Each leads to a later one, all but the last lead on, and every one can be reached."""
    assert all(old < new for old, following in NEXT_STEPS.items() for new in following)
    assert ["over"] == [STEP_NAMES[step] for step, following in NEXT_STEPS.items() if not following]
    assert set(NEXT_STEPS) == {new for following in NEXT_STEPS.values() for new in following} | {0}


def test_the_diagrams_of_the_documentation_are_the_tables() -> None:
    """docs/design/pipeline.md draws every legal move and step, and no other."""
    page = (Path(__file__).resolve().parents[5] / "docs/design/pipeline.md").read_text()
    drawn = {tuple(line.split(" --> ")) for line in map(str.strip, page.splitlines()) if " --> " in line and line.split()[0].islower()}
    moves = {(STATE_NAMES[old], STATE_NAMES[new]) for old, new in LEGAL}
    steps = {(STEP_NAMES[old], STEP_NAMES[new]) for old, following in NEXT_STEPS.items() for new in following}
    assert moves | steps == drawn


def test_each_step_is_taken_when_it_is_waited_for() -> None:
    """A close with everything in its way: a coroutine handler, a slow network, what was read, and a handler that is busy with the news."""

    class Slow(ChannelHandler[Any]):
        async def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
            await asyncio.sleep(1)
            await ctx.close(promise)

        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(1)

    channel = EmbeddedChannel(Slow())
    channel.hold_network()
    channel.write_and_flush(b"word")
    seen = [channel.closing.step]
    channel.close()
    seen.append(channel.closing.step)
    channel.advance_time(1)
    seen.append(channel.closing.step)
    channel.release_network()
    seen.append(channel.closing.step)
    channel.advance_time(1)
    seen.append(channel.closing.step)
    assert ["open", "asked", "delivering", "told", "over"] == seen


@pytest.mark.parametrize("seed", range(20))
def test_one_deadline_at_a_time_and_none_at_the_end(seed: int) -> None:
    """Whatever happens in whatever order, a channel ends, tells it at most once, and leaves no timer on its loop."""
    random_ = random.Random(seed)
    log: list[str] = []

    class Busy(Logs):
        async def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
            await asyncio.sleep(random_.choice([0, 1, 3600]))
            await ctx.close(promise)

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(random_.choice([0, 1, 3600]))

        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(random_.choice([0, 1, 3600]))
            ctx.fire_channel_inactive()

    channel = EmbeddedChannel(Busy("a", log), Logs("b", log))
    loop: Any = channel.loop
    acts: dict[str, Callable[[], object]] = {
        "read": lambda: channel.receive("word") if channel.state != CLOSED else None,
        "write": lambda: channel.write_and_flush(b"word"),
        "close": channel.close,
        "abort": channel.abort,
        "expect": channel.expect_close,
        "end of input": channel.finish_input,
        "loss": lambda: channel.lose(ConnectionResetError()),
        "network held": channel.hold_network,
        "network free": channel.release_network,
        "time": lambda: channel.advance_time(random_.choice([1, 10, 40])),
    }
    done = []
    for _ in range(12):
        done.append(random_.choice(list(acts)))
        try:
            acts[done[-1]]()
        except (ClosedChannelError, ConnectionResetError, CloseTimeoutError):
            pass  # what nobody caught is raised by the act that caused it
    with contextlib.suppress(ClosedChannelError, ConnectionResetError, CloseTimeoutError):
        channel.close()
    for _ in range(4):
        with contextlib.suppress(ClosedChannelError, ConnectionResetError, CloseTimeoutError):
            channel.advance_time(31)

    assert ("over", CLOSED, True) == (channel.closing.step, channel.state, channel.close_future.is_done), (seed, done)
    assert log.count("b unregistered") <= 1 == log.count("a removed") == log.count("b removed"), (seed, done)
    assert loop.next_timer() is None, (seed, done)


# The end.


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


# Handlers.


def test_all_learn_before_any_is_removed() -> None:
    """Last to first, however long the farewells in between take."""
    log: list[str] = []
    channel = EmbeddedChannel(Logs("a", log), Slow("b", log), Logs("c", log), Slow("d", log))
    channel.close()
    assert ["a inactive", "b leaves", "a unregistered"] == log
    channel.advance_time(2)
    assert log.index("c inactive") < log.index("d leaves") < log.index("d inactive") < log.index("d unregistered")
    assert ["d removed", "c removed", "b removed", "a removed"] == log[-4:]
    assert [] == channel.pipeline().names()


def test_a_farewell_without_end_is_cut_off_after_the_close_timeout() -> None:
    """Its handler is removed all the same, and so are the others."""
    log: list[str] = []
    channel = EmbeddedChannel(Logs("a", log), Stuck("b", log), Logs("c", log))
    channel.close()
    channel.advance_time(29)
    assert "b cancelled" not in log
    channel.advance_time(2)
    assert "b cancelled" in log
    assert {"a removed", "b removed", "c removed"} <= set(log)
    assert [] == channel.pipeline().names()


def test_nothing_of_a_departed_channel_is_left_on_the_loop() -> None:
    """No timer, no task."""
    log: list[str] = []
    channel = EmbeddedChannel(Slow("a", log), Slow("b", log))
    channel.close()
    channel.advance_time(3)
    assert channel._own_loop is not None
    assert channel._own_loop.next_timer() is None
    assert set() == {task for task in asyncio.all_tasks(channel.loop) if not task.done()}


def test_messages_that_waited_are_dropped_and_their_buffers_released() -> None:
    """The farewell comes at once behind the cancelled callback."""
    log: list[Any] = []

    class Reads(Logs):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            self.log.append(str(msg))
            await asyncio.sleep(3600)

    channel = EmbeddedChannel(Reads("a", log))
    buffer = channel.allocate_bytebuffer(4)
    channel.write_inbound("first", buffer)
    channel.close()
    assert ["first", "a inactive", "a unregistered", "a removed"] == log
    assert 0 == buffer.ref_count


def test_an_error_of_a_farewell_is_caught_like_any_other() -> None:
    """And the others are told."""
    log: list[Any] = []

    class Fails(Logs):
        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(0)
            raise ValueError("farewell")

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            self.log.append(repr(error))

    channel = EmbeddedChannel(Fails("a", log), Logs("b", log))
    channel.close()
    assert ["ValueError('farewell')", "a unregistered", "b unregistered", "b removed", "a removed"] == log


@pytest.mark.parametrize("operation", ["write", "close", "deregister"])
def test_an_operation_that_waits_for_a_handler_ends_with_the_channel(operation: str) -> None:
    """A close has come true; everything else has failed."""

    class Holds(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.sleep(3600)

    channel = EmbeddedChannel(Holds())
    channel.write(b"first")
    promise = channel.new_promise()
    if operation == "write":
        channel.write(b"second", promise)
    else:
        getattr(channel.pipeline(), operation)(promise)
    channel.lose()
    if operation == "close":
        assert promise.is_success
    else:
        assert isinstance(promise.error, ClosedChannelError)


def test_a_close_that_no_handler_lets_through_is_carried_out_after_the_close_timeout() -> None:
    """A coroutine write that never ends does not keep a connection for ever."""

    class Holds(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.sleep(3600)

    channel = EmbeddedChannel(Holds())
    channel.write(b"first")
    promise = channel.pipeline().close()
    channel.advance_time(31)
    assert promise.is_success
    assert not channel.is_open


def test_a_handler_that_removes_itself_in_its_farewell_is_removed_once() -> None:
    """And the others after it."""
    log: list[str] = []

    class Leaves(Logs):
        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            ctx.pipeline.remove(self)
            ctx.fire_channel_inactive()

    channel = EmbeddedChannel(Leaves("a", log), Logs("b", log))
    channel.close()
    assert 1 == log.count("a removed") == log.count("b removed") == log.count("b inactive")


def test_a_stream_that_is_cut_off_has_no_gaps() -> None:
    """Behind messages that were dropped nothing comes, though a decoder in front still has some."""
    handled: list[bytes] = []

    class OneByte(ByteToMessageDecoder[bytes]):
        async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes:
            await asyncio.sleep(0)
            return bytes(buffer.read_bytes(1))

    class Handler(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            handled.append(msg)
            if msg == b"\x10":
                channel.lose()

    channel = EmbeddedChannel(OneByte(), Handler())
    channel.receive(bytes(range(64)))
    channel.run_pending_tasks()

    assert b"".join(handled) == bytes(range(len(handled)))
    assert 17 <= len(handled) < 64


@pytest.mark.parametrize("seed", range(40))
def test_it_is_over_once_behind_every_callback(seed: int) -> None:
    """Plain and coroutine handlers in any mixture, with anything under way: nothing is called, and nothing runs, behind the end (law 7)."""
    random_ = random.Random(seed)
    log: list[str] = []
    at_work: set[object] = set()

    async def busy(what: str) -> None:
        callback = object()
        at_work.add(callback)
        log.append(what)
        try:
            await asyncio.sleep(random_.choice([0, 1, 3600]))
        finally:
            at_work.discard(callback)
            log.append(f"{what} done")

    class Plain(ChannelHandler[Any]):
        def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            log.append("inactive")
            ctx.fire_channel_inactive()

        def handler_removed(self, ctx: ChannelHandlerContext) -> Any:
            log.append("removed")

    class Later(Plain):
        def handler_removed(self, ctx: ChannelHandlerContext) -> Any:
            log.append("removed")
            return busy("later")

    class Reads(Plain):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await busy("read")

    class Waits(Reads):
        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            await busy("inactive")
            ctx.fire_channel_inactive()

        async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            log.append("removed")
            await busy("leaving")

    classes = [random_.choice([Plain, Later, Reads, Waits]) for _ in range(3)]
    channel = EmbeddedChannel(*(each() for each in classes))
    channel.closing.when_over(lambda: log.append(f"over, with {len(at_work)} at work"))
    for _ in range(random_.randrange(4)):
        channel.receive("word")
    channel.advance_time(random_.choice([0, 1, 2]))
    random_.choice([channel.close, channel.abort])()
    for _ in range(5):
        channel.advance_time(3600)
    channel.closing.when_over(lambda: log.append("over already"))

    assert ["over, with 0 at work", "over already"] == log[-2:], (seed, classes, log)
    assert (3, 1) == (log.count("removed"), sum("over, with" in said for said in log)), (seed, classes, log)
