"""Http3Connection: what the request streams of one connection share, around aioquic's machine of HTTP/3.

Theory of operation. The machine wants a connection of QUIC that it writes to by numbers of streams; it gets the channels of the streams
instead (`_Streams`), so that what it says takes the way of everything that handlers write, with its flow control and its order. Three
streams of ours and three of the peer carry control and QPACK; they are *critical*, end with the connection and not before. What comes on a
stream is `feed`: its events go to the stream that they are for, which may be another that waited for a table of QPACK.

A connection that breaks the protocol is closed with the code of RFC 9114 8.1, a message that is malformed resets its stream alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, final

import pylsqpack
from aioquic.buffer import encode_uint_var
from aioquic.h3.connection import ErrorCode, FrameType, H3Connection, H3Stream, Setting, encode_frame
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.events import StreamDataReceived, StreamReset

from pyboot.components.netty.channel.attribute import AttributeKey
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.event import DRAINING
from pyboot.components.netty.channel.fault import blame_peer, cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import DecoderError

from .config import Http3Config
from .control_stream import GoAwayFrameError, GoAwayReader
from .errors import Http3GoAwayError
from .events import Http3GoAway
from .heads import Fields

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["CONNECTION", "Http3Connection", "Http3ConnectionHandler", "RequestStream", "file_frame_head"]

CANCELLED: Final = int(ErrorCode.H3_REQUEST_CANCELLED)
INTERNAL_ERROR: Final = int(ErrorCode.H3_INTERNAL_ERROR)
MESSAGE_ERROR: Final = int(ErrorCode.H3_MESSAGE_ERROR)
NO_ERROR: Final = int(ErrorCode.H3_NO_ERROR)
REJECTED: Final = int(ErrorCode.H3_REQUEST_REJECTED)
_MAX_FIELD_SECTION_SIZE: Final = 0x6  # RFC 9114 7.2.4.1
_LAST_ID: Final = (1 << 62) - 4  # of a request, RFC 9000 2.1
_LARGEST_TABLE: Final = 4096
_MOST_BLOCKED: Final = 16


class RequestStream(Protocol):
    """A request stream, as its connection sees it."""

    @property
    def has_left(self) -> bool:
        """True if anything of it has left this side."""

    def head_came(self, fields: Fields, *, is_last: bool) -> None:
        """A block of fields has come: a head, or trailers."""

    def content_came(self, data: bytes, *, is_last: bool) -> None:
        """Content has come."""

    def write_bytes(self, data: bytes, *, is_last: bool) -> None:
        """Send *data* on the stream, the last of it with *is_last*."""

    def is_unheard(self, error: Http3GoAwayError) -> None:
        """The peer has not looked at the stream, and never will."""

    def is_malformed(self, text: str) -> None:
        """The message breaks the rules for messages."""


@final
class _Streams:
    """The streams of a connection as aioquic's machine sees them: a connection of QUIC, but for what it asks of it."""

    def __init__(self, connection: Http3Connection, channel: Any) -> None:  # Any: a QuicChannel, which codecs do not know
        self.configuration = channel.configuration
        self._quic_logger = None
        # Who says that it takes datagrams of HTTP/3, as browsers do, has to take those of QUIC (RFC 9297 2.1.1).
        self._remote_max_datagram_frame_size = channel.max_datagram_bytes or None
        self._connection = connection
        self._channel = channel
        self._critical: dict[int, Any] = {}

    def get_next_available_stream_id(self, is_unidirectional: bool = False) -> int:
        """Open a critical stream."""
        stream = self._channel.create_stream(_CriticalStream(self._connection), unidirectional=True)
        stream.is_critical = True
        self._critical[stream.stream_id] = stream
        return int(stream.stream_id)

    def send_stream_data(self, stream_id: int, data: bytes, end_stream: bool = False) -> None:
        """Write to a stream."""
        critical = self._critical.get(stream_id)
        if critical is None:
            self._connection.streams[stream_id].write_bytes(data, is_last=end_stream)
        elif data:
            critical.write_and_flush(data)

    def reset_stream(self, stream_id: int, code: int) -> None:
        """Leave it: the stream ends with its channel."""

    def close(self, error_code: int, reason_phrase: str) -> None:
        """Note what the peer has done."""
        self._connection.broken = (int(error_code), reason_phrase)

    @property
    def control(self) -> Any:
        """The stream of our control frames, the first that was opened."""
        return next(iter(self._critical.values()))


class _Encoder:
    """pylsqpack's, which keeps no more for the peer than a peer of ours may ask for, whatever that allows."""

    def __init__(self) -> None:
        encoder = pylsqpack.Encoder()
        self._encoder = encoder
        self.encode, self.feed_decoder = encoder.encode, encoder.feed_decoder

    def apply_settings(self, max_table_capacity: int, blocked_streams: int) -> bytes:
        """Learn what the peer allows."""
        return bytes(self._encoder.apply_settings(min(max_table_capacity, _LARGEST_TABLE), min(blocked_streams, _MOST_BLOCKED)))


