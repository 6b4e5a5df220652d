"""HttpObjectAggregator: a message and its content become one. Source: Netty's class of that name.

::

    HttpRequest | DefaultHttpContent("he") | DefaultLastHttpContent("llo")     -->     FullHttpRequest("hello")
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.channel.fault import tell_peer
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import (
    FullHttpRequest,
    FullHttpResponse,
    HttpContent,
    HttpMessage,
    HttpRequest,
    HttpResponse,
    LastHttpContent,
)

from .expectation import CONTINUE, UNKNOWN, expectation_of, refusal

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HttpObjectAggregator"]


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpObjectAggregator(ChannelHandler[Any]):
    """Joins requests, or responses, to full messages of at most *max_content_bytes* of content.

    A request that has more, or says so, is answered with 413, and the channel closed: the rest of it would have to be read for nothing. One
    that expects ``100-continue`` is told to go on, or gets that 413 before it sends anything; any other expectation gets 417. A response
    that has more raises `TooLongFrameError`, and the channel is closed. What is not whole when the channel closes is dropped.

    The full message has ``Content-Length``, and neither ``Transfer-Encoding`` nor ``Expect``: it is what it would be had it come in
    one piece. Trailing fields are its ``trailing_headers``.

    Raises:
        ValueError: for a limit below 0.
    """

    def __init__(self, max_content_bytes: int = 1024 * 1024) -> None:
        if max_content_bytes < 0:
            raise ValueError(f"max_content_bytes {max_content_bytes}, must not be negative")
        self.max_content_bytes: int = max_content_bytes
        self._head: HttpMessage | None = None
        self._pieces: list[bytes] = []
        self._size: i64 = 0

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each message, of which most are whole.
        if isinstance(msg, FullHttpRequest | FullHttpResponse):
            return ctx.fire_channel_read(msg)
        if isinstance(msg, HttpMessage):
            self._begin(ctx, msg)
        elif isinstance(msg, HttpContent):
            self._go_on(ctx, msg)
        else:
            return ctx.fire_channel_read(msg)
        return None

    def _begin(self, ctx: ChannelHandlerContext, head: HttpMessage) -> None:
        self._drop()
        declared = head.content_length()
        if isinstance(head, HttpRequest):
            expected = expectation_of(head)
            if expected == UNKNOWN:
                self._refuse(ctx, head, 417, "an expectation that nobody knows")
                return
            if declared is not None and declared > self.max_content_bytes:
                self._refuse(ctx, head, 413, f"content of {declared} bytes, limit {self.max_content_bytes}")
                return
            if expected == CONTINUE:
                head.headers.remove("expect")
                ctx.write_and_flush(FullHttpResponse(100))
        elif declared is not None and declared > self.max_content_bytes:
            self._too_long(ctx, declared)
            return
        self._head = head

    def _go_on(self, ctx: ChannelHandlerContext, part: HttpContent) -> None:
        head = self._head
        if head is None:
            return  # of a message that was refused
        content = part.content
        self._size += len(content)
        if self._size > self.max_content_bytes:
            if isinstance(head, HttpRequest):
                self._refuse(ctx, head, 413, f"content of more than {self.max_content_bytes} bytes")
            else:
                self._too_long(ctx, int(self._size))
            return
        if len(content) > 0:
            self._pieces.append(content)
        if isinstance(part, LastHttpContent):
            whole = self._whole(head, part)
            self._drop()
            ctx.fire_channel_read(whole)

    def _whole(self, head: HttpMessage, last: LastHttpContent) -> HttpMessage:
        content = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        headers: HttpHeaders = head.headers
        headers.remove("transfer-encoding")
        headers.set_default("content-length", len(content))
        trailers = last.trailing_headers if last.has_trailers else None
        if isinstance(head, HttpRequest):
            return FullHttpRequest(head.method, head.uri, content, headers, head.version, trailers)
        assert isinstance(head, HttpResponse)
        return FullHttpResponse(head.status, content, headers, head.version, head._reason, trailers)

    def _refuse(self, ctx: ChannelHandlerContext, head: HttpRequest, status: int, why: str) -> None:
        self._drop()
        tell_peer(ctx.channel, f"http {status}", f"request refused with {status}: {why}")
        ctx.write_and_flush(refusal(head, status))

    def _too_long(self, ctx: ChannelHandlerContext, size: int) -> None:
        self._drop()
        ctx.callback_raised(TooLongFrameError(size, self.max_content_bytes, at_least=True))
        ctx.close()

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._head is not None and not ctx.channel.config.auto_read:
            ctx.read()  # whoever asked for a message has not got all of it yet
        return ctx.fire_channel_read_complete()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._drop()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._drop()
        return None

    def _drop(self) -> None:
        """Forget the message that is not whole."""
        self._head = None
        self._pieces = []
        self._size = 0
