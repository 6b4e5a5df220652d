"""Http2Sender: what goes out of one connection: frames that we want to send, and those that answer the peer's.

What is to be sent gathers in `output`, in its order, until whoever has the connection takes it (`take`). Content takes of the windows; what
has no room is left with the caller, who tries again when the peer makes some.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.http.errors import HttpEncoderError

from .config import Http2Config
from .errors import Http2ErrorCode, Http2NoMoreStreamIdsError
from .flow import SendWindow
from .frame import PREFACE, Http2Headers
from .header_table import Field
from .heads import fields_of
from .hpack_encoder import HpackEncoder
from .limits import Budget
from .settings import (
    DEFAULT_WINDOW,
    ENABLE_PUSH,
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    LARGEST_WINDOW,
    MAX_CONCURRENT_STREAMS,
    MAX_FRAME_SIZE,
    MAX_HEADER_LIST_SIZE,
    Http2Settings,
)
from .state import HALF_CLOSED_REMOTE, OPEN, SEND_END, SEND_HEADERS, SEND_RESET
from .streams import LARGEST_STREAM_ID, RESET_BY_US, Http2Stream, Http2Streams
from .writer import data_head, goaway_bytes, head_frames, ping_bytes, reset_bytes, settings_bytes, window_update_bytes

__all__ = ["Http2Sender"]

# Of the PING that tells when the peer has heard of the end of a connection.
_DRAINING: Final = b"drained?"

# A frame of content that is shorter than this, because the peer's window is, costs more than it carries.
_SMALL: Final = 256


@final
class Http2Sender:
    """The outgoing half of a connection: its streams, the peer's settings and windows, and what is to be sent."""

    def __init__(self, config: Http2Config, is_server: bool) -> None:
        self.config = config
        self.is_server = is_server
        self.streams = Http2Streams(is_server)
        self.peer = Http2Settings()
        self.window = SendWindow(DEFAULT_WINDOW)
        self.max_frame: i64 = self.peer.max_frame_size
        self.output: list[bytes | memoryview] = []
        self.held: i64 = 0  # bytes of content in it
        self.controls: i64 = 0  # answers since the network last had taken everything
        self.now = 0.0  # by the clock of whoever has the connection
        self.failure: Exception | None = None  # of what was sent, for the next read to raise
        self.goaway_sent: i64 = -1  # the last stream that the peer was told of
        self.goaway_received: i64 = -1
        self.is_draining = False
        self._encoder = HpackEncoder()
        self._small = Budget("frames of less than 256 bytes for a small window", config.max_small_frames, config.budget_seconds)

    def begin(self) -> None:
        """Send what a connection begins with: our settings, a client's preface in front of them."""
        config = self.config
        if not self.is_server:
            self.output.append(PREFACE)
        values = {
            HEADER_TABLE_SIZE: config.header_table_size,
            INITIAL_WINDOW_SIZE: config.initial_window_size,
            MAX_FRAME_SIZE: config.max_frame_size,
            MAX_HEADER_LIST_SIZE: config.max_headers,
        }
        values.update({MAX_CONCURRENT_STREAMS: config.max_concurrent_streams} if self.is_server else {ENABLE_PUSH: 0})
        self.output.append(settings_bytes(values))
        more = config.connection_window_size - DEFAULT_WINDOW
        if more:
            self.output.append(window_update_bytes(more, 0))

    def take(self) -> bytes:
        """Take all that is to be sent."""
        # hot path: once for each read of the connection.
        output = self.output
        if not output:
            return b""
        self.output = []
        self.held = 0
        return b"".join(output)

    def apply(self, told: dict[int, int]) -> bool:
        """Keep to the peer's new settings; False where a window grows beyond its bounds. Raises `Http2ConnectionError`."""
        before = self.peer.initial_window_size
        self.peer.update(told)
        self.max_frame = self.peer.max_frame_size
        if HEADER_TABLE_SIZE in told:
            self._encoder.resize(self.peer.header_table_size)
        delta = self.peer.initial_window_size - before
        return delta == 0 or all(stream.send.grow(delta) for stream in self.streams.open.values())

    # Streams.

    def may_open(self, others: int) -> bool:
        """True if a stream of ours may begin now, beside *others* that are about to: the peer allows it, and has not said good-bye."""
        most = self.peer.max_concurrent_streams
        ours = len(self.streams.open) - self.streams.by_peer + others
        return self.goaway_received < 0 and (most is None or ours < most) and self.has_numbers(others)

    def has_numbers(self, others: int) -> bool:
        """True if there is a number for another stream of ours, beside *others*: none is used twice (RFC 9113 5.1.1)."""
        return self.streams.next_of_ours + 2 * others <= LARGEST_STREAM_ID

    def next_stream_id(self) -> int:
        """The number of the stream that the next head without one opens."""
        return int(self.streams.next_of_ours)

    def headers(self, stream_id: int, headers: Http2Headers, end_stream: bool) -> None:
        """Send a head, or trailers. A number that is free opens a stream.

        Raises `HttpEncoderError` for a head that HTTP/2 does not have, or that comes out of turn: nothing is sent then.
        """
        self.head(stream_id, fields_of(headers), end_stream, is_head_request=headers.method == "HEAD")

    def head(self, stream_id: int, fields: list[Field], end_stream: bool, *, is_head_request: bool) -> None:
        """Send the *fields* of a head that were judged before, as `headers` does."""
        # hot path: once for each head that leaves.
        stream = self.streams.open.get(stream_id)
        if stream is None:
            stream = self._opened(stream_id)
        elif stream.state != OPEN and stream.state != HALF_CLOSED_REMOTE:
            raise HttpEncoderError(f"a head behind the end of stream {stream_id}")
        if is_head_request:
            stream.is_head_request = True
        self.output.append(head_frames(self._encoder.encode(fields), end_stream, stream_id, self.max_frame))
        self.streams.move(stream, SEND_HEADERS)
        if end_stream:
            self.streams.move(stream, SEND_END)

    def _opened(self, stream_id: int) -> Http2Stream:
        streams = self.streams
        if stream_id != streams.next_of_ours:
            raise HttpEncoderError(f"stream {stream_id} is over, or is not ours to open; the next is {streams.next_of_ours}")
        if stream_id > LARGEST_STREAM_ID:
            raise Http2NoMoreStreamIdsError
        return streams.begin(stream_id, self.peer.initial_window_size, self.config.initial_window_size)

    def data(self, stream_id: int, content: bytes | memoryview, end_stream: bool) -> int:
        """Send *content* as far as the windows have room, and the end behind the last of it; gives how many bytes that were."""
        # hot path: once for each flush of a stream.
        stream = self.streams.open.get(stream_id)
        if stream is None or (stream.state != OPEN and stream.state != HALF_CLOSED_REMOTE):
            raise HttpEncoderError(f"content of stream {stream_id}, which is over")
        size: i64 = len(content)
        sent: i64 = 0
        while True:
            room: i64 = min(stream.send.left, self.window.left, self.max_frame)
            piece: i64 = max(min(size - sent, room), 0)
            if piece == 0 and sent < size:
                break
            is_last = end_stream and sent + piece == size
            if piece == 0 and not is_last:
                break
            self.output.append(data_head(piece, is_last, stream_id))
            if piece:
                self.output.append(content if piece == size else content[sent : sent + piece])
            sent += piece
            self.held += piece
            stream.send.left -= piece
            self.window.left -= piece
            if is_last:
                self.streams.move(stream, SEND_END)
                break
            if sent < size and piece < _SMALL:
                self._note_small()
            if sent >= size:
                break
        return int(sent)

    def _note_small(self) -> None:
        try:
            self._small.spend(self.now)
        except Exception as error:  # noqa: BLE001  # whoever writes is not to blame: the next read of the connection raises it
            self.failure = error

    def reset(self, stream_id: int, code: int) -> None:
        """End a stream now; harmless for one that is over."""
        stream = self.streams.open.get(stream_id)
        if stream is None:
            return
        self.streams.move(stream, SEND_RESET, RESET_BY_US)
        self.answer(reset_bytes(code, stream_id))

    # The connection.

    def answer(self, frame: bytes) -> None:
        """Send a frame that a frame of the peer has caused."""
        self.output.append(frame)
        self.controls += 1

    def ping(self, content: bytes) -> None:
        """Send PING; the peer sends its eight bytes back. Raises `HttpEncoderError` for another number of bytes."""
        if len(content) != 8:
            raise HttpEncoderError(f"a PING of {len(content)} bytes, it has 8")
        self.output.append(ping_bytes(content, False))

    def go_away(self, code: int, debug: bytes = b"") -> None:
        """Say that no stream begins any more; those that have begun go on. Said again only with an error."""
        self.is_draining = False
        if self.goaway_sent < 0 or code != Http2ErrorCode.NO_ERROR:
            if self.goaway_sent < 0:
                self.goaway_sent = self.streams.last_of_peer
            self.output.append(goaway_bytes(int(self.goaway_sent), code, debug))

    def drain(self, *, is_early: bool = False) -> bool:
        """Say that the connection is about to end, and ask whether the peer has heard it; True if that is to be waited for.

        What the peer began before it heard is still served: the last stream is named when it answers (RFC 9113 6.8). A side whose peer
        begins no streams, or has not begun any, says GOAWAY and is done; *is_early*: it may still begin the first, for the end is later.
        """
        if self.is_draining:
            return True
        if not self.is_server or (self.streams.last_of_peer == 0 and not is_early) or self.goaway_sent >= 0:
            self.go_away(Http2ErrorCode.NO_ERROR)
            return False
        self.is_draining = True
        self.output.append(goaway_bytes(LARGEST_WINDOW, Http2ErrorCode.NO_ERROR, b""))
        self.output.append(ping_bytes(_DRAINING, False))
        return True

    def has_heard(self, content: bytes) -> None:
        """The peer has answered a PING."""
        if self.is_draining and content == _DRAINING:
            self.go_away(Http2ErrorCode.NO_ERROR)
