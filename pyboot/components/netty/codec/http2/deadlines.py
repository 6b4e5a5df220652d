"""Http2ServerDeadlines: a client of HTTP/2 that keeps a connection or a stream, and says nothing, or says it drop by drop, is cut off.

Theory of operation. The times are those of HTTP/1 (`codec.http.deadlines`), and they are watched as there: a timer looks every now and
then, and compares with its last look, so nothing is paid for a frame or a stream::

    what is seen                                     how long it may last         what happens
    no stream has begun yet                          first_byte_seconds           the connection ends
    the beginning of a head, or of another frame     head_seconds                 GOAWAY, and the end: nobody else gets through
    content of a stream that has not ended           content_seconds in all       408 where no response was begun; the stream is reset
      ... and after `head_seconds`                   content_rate bytes a second  the same
    no stream is open                                keep_alive_seconds           GOAWAY, and the end, in order

Law. A peer is judged only for what it may do: where this side does not read a stream, or leaves its windows no room, its silence is ours.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.errors import ReadTimeoutError
from pyboot.components.netty.wire.http.message import FullHttpResponse
from pyboot.components.netty.wire.http2.errors import Http2ErrorCode
from pyboot.components.netty.wire.http2.state import HALF_CLOSED_LOCAL, OPEN
from pyboot.components.netty.wire.http2.streams import Http2Stream

from .multiplex import Http2MultiplexHandler
from .objects import Http2StreamFrameToHttpObjectCodec
from .stream_channel import Http2StreamChannel

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Http2ServerDeadlines"]

_WANTED: Final = {
    CloseReason.FIRST_BYTE_TIMEOUT: "the first request",
    CloseReason.HEAD_TIMEOUT: "the rest of a frame",
    CloseReason.KEEP_ALIVE_TIMEOUT: "another request",
}


@final
class Http2ServerDeadlines(ChannelHandler[Any]):
    """Ends connections and streams whose client takes too long; put it behind an `Http2MultiplexHandler`.

    Args:
        first_byte_seconds: until the first stream begins, 30 by default.
        head_seconds: for a head, or any frame but content, from its first byte, 10 by default.
        content_seconds: for the content of a request, 300 by default.
        content_rate: bytes a second that content has to come with in the mean, once ``head_seconds`` are over, 256 by default.
        keep_alive_seconds: without a stream, 15 by default.

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
        given = (first_byte_seconds, head_seconds, content_seconds, keep_alive_seconds)
        if min(*given, content_rate) < 0:
            raise ValueError(f"{given} seconds, {content_rate} bytes a second: allowed is 0, for no end, or more")
        self._seconds: Final = {
            CloseReason.FIRST_BYTE_TIMEOUT: first_byte_seconds,
            CloseReason.HEAD_TIMEOUT: head_seconds,
            CloseReason.KEEP_ALIVE_TIMEOUT: keep_alive_seconds,
        }
        self._content_seconds: Final = content_seconds
        self._content_rate: Final = content_rate
        self._interval = min((seconds for seconds in given if seconds > 0), default=0.0) / 2
        self._multiplexer: Http2MultiplexHandler | None = None
        self._deadline: Deadline | None = None
        self._seen: tuple[CloseReason | None, object] = (None, None)
        self._since = 0.0
        self._contents: dict[int, tuple[float, int]] = {}  # by stream: since when it is waited for, and what had come by then

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._multiplexer = ctx.pipeline.get(Http2MultiplexHandler)
        if ctx.channel.is_active:
            self._begin(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._begin(ctx)
        return ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end()
        return None

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        if self._deadline is None and self._interval > 0 and self._multiplexer is not None:
            self._since = ctx.channel.loop.time()
            self._seen = self._look(self._multiplexer)
            self._deadline = Deadline(ctx.channel.loop, self._interval, self._judge, ctx)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    # The connection.

    def _look(self, multiplexer: Http2MultiplexHandler) -> tuple[CloseReason | None, object]:
        """Return what is waited for, and which one."""
        machine = multiplexer.machine
        if machine.is_in_head():
            return CloseReason.HEAD_TIMEOUT, machine.begun()
        if machine.streams.open:
            return None, None
        last = int(machine.streams.last_of_peer)
        return (CloseReason.KEEP_ALIVE_TIMEOUT if last else CloseReason.FIRST_BYTE_TIMEOUT), last

    def _judge(self, ctx: ChannelHandlerContext) -> None:
        multiplexer, channel = self._multiplexer, ctx.channel
        self._deadline = None
        if multiplexer is None or not channel.is_active:
            return
        now, seen = channel.loop.time(), self._look(multiplexer)
        reason = seen[0]
        is_read = channel.reading.is_on and channel.reading.is_asked
        if not is_read or reason is not self._seen[0] or (seen[1] is not self._seen[1] and seen[1] != self._seen[1]):
            self._seen, self._since = seen, now
        elif reason is not None and 0 < self._seconds[reason] <= now - self._since:
            self._end_connection(ctx, multiplexer, reason, now - self._since)
            return
        if is_read:
            self._judge_contents(multiplexer, now)
        else:
            self._contents = {}
        self._deadline = Deadline(channel.loop, self._interval, self._judge, ctx)

    def _end_connection(self, ctx: ChannelHandlerContext, multiplexer: Http2MultiplexHandler, reason: CloseReason, seconds: float) -> None:
        error = ReadTimeoutError(seconds, f"{_WANTED[reason]} has not come within {seconds:.1f} s")
        # Connections that are kept for another request end like that all the time: no fault of anybody's.
        cut_off(ctx.channel, reason, error, logging.DEBUG if reason is CloseReason.KEEP_ALIVE_TIMEOUT else logging.WARNING)
        if reason is CloseReason.HEAD_TIMEOUT:
            multiplexer.machine.give_up(Http2ErrorCode.ENHANCE_YOUR_CALM, str(error))
        ctx.close()

    # Its streams.

    def _judge_contents(self, multiplexer: Http2MultiplexHandler, now: float) -> None:
        machine = multiplexer.machine
        before, self._contents = self._contents, {}
        for number, stream in list(machine.streams.open.items()):
            child = multiplexer.child(number)
            if child is None or stream.state not in (OPEN, HALF_CLOSED_LOCAL):
                continue
            may_send = child.reading.is_on and child.reading.is_asked and machine.window.left > 0 and stream.receive.left > 0
            since, received = before.get(number, (now, int(stream.received))) if may_send else (now, int(stream.received))
            reason = self._broken_by(stream, now - since, int(stream.received) - received)
            if reason is None:
                self._contents[number] = (since, received)
            else:
                self._end_stream(child, reason, now - since)

    def _broken_by(self, stream: Http2Stream, seconds: float, received: int) -> CloseReason | None:
        """Return the deadline of a stream that is over, if one is."""
        if 0 < self._content_seconds <= seconds:
            return CloseReason.CONTENT_TIMEOUT
        rate = self._content_rate
        is_slow = rate > 0 and seconds > self._seconds[CloseReason.HEAD_TIMEOUT] and received < rate * seconds
        return CloseReason.CONTENT_RATE if is_slow else None

    def _end_stream(self, child: Http2StreamChannel, reason: CloseReason, seconds: float) -> None:
        cut_off(child, reason, ReadTimeoutError(seconds, f"the rest of a request's content has not come within {seconds:.1f} s"))
        codec = child.pipeline().get(Http2StreamFrameToHttpObjectCodec)
        if codec is not None and not codec.has_begun:
            ctx = child.pipeline().context(codec)
            codec.write(ctx, FullHttpResponse(408, b"408: the request has not come in time\n", {"content-type": "text/plain"}), None)
            ctx.flush()
        child.closing.begin()
