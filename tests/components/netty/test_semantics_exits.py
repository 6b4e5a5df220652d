"""What is no Exception out of a callback: it is told of like one, or, where it asks the program to end, it reaches who runs the loop."""

import asyncio
import logging
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, EventLoopGroup, ServerBootstrap
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import HandlerCallbackError
from pyboot.components.netty.transport.loop import LoopKind, run

from .suspending import embedded, until


class Abort(BaseException):
    """A user's own."""


def foreign_cancellation() -> None:
    """Ask a cancelled future for its result."""
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    future.result()


def raise_abort() -> None:
    raise Abort


def raise_generator_exit() -> None:
    raise GeneratorExit


FAILURES = pytest.mark.parametrize("fail", [foreign_cancellation, raise_abort, raise_generator_exit])
FORMS = pytest.mark.parametrize("form", ["plain", "eager", "suspended"])


class Tells(ChannelHandler[Any]):
    """Stands behind and in front of the one that fails, and writes down what it is told."""

    sharable = True

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.read: list[Any] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.read.append(msg)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(error)


def failing(callback: str, form: str, fail: Callable[[], None]) -> ChannelHandler[Any]:
    """A handler whose *callback* fails the first time, in that form; afterwards it passes on."""
    is_done: list[bool] = []

    def plain(self: Any, ctx: ChannelHandlerContext, *arguments: Any) -> Any:
        if not is_done:
            is_done.append(True)
            fail()
        return getattr(ChannelHandler, callback)(self, ctx, *arguments)

    async def coroutine(self: Any, ctx: ChannelHandlerContext, *arguments: Any) -> None:
        if form == "suspended":
            await asyncio.sleep(0)
        outcome = plain(self, ctx, *arguments)
        if outcome is not None:
            await outcome

    handler_class = type("Fails", (ChannelHandler,), {callback: plain if form == "plain" else coroutine})
    handler: ChannelHandler[Any] = handler_class()
    return handler


