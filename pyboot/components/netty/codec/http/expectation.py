"""HttpServerExpectContinueHandler: answers ``Expect: 100-continue`` (RFC 9110 10.1.1). Source: Netty's class of that name."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.http.message import FullHttpRequest, FullHttpResponse, HttpContent, HttpRequest, LastHttpContent
from pyboot.components.netty.wire.http.start_line import HttpVersion

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["CONTINUE", "NOTHING", "UNKNOWN", "HttpServerExpectContinueHandler", "expectation_of", "refusal"]

NOTHING: Final = 0
CONTINUE: Final = 1
UNKNOWN: Final = 2

_HTTP_1_0: Final = HttpVersion.HTTP_1_0


def expectation_of(request: HttpRequest) -> int:
    """Tell what *request* expects before it sends its content: one of the three above. HTTP/1.0 cannot expect anything."""
    value = request.headers.get_bytes(b"expect")
    if value is None or request.version is _HTTP_1_0:
        return NOTHING
    return CONTINUE if value.lower() == b"100-continue" else UNKNOWN


def refusal(request: HttpRequest, status: int) -> FullHttpResponse:
    """The final response to a request whose content is not wanted.

    It closes the connection if content may follow: whether a client sends what was refused, nobody knows, so nobody would know where
    the next request begins.
    """
    response = FullHttpResponse(status)
    if not isinstance(request, FullHttpRequest):
        response.headers.set("connection", "close")
    return response


class HttpServerExpectContinueHandler(ChannelHandler[Any]):
    """Tells clients that expect it to go on, and answers any other expectation with 417; handlers behind it see no ``Expect``.

    An `HttpObjectAggregator` does the same by itself, and knows how much it takes. This is for handlers that read content as it comes.
    """

    def __init__(self) -> None:
        self._is_dropping = False

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpRequest):
            self._is_dropping = False
            expected = expectation_of(msg)
            if expected == UNKNOWN:
                self._is_dropping = True
                ctx.write_and_flush(refusal(msg, 417))
                return None
            if expected == CONTINUE:
                if not isinstance(msg, FullHttpRequest):
                    ctx.write_and_flush(FullHttpResponse(100))
                msg.headers.remove("expect")
        elif self._is_dropping and isinstance(msg, HttpContent):
            self._is_dropping = not isinstance(msg, LastHttpContent)
            return None
        return ctx.fire_channel_read(msg)
