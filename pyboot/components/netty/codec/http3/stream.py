"""Http3Stream: the messages of one stream of HTTP/3, for both sides: what came as objects of HTTP, what is written as frames.

Theory of operation. A stream carries one request and one response. What comes goes to the connection, whose machine tells this handler of
heads and content (`head_came`, `content_came`); what is written takes the same way back (`write_bytes`), into the channel of the stream.
The own side ends with the message: behind the flush that sends its last piece, and then, as the peer's has or is told to, the stream does.
A stream that is closed before is reset.

A head whose message has ended with it is a full message. The end of the stream may come later than the head, though: then its last content
follows by itself, empty.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.buffer.message import release, take_bytes
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.fault import tell_peer
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise, is_refused, raise_if_refused
from pyboot.components.netty.wire.http.errors import HttpDecoderError, HttpEncoderError
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    HttpContent,
    HttpMessage,
    HttpObject,
    LastHttpContent,
)
from pyboot.components.netty.wire.http1.writer import length_said

from .connection import CANCELLED, CONNECTION, INTERNAL_ERROR, MESSAGE_ERROR, Http3Connection, file_frame_head
from .errors import Http3GoAwayError
from .heads import Fields, check_size, headers_of, sent_fields

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Http3Stream"]


class Http3Stream(ChannelHandler[Any]):
    """One stream; a server's and a client's supply `message`, `failed` and `fields_of`."""

    def __init__(self) -> None:
        self._ctx: ChannelHandlerContext | None = None
        self._connection: Http3Connection | None = None
        self._stream_id = -1
        self._promise: ChannelPromise | None = None
        self.has_head = self.has_ended = False  # of what comes
        self.received = 0  # bytes of content
        self.sent_head = self.sent_last = self._is_over = False  # of what is written
        self._is_broken = self._was_fed_end = False
        self.has_no_content = False  # of the message that is written, whatever it says
        self._left = -1  # of its content, as its head said

    # What each side supplies.

    def message(self, fields: Fields, *, is_last: bool) -> HttpObject:
        """Return the message whose head is *fields*; raises `HttpDecoderError`."""
        raise NotImplementedError

    def failed(self, ctx: ChannelHandlerContext, error: HttpDecoderError, /) -> None:
        """Answer, or tell, that what came is no message."""
        raise NotImplementedError

    def fields_of(self, head: HttpMessage) -> tuple[Fields, bool]:
        """Return the fields of *head*, and whether it is one before the message itself; raises `HttpEncoderError`."""
        raise NotImplementedError

    @property
    def channel(self) -> Channel | None:
        """The channel of the stream, once this stands in its pipeline."""
        return None if self._ctx is None else self._ctx.channel

    @property
    def is_whole(self) -> bool:
        """True if nothing more is wanted of what comes: the message has ended, or was refused."""
        return self.has_ended or self._is_broken

    @property
    def has_left(self) -> bool:
        """True if its head was sent, and did not wait until the peer allows one more stream."""
        stream: Any = self.channel
        return self.sent_head and not stream.is_held_back

    # What comes.

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        stream: Any = ctx.channel
        connection = stream.connection.attr(CONNECTION).get()
        assert connection is not None
        self._ctx, self._connection, self._stream_id = ctx, connection, stream.stream_id
        connection.begin(stream.stream_id, self)
        return None

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each read.
        stream: Any = ctx.channel
        if self._is_broken:
            release(msg)
        elif self._connection is not None:
            self._was_fed_end = stream.is_ending
            self._connection.feed(self._stream_id, bytes(msg), is_last=self._was_fed_end)
        return None

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any, /) -> Awaitable[None] | None:
        if event is INPUT_SHUTDOWN and not self._was_fed_end and not self._is_broken and self._connection is not None:
            self._was_fed_end = True
            self._connection.feed(self._stream_id, b"", is_last=True)
        return ctx.fire_user_event_triggered(event)

    def head_came(self, fields: Fields, *, is_last: bool) -> None:
        """Hand on a head, or trailers behind content."""
        ctx, connection = self._ctx, self._connection
        assert ctx is not None
        assert connection is not None
        if self._is_broken:
            return
        try:
            check_size(fields, connection.config.max_headers, connection.config.max_header_fields)
            if self.has_head:
                self.has_ended = True
                message: HttpObject = DefaultLastHttpContent(b"", headers_of(fields))
            else:
                message = self.message(fields, is_last=is_last)
                self.has_ended = is_last and self.has_head
        except HttpDecoderError as error:
            self._is_broken = True
            tell_peer(ctx.channel, f"http {error.reason}", f"message refused: {error}")
            self.failed(ctx, error)
            return
        ctx.fire_channel_read(message)

    def content_came(self, data: bytes, *, is_last: bool) -> None:
        """Hand on content."""
        ctx = self._ctx
        if ctx is None or self._is_broken or not self.has_head or self.has_ended:
            return
        self.received += len(data)
        if is_last:
            self.has_ended = True
            ctx.fire_channel_read(DefaultLastHttpContent(data) if data else EMPTY_LAST_CONTENT)
        elif data:
            ctx.fire_channel_read(DefaultHttpContent(data))

    def is_malformed(self, text: str) -> None:
        """Reset the stream alone (RFC 9114 4.1.2)."""
        ctx = self._ctx
        if ctx is not None and not self._is_broken:
            self._is_broken = True
            tell_peer(ctx.channel, "http3 malformed message", f"message refused: {text}")
            stream: Any = ctx.channel
            stream.reset(MESSAGE_ERROR)

    def is_unheard(self, error: Http3GoAwayError) -> None:
        """Fail: the peer has not looked at the stream, and never will."""
        stream: Any = self.channel
        stream.fail(error)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._connection is not None:
            self._connection.forget(self._stream_id)
        return ctx.fire_channel_inactive()

    # What is written.

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each message that leaves.
        if isinstance(msg, FileRegion):
            return self._write_file(ctx, msg, promise)
        if not isinstance(msg, HttpObject):
            data = take_bytes(msg)
            if data is None or not data:
                return ctx.write(msg if data is None else data, promise)
            msg = DefaultHttpContent(data)
        self._promise = promise
        try:
            self._write_message(msg)
        finally:
            left, self._promise = self._promise, None
        return ctx.write(b"", left) if left is not None else ctx.channel.writability

    def _write_message(self, msg: HttpObject) -> None:
        connection = self._connection
        if connection is None or self.sent_last:
            raise HttpEncoderError("a message behind the last one: a stream of HTTP/3 carries one request and one response")
        is_last = isinstance(msg, LastHttpContent)
        content = msg.content if isinstance(msg, HttpContent) else b""
        trailers: Fields = []
        if is_last and msg._trailers is not None:  # type: ignore[attr-defined]  # mypy does not join a class and a trait
            trailers = sent_fields(msg.trailing_headers)  # type: ignore[attr-defined]  # as above
        if isinstance(msg, HttpMessage):
            if self.sent_head:
                raise HttpEncoderError("a head behind another: a stream of HTTP/3 carries one request and one response")
            fields, is_interim = self.fields_of(msg)
            if is_interim:
                connection.machine.send_headers(self._stream_id, fields)
                return
            length = -1 if self.has_no_content else length_said(msg.headers)
            if is_last and 0 <= length != len(content):
                raise HttpEncoderError(f"Content-Length says {length}, the content has {len(content)} bytes")
            self._left = length
            content = b"" if self.has_no_content else content
            ends = is_last and not content and not trailers
            connection.machine.send_headers(self._stream_id, fields, end_stream=ends)
            self.sent_head = True
        elif not self.sent_head:
            raise HttpEncoderError("content without a head before it")
        else:
            content = b"" if self.has_no_content else content
            ends = False
        self._count_down(len(content), is_last=is_last)
        if content or (is_last and not ends and not trailers):
            connection.machine.send_data(self._stream_id, content, end_stream=is_last and not trailers)
        if trailers:
            connection.machine.send_headers(self._stream_id, trailers, end_stream=True)
        self.sent_last = is_last

    def _count_down(self, size: int, *, is_last: bool) -> None:
        """Hold the content against what Content-Length said: a stream where they differ is reset, for it has no whole message."""
        if self._left < 0:
            return
        left = self._left - size
        if left < 0 or (is_last and left > 0):
            stream: Any = self.channel
            stream.reset(INTERNAL_ERROR)
            much = f"{-left} bytes more" if left < 0 else f"{left} bytes less"
            raise HttpEncoderError(f"content of {much} than Content-Length said")
        self._left = left

    def _write_file(self, ctx: ChannelHandlerContext, region: FileRegion, promise: ChannelPromise | None) -> Awaitable[None]:
        """Write a file as content; the machine need not see its bytes."""
        if not self.sent_head or self.sent_last:
            release(region)
            raise HttpEncoderError("content without a head before it")
        if self.has_no_content:
            release(region)
            return ctx.write(b"", promise)
        try:
            self._count_down(region.count, is_last=False)
        except HttpEncoderError:
            release(region)
            raise
        try:
            raise_if_refused(ctx.write(file_frame_head(region.count)))
        except Exception:
            release(region)
            raise
        written = ctx.write(region, promise)
        if is_refused(written):
            stream: Any = ctx.channel
            stream.reset(INTERNAL_ERROR)  # what is written next would be taken for the file
        return written

    def write_bytes(self, data: bytes, *, is_last: bool) -> None:
        """Write what the machine has made of a message."""
        assert self._ctx is not None
        promise = self._promise
        if is_last:
            self._promise = None
        raise_if_refused(self._ctx.write(data, promise if is_last else None))

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        flushed = ctx.flush()
        if self.sent_last and not self._is_over:
            self._is_over = True
            stream: Any = ctx.channel
            stream.finish_output()
            self.written(ctx)
        return flushed

    def written(self, ctx: ChannelHandlerContext, /) -> None:
        """The own side is over."""

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        """Break a stream off whose message has not ended: an end in order would make it look whole (RFC 9114 4.1)."""
        stream: Any = ctx.channel
        if not self.sent_last and stream.is_open:
            stream.reset(CANCELLED)
        return ctx.close(promise)
