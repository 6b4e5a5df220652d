"""Correct pipelines of unusual handlers: the check says nothing of them, for what cannot be known is not guessed."""

import asyncio
import functools
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyboot.boot import EventListener
from pyboot.components.netty import (
    ByteBuffer,
    ByteToByteBufferMessageDecoder,
    ChannelHandler,
    ChannelHandlerContext,
    MessageToMessageDecoder,
)
from pyboot.components.netty.compat13.definitions import SocketChannelInitializer
from pyboot.netty.annotations import ChannelHandlerBean
from pyboot.netty.pipeline.check import check_pipeline
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import HandlerBean, pipeline_steps

if TYPE_CHECKING:
    from elsewhere import Unseen  # type: ignore[import-not-found]  # a hint that leads nowhere when the program runs


@dataclass
class Frame:
    """A message."""

    payload: bytes = b""


class Loggable:
    """A mixin of messages."""


class LoggedFrame(Frame, Loggable):
    """Both: a decoder of frames may make it."""


class FrameDecoder(MessageToMessageDecoder[bytes, Frame]):
    """Gives frames."""

    def decode(self, ctx: ChannelHandlerContext, msg: bytes) -> Frame:  # type: ignore[override]  # the returning form
        return LoggedFrame(msg)


class TakesFrames(ChannelHandler[Frame]):
    """Stands behind those that let their context go."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Frame) -> None: ...


# The context goes elsewhere: what goes on cannot be known.


def emit(context: ChannelHandlerContext, msg: object) -> None:
    """Fires for a handler."""
    context.fire_channel_read(msg)


class ByFunction(ChannelHandler[bytes]):
    """Gives it to a function."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        emit(ctx, Frame(msg))
        ctx.fire_channel_read(msg)


class ByAlias(ChannelHandler[bytes]):
    """Binds its method to a name."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        fire = ctx.fire_channel_read
        fire(Frame(msg))
        ctx.fire_channel_read(msg)


class ByName(ChannelHandler[bytes]):
    """Binds it to a name."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        context = ctx
        context.fire_channel_read(Frame(msg))
        ctx.fire_channel_read(msg)


class ByTimer(ChannelHandler[bytes]):
    """Lets the loop call it."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        ctx.channel.loop.call_later(1, ctx.fire_channel_read, Frame(msg))
        ctx.fire_channel_read(msg)


class ByInner(ChannelHandler[bytes]):
    """Lets a function inside fire."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        def later() -> None:
            ctx.fire_channel_read(Frame(msg))

        later()
        ctx.fire_channel_read(msg)


class Kept(ChannelHandler[bytes]):
    """Keeps it."""

    def handler_added(self, ctx: ChannelHandlerContext) -> None:
        self.ctx = ctx

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        self.ctx.fire_channel_read(Frame(msg))
        ctx.fire_channel_read(msg)


class ByMethods(ChannelHandler[bytes]):
    """Gives it to a method, which gives it away."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        self.answer(ctx, msg)
        ctx.fire_channel_read(msg)

    def answer(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        emit(ctx, Frame(msg))


class WritesByFunction(ChannelHandler[Any]):
    """Encodes by a function what it does not let pass."""

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any = None) -> None:
        if isinstance(msg, Frame):
            send(ctx, msg)
        else:
            ctx.write(msg, promise)


def send(context: ChannelHandlerContext, msg: Frame) -> None:
    """Writes for a handler."""
    context.write(msg.payload)


class WritesFrames(ChannelHandler[bytes]):
    """Behind it."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        ctx.write(Frame(msg))


# Names that are bound in other ways than by an assignment.


class ByPattern(ChannelHandler[Frame]):
    """Of a pattern."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Frame) -> None:
        out: Any = ""
        match msg:
            case Frame(payload=bytes() as out):
                pass
        ctx.write(out)


class ByError(ChannelHandler[bytes]):
    """Of an error, of a function inside."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        out: Any = "none"

        def fill() -> None:
            nonlocal out
            out = b"filled"

        fill()
        ctx.write(out)


class Computed:
    """Its objects are of another class."""

    def __new__(cls, text: bytes) -> Any:
        return bytes(text)


class WritesComputed(ChannelHandler[bytes]):
    """Writes them."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        ctx.write(Computed(msg))


# Kinds.


class TakesMixin(ChannelHandler[Loggable]):
    """A class that is there derives from what comes and from this."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Loggable) -> None: ...


type Late = Unseen | int


class TakesLate(ChannelHandler[Late]):
    """An alias that leads nowhere."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...


class LateBound[T: "Unseen"](ChannelHandler[T]):
    """A bound that leads nowhere."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: T) -> None: ...


class FloatDecoder(MessageToMessageDecoder[bytes, float]):
    """Gives numbers."""

    def decode(self, ctx: ChannelHandlerContext, msg: bytes) -> float:  # type: ignore[override]  # the returning form
        return 1.0


class TakesComplex(ChannelHandler[complex]):
    """Every float is one, for checkers."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: complex) -> None: ...


# Members that are nobody's callbacks, and callbacks that are called otherwise than they are written.


class Closeable:
    """Behind a handler its methods are nobody's."""

    def close(self) -> None: ...

    def write(self, text: str) -> None: ...


class WithMixin(ChannelHandler[bytes], Closeable):  # type: ignore[misc]  # which is what is tried
    """The handler's own go first."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None: ...


class WithProtocol(ChannelHandler[bytes], asyncio.Protocol):
    """Has names that would be slips elsewhere."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None: ...


