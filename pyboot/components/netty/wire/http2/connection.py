"""Http2Connection: the machine of one connection: bytes in, frames out, and what has to be answered in `sender`.

Theory of operation. A frame goes three steps. It is read whole (`reader`). Then it is judged by itself, by its kind, and applied to the
connection: windows, settings, the stream that it names. What a handler may want to know of comes out as an `Http2Frame`; a head comes
out when its last CONTINUATION has come. What has to be answered, SETTINGS, PING, was answered by then.

Whose end it is (RFC 9113 5.4): an `Http2ConnectionError` has said GOAWAY, and nothing behind it is read; an `Http2StreamError` has reset
its stream, and reading goes on. Law 1. A header block is decoded whatever becomes of its stream, or the tables of both sides would
differ. Law 2. Content counts for the window of the connection whatever becomes of its stream, and is given back at once where nobody
will read it. Law 3. What a peer can make us do or keep is bounded by `Http2Config`, whatever it sends (see `limits`).
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from .config import Http2Config
from .errors import Http2ConnectionError, Http2ErrorCode, Http2StreamError
from .flow import ReceiveWindow
from .frame import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    PRIORITIZED,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    Http2DataFrame,
    Http2Frame,
    Http2GoAwayFrame,
    Http2Headers,
    Http2HeadersFrame,
    Http2PingFrame,
    Http2ResetFrame,
    Http2SettingsAckFrame,
    Http2SettingsFrame,
    Http2UnknownFrame,
    Http2WindowUpdateFrame,
)
from .header_block import HeaderBlock
from .heads import Head, MalformedHeadError, request_head, response_head, trailers_head
from .hpack_decoder import HpackDecoder
from .limits import Budget, calm
from .reader import Http2FrameReader, name_of_kind, number_at, wrong
from .sender import Http2Sender
from .settings import Http2Settings
from .state import CLOSED, HALF_CLOSED_REMOTE, RECV_END, RECV_HEADERS, RECV_RESET, SEND_END, SEND_HEADERS
from .streams import CONTENT, ENDED, HEAD, RESET_BY_PEER, RESET_BY_US, UNKNOWN, Http2Stream
from .writer import SETTINGS_ACK, ping_bytes, reset_bytes, window_update_bytes

__all__ = ["Http2Connection"]

_NO_ERROR: Final = int(Http2ErrorCode.NO_ERROR)
_PROTOCOL_ERROR: Final = int(Http2ErrorCode.PROTOCOL_ERROR)
_FLOW_CONTROL_ERROR: Final = int(Http2ErrorCode.FLOW_CONTROL_ERROR)
_STREAM_CLOSED: Final = int(Http2ErrorCode.STREAM_CLOSED)
_FRAME_SIZE_ERROR: Final = int(Http2ErrorCode.FRAME_SIZE_ERROR)
_REFUSED_STREAM: Final = int(Http2ErrorCode.REFUSED_STREAM)


@final
class Http2Connection(Http2FrameReader):
    """One side of a connection, with its limits; `begin` first. Set `sender.now` to the time before each chunk is fed."""

    def __init__(self, config: Http2Config | None = None, *, is_server: bool) -> None:
        rules = Http2Config() if config is None else config
        super().__init__(rules.max_frame_size, is_server)
        self.config = rules
        self.is_server = is_server
        self.sender = Http2Sender(rules, is_server)
        self.streams = self.sender.streams
        self.window = ReceiveWindow(rules.connection_window_size)
        self.is_broken = False
        self._decoder = HpackDecoder(rules.header_table_size, rules.max_headers, rules.max_header_fields)
        self._last_head: Head | None = None
        self._has_settings = False
        self._block = HeaderBlock(rules)
        self._empty_data: i64 = 0
        seconds = rules.budget_seconds
        self._resets_received = Budget("streams that the peer has opened and reset", rules.max_resets_received, seconds)
        self._resets_sent = Budget("streams that had to be reset", rules.max_resets_sent, seconds)
        self._pings = Budget("PING frames", rules.max_pings, seconds)
        self._settings = Budget("SETTINGS frames", rules.max_settings, seconds)
        self._ignored = Budget("frames that change nothing", rules.max_ignored, seconds)

    # Reading.

    def next_frame(self) -> Http2Frame | None:
        """The next frame that means something, or None if more bytes are needed.

        Raises `Http2StreamError`, behind which reading goes on, and `Http2ConnectionError`, behind which nothing is read.
        """
        # hot path: once for each frame.
        if self.is_broken:
            self._position = len(self._data)
            return None
        try:
            if self.sender.failure is not None:
                raise self.sender.failure
            while self._next_raw():
                frame = self._apply()
                if frame is not None:
                    return frame
            return None
        except Http2StreamError as error:
            self._fail_stream(error)
            raise
        except Http2ConnectionError as error:
            self._fail(error)
            raise

    def give_up(self, code: int, text: str) -> None:
        """Say GOAWAY for *code*, and read nothing more."""
        self._fail(Http2ConnectionError(code, text))

    def _fail(self, error: Http2ConnectionError) -> None:
        self.is_broken = True
        self._parts = []
        self._cumulated = 0
        self._block.drop()
        self._position = len(self._data)
        self.sender.go_away(error.code, error.text.encode("ascii", "replace")[:200])

    def _fail_stream(self, error: Http2StreamError) -> None:
        number = error.stream_id
        if number in self.streams.open:
            self.sender.reset(number, error.code)
        else:
            self.streams.remember(number, RESET_BY_US)
            self.sender.answer(reset_bytes(error.code, number))
        try:
            self._resets_sent.spend(self.sender.now)
            self._check_controls()
        except Http2ConnectionError as calmed:
            self._fail(calmed)
            raise calmed from None

    def _check_controls(self) -> None:
        if self.sender.controls > self.config.max_control_queue:
            raise calm(f"more than {self.config.max_control_queue} answers that the peer does not read")

    def is_between_frames(self) -> bool:
        return not self._block.is_under_way and bool(super().is_between_frames())

    def begun(self) -> object:
        return self._block.pieces if self._block.is_under_way else super().begun()

    def is_in_head(self) -> bool:
        """True if a head has begun that is not whole, or a frame that is no content."""
        return self._block.is_under_way or (self._cumulated > 0 and (self._whole == 0 or self.kind != DATA))

    def held_bytes(self) -> int:
        return int(super().held_bytes()) + int(self._block.size)

    # What a frame means.

    def _apply(self) -> Http2Frame | None:
        kind = self.kind
        if self._block.is_under_way:
            return self._continue_block()
        if not self._has_settings:
            if kind != SETTINGS or self.flags & ACK != 0:
                raise wrong(f"{name_of_kind(kind)} where SETTINGS was to come first")
            self._has_settings = True
        if kind == HEADERS:
            return self._headers()
        if kind == DATA:
            return self._data_frame()
        if kind == WINDOW_UPDATE:
            return self._window_update()
        if kind == RST_STREAM:
            return self._reset()
        if kind == SETTINGS:
            return self._settings_frame()
        if kind == PING:
            return self._ping()
        if kind == GOAWAY:
            return self._goaway()
        return self._rare(kind)

    def _rare(self, kind: i64) -> Http2Frame | None:
        if kind == PUSH_PROMISE:
            raise wrong("PUSH_PROMISE, which we have not allowed")
        if kind == CONTINUATION:
            raise wrong("CONTINUATION of no head")
        self._ignored.spend(self.sender.now)
        if kind == PRIORITY:
            self._needs_stream()
            if len(self.payload) != 5:
                raise Http2StreamError(int(self.stream_id), _FRAME_SIZE_ERROR, f"PRIORITY of {len(self.payload)} bytes, it has 5")
            if number_at(self.payload, 0) & 0x7FFFFFFF == self.stream_id:
                raise Http2StreamError(int(self.stream_id), _PROTOCOL_ERROR, "a stream that depends on itself")
            return None
        return Http2UnknownFrame(int(kind), int(self.flags), self.payload, int(self.stream_id))

    # Heads.

    def _headers(self) -> Http2Frame | None:
        # hot path: once for each request.
        self._needs_stream()
        payload = self.payload
        flags = self.flags
        if flags & PADDED != 0:
            payload = self._unpadded(payload)
        is_odd = False
        if flags & PRIORITIZED != 0:
            if len(payload) < 5:
                raise Http2ConnectionError(_FRAME_SIZE_ERROR, "HEADERS without the whole of its priority")
            is_odd = number_at(payload, 0) & 0x7FFFFFFF == self.stream_id
            payload = payload[5:]
        self._block.begin(self.stream_id, flags & END_STREAM != 0, is_odd)
        if flags & END_HEADERS != 0:
            return self._head(payload)
        self._block.hold(payload)
        return None

    def _continue_block(self) -> Http2Frame | None:
        block = self._block
        if self.kind != CONTINUATION or self.stream_id != block.stream_id:
            raise wrong(f"{name_of_kind(self.kind)} of stream {self.stream_id} within the head of stream {block.stream_id}")
        block.go_on(self.payload)
        return None if self.flags & END_HEADERS == 0 else self._head(block.take())

    def _head(self, block: bytes) -> Http2Frame | None:
        # hot path: once for each request.
        if len(block) > self.config.max_header_block:
            raise calm(f"a head of more than {self.config.max_header_block} bytes, compressed")
        number = self._block.stream_id
        fields = self._decoder.decode(block)  # law 1
        stream = self.streams.open.get(int(number))
        begins = stream is None
        if stream is None:
            stream = self._begun(number)
            if stream is None:
                return None
        elif stream.state == HALF_CLOSED_REMOTE:
            raise Http2StreamError(int(number), _STREAM_CLOSED, "a head behind the end of its stream")
        self.streams.move(stream, RECV_HEADERS)
        if self._block.is_odd:
            raise self._malformed(stream, "a stream that depends on itself")
        if self._decoder.excess is not None:
            self._refuse_long(stream, begins)
            return None
        if self._decoder.malformed is not None:
            raise self._malformed(stream, self._decoder.malformed)
        try:
            if stream.expects == CONTENT:
                if not self._block.ends:
                    raise MalformedHeadError("a head within the content, which does not end the stream")
                head = trailers_head(fields)
            elif self.is_server:
                known = self._last_head
                if known is None or not self._decoder.has_repeated:
                    self._last_head = None
                    head = self._last_head = request_head(fields)
                else:
                    head = known.copy()
            else:
                head = response_head(fields)
        except MalformedHeadError as error:
            raise self._malformed(stream, str(error)) from None
        return self._take_head(stream, head)

    def _take_head(self, stream: Http2Stream, head: Head) -> Http2Frame:
        headers = head.headers
        if stream.expects == HEAD:
            if 100 <= headers.status < 200:
                if self._block.ends:
                    raise self._malformed(stream, f"a stream that ends with status {headers.status}")
            else:
                stream.expects = CONTENT
                has_none = stream.is_head_request or headers.status == 204 or headers.status == 304
                stream.length = 0 if has_none else head.length
        if self._block.ends:
            self._end(stream)
        return Http2HeadersFrame(headers, self._block.ends, int(stream.number))

    def _end(self, stream: Http2Stream) -> None:
        if stream.length >= 0 and stream.received != stream.length:
            raise self._malformed(stream, f"content of {stream.received} bytes, content-length said {stream.length}")
        self.streams.move(stream, RECV_END)

    def _malformed(self, stream: Http2Stream, what: str) -> Http2StreamError:
        return Http2StreamError(int(stream.number), _PROTOCOL_ERROR, f"a malformed message: {what}")

    def _begun(self, number: i64) -> Http2Stream | None:
        """The stream that a head begins; None for one that is dropped. Raises for one that may not begin."""
        streams = self.streams
        if not self.is_server:
            if streams.is_of_peer(number) or streams.is_idle(number):
                raise wrong(f"HEADERS of stream {number}, which we have not opened")
        elif not streams.is_of_peer(number):
            raise wrong(f"HEADERS of stream {number}, a client's have odd numbers")
        elif number > streams.last_of_peer:
            sender = self.sender
            if sender.goaway_sent >= 0:
                self._ignored.spend(sender.now)  # the peer was told, and will try elsewhere (RFC 9113 6.8)
                streams.last_of_peer = number
                streams.remember(number, RESET_BY_US)  # so that its content is dropped as well
                return None
            if streams.by_peer >= self.config.max_concurrent_streams:
                streams.last_of_peer = number
                text = f"more than {self.config.max_concurrent_streams} streams at a time"
                raise Http2StreamError(int(number), _REFUSED_STREAM, text)
            return streams.begin(number, sender.peer.initial_window_size, self.config.initial_window_size)
        how = streams.how_ended(number)
        if how == RESET_BY_US:
            self._ignored.spend(self.sender.now)
            return None
        if how == ENDED:
            raise Http2ConnectionError(_STREAM_CLOSED, f"HEADERS of stream {number}, which has ended")
        if how == RESET_BY_PEER:
            raise Http2StreamError(int(number), _STREAM_CLOSED, "HEADERS of a stream that the peer has reset")
        raise wrong(f"HEADERS of stream {number} behind those of stream {streams.last_of_peer}")

    def _refuse_long(self, stream: Http2Stream, begins: bool) -> None:
        """Answer a request whose head is too long with 431 (RFC 6585); everything else of that kind is reset."""
        number = int(stream.number)
        text = self._decoder.excess or ""
        if not self.is_server or not begins:
            raise Http2StreamError(number, int(Http2ErrorCode.ENHANCE_YOUR_CALM), text)
        self.sender.headers(number, Http2Headers(status=431), True)
        raise Http2StreamError(number, _NO_ERROR, text)

    # Content.

    def _data_frame(self) -> Http2Frame | None:
        # hot path: once for each piece of content.
        self._needs_stream()
        payload = self.payload
        flow: i64 = len(payload)
        if self.flags & PADDED != 0:
            payload = self._unpadded(payload)
        number = self.stream_id
        ends = self.flags & END_STREAM != 0
        if self.streams.is_idle(number):
            raise wrong(f"DATA of stream {number}, which has not begun")
        if not self.window.take(flow):  # law 2
            raise Http2ConnectionError(_FLOW_CONTROL_ERROR, "more content than the window of the connection allows")
        if len(payload) == 0 and not ends:
            self._empty_data += 1
            if self._empty_data > self.config.max_empty_data:
                raise calm(f"more than {self.config.max_empty_data} empty DATA frames in a row")
        else:
            self._empty_data = 0
        stream = self.streams.open.get(int(number))
        if stream is None:
            self.consumed(0, flow)
            self._data_of_nobody(number)
            return None
        if stream.state == HALF_CLOSED_REMOTE or stream.expects == HEAD or not stream.receive.take(flow):
            self.consumed(0, flow)
            if stream.state == HALF_CLOSED_REMOTE:
                raise Http2StreamError(int(number), _STREAM_CLOSED, "content behind the end of its stream")
            if stream.expects == HEAD:
                raise self._malformed(stream, "content in front of its head")
            raise Http2StreamError(int(number), _FLOW_CONTROL_ERROR, "more content than the window of the stream allows")
        stream.received += len(payload)
        if stream.length >= 0 and stream.received > stream.length:
            self.consumed(0, flow)
            raise self._malformed(stream, f"content of at least {stream.received} bytes, content-length said {stream.length}")
        if ends:
            if stream.length >= 0 and stream.received != stream.length:
                self.consumed(0, flow)
            self._end(stream)
        return Http2DataFrame(payload, ends, int(number), int(flow))

    def _data_of_nobody(self, number: i64) -> None:
        how = self.streams.how_ended(number)
        if how == ENDED:
            raise Http2ConnectionError(_STREAM_CLOSED, f"DATA of stream {number}, which has ended")
        if how in (RESET_BY_PEER, UNKNOWN):
            raise Http2StreamError(int(number), _STREAM_CLOSED, "content of a stream that is over")
        self._ignored.spend(self.sender.now)

    def consumed(self, stream_id: int, size: i64) -> None:
        """Give *size* bytes of the peer's windows back: of the connection, and of a stream that is not over."""
        # hot path: once for each stream that content came for in a read.
        increment = self.window.consumed(size)
        if increment:
            self.sender.output.append(window_update_bytes(increment, 0))
        if stream_id:
            stream = self.streams.open.get(stream_id)
            if stream is not None and stream.state != HALF_CLOSED_REMOTE:
                increment = stream.receive.consumed(size)
                if increment:
                    self.sender.output.append(window_update_bytes(increment, stream_id))

    # The rest.

    def _window_update(self) -> Http2Frame | None:
        self._needs_size(4)
        number = self.stream_id
        increment = int(number_at(self.payload, 0) & 0x7FFFFFFF)
        if number == 0:
            if increment == 0:
                raise wrong("WINDOW_UPDATE of 0 bytes")
            if not self.sender.window.grow(increment):
                raise Http2ConnectionError(_FLOW_CONTROL_ERROR, "a window of the connection beyond 2**31-1 bytes")
            return Http2WindowUpdateFrame(increment)
        if self.streams.is_idle(number):
            raise wrong(f"WINDOW_UPDATE of stream {number}, which has not begun")
        stream = self.streams.open.get(int(number))
        if stream is None:
            self._ignored.spend(self.sender.now)
            return None
        if increment == 0:
            raise Http2StreamError(int(number), _PROTOCOL_ERROR, "WINDOW_UPDATE of 0 bytes")
        if not stream.send.grow(increment):
            raise Http2StreamError(int(number), _FLOW_CONTROL_ERROR, "a window beyond 2**31-1 bytes")
        return Http2WindowUpdateFrame(increment, int(number))

    def _reset(self) -> Http2Frame | None:
        self._needs_stream()
        self._needs_size(4)
        number = self.stream_id
        if self.streams.is_idle(number):
            raise wrong(f"RST_STREAM of stream {number}, which has not begun")
        stream = self.streams.open.get(int(number))
        if self.is_server:
            self._resets_received.spend(self.sender.now)
        if stream is None:
            self._ignored.spend(self.sender.now)
            return None
        self.streams.move(stream, RECV_RESET, RESET_BY_PEER)
        return Http2ResetFrame(int(number_at(self.payload, 0)), int(number))

    def _settings_frame(self) -> Http2Frame:
        self._needs_connection()
        if self.flags & ACK != 0:
            self._needs_size(0)
            return Http2SettingsAckFrame()
        payload = self.payload
        self._settings.spend(self.sender.now)
        if len(payload) % 6 != 0:
            raise Http2ConnectionError(_FRAME_SIZE_ERROR, f"SETTINGS of {len(payload)} bytes, allowed is a multiple of 6")
        if len(payload) > 6 * self.config.max_settings_in_frame:
            raise calm(f"{len(payload) // 6} settings in a frame, allowed are {self.config.max_settings_in_frame}")
        told: dict[int, int] = {}
        for at in range(0, len(payload), 6):
            told[int.from_bytes(payload[at : at + 2], "big")] = int.from_bytes(payload[at + 2 : at + 6], "big")
        if not self.sender.apply(told):
            raise Http2ConnectionError(_FLOW_CONTROL_ERROR, "a window beyond 2**31-1 bytes, by a new initial size")
        self.sender.answer(SETTINGS_ACK)
        self._check_controls()
        return Http2SettingsFrame(Http2Settings(told))

    def _ping(self) -> Http2Frame:
        self._needs_connection()
        self._needs_size(8)
        is_ack = self.flags & ACK != 0
        self._pings.spend(self.sender.now)
        if not is_ack:
            self.sender.answer(ping_bytes(self.payload, True))
            self._check_controls()
        else:
            self.sender.has_heard(self.payload)
        return Http2PingFrame(self.payload, is_ack)

    def _goaway(self) -> Http2Frame:
        self._needs_connection()
        payload = self.payload
        if len(payload) < 8:
            raise Http2ConnectionError(_FRAME_SIZE_ERROR, f"GOAWAY of {len(payload)} bytes, it has at least 8")
        self._ignored.spend(self.sender.now)
        last = number_at(payload, 0) & 0x7FFFFFFF
        self.sender.goaway_received = last
        self.streams.drop_behind(last)
        return Http2GoAwayFrame(int(number_at(payload, 4)), payload[8:], int(last))

    # Asked for by whoever has the connection.

    def is_over(self, stream_id: int) -> bool:
        """True if the stream has ended, or was reset."""
        stream = self.streams.open.get(stream_id)
        return stream is None or stream.state == CLOSED

    def upgrade(self, settings: dict[int, int], *, is_head: bool = False) -> None:
        """Begin with stream 1, whose request came by HTTP/1.1 (RFC 7540 3.2): with a client's *settings*, or awaiting a response."""
        if self.is_server:
            self.sender.apply(settings)
            stream = self.streams.begin(1, self.sender.peer.initial_window_size, self.config.initial_window_size)
            stream.expects = CONTENT
            self.streams.move(stream, RECV_HEADERS)
            self.streams.move(stream, RECV_END)
        else:
            stream = self.streams.begin(1, self.sender.peer.initial_window_size, self.config.initial_window_size)
            stream.is_head_request = is_head
            self.streams.move(stream, SEND_HEADERS)
            self.streams.move(stream, SEND_END)
