"""RecordingHandler: keeps what passes, for tests."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pyboot.components.netty.buffer.message import bytes_of
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Recorded", "RecordingHandler"]


class Recorded(NamedTuple):
    """One event: its name, and its argument, of a buffer the bytes."""

    event: str
    argument: Any = None


class RecordingHandler(ChannelHandler[Any]):
    """Appends each event to `events` and passes it on unchanged; one object may record many channels, in the order of their events."""

    sharable: ClassVar[bool] = True

    def __init__(self) -> None:
        self.events: list[Recorded] = []

    def arguments(self, event: str) -> list[Any]:
        """The arguments of all events named *event*: ``recorder.arguments("channel_read")``."""
        return [each.argument for each in self.events if each.event == event]

    def _record(self, event: str, argument: Any = None) -> None:
        data = bytes_of(argument)
        self.events.append(Recorded(event, argument if data is None else data))

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._record("channel_active")
        return ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._record("channel_inactive")
        return ctx.fire_channel_inactive()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        self._record("channel_read", msg)
        return ctx.fire_channel_read(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._record("channel_read_complete")
        return ctx.fire_channel_read_complete()

    def channel_writability_changed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._record("channel_writability_changed", ctx.channel.is_writable)
        return ctx.fire_channel_writability_changed()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        self._record("user_event_triggered", event)
        return ctx.fire_user_event_triggered(event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        self._record("exception_caught", error)
        return ctx.fire_exception_caught(error)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        self._record("write", msg)
        return ctx.write(msg, promise)

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._record("flush")
        return ctx.flush()

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        self._record("close")
        return ctx.close(promise)
