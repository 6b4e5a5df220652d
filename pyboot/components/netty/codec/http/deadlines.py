"""HttpServerDeadlines: a client that keeps a connection and says nothing, or says it drop by drop, is cut off.

Theory of operation. Nothing is paid for a message, nor for a read: a timer looks every now and then how far the reader of the codec is, and
compares with its last look. What it sees for the first time begins then, so a time may be longer by one look, half of the shortest::

    what is seen                                       how long it may last         what happens
    nothing has come yet                               first_byte_seconds           the connection ends
    the beginning of a head                            head_seconds                 408, and the end
    content that has not ended                         content_seconds in all       408 where no response was begun, and the end
      ... and after `head_seconds`                     content_rate bytes a second  the same
    nothing, and every request has its response        keep_alive_seconds           the connection ends
    a request that waits for its response              as long as it takes          (what the peer does not take is `write_stall_timeout`)

Law. A peer is judged only for what it does while this side reads: a handler that lets content wait is not the peer's fault.
The figures are those of nginx (``client_header_timeout`` and its like) and of Node (``requestTimeout``).
"""

from __future__ import annotations

import logging
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.errors import ReadTimeoutError
from pyboot.components.netty.wire.http.message import FullHttpResponse

from .server import HttpRequestDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HttpServerDeadlines"]


class _Seen(Enum):
    """The things that a look at the reader may see; see the table above."""

    NOTHING_YET = "the first byte"
    HEAD = "the rest of a request's head"
    CONTENT = "the rest of a request's content"
    IDLE = "another request"
    BUSY = "a response of ours"


_REASONS: Final = {
    _Seen.NOTHING_YET: CloseReason.FIRST_BYTE_TIMEOUT,
    _Seen.HEAD: CloseReason.HEAD_TIMEOUT,
    _Seen.CONTENT: CloseReason.CONTENT_TIMEOUT,
    _Seen.IDLE: CloseReason.KEEP_ALIVE_TIMEOUT,
}


@final
class HttpServerDeadlines(ChannelHandler[Any]):
    """Ends connections whose client takes too long; put it right behind the server's codec.

    Args:
        first_byte_seconds: from the connection's beginning, 30 by default.
        head_seconds: for the head of a request, from its first byte, 10 by default.
        content_seconds: for the content of a request, 300 by default.
        content_rate: bytes a second that content has to come with in the mean, once ``head_seconds`` are over, 256 by default.
        keep_alive_seconds: between a response and the next request, 15 by default.

    0 stands for no end. Raises ValueError for a negative figure.
    """

    def __init__(
        self,
        *,
        first_byte_seconds: float = 30.0,
        head_seconds: float = 10.0,
        content_seconds: float = 300.0,
        content_rate: int = 256,
        keep_alive_seconds: float = 15.0,
    ) -> None:
        limits = {
            _Seen.NOTHING_YET: first_byte_seconds,
            _Seen.HEAD: head_seconds,
            _Seen.CONTENT: content_seconds,
            _Seen.IDLE: keep_alive_seconds,
        }
        if min(*limits.values(), content_rate) < 0:
            raise ValueError(f"{limits}, {content_rate} bytes a second: allowed is 0, for no end, or more")
        self.seconds: Final = {seen: seconds for seen, seconds in limits.items() if seconds > 0}
        self.content_rate: Final = content_rate
        self._grace = head_seconds
        self._interval = min(self.seconds.values(), default=0.0) / 2
        self._decoder: HttpRequestDecoder | None = None
        self._deadline: Deadline | None = None
        self._seen: tuple[_Seen, int] | None = None  # with the number of the request
        self._since = 0.0
        self._received = 0  # bytes, when that was seen for the first time

    def handler_added(self, ctx: ChannelHandlerContext, /) -> None:
        self._decoder = ctx.pipeline.get(HttpRequestDecoder)
        if ctx.channel.is_active:
            self._begin(ctx)

    def channel_active(self, ctx: ChannelHandlerContext, /) -> None:
        self._begin(ctx)
        ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> None:
        self._end()
        ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> None:
        self._end()

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        if self._deadline is None and self._interval > 0 and self._decoder is not None:
            self._since = ctx.channel.loop.time()
            self._seen = self._look(self._decoder)
            self._deadline = Deadline(ctx.channel.loop, self._interval, self._judge, ctx)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _look(self, decoder: HttpRequestDecoder) -> tuple[_Seen, int]:
        reader = decoder.reader
        number = int(reader.exchange.begun)
        if reader.is_in_content:
            return _Seen.CONTENT, number
        if reader.is_in_head:
            return _Seen.HEAD, number
        if reader.exchange.waiting > 0 or not reader.is_between_frames():
            return _Seen.BUSY, number
        return (_Seen.IDLE if reader.received > 0 else _Seen.NOTHING_YET), number

    def _judge(self, ctx: ChannelHandlerContext) -> None:
        decoder, channel = self._decoder, ctx.channel
        self._deadline = None
        if decoder is None or not channel.is_active or ctx.pipeline.find(decoder) is None:  # it is another protocol by now
            return
        now, seen = channel.loop.time(), self._look(decoder)
        if seen != self._seen or not (channel.reading.is_on and channel.reading.is_asked):
            self._seen, self._since, self._received = seen, now, int(decoder.reader.received)
        elif reason := self._broken_by(seen[0], now - self._since, int(decoder.reader.received) - self._received):
            self._end_by(ctx, reason, seen[0], now - self._since)
            return
        self._deadline = Deadline(channel.loop, self._interval, self._judge, ctx)

    def _broken_by(self, seen: _Seen, seconds: float, received: int) -> CloseReason | None:
        """Return the deadline that is over, if one is."""
        if seen in self.seconds and seconds >= self.seconds[seen]:
            return _REASONS[seen]
        is_slow = seen is _Seen.CONTENT and self.content_rate > 0 and seconds > self._grace and received < self.content_rate * seconds
        return CloseReason.CONTENT_RATE if is_slow else None

    def _end_by(self, ctx: ChannelHandlerContext, reason: CloseReason, seen: _Seen, seconds: float) -> None:
        """Tell the peer, where it can still be told, and end the connection."""
        error = ReadTimeoutError(seconds, f"{seen.value} has not come within {seconds:.1f} s")
        # Connections that are kept for another request end like that all the time: no fault of anybody's.
        cut_off(ctx.channel, reason, error, logging.DEBUG if seen is _Seen.IDLE else logging.WARNING)
        # Who has its response already, and has not finished its request, is told nothing: it would take it for that of the next.
        due = {_Seen.HEAD: 0, _Seen.CONTENT: 1}.get(seen)
        if self._decoder is not None and self._decoder.reader.exchange.waiting == due:
            response = FullHttpResponse(
                408, b"408: the request has not come in time\n", {"content-type": "text/plain", "connection": "close"}
            )
            ctx.write_and_flush(response)
        ctx.close()