@final
class _Machine(H3Connection):
    """aioquic's, with limits."""

    def __init__(self, streams: Any, config: Http3Config) -> None:
        self._config = config
        self.without_content: set[int] = set()  # streams whose response speaks of content and has none: that to HEAD
        super().__init__(streams)

    def _get_local_settings(self) -> dict[int, int]:
        # Called by the constructor, behind all but this. Nothing that has waited for a table can wait: there is none, or a small one.
        self._max_table_capacity, self._blocked_streams = self._config.qpack_table_bytes, 16 if self._config.qpack_table_bytes else 0
        self._decoder = pylsqpack.Decoder(self._max_table_capacity, self._blocked_streams)
        self._encoder: Any = _Encoder()  # Any: it stands for pylsqpack's
        return {
            Setting.QPACK_MAX_TABLE_CAPACITY: self._max_table_capacity,
            Setting.QPACK_BLOCKED_STREAMS: self._blocked_streams,
            _MAX_FIELD_SECTION_SIZE: self._config.max_headers,
        }

    def _check_content_length(self, stream: H3Stream) -> None:
        if stream.stream_id not in self.without_content:
            super()._check_content_length(stream)

    def stream(self, stream_id: int) -> H3Stream | None:
        """Return what is known of a stream."""
        return self._stream.get(stream_id)

    def forget(self, stream_id: int) -> None:
        """A stream is over, whatever was still to come."""
        self.without_content.discard(stream_id)
        if stream_id in self._stream:
            self.handle_event(StreamReset(error_code=0, stream_id=stream_id))
            self._stream.pop(stream_id, None)

    def go_on(self) -> None:
        """Go on behind a message that was malformed, which is no error of the connection."""
        self._is_done = False


@final
class Http3Connection:
    """One connection of HTTP/3 on *channel*, with *config*. On its loop."""

    def __init__(self, channel: Any, config: Http3Config) -> None:  # Any: as above
        self.channel = channel
        self.config = config
        self.streams: dict[int, RequestStream] = {}
        self.broken: tuple[int, str] | None = None
        channel.codes = channel.codes._replace(
            no_error=NO_ERROR, cancelled=CANCELLED, refused=REJECTED, excessive_load=int(ErrorCode.H3_EXCESSIVE_LOAD)
        )
        self._streams = _Streams(self, channel)
        self.machine = _Machine(self._streams, config)
        self.is_client = bool(channel.configuration.is_client)
        self.goaway_received: int | None = None
        self.begun = 0  # requests of the peer so far
        self._last_request = -4

    def feed(self, stream_id: int, data: bytes, *, is_last: bool) -> None:
        """Take what has come on a stream; its events go to the streams that they are for."""
        # hot path: once for each read of a stream.
        event = StreamDataReceived(data=data, end_stream=is_last, stream_id=stream_id)
        self._act(stream_id, lambda: self.machine.handle_event(event))
        known = self.machine.stream(stream_id)
        if known is not None and known.frame_type == FrameType.HEADERS and (known.frame_size or 0) > self.config.max_headers:
            self._malformed(stream_id, f"a head of {known.frame_size} bytes, limit {self.config.max_headers}")

    def _act(self, stream_id: int, act: Callable[[], list[H3Event]]) -> None:
        for event in act():
            if isinstance(event, HeadersReceived):
                if (stream := self.streams.get(event.stream_id)) is not None:
                    stream.head_came(event.headers, is_last=event.stream_ended)
            elif isinstance(event, DataReceived) and (stream := self.streams.get(event.stream_id)) is not None:
                stream.content_came(event.data, is_last=event.stream_ended)
        if self.broken is not None:
            code, reason = self.broken
            if code == MESSAGE_ERROR and stream_id in self.streams:
                self.broken = None
                self.machine.go_on()
                self._malformed(stream_id, reason)
            else:
                self._break(code, reason)

    def _break(self, code: int, reason: str) -> None:
        """End the connection, whose peer breaks the protocol."""
        cut_off(self.channel, CloseReason.PROTOCOL_ERROR, DecoderError(f"the peer breaks HTTP/3, error {code:#x}: {reason}"))
        self.channel.end_with(int(code), reason)

    def _malformed(self, stream_id: int, reason: str) -> None:
        stream = self.streams.get(stream_id)
        if stream is not None:
            stream.is_malformed(reason)

    def reset(self, stream_id: int, code: int) -> None:
        """The peer has broken off a critical stream, with *code*."""
        self._act(stream_id, lambda: self.machine.handle_event(StreamReset(error_code=code, stream_id=stream_id)))

    def begin(self, stream_id: int, stream: RequestStream) -> None:
        """A request stream has begun."""
        self.streams[stream_id] = stream
        self.begun += 1
        self._last_request = max(self._last_request, stream_id)

    def forget(self, stream_id: int) -> None:
        """A request stream is over."""
        self.streams.pop(stream_id, None)
        if self.channel.is_open:
            self.machine.forget(stream_id)

    def go_away(self, *, is_early: bool = False) -> None:
        """Tell the peer that no request behind those that have come will be answered (RFC 9114 5.2); *is_early*: that this will be told."""
        if self.channel.is_active:
            first = _LAST_ID if is_early else self._last_request + 4
            self._streams.control.write_and_flush(encode_frame(FrameType.GOAWAY, encode_uint_var(first)))

    def control_frames_came(self, reader: GoAwayReader, data: bytes) -> None:
        """Look for GOAWAY in what the machine has taken of a stream of the peer, which *reader* reads."""
        if self.channel.is_active:
            try:
                for first in reader.feed(data):
                    self.peer_goes_away(first)
            except GoAwayFrameError as error:
                self._break(ErrorCode.H3_FRAME_ERROR, str(error))

    def peer_goes_away(self, first: int) -> None:
        """The peer looks at no request, or push of ours, from *first* on: those that are there are told, and none begins any more."""
        before, self.goaway_received = self.goaway_received, first
        channel = self.channel
        if (before is not None and first > before) or (self.is_client and first & 3):
            self._break(ErrorCode.H3_ID_ERROR, f"GOAWAY with {first}" + ("" if before is None else f" behind one with {before}"))
            return
        if self.is_client:  # a server of ours pushes nothing
            error = Http3GoAwayError(first)
            blame_peer(error, channel)  # here: it ends several streams
            for stream_id, stream in list(self.streams.items()):
                if stream_id >= first or not stream.has_left:
                    stream.is_unheard(error)
        if channel.is_active:
            channel.run_in_context(channel.pipeline().fire_user_event_triggered, Http3GoAway(first))


