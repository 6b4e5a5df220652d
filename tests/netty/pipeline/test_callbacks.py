"""Mistakes that a handler class alone shows, and what is none."""

from functools import partial
from typing import Any

import pytest

from pyboot.components.netty import (
    ByteBuffer,
    ByteToMessageDecoder,
    ChannelHandler,
    ChannelHandlerContext,
    LoggingHandler,
    MessageToMessageDecoder,
    SimpleChannelInboundHandler,
)
from pyboot.netty.pipeline.callbacks import class_problems
from pyboot.netty.pipeline.problem import Standing


class Right(ChannelHandler[Any]):
    """Every form that is allowed."""

    def channel_read(self, ctx: ChannelHandlerContext, message: Any, /, *rest: Any) -> None: ...

    async def exception_caught(self, context: ChannelHandlerContext, error: Exception, *, loud: bool = False) -> None: ...

    def channel_event(self, ctx: ChannelHandlerContext, event: Any, *args: Any) -> None: ...

    @staticmethod
    def channel_active(ctx: ChannelHandlerContext) -> None: ...

    channel_inactive = partial(print, "gone")


class Helpers(ChannelHandler[Any]):
    """Methods of its own, some of whose names look like callbacks and are called."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.channelActive()

    def channelActive(self) -> None: ...

    def closed(self) -> None: ...

    def writes(self) -> None: ...

    def _channel_read(self) -> None: ...

    def reads(self) -> None: ...


class BothNames(ChannelHandler[Any]):
    """Keeps the other name beside the real one."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...

    def channelRead(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...


class Decodes(MessageToMessageDecoder[str, str]):
    """Netty's form."""

    def decode(self, ctx: ChannelHandlerContext, msg: str, out: list[str]) -> None: ...  # type: ignore[override]  # one of the two forms


class ReadsItself(ByteToMessageDecoder[str]):
    """Decodes in its own way."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any: ...


class OwnDecode(ChannelHandler[Any]):
    """Has a method of that name that is no codec's."""

    def decode(self, data: bytes) -> str:
        return ""

    def message_received(self) -> None: ...


class SharedRight(ChannelHandler[Any]):
    """Keeps nothing of a connection."""

    sharable = True

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.seen.add(ctx.channel.id)


class NotShared(ChannelHandler[Any]):
    """May keep what it likes."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.ctx = ctx


class Inner(SimpleChannelInboundHandler[ByteBuffer]):
    """A base with what its subclasses need."""

    def message_received(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> None: ...


class Derived(Inner):
    """Inherits it."""


@pytest.mark.parametrize("cls", [Right, Helpers, BothNames, Decodes, ReadsItself, SharedRight, NotShared, Derived, LoggingHandler])
def test_what_works_has_no_problem(cls: type[Any]) -> None:
    """Every form that the pipeline takes."""
    assert [] == list(class_problems("the server 'echo'", Standing(cls)))


def test_message_received_is_a_callback_of_one_base() -> None:
    """Elsewhere nobody calls it; a decode that is no codec's is the class's own business."""
    (problem,) = class_problems("the server 'echo'", Standing(OwnDecode))

    assert "OwnDecode.message_received" in problem.text
    assert "the callback is called channel_read." in problem.remedy


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("channelRead", "channel_read"),
        ("ChannelRead", "channel_read"),
        ("channelread", "channel_read"),
        ("channel_rad", "channel_read"),
        ("channel_reads", "channel_read"),
        ("exceptionCaught", "exception_caught"),
        ("exception_cought", "exception_caught"),
        ("userEventTriggered", "user_event_triggered"),
        ("channel_read_completed", "channel_read_complete"),
        ("handlerAdded", "handler_added"),
        ("messageReceived", "channel_read"),
        ("connection_made", "channel_active"),
        ("connection_lost", "channel_inactive"),
        ("channelRead0", "channel_read"),
    ],
)
def test_a_name_that_is_called_by_nobody_is_told_with_the_callback(name: str, meant: str) -> None:
    """Netty's names, asyncio's, and slips of the pen."""
    cls = type("Misspelt", (ChannelHandler,), {name: lambda self, ctx: None, "__module__": __name__})

    (problem,) = class_problems("the server 'echo'", Standing(cls))

    assert f"Misspelt.{name} " in problem.text
    assert f"the callback is called {meant}." in problem.remedy


@pytest.mark.parametrize(
    "name", ["closed", "flushed", "reader", "writer", "reading", "connected", "on_read", "start", "channel", "answer", "close_all"]
)
def test_other_names_are_the_classs_own(name: str) -> None:
    """A short word is one letter from many others."""
    cls = type("Own", (ChannelHandler,), {name: lambda self: None, "__module__": __name__})

    assert [] == list(class_problems("the server 'echo'", Standing(cls)))
