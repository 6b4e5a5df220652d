"""Http3ServerDeadlines: a client of HTTP/3 that keeps a connection or a stream, and says nothing, or says it drop by drop, is cut off.

::

    what is seen                                     how long it may last         what happens
    no stream has begun yet                          first_byte_seconds           the connection ends
    the beginning of a head                          head_seconds                 408, and the end of the stream
    content of a stream that has not ended           content_seconds in all       408 where no response was begun; else the stream is reset
      ... and after `head_seconds`                   content_rate bytes a second  the same
    no stream is open                                keep_alive_seconds           GOAWAY, and the end, in order

How it is watched is told in `codec.http.stream_deadlines`. A stream that waits is nobody else's: others go on, whatever becomes of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.codec.http.stream_deadlines import HttpStreamDeadlines, UnfinishedRequest
from pyboot.components.netty.errors import ChannelPipelineError

from .connection import CONNECTION, Http3Connection
from .server import Http3ServerStream

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Http3ServerDeadlines"]


@final
class Http3ServerDeadlines(HttpStreamDeadlines):
    """Ends connections and streams whose client takes too long; put it behind an `Http3ServerConnectionHandler`.

    Its arguments are those of `HttpStreamDeadlines`. Raises `ChannelPipelineError` where there is no `Http3ServerConnectionHandler`.
    """

    wanted: ClassVar = {
        CloseReason.FIRST_BYTE_TIMEOUT: "the first request",
        CloseReason.HEAD_TIMEOUT: "the rest of a request's head",
        CloseReason.CONTENT_TIMEOUT: "the rest of a request's content",
        CloseReason.KEEP_ALIVE_TIMEOUT: "another request",
    }

    _connection: Http3Connection

    def find(self, ctx: ChannelHandlerContext, /) -> None:
        found = ctx.channel.attr(CONNECTION).get()
        if found is None:
            raise ChannelPipelineError("Http3ServerDeadlines stand behind an Http3ServerConnectionHandler: add one before them")
        self._connection = found

    def is_read(self, channel: Channel, /) -> bool:
        """A connection of QUIC is always read: what is not wanted has no window."""
        return True

    def look(self) -> tuple[CloseReason | None, object]:
        connection = self._connection
        if connection.streams:
            return None, None
        begun = connection.begun
        return (CloseReason.KEEP_ALIVE_TIMEOUT if begun else CloseReason.FIRST_BYTE_TIMEOUT), begun

    def requests(self) -> Iterable[UnfinishedRequest]:
        for number, codec in list(self._connection.streams.items()):
            if isinstance(codec, Http3ServerStream) and not codec.is_whole and codec.channel is not None:
                stream: Any = codec.channel
                wants = CloseReason.CONTENT_TIMEOUT if codec.has_head else CloseReason.HEAD_TIMEOUT
                may_come = stream.reading.is_on and stream.reading.is_asked and stream.has_window
                yield UnfinishedRequest(number, stream, wants, codec.received, may_come)

    def end_stream(self, stream: Channel, /) -> None:
        codec = stream.pipeline().get(Http3ServerStream)
        if codec is not None:
            codec.give_up()