CONNECTION: AttributeKey[Http3Connection] = AttributeKey("http3.connection")


def file_frame_head(size: int) -> bytes:
    """Return what stands in front of *size* bytes of content."""
    return encode_uint_var(FrameType.DATA) + encode_uint_var(size)


class Http3ConnectionHandler(ChannelHandler[Any]):
    """Makes HTTP/3 of a QUIC connection, in its pipeline; *new_stream* fills that of each stream that the peer opens for a request."""

    def __init__(self, config: Http3Config | None, new_stream: Callable[[Channel], object] | None) -> None:
        self._config = config or Http3Config()
        self._new_stream = new_stream

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        channel: Any = ctx.channel
        connection = Http3Connection(channel, self._config)
        ctx.channel.attr(CONNECTION).set(connection)
        channel.stream_handler = _Opened(connection, self._new_stream)
        return ctx.fire_channel_active()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        connection = ctx.channel.attr(CONNECTION).get()
        if event is DRAINING and connection is not None and self._new_stream is not None:
            connection.go_away(is_early=True)
        return ctx.fire_user_event_triggered(event)

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        """Tell the peer which requests are not answered any more, and close."""
        connection = ctx.channel.attr(CONNECTION).get()
        if connection is not None and self._new_stream is not None:
            connection.go_away()
        return ctx.close(promise)


@final
class _Opened(ChannelHandler[Any]):
    """The beginning of a stream of the peer: it becomes a critical one, or one of a request."""

    sharable = True

    def __init__(self, connection: Http3Connection, new_stream: Callable[[Channel], object] | None) -> None:
        self._connection = connection
        self._new_stream = new_stream

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        stream: Any = ctx.channel
        if stream.is_unidirectional:
            stream.is_critical = True
            ctx.pipeline.add_last(_CriticalStream(self._connection))
        elif self._new_stream is not None:
            self._new_stream(stream)
        else:  # RFC 9114 6.1: a server opens none
            self._connection.channel.end_with(int(ErrorCode.H3_STREAM_CREATION_ERROR), "a server opens no streams for requests")
        ctx.pipeline.remove(ctx.name)
        return None


@final
class _CriticalStream(ChannelHandler[Any]):
    """A stream of control or QPACK, of either side."""

    def __init__(self, connection: Http3Connection) -> None:
        self._connection = connection
        self._goaways = GoAwayReader()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        stream: Any = ctx.channel
        data = bytes(msg)
        self._connection.feed(stream.stream_id, data, is_last=False)
        self._connection.control_frames_came(self._goaways, data)
        return None

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any, /) -> Awaitable[None] | None:
        stream: Any = ctx.channel
        if stream.has_peer_ended and not stream.is_local:
            self._connection.feed(stream.stream_id, b"", is_last=True)
        return None

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        stream: Any = ctx.channel
        if stream.connection.is_active:
            self._connection.reset(stream.stream_id, getattr(error, "code", 0))
        return None
