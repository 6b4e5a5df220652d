"""Http2ServerDeadlines: a client of HTTP/2 that keeps a connection or a stream, and says nothing, or says it drop by drop, is cut off.

::

    what is seen                                     how long it may last         what happens
    no stream has begun yet                          first_byte_seconds           the connection ends
    the beginning of a head, or of another frame     head_seconds                 GOAWAY, and the end: nobody else gets through
    content of a stream that has not ended           content_seconds in all       408 where no response was begun; the stream is reset
      ... and after `head_seconds`                   content_rate bytes a second  the same
    no stream is open                                keep_alive_seconds           GOAWAY, and the end, in order

How it is watched is told in `codec.http.stream_deadlines`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.codec.http.stream_deadlines import HttpStreamDeadlines, UnfinishedRequest
from pyboot.components.netty.errors import ChannelPipelineError, ReadTimeoutError
from pyboot.components.netty.wire.http.message import FullHttpResponse
from pyboot.components.netty.wire.http2.errors import Http2ErrorCode
from pyboot.components.netty.wire.http2.state import HALF_CLOSED_LOCAL, OPEN

from .multiplex import Http2MultiplexHandler
from .objects import Http2StreamFrameToHttpObjectCodec

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Http2ServerDeadlines"]


@final
class Http2ServerDeadlines(HttpStreamDeadlines):
    """Ends connections and streams whose client takes too long; put it behind an `Http2MultiplexHandler`.

    Its arguments are those of `HttpStreamDeadlines`; ``head_seconds`` are for any frame but content. Raises `ChannelPipelineError` where
    there is no `Http2MultiplexHandler`.
    """

    wanted: ClassVar = {
        CloseReason.FIRST_BYTE_TIMEOUT: "the first request",
        CloseReason.HEAD_TIMEOUT: "the rest of a frame",
        CloseReason.CONTENT_TIMEOUT: "the rest of a request's content",
        CloseReason.KEEP_ALIVE_TIMEOUT: "another request",
    }

    _multiplexer: Http2MultiplexHandler

    def find(self, ctx: ChannelHandlerContext, /) -> None:
        found = ctx.pipeline.get(Http2MultiplexHandler)
        if found is None:
            raise ChannelPipelineError("Http2ServerDeadlines stand behind an Http2MultiplexHandler: add one before them")
        self._multiplexer = found

    def look(self) -> tuple[CloseReason | None, object]:
        machine = self._multiplexer.machine
        if machine.is_in_head():
            return CloseReason.HEAD_TIMEOUT, machine.begun()
        if machine.streams.open:
            return None, None
        last = int(machine.streams.last_of_peer)
        return (CloseReason.KEEP_ALIVE_TIMEOUT if last else CloseReason.FIRST_BYTE_TIMEOUT), last

    def requests(self) -> Iterable[UnfinishedRequest]:
        machine = self._multiplexer.machine
        for number, stream in list(machine.streams.open.items()):
            child = self._multiplexer.child(number)
            if child is not None and stream.state in (OPEN, HALF_CLOSED_LOCAL):
                may_come = child.reading.is_on and child.reading.is_asked and machine.window.left > 0 and stream.receive.left > 0
                yield UnfinishedRequest(number, child, CloseReason.CONTENT_TIMEOUT, int(stream.received), may_come)

    def end_connection(self, ctx: ChannelHandlerContext, reason: CloseReason, error: ReadTimeoutError, /) -> None:
        if reason is CloseReason.HEAD_TIMEOUT:
            self._multiplexer.machine.give_up(Http2ErrorCode.ENHANCE_YOUR_CALM, str(error))
        ctx.close()

    def end_stream(self, stream: Channel, /) -> None:
        codec: Any = stream.pipeline().get(Http2StreamFrameToHttpObjectCodec)
        if codec is not None and not codec.has_begun:
            ctx = stream.pipeline().context(codec)
            codec.write(ctx, FullHttpResponse(408, b"408: the request has not come in time\n", {"content-type": "text/plain"}), None)
            ctx.flush()
        stream.closing.begin()
