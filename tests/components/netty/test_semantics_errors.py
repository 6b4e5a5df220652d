"""Coroutine callbacks (design 5.2): their errors go where those of plain callbacks go."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import HandlerCallbackError

from .suspending import Sink, embedded, turn

# Errors.


async def test_an_error_before_the_first_suspension_reaches_the_same_handler() -> None:
    """As the error of a plain callback does."""

    class Fails(Sink):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:  # type: ignore[override]  # an async one in place of a plain one
            raise ValueError(msg)

    fails, behind = Fails(), Sink()
    channel = embedded(fails, behind)
    channel.write_inbound("a")
    assert ["ValueError('a')"] == [repr(entry) for entry in fails.log]
    assert [] == behind.log
    channel.finish()


async def test_an_error_after_suspension_comes_before_the_messages_that_wait() -> None:
    """exception_caught has its turn right behind the callback that raised."""

    class Fails(ChannelHandler[Any]):
        def __init__(self) -> None:
            self.log: list[str] = []

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            self.log.append(msg)
            await asyncio.sleep(0)
            raise ValueError(msg)

        async def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            self.log.append(f"caught {error}")
            await asyncio.sleep(0)
            self.log.append(f"handled {error}")

    fails = Fails()
    channel = embedded(fails)
    channel.write_inbound("a", "b")
    await turn()
    assert ["a", "caught a", "handled a", "b", "caught b", "handled b"] == fails.log
    channel.finish()


async def test_an_error_of_a_coroutine_without_exception_caught_goes_on_in_order() -> None:
    """It passes to the next handler that catches, and ends nothing else."""

    class Fails(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            if msg == "bad":
                raise ValueError(msg)
            ctx.fire_channel_read(msg)

    sink = Sink()
    channel = embedded(Fails(), sink)
    channel.write_inbound("a", "bad", "b")
    await turn()
    assert ["a", "ValueError('bad')", "b"] == [entry if isinstance(entry, str) else repr(entry) for entry in sink.log]
    channel.finish()


@pytest.mark.parametrize("suspends", [False, True])
async def test_an_error_in_a_coroutine_exception_caught_is_logged_and_goes_no_further(
    suspends: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Netty's rule, for both kinds of callbacks."""

    class Fails(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            raise ValueError(msg)

        async def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            if suspends:
                await asyncio.sleep(0)
            raise KeyError("second")

    sink = Sink()
    channel = embedded(Fails(), sink)
    channel.write_inbound("a")
    await turn()
    assert [] == sink.log
    assert ["KeyError('second') while it handled ValueError('a')" in record.getMessage() for record in caplog.records] == [True]
    channel.finish()


async def test_a_plain_exception_caught_that_returns_a_failing_coroutine_is_called_once() -> None:
    """What it gives is awaited, and its error is logged: it must not catch itself for ever."""
    calls: list[Exception] = []

    class Fails(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            raise ValueError(msg)

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> Any:
            calls.append(error)
            return self.report() if len(calls) < 5 else None

        async def report(self) -> None:
            raise KeyError("second")

    channel = embedded(Fails())
    channel.write_inbound("a")
    await turn()
    assert ["ValueError('a')"] == [repr(error) for error in calls]
    channel.finish()


async def test_a_cancelled_error_of_a_plain_callback_stops_nothing() -> None:
    """Asking a cancelled future for its result raises it; what waits behind is delivered all the same."""
    log: list[Any] = []

    class Asks(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            log.append(msg)

        def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any) -> None:
            log.append(event)
            gone.result()

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            """It may be told of it, or not."""

    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    gone.cancel()
    channel = embedded(Asks())
    channel.receive("a")
    channel.pipeline().fire_user_event_triggered("first")
    channel.pipeline().fire_user_event_triggered("second")
    channel.receive("b")
    await turn()
    assert ["a", "first", "second", "b"] == log
    channel.finish()


async def test_a_cancelled_error_of_a_plain_callback_does_not_leave_its_handler() -> None:
    """It is not the cancellation of whoever fired the event, a transport for instance."""

    class Asks(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            gone.result()

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            """It may be told of it, or not."""

    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    gone.cancel()
    channel = embedded(Asks())
    channel.receive("a")
    assert channel.is_open
    channel.finish()


def test_a_cancelled_error_of_a_plain_read_is_told_also_beside_coroutines() -> None:
    """A handler may have callbacks of both kinds."""
    told: list[Any] = []

    class Asks(ChannelHandler[Any]):
        async def channel_active(self, ctx: ChannelHandlerContext) -> None:
            """The other kind."""

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            raise asyncio.CancelledError

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            told.append(type(error.__cause__))

    channel = EmbeddedChannel(Asks())
    channel.write_inbound("a", "b")
    assert [asyncio.CancelledError] * 2 == told


@pytest.mark.parametrize("operation", ["write", "close"])
def test_a_cancelled_error_of_a_plain_operation_fails_it(operation: str) -> None:
    """Whoever waits for it is told, and not cancelled."""

    class Asks(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            raise asyncio.CancelledError

        def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
            raise asyncio.CancelledError

    channel = EmbeddedChannel(Asks())
    promise = channel.new_promise()
    getattr(channel, operation)(*((b"a",) if operation == "write" else ()), promise)
    assert isinstance(promise.error, HandlerCallbackError)
    assert isinstance(promise.error.__cause__, asyncio.CancelledError)


async def test_a_program_that_survives_an_interrupt_goes_on_with_the_next_message() -> None:
    """Also where the interrupt came while an error was told of, in the middle of a read."""
    log: list[Any] = []

    class Fails(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            log.append(msg)
            if msg == "bad":
                raise ValueError(msg)

    class Interrupts(ChannelHandler[Any]):
        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            raise KeyboardInterrupt

    class Splits(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            for part in msg:
                ctx.fire_channel_read(part)

    channel = EmbeddedChannel(Splits(), Fails(), Interrupts())
    with pytest.raises(KeyboardInterrupt):
        channel.receive(["first", "bad", "behind"])
    channel.receive(["next"])
    assert ["first", "bad", "behind", "next"] == log
    channel.finish()