class Listening(ChannelHandler[bytes]):
    """The container calls what is labelled."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None: ...

    @EventListener
    def channel_activ(self, event: Frame) -> None: ...


def counted(callback: Callable[..., None]) -> Any:
    """Calls with one argument more."""

    @functools.wraps(callback)
    def called(self: Any, ctx: ChannelHandlerContext, msg: object) -> None:
        callback(self, ctx, msg, 1)

    return called


def framed(callback: Callable[..., None]) -> Any:
    """Calls with another message."""

    @functools.wraps(callback)
    def called(self: Any, ctx: ChannelHandlerContext, msg: bytes) -> None:
        callback(self, ctx, Frame(msg))

    return called


class Counted(ChannelHandler[bytes]):
    """A decorated callback."""

    @counted
    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes, count: int) -> None: ...


class Framed(ChannelHandler[bytes]):
    """Gets what its decorator makes."""

    @framed
    def channel_read(self, ctx: ChannelHandlerContext, msg: Frame) -> None:
        ctx.write(msg.payload)


class Looks(ChannelHandler[Any]):
    """Asks its message for nothing before it has looked."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write(msg.encode() if self.is_text(msg) else msg)

    def is_text(self, msg: object) -> bool:
        return isinstance(msg, str)


class TakesBuffers(ChannelHandler[ByteBuffer]):
    """A mixin that no class shares with what comes."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> None: ...


# Names of 1.3, where they are understood.


class DecodesAsBefore(ByteToByteBufferMessageDecoder):
    """Writes the method under its old name."""

    def decodeByteBuffer(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> ByteBuffer | None:
        return None


class InitializesAsBefore(SocketChannelInitializer):
    """The same."""

    def initChannel(self, channel: Any) -> None: ...


# Objects for all connections that keep nothing of one.


class CountsTogether(ChannelHandler[bytes]):
    """Counts over all connections, and says so."""

    sharable = True

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lines = 0
        self.by_peer: Counter[str] = Counter()
        self.first: Any = None

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        with self.lock:
            self.lines += 1
        if self.first is None:
            self.first = msg
        self.by_peer[str(ctx.channel.remote_address())] += 1


class LeavesWaitingToOthers(ChannelHandler[bytes]):
    """Waits in threads and tasks, and returns what can be awaited."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        await asyncio.to_thread(time.sleep, 0)
        await asyncio.to_thread(self.store, msg)
        self.task = asyncio.create_task(self.later())
        await ctx.channel.loop.run_in_executor(None, Path("log").read_text)

    def store(self, msg: bytes) -> None:
        Path("log").write_bytes(msg)

    async def later(self) -> str:
        return "text"

    def channel_active(self, ctx: ChannelHandlerContext) -> Any:
        return ctx.write(b"hello")


@pytest.mark.parametrize("giver", [ByFunction, ByAlias, ByName, ByTimer, ByInner, Kept, ByMethods])
def test_what_a_context_that_goes_elsewhere_fires_is_not_known(giver: type[Any]) -> None:
    """Though the same handler fires in sight, too."""
    assert [] == problems("bytes", giver, TakesFrames)


@pytest.mark.parametrize(
    "entries",
    [
        ("bytes", WritesByFunction, WritesFrames),
        ("bytes", FrameDecoder, ByPattern),
        ("bytes", ByError),
        ("bytes", WritesComputed),
        ("bytes", FrameDecoder, TakesMixin),
        ("bytes", TakesLate),
        ("bytes", LateBound),
        ("bytes", FloatDecoder, TakesComplex),
        ("bytes", WithMixin),
        ("bytes", WithProtocol),
        ("bytes", Listening),
        ("bytes", Counted),
        ("bytes", Framed),
        (Looks,),
        (DecodesAsBefore, TakesBuffers),
        (InitializesAsBefore,),
        ("bytes", CountsTogether),
        ("bytes", LeavesWaitingToOthers),
    ],
    ids=lambda entries: entries[-1].__name__,
)
def test_a_correct_pipeline_is_not_refused(entries: tuple[object, ...]) -> None:
    """However unusual it is."""
    assert [] == problems(*entries)


# What is known all the same.


class FiresBytes(ChannelHandler[bytes]):
    """Gives its context to methods that are seen, and asks it for what is no message."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        ctx.channel.loop.call_soon(lambda: ctx.channel.id)
        self.pass_on(ctx, msg)

    def pass_on(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        ctx.fire_channel_read(bytes(msg))


def test_a_context_that_stays_in_sight_hides_nothing() -> None:
    """What its methods fire is what goes on."""
    (problem,) = problems("bytes", FiresBytes, TakesFrames)
    assert "FiresBytes (" in problem
    assert "gives bytes" in problem


def test_classes_without_a_common_one_do_not_fit() -> None:
    """A mixin would have to be seen."""
    (problem,) = problems("bytes", FrameDecoder, TakesBuffers)
    assert "gives Frame" in problem


def problems(*entries: object) -> list[str]:
    """What the check says of a pipeline."""
    beans = [HandlerBean(ChannelHandlerBean(), entry, entry) for entry in entries if isinstance(entry, type)]
    steps = pipeline_steps("the server 'echo'", list(entries), beans, CodecRegistry())
    return [str(problem) for problem in check_pipeline("the server 'echo'", steps)]
