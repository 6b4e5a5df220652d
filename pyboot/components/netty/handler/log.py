"""LoggingHandler: writes every event of a channel to the log, and changes none. Source: Netty's class of that name."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pyboot.components.netty.buffer.dump import hex_dump
from pyboot.components.netty.buffer.message import bytes_of
from pyboot.components.netty.channel.event import ChannelEvent
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["LoggingHandler"]

type Level = int | str | Enum


class LoggingHandler(ChannelHandler[Any]):
    """Logs what passes, as ``<channel> EVENT: argument``.

    Args:
        level: a level of `logging`, its name, or an enum of such, as the published family's ``Logger.LEVEL`` is; DEBUG by default.
        name: of the logger.
        byte_buffer_format: ``hex_dump`` shows what the bytes are, ``simple`` how many; raises ValueError for another word.

    Text that a peer sent is escaped: no control character, and so no second line, gets into the log.
    """

    sharable: ClassVar[bool] = True

    def __init__(
        self,
        level: Level = logging.DEBUG,
        name: str = "pyboot.components.netty.handler.LoggingHandler",
        byte_buffer_format: Literal["hex_dump", "simple"] = "hex_dump",
    ) -> None:
        if byte_buffer_format not in ("hex_dump", "simple"):
            raise ValueError(f"byte_buffer_format {byte_buffer_format!r}, allowed is hex_dump or simple")
        self._level = _number(level)
        self._log = logging.getLogger(name)
        self._say = _method(self._log, self._level)
        self._shows_bytes = byte_buffer_format == "hex_dump"

    def _event(self, ctx: ChannelHandlerContext, event: str, *arguments: Any) -> None:
        if self._log.isEnabledFor(self._level):
            said = "".join(self._format(argument) for argument in arguments)
            self._say("%r %s%s", ctx.channel, event, said)

    def _format(self, argument: Any) -> str:
        data = bytes_of(argument)
        if data is not None:
            return f": {len(data)}B\n{hex_dump(data)}" if self._shows_bytes and data else f": {len(data)}B"
        # Control characters, line ends among them, as their escapes: a peer could write lines of its own into the log.
        text = str(argument)
        return ": " + "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)

    # Inbound.

    def channel_registered(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._event(ctx, "REGISTERED")
        return ctx.fire_channel_registered()

    def channel_unregistered(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._event(ctx, "UNREGISTERED")
        return ctx.fire_channel_unregistered()

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._event(ctx, "ACTIVE")
        return ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._event(ctx, "INACTIVE")
        return ctx.fire_channel_inactive()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        self._event(ctx, "READ", msg)
        return ctx.fire_channel_read(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._event(ctx, "READ COMPLETE")
        return ctx.fire_channel_read_complete()

    def channel_writability_changed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._event(ctx, "WRITABILITY CHANGED", ctx.channel.is_writable)
        return ctx.fire_channel_writability_changed()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        self._event(ctx, "USER_EVENT", event)
        return ctx.fire_user_event_triggered(event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        self._event(ctx, "EXCEPTION", f"{type(error).__qualname__}: {error}")
        return ctx.fire_exception_caught(error)

    def channel_event(self, ctx: ChannelHandlerContext, event: ChannelEvent, /, *args: Any) -> Awaitable[None] | None:
        self._event(ctx, f"EVENT {getattr(event, 'name', event)}")
        return ctx.fire_channel_event(event, *args)

    def channel_write_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._event(ctx, "WRITE COMPLETE")
        return ctx.fire_channel_write_complete()

    # Outbound.

    def bind(self, ctx: ChannelHandlerContext, address: object, promise: ChannelPromise, /) -> Awaitable[None] | None:
        self._event(ctx, "BIND", address)
        return ctx.bind(address, promise)

    def connect(self, ctx: ChannelHandlerContext, address: object, promise: ChannelPromise, /) -> Awaitable[None] | None:
        self._event(ctx, "CONNECT", address)
        return ctx.connect(address, promise)

    def disconnect(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        self._event(ctx, "DISCONNECT")
        return ctx.disconnect(promise)

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        self._event(ctx, "CLOSE")
        return ctx.close(promise)

    def deregister(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        self._event(ctx, "DEREGISTER")
        return ctx.deregister(promise)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        self._event(ctx, "WRITE", msg)
        return ctx.write(msg, promise)

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._event(ctx, "FLUSH")
        return ctx.flush()


def _method(log: logging.Logger, level: int) -> Callable[..., None]:
    """Return the function that writes at *level*: the logger's method of that name where there is one, since pyboot-commons adds its own
    fields in these.
    """
    named = getattr(log, logging.getLevelName(level).lower(), None)
    return named if callable(named) else functools.partial(log.log, level)


def _number(level: Level) -> int:
    """The number of *level*; raises ValueError for anything that is not a level."""
    value = level.value if isinstance(level, Enum) else level
    number = logging.getLevelNamesMapping().get(value.upper()) if isinstance(value, str) else value
    if not isinstance(number, int):
        raise ValueError(f"log level {level!r}: allowed is one of {', '.join(logging.getLevelNamesMapping())}, or its number")
    return number