@FORMS
@FAILURES
@pytest.mark.parametrize("callback", ["channel_read", "user_event_triggered", "exception_caught", "flush", "read"])
async def test_an_event_that_fails_with_no_exception_is_told_to_exception_caught(
    callback: str, form: str, fail: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Once, with what was raised as the cause; what comes behind it is handled. Out of exception_caught itself it goes to the log."""
    tells, handler = Tells(), failing(callback, form, fail)
    channel = embedded(handler, tells)
    match callback:
        case "channel_read":
            channel.receive("lost")
        case "user_event_triggered":
            channel.pipeline().fire_user_event_triggered("lost")
        case "exception_caught":
            channel.pipeline().fire_exception_caught(ValueError("first"))
        case "flush":
            channel.flush()
        case _:
            channel.read()
    channel.receive("kept")
    await until(lambda: tells.read and (tells.errors or caplog.records))

    assert ["kept"] == tells.read
    if callback == "exception_caught":
        assert [] == tells.errors
        assert 1 == len([record for record in caplog.records if "while it handled" in record.getMessage()])
    else:
        (error,) = tells.errors
        assert isinstance(error, HandlerCallbackError)
        assert isinstance(error.__cause__, Abort | GeneratorExit | asyncio.CancelledError)
    channel.finish()


@FORMS
@FAILURES
@pytest.mark.parametrize("callback", ["write", "close", "disconnect", "deregister", "bind", "connect", "channel_write"])
async def test_an_operation_that_fails_with_no_exception_ends_its_promise(callback: str, form: str, fail: Callable[[], None]) -> None:
    """Nobody waits for an answer that never comes."""
    channel = embedded(failing(callback, form, fail), Tells())
    channel.has_disconnect = True
    promise = channel.new_promise()
    pipeline = channel.pipeline()
    operations: dict[str, Callable[[], Awaitable[Any]]] = {
        "write": lambda: pipeline.write(b"x", promise),
        "channel_write": lambda: pipeline.write(b"x", promise),
        "close": lambda: pipeline.close(promise),
        "disconnect": lambda: pipeline.disconnect(promise),
        "deregister": lambda: pipeline.deregister(promise),
        "bind": lambda: pipeline.bind("here", promise),
        "connect": lambda: pipeline.connect("there", promise),
    }
    operations[callback]()
    await until(lambda: promise.is_done)

    assert isinstance(promise.error, HandlerCallbackError)
    channel.close()
    await until(lambda: channel.close_future.is_done)


@FORMS
@FAILURES
async def test_a_handler_that_fails_to_come_is_removed(form: str, fail: Callable[[], None]) -> None:
    """As with any other error."""
    tells = Tells()
    channel = embedded(tells)
    channel.pipeline().add_first(failing("handler_added", form, fail))
    await until(lambda: tells.errors)

    assert 1 == len(channel.pipeline())
    assert isinstance(tells.errors[0], HandlerCallbackError)
    channel.finish()


async def test_the_own_cancellation_of_a_callback_is_no_error() -> None:
    """Who cancels a callback knows of it; who removes its handler too."""

    class Waits(ChannelHandler[Any]):
        task: asyncio.Task[Any] | None = None

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            self.task = asyncio.current_task()
            await asyncio.sleep(1000)

    for turns in (0, 1, 2):
        tells, waits = Tells(), Waits()
        channel = embedded(waits, tells)
        channel.receive("x")
        for _ in range(turns):
            await asyncio.sleep(0)
        assert waits.task is not None
        waits.task.cancel()
        await until(lambda: not channel.pipeline().has_mail())  # noqa: B023  # called at once
        assert [] == tells.errors
        channel.finish()


# What asks the program to end.


def exits(kind: str) -> None:
    if kind == "exit":
        sys.exit(3)
    raise KeyboardInterrupt


EXITS = pytest.mark.parametrize("kind", ["exit", "interrupt"])
LOOPS = pytest.mark.parametrize("loop", ["uvloop", "asyncio"])


def ask(server: Any) -> socket.socket:
    """Connect without a turn of the loop, and send a byte: an end that comes at any time finds nothing of the client's on the loop."""
    client = socket.create_connection(server.local_address())
    client.sendall(b"x")
    return client


@LOOPS
@FORMS
@EXITS
@pytest.mark.parametrize("callback", ["channel_read", "channel_active", "handler_added", "exception_caught", "write", "listener"])
def test_an_exit_in_a_handler_ends_the_program_in_order(callback: str, kind: str, form: str, loop: LoopKind) -> None:
    """It comes out of ``run``, whatever callback it was raised in; before that, what the program's main task has open is closed."""
    ended: list[str] = []

    class Provokes(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if callback == "exception_caught":
                raise ValueError("first")
            promise: ChannelPromise = ctx.new_promise()
            if callback == "listener":
                promise.add_listener(lambda _: exits(kind))
            ctx.write_and_flush(b"answer", promise)

    async def main() -> None:
        name = "channel_active" if callback == "listener" else callback
        fail = (lambda: None) if callback == "listener" else lambda: exits(kind)
        handlers = [failing(name, form, fail), Provokes()]
        if callback == "exception_caught":
            handlers.reverse()
        bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(*handlers))
        server = await bootstrap.bind("127.0.0.1", 0)
        try:
            with ask(server):
                await asyncio.wait_for(asyncio.Event().wait(), 10)
        finally:
            await bootstrap.shutdown_gracefully(0, 5)
            ended.append("closed")

    with pytest.raises(SystemExit if kind == "exit" else KeyboardInterrupt) as caught:
        run(main(), loop)

    assert ["closed"] == ended
    assert kind != "exit" or caught.value.code == 3


@LOOPS
@EXITS
def test_an_exit_on_a_worker_thread_is_the_owners(kind: str, loop: LoopKind) -> None:
    """Its program ends in order; meanwhile every loop of the group serves on, the one that it was raised on too."""
    served: list[bytes] = []

    class Exits(ChannelHandler[Any]):
        sharable = True

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if bytes(msg) == b"x":
                exits(kind)
            ctx.write_and_flush(bytes(msg))

    async def main() -> None:
        async with EventLoopGroup(2, kind=loop) as workers:
            server = await ServerBootstrap().group(workers).child_handler(Exits()).bind("127.0.0.1", 0)
            try:
                with ask(server):
                    await asyncio.wait_for(asyncio.Event().wait(), 10)
            finally:
                for _ in workers.loops:
                    reader, writer = await asyncio.open_connection(*server.local_address())
                    writer.write(b"y")
                    served.append(await asyncio.wait_for(reader.read(1), 10))
                    writer.close()
                    await writer.wait_closed()

    with pytest.raises(SystemExit if kind == "exit" else KeyboardInterrupt):
        run(main(), loop)

    assert [b"y", b"y"] == served


@LOOPS
def test_an_exit_that_nobody_owns_is_said_aloud_and_ends_no_loop(loop: LoopKind, caplog: pytest.LogCaptureFixture) -> None:
    """A group of a program without a loop of its own."""

    async def goes_on() -> str:
        return "on"

    group = EventLoopGroup(1, kind=loop)
    group.loops[0].call_soon_threadsafe(sys.exit, 3)
    assert "on" == asyncio.run_coroutine_threadsafe(goes_on(), group.loops[0]).result(10)
    asyncio.run(group.shutdown_gracefully())

    assert ["no loop owns it"] == [
        "no loop owns it" for record in caplog.records if record.levelno == logging.CRITICAL and "no loop owns it" in record.getMessage()
    ]


@FORMS
@pytest.mark.parametrize("callback", ["handler_added", "handler_removed", "write", "channel_read"])
def test_an_exit_is_nobodys_error(callback: str, form: str) -> None:
    """Whoever runs the loop is told; no exception_caught is, whichever callback it was, also of a write that nobody awaits."""
    tells = Tells()

    async def go() -> None:
        handler = failing(callback, form, lambda: sys.exit(3))
        pipeline = embedded(*([handler, tells] if callback == "channel_read" else [tells, handler])).pipeline()
        match callback:
            case "write":
                pipeline.write(b"a")
            case "channel_read":
                pipeline.fire_channel_read("a")
            case "handler_removed":
                pipeline.remove_last()
        await asyncio.Event().wait()

    with asyncio.Runner() as runner:
        with pytest.raises(SystemExit) as ended:
            runner.run(go())
        runner.run(asyncio.sleep(0))

    assert 3 == ended.value.code
    assert [] == tells.errors
