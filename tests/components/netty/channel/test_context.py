"""ChannelHandlerContext: where events go, and what becomes of what a callback returns or raises."""

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.loop_state import DEPTH_LIMIT
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec import StringDecoder, StringEncoder
from pyboot.components.netty.errors import ClosedChannelError


class Errors(ChannelHandler[Any]):
    """Keeps the errors that reach it, and passes them on if asked to."""

    def __init__(self, passes_on: bool = False) -> None:
        self.errors: list[str] = []
        self.passes_on = passes_on

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(repr(error))
        if self.passes_on:
            ctx.fire_exception_caught(error)


class Raises(Errors):
    """Raises in the callback that its message names."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        raise ValueError(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        ctx.fire_channel_read_complete()


# Exceptions of events (netty-map 3.7).


def test_an_inbound_error_reaches_the_handler_that_raised_it_first() -> None:
    """Then those behind it; never those before it."""
    before, raises, behind = Errors(), Raises(passes_on=True), Errors()
    EmbeddedChannel(before, raises, behind).write_inbound("a")
    assert ([], ["ValueError('a')"], ["ValueError('a')"]) == (before.errors, raises.errors, behind.errors)


@pytest.mark.parametrize(
    "name",
    [
        "channel_registered",
        "channel_active",
        "channel_inactive",
        "channel_unregistered",
        "channel_read",
        "channel_read_complete",
        "user_event_triggered",
        "channel_writability_changed",
        "channel_event",
        "channel_write_complete",
    ],
)
def test_an_error_of_any_event_is_caught_in_its_place(name: str) -> None:
    """And does not reach who fired it."""

    def fail(self: Any, ctx: ChannelHandlerContext, *arguments: Any) -> None:
        raise ValueError(name)

    behind = Errors()
    handler: ChannelHandler[Any] = type("Fails", (ChannelHandler,), {name: fail})()
    channel = EmbeddedChannel(ChannelHandler(), handler, behind, active=False)
    behind.errors.clear()
    arguments = ("x",) if name in ("channel_read", "user_event_triggered", "channel_event") else ()
    getattr(channel.pipeline().head, f"fire_{name}")(*arguments)
    assert [f"ValueError('{name}')"] == behind.errors


def test_an_error_in_exception_caught_is_logged_and_ends_there(caplog: pytest.LogCaptureFixture) -> None:
    """With both errors."""

    class Fails(ChannelHandler[Any]):
        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            raise KeyError("second")

    behind = Errors()
    EmbeddedChannel(Fails(), behind).pipeline().fire_exception_caught(ValueError("first"))
    assert [] == behind.errors
    assert ["exception_caught of Fails#0 raised KeyError('second') while it handled ValueError('first')"] == [
        r.getMessage().partition(">: ")[2] for r in caplog.records
    ]


def test_an_error_nobody_catches_reaches_the_channel() -> None:
    """The embedded one raises it."""
    with pytest.raises(ValueError, match="a"):
        EmbeddedChannel(Raises(passes_on=True)).write_inbound("a")


# Exceptions of operations.


def test_an_error_of_a_write_fails_its_promise_and_nothing_else() -> None:
    """exception_caught is not called (netty-map 3.7)."""

    class Fails(Errors):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            raise ValueError(msg)

    fails, behind = Fails(), Errors()
    channel = EmbeddedChannel(fails, behind)
    promise = channel.new_promise()
    channel.write("a", promise)
    assert "ValueError('a')" == repr(promise.error)
    assert ([], []) == (fails.errors, behind.errors)


@pytest.mark.parametrize("name", ["bind", "connect", "disconnect", "close", "deregister"])
def test_an_error_of_an_operation_fails_its_promise(name: str) -> None:
    """And nothing else."""

    def fail(self: Any, ctx: ChannelHandlerContext, *arguments: Any) -> None:
        raise ValueError(name)

    behind = Errors()
    handler: ChannelHandler[Any] = type("Fails", (ChannelHandler,), {name: fail})()
    channel = EmbeddedChannel(handler, behind)
    channel.has_disconnect = True
    arguments = ("address",) if name in ("bind", "connect") else ()
    promise = getattr(channel.pipeline(), name)(*arguments)
    assert f"ValueError('{name}')" == repr(promise.error)
    assert [] == behind.errors
    assert channel.is_open


def test_an_error_of_flush_or_read_is_caught_by_the_handler_that_raised_it() -> None:
    """They have no promise (netty-map 3.7)."""

    class Fails(Errors):
        def flush(self, ctx: ChannelHandlerContext) -> None:
            raise ValueError("flush")

        def read(self, ctx: ChannelHandlerContext) -> None:
            if ctx.channel.is_active and self.armed:
                raise ValueError("read")
            ctx.read()

        armed = False

    before, fails, behind = Errors(), Fails(), Errors()
    channel = EmbeddedChannel(before, fails, behind)
    fails.armed = True
    channel.flush()
    channel.read()
    assert ([], ["ValueError('flush')", "ValueError('read')"], []) == (before.errors, fails.errors, behind.errors)


def test_an_operation_that_raises_after_its_end_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """There is nobody left to tell."""

    class Late(ChannelHandler[Any]):
        def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
            ctx.close(promise)
            raise ValueError("late")

    channel = EmbeddedChannel(Late())
    channel.close()
    assert ["close of Late#0 raised after its promise was over"] == [record.getMessage().rpartition(": ")[2] for record in caplog.records]


# Promises.


@pytest.mark.parametrize("name", ["bind", "connect", "disconnect", "close", "deregister"])
def test_a_cancelled_promise_skips_its_operation(name: str) -> None:
    """Netty's rule."""
    log: list[str] = []

    def note(self: Any, ctx: ChannelHandlerContext, *arguments: Any) -> None:
        log.append(name)

    handler: ChannelHandler[Any] = type("Notes", (ChannelHandler,), {name: note})()
    channel = EmbeddedChannel(handler)
    channel.has_disconnect = True
    promise = channel.new_promise()
    promise.cancel()
    arguments = ("address",) if name in ("bind", "connect") else ()
    getattr(channel.pipeline(), name)(*arguments, promise)
    assert [] == log
    assert channel.is_open


