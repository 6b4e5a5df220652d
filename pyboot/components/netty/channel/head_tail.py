"""The two ends of every pipeline: the head meets the transport, the tail what nobody handled."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final, final

from mypy_extensions import mypyc_attr

from pyboot.components.netty.buffer.message import release

from .author import first_unhandled
from .handler import ChannelHandler
from .promise import ChannelPromise

if TYPE_CHECKING:
    from .context import ChannelHandlerContext

__all__ = ["HEAD_HANDLER", "TAIL_HANDLER", "log_unhandled_message"]

_log = logging.getLogger(__name__)


@final
@mypyc_attr(acyclic=False)
class Head(ChannelHandler[Any]):
    """Hands operations over to the channel; writes and flushes do not even come here (see `context.HEAD`)."""

    def read(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        ctx.channel.begin_read()
        return None

    def bind(self, ctx: ChannelHandlerContext, address: object, promise: ChannelPromise, /) -> Awaitable[None] | None:
        ctx.channel.do_bind(address, promise)
        return None

    def connect(self, ctx: ChannelHandlerContext, address: object, promise: ChannelPromise, /) -> Awaitable[None] | None:
        ctx.channel.do_connect(address, promise)
        return None

    def disconnect(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        ctx.channel.do_disconnect(promise)
        return None

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        ctx.channel.begin_close(promise)
        return None

    def deregister(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        ctx.channel.do_deregister(promise)
        return None


# The tail overrides all inbound callbacks, so that looking for the next handler always finds one: no walk asks whether the chain ends.
@final
@mypyc_attr(acyclic=False)
class Tail(ChannelHandler[Any]):
    """The end of all events: messages are released and logged (see `context.TAIL`), an error closes the channel unless that is off."""

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        ctx.channel.unhandled_error(error)
        return None


HEAD_HANDLER: Final = Head()
TAIL_HANDLER: Final = Tail()


def log_unhandled_message(ctx: ChannelHandlerContext, msg: object) -> None:
    """Tell once a message that it went through all handlers and none kept it, and give its memory back.

    The first of its class of each server is told as a warning, with who passed it on; the others at DEBUG.
    """
    passed_on = first_unhandled(ctx.channel, msg) if _log.isEnabledFor(logging.WARNING) else None
    level = logging.DEBUG if passed_on is None else logging.WARNING
    _log.log(level, "%r reached the end of %r unhandled: %r%s", type(msg).__name__, ctx.pipeline, ctx.channel, passed_on or "")
    release(msg)
