"""Server-sent events in a pipeline: messages of `ServerSentEvent` in the content of a response, of either side."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.event_stream import EventStreamReader, ServerSentEvent
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    HttpContent,
    HttpResponse,
    LastHttpContent,
)

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["ServerSentEventDecoder", "ServerSentEventEncoder"]

_EVENT_STREAM = "text/event-stream"


class ServerSentEventEncoder(ChannelHandler[Any]):
    """Writes a `ServerSentEvent` as content of the response that was begun; `response` makes its head, and `LastHttpContent` ends it."""

    sharable = True

    @staticmethod
    def response() -> HttpResponse:
        """A head for a stream of events, which nobody on the way is to keep or to gather."""
        fields = {"Content-Type": _EVENT_STREAM, "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        return HttpResponse(200, fields)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        return ctx.write(DefaultHttpContent(msg.encode()) if isinstance(msg, ServerSentEvent) else msg, promise)


class ServerSentEventDecoder(ChannelHandler[Any]):
    """Passes on the events of a response of the type ``text/event-stream`` in the place of its content; all else as it is.

    An event past *max_event_bytes*, 1 MiB by default, is an `HttpDecoderError`, and what follows it in that response is dropped.
    """

    def __init__(self, max_event_bytes: int = 1024 * 1024) -> None:
        self._max = max_event_bytes
        self.reader: EventStreamReader | None = None
        self._is_lost = False

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpResponse):
            kind = (msg.headers.get("content-type") or "").partition(";")[0].strip().lower()
            is_stream = kind == _EVENT_STREAM and not msg.is_informational
            self.reader = EventStreamReader(self._max) if is_stream else None
            self._is_lost = False
            if self.reader is None or not isinstance(msg, HttpContent):
                return ctx.fire_channel_read(msg)
            ctx.fire_channel_read(HttpResponse(msg.status, msg.headers, msg.version, msg.reason))
        if self.reader is None or not isinstance(msg, HttpContent):
            return ctx.fire_channel_read(msg)
        try:
            for event in [] if self._is_lost else self.reader.feed(msg.content):
                ctx.fire_channel_read(event)
        except HttpDecoderError as error:
            self._is_lost = True
            ctx.fire_exception_caught(error)
        if not isinstance(msg, LastHttpContent):
            return None
        self.reader = None
        return ctx.fire_channel_read(DefaultLastHttpContent(b"", msg.trailing_headers) if msg.has_trailers else EMPTY_LAST_CONTENT)