def test_a_write_with_a_cancelled_promise_is_skipped_and_its_message_released() -> None:
    """No handler sees it (netty-map 4.2)."""
    log: list[Any] = []

    class Notes(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            log.append(msg)

    channel = EmbeddedChannel(Notes())
    message = channel.allocate_bytebuffer(4)
    promise = channel.new_promise()
    promise.cancel()
    channel.write(message, promise)
    assert [] == log
    assert 0 == message.ref_count


def test_a_promise_of_another_channel_is_refused() -> None:
    """It would be ended on the wrong loop."""
    channel, other = EmbeddedChannel(), EmbeddedChannel()
    with pytest.raises(ValueError, match="belongs to"):
        channel.write(b"a", other.new_promise())
    with pytest.raises(ValueError, match="belongs to"):
        channel.pipeline().close(other.new_promise())
    assert channel.is_open


def test_a_message_with_a_promise_that_is_refused_is_released() -> None:
    """A write takes ownership, also when it fails."""
    channel = EmbeddedChannel()
    message = channel.allocate_bytebuffer(4)
    with pytest.raises(ValueError, match="belongs to"):
        channel.write(message, EmbeddedChannel().new_promise())
    assert 0 == message.ref_count


def test_a_promise_that_is_over_is_refused() -> None:
    """It cannot tell the end of a second operation."""
    channel = EmbeddedChannel()
    with pytest.raises(ValueError, match="done"):
        channel.write(b"a", channel.new_promise().set_success())


def test_the_close_future_cannot_be_used_up() -> None:
    """Neither cancelled by a user nor passed as the promise of an operation."""
    channel = EmbeddedChannel()
    assert not channel.close_future.cancel()
    with pytest.raises(ValueError, match="close_future"):
        channel.write(b"a", channel.close_future)
    assert not channel.close_future.is_done


def test_disconnect_of_a_connected_transport_is_close() -> None:
    """Through the handlers' close."""
    log: list[str] = []

    class Notes(ChannelHandler[Any]):
        def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
            log.append("close")
            ctx.close(promise)

        def disconnect(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
            log.append("disconnect")

    channel = EmbeddedChannel(Notes())
    promise = channel.pipeline().disconnect()
    assert ["close"] == log
    assert promise.is_success


@pytest.mark.parametrize("name", ["bind", "connect"])
def test_what_a_transport_cannot_do_fails(name: str) -> None:
    """The error names the transport."""
    promise = getattr(EmbeddedChannel().pipeline(), name)("address")
    assert f"EmbeddedChannel cannot {name}" == str(promise.error)


# Answers.


def test_events_without_coroutines_are_over_at_once() -> None:
    """The answer is one shared object."""
    channel = EmbeddedChannel(Errors())
    assert channel.done is channel.pipeline().fire_channel_read("a")
    assert channel.done is channel.pipeline().fire_channel_active()
    assert channel.done is channel.pipeline().fire_channel_read_complete()


def test_writes_that_did_not_fail_give_one_shared_answer() -> None:
    """Nothing is allocated for them, whatever handlers they pass."""

    class Passes(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Any:
            return ctx.write(msg, promise)

    channel = EmbeddedChannel(Passes())
    assert channel.writability is channel.write(b"a") is channel.flush() is channel.write_and_flush(b"b")


async def test_a_failed_write_raises_when_awaited() -> None:
    """ClosedChannelError, with the first reason as its cause."""
    channel = EmbeddedChannel(Errors(), loop=asyncio.get_running_loop())
    reason = ConnectionResetError("gone")
    channel.lose(reason)
    with pytest.raises(ClosedChannelError) as caught:
        await channel.write(b"a")
    assert reason is caught.value.__cause__


def test_a_context_knows_where_it_stands() -> None:
    """Its name, its channel and the channel's allocator."""
    channel = EmbeddedChannel(Errors())
    ctx = channel.pipeline().context(Errors)
    assert (channel, channel.allocator, "Errors#0") == (ctx.channel, ctx.allocator, ctx.name)
    assert "<ChannelHandlerContext Errors#0>" == repr(ctx)
    assert not ctx.is_removed
    assert not ctx.new_promise().is_done


def test_a_plain_callback_may_return_a_coroutine() -> None:
    """It is run, awaited or not."""

    class Returns(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
            return self.later(ctx, msg)

        async def later(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(1)
            ctx.fire_channel_read(msg)

    channel = EmbeddedChannel(Returns())
    channel.write_inbound("a", "b")
    channel.advance_time(1)
    assert ["a"] == channel.inbound_messages()
    channel.advance_time(1)
    assert ["a", "b"] == channel.inbound_messages()


def test_a_coroutine_of_another_make_is_run_too() -> None:
    """As compiled code returns them, at once and out of the mailbox."""
    log: list[str] = []

    class Foreign:
        """A coroutine by its methods only."""

        def __init__(self, name: str) -> None:
            self.name = name

        def send(self, value: Any) -> Any:
            log.append(self.name)
            raise StopIteration

        def throw(self, *error: Any) -> Any:
            raise error[0]

        def close(self) -> None:
            """Nothing."""

        def __await__(self) -> Any:
            log.append(self.name)
            return iter(())

    class Returns(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(1)

        def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any) -> Any:
            return Foreign(event)

    channel = EmbeddedChannel(Returns())
    channel.pipeline().fire_user_event_triggered("at once")
    channel.write_inbound("a")
    channel.pipeline().fire_user_event_triggered("from the mailbox")
    channel.advance_time(1)
    assert ["at once", "from the mailbox"] == log


# Recursion (the bound of depth).


def again(name: str) -> type[ChannelHandler[Any]]:
    """A handler that causes, at an end of the pipeline, the very event that it handles."""

    def callback(self: ChannelHandler[Any], ctx: ChannelHandlerContext, *arguments: Any) -> None:
        getattr(ctx.pipeline, name if name in OUTBOUND else f"fire_{name}")(*arguments)

    return type("Again", (ChannelHandler,), {name: callback})


OUTBOUND = ("write", "flush", "read", "bind", "connect", "disconnect", "close", "deregister")
INBOUND = ("channel_read", "channel_read_complete", "user_event_triggered", "channel_writability_changed", "channel_registered")


@pytest.fixture
def without_collector() -> Iterator[None]:
    """Nothing is collected at the bound of depth: what other tests left suspended would have no room there to be closed in."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize("between", [0, 1, 40])
@pytest.mark.parametrize("name", INBOUND + OUTBOUND)
def test_a_callback_that_causes_its_own_event_raises(name: str, between: int) -> None:
    """A RecursionError, however many compiled handlers stand on the way; the process lives on, and so does the channel."""
    config = ChannelConfig()
    config.auto_read = False
    channel = EmbeddedChannel(config=config, active=False)
    channel.has_disconnect = True
    codecs = [(StringDecoder if name in INBOUND else StringEncoder)() for _ in range(between)]
    errors = Errors()
    channel.pipeline().add_last(*(codecs if name in INBOUND else []), again(name)(), *(codecs if name in OUTBOUND else []), errors)
    pipeline, promise = channel.pipeline(), channel.new_promise()
    if name in INBOUND:
        getattr(pipeline, f"fire_{name}")(*(["m"] if name in ("channel_read", "user_event_triggered") else []))
    elif name in ("flush", "read"):
        getattr(pipeline, name)()
    else:
        getattr(pipeline, name)(*(["m"] if name in ("write", "bind", "connect") else []), promise)
        assert isinstance(promise.error, RecursionError)
    if name in (*INBOUND, "flush", "read"):
        assert any("Recursion" in error or "Depth" in error for error in errors.errors)
    assert 0 == channel.loop_state.steps
    pipeline.remove("Again#0")
    pipeline.fire_channel_read(b"still here")
    assert ["still here" if between and name in INBOUND else b"still here"] == channel.inbound_messages()


@pytest.mark.usefixtures("without_collector")
def test_a_pipeline_longer_than_the_bound_raises_where_it_is_reached() -> None:
    """Compiled handlers are counted by us, others by Python."""
    channel = EmbeddedChannel(*(StringDecoder() for _ in range(DEPTH_LIMIT + 10)))
    with pytest.raises(RecursionError):
        channel.write_inbound("m")
    assert 0 == channel.loop_state.steps


def test_what_ends_programs_leaves_no_step_behind() -> None:
    """SystemExit goes through compiled handlers, and the count with it."""

    class Leaves(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            raise SystemExit(3)

        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            raise SystemExit(4)

    channel = EmbeddedChannel(StringDecoder(), Leaves(), StringEncoder())
    with pytest.raises(SystemExit):
        channel.write_inbound(b"m")
    with pytest.raises(SystemExit):
        channel.write("m")
    assert 0 == channel.loop_state.steps
