"""The bytes of a peer as WebSocket frames, and whatever breaks the protocol refused as soon as it can be seen.

Theory of operation. A frame that lies whole within a chunk and is a message of its own costs one look at its head, one unmasking and one
object: `next_frame`. All others go the long way, which is a machine of three phases::

    HEAD  --head whole-->  PAYLOAD  --payload whole-->  HEAD
      \\______ a frame that closes, or one that is wrong ______> ENDED, where bytes are dropped

Laws. (1) A head is judged byte by byte as it arrives: reserved bits and opcode with the first, masking and length with the second, a
length that is not minimal or too large with its last; so nothing is allocated for a frame that will be refused, and its refusal does not
wait for it. (2) A payload is unmasked as it arrives and lies in one block that grows by what has arrived, never by what was declared.
(3) Text is judged as it arrives too, across frames; compressed text when its frame is whole. (4) A message is bounded as a frame is: by
its bytes, those that it inflates to, and by the number of its frames. (5) An error is the last thing that a reader gives.

Source: RFC 6455, 5 and 8.1; RFC 7692, 6.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.reader import FrameReader

from .close_status import WebSocketCloseStatus, may_be_sent
from .deflate import Inflater
from .errors import CorruptedWebSocketFrameError
from .frame import (
    BINARY,
    CLOSE,
    CONTINUATION,
    MAX_CONTROL_BYTES,
    PING,
    PONG,
    TEXT,
    BinaryWebSocketFrame,
    CloseWebSocketFrame,
    ContinuationWebSocketFrame,
    PingWebSocketFrame,
    PongWebSocketFrame,
    TextWebSocketFrame,
    WebSocketFrame,
)
from .mask import unmask
from .utf8 import Utf8Validator

__all__ = ["WebSocketFrameReader"]

_HEAD: Final = 0
_PAYLOAD: Final = 1
_ENDED: Final = 2

_PROTOCOL_ERROR: Final = int(WebSocketCloseStatus.PROTOCOL_ERROR)
_INVALID_DATA: Final = int(WebSocketCloseStatus.INVALID_PAYLOAD_DATA)
_TOO_BIG: Final = int(WebSocketCloseStatus.MESSAGE_TOO_BIG)
_NO_STATUS: Final = int(WebSocketCloseStatus.NO_STATUS_RECEIVED)

_NAMES: Final = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}


@final
class WebSocketFrameReader(FrameReader):
    """Cuts a stream of chunks into `WebSocketFrame`: `feed` a chunk, then `next_frame` until it gives None.

    What is wrong raises `CorruptedWebSocketFrameError`, which knows the close code to answer with; everything behind it, and behind a
    close frame, is dropped.

    Args:
        masked: whether the peer masks, that is, whether it is the client.
        max_frame_bytes: longest payload of one frame.
        max_message_bytes: most bytes of a message, inflated ones of a compressed message.
        max_fragments: most frames of a message.
        inflater: of the extension that was agreed upon, if any.

    Raises:
        ValueError: for a limit below 1.
    """

    def __init__(
        self,
        *,
        masked: bool,
        max_frame_bytes: int = 1024 * 1024,
        max_message_bytes: int = 1024 * 1024,
        max_fragments: int = 1024,
        inflater: Inflater | None = None,
    ) -> None:
        super().__init__()
        if min(max_frame_bytes, max_message_bytes, max_fragments) < 1:
            raise ValueError(
                f"max_frame_bytes {max_frame_bytes}, max_message_bytes {max_message_bytes}, max_fragments {max_fragments}: "
                "each must be at least 1"
            )
        self._mask_bit: i64 = 0x80 if masked else 0
        self._key_bytes: i64 = 4 if masked else 0
        self._max_frame: i64 = max_frame_bytes
        self._max_message: i64 = max_message_bytes
        self._max_whole: i64 = min(max_frame_bytes, max_message_bytes)
        self._max_fragments: i64 = max_fragments
        self.fed = 0  # chunks that have come, for whoever asks whether the peer lives
        self._inflater = inflater
        self._utf8 = Utf8Validator()
        self._phase: i64 = _HEAD
        self._pending = b""  # of a head that is not whole
        # The message under way, if it began with a frame that was not final.
        self._message: i64 = 0  # its opcode, or 0
        self._is_deflated = False
        self._message_bytes: i64 = 0
        self._fragments: i64 = 0
        # The frame under way.
        self._head = b""
        self._left: i64 = 0  # bytes of its payload that are still to come
        self._key = b""  # turned so that its first byte belongs to the next one of them
        self._payload = bytearray()

    def feed(self, data: bytes) -> None:
        self.fed += 1
        if self._pending:
            data = self._pending + data
            self._pending = b""
        self._data = data
        self._position = 0

    def next_frame(self) -> WebSocketFrame | None:
        """The next whole frame, or None if more bytes are needed; raises what is wrong with one, at the first byte that shows it."""
        # hot path: once for each frame (tests/bench/test_websocket.py).
        data = self._data
        at = self._position
        available = len(data) - at
        if available >= 2 and self._phase == _HEAD and self._message == 0:
            first: i64 = data[at]
            if first == 0x81 or first == 0x82:  # final, and text or binary
                second: i64 = data[at + 1]
                size = second - self._mask_bit  # below 0, or above 127, for masking that is wrong
                start = at + 2
                if size == 126 and available >= 4:
                    upper: i64 = data[at + 2]
                    lower: i64 = data[at + 3]
                    size = (upper << 8) | lower
                    start += 2
                    if size < 126:
                        size = -1
                elif size >= 126:
                    size = -1
                start += self._key_bytes
                stop = start + size
                if size >= 0 and size <= self._max_whole and stop <= len(data):
                    content = unmask(data, start, size, data[start - 4 : start]) if self._mask_bit != 0 else data[start:stop]
                    self._position = stop
                    if first == 0x82:
                        return BinaryWebSocketFrame(content)
                    try:
                        return TextWebSocketFrame(content.decode(), True, 0, content)
                    except UnicodeDecodeError:
                        raise self._refuse(_INVALID_DATA, "text that is not UTF-8") from None
        return self._next_of_any_form()

    def unread(self) -> bytes:
        rest = self._data[self._position :]
        if self._phase == _PAYLOAD:
            payload = bytes(self._payload)
            rest = self._head + (unmask(payload, 0, len(payload), self._head[-4:]) if self._mask_bit else payload) + rest
            self._payload = bytearray()
            self._phase = _HEAD
        rest = self._pending + rest
        self._pending = b""
        self._position = len(self._data)
        return rest

    def is_between_frames(self) -> bool:
        return self._phase == _ENDED or (self._phase == _HEAD and not self._pending and self._message == 0 and super().is_between_frames())

    def held_bytes(self) -> int:
        return int(super().held_bytes()) + len(self._pending) + len(self._payload)

    # Frames of any form.

    def _next_of_any_form(self) -> WebSocketFrame | None:
        if self._phase == _HEAD and not self._read_head():
            return None
        if self._phase == _PAYLOAD and self._read_payload():
            return self._frame()
        if self._phase == _ENDED:
            self._position = len(self._data)
        return None

    def _read_head(self) -> bool:
        """Read a head, judging each byte that is there; False if it is not whole."""
        data = self._data
        at = self._position
        available = len(data) - at
        if available == 0:
            return False
        first: i64 = data[at]
        self._judge_first(first)
        if available >= 2:
            second: i64 = data[at + 1]
            if second & 0x80 != self._mask_bit:
                raise self._refuse(_PROTOCOL_ERROR, "a frame that is not masked" if self._mask_bit else "a masked frame")
            size = second & 0x7F
            if first & 8 and size > MAX_CONTROL_BYTES:
                raise self._refuse(_PROTOCOL_ERROR, f"a {_NAMES[first & 0xF]} frame of more than {MAX_CONTROL_BYTES} bytes")
            extra: i64 = 2 if size == 126 else 8 if size == 127 else 0
            if available >= 2 + extra:
                if extra:
                    size = self._long_size(data[at + 2 : at + 2 + extra])
                self._judge_size(first, size)
                whole = 2 + extra + self._key_bytes
                if available >= whole:
                    self._head = data[at : at + whole]
                    self._key = data[at + whole - 4 : at + whole] if self._mask_bit else b""
                    self._left = size
                    self._position = at + whole
                    self._phase = _PAYLOAD
                    return True
        self._pending = data if at == 0 else data[at:]
        self._position = len(data)
        return False

    def _judge_first(self, first: i64) -> None:
        opcode = first & 0xF
        is_final = first & 0x80 != 0
        reserved = first & 0x70
        if opcode not in _NAMES:
            raise self._refuse(_PROTOCOL_ERROR, f"opcode {opcode}, which is reserved")
        if reserved and not (reserved == 0x40 and self._inflater is not None and (opcode in (TEXT, BINARY))):
            raise self._refuse(_PROTOCOL_ERROR, f"reserved bits {reserved >> 4} in a {_NAMES[opcode]} frame, for which nothing was agreed")
        if opcode >= CLOSE:
            if not is_final:
                raise self._refuse(_PROTOCOL_ERROR, f"a {_NAMES[opcode]} frame in fragments")
        elif opcode == CONTINUATION:
            if self._message == 0:
                raise self._refuse(_PROTOCOL_ERROR, "a continuation of no message")
        elif self._message != 0:
            raise self._refuse(_PROTOCOL_ERROR, f"a {_NAMES[opcode]} frame within a {_NAMES[self._message]} message")

    def _long_size(self, digits: bytes) -> i64:
        size = int.from_bytes(digits, "big")
        if size < (126 if len(digits) == 2 else 65536):
            raise self._refuse(_PROTOCOL_ERROR, f"length {size} in {len(digits)} bytes, where fewer hold it")
        if size >= 1 << 63:
            raise self._refuse(_PROTOCOL_ERROR, "a length with its highest bit set")
        return size

    def _judge_size(self, first: i64, size: i64) -> None:
        if first & 8:
            return
        if size > self._max_frame:
            raise self._refuse(_TOO_BIG, f"a frame of {size} bytes, allowed are {self._max_frame}")
        if self._message != 0:
            if self._fragments >= self._max_fragments:
                raise self._refuse(_TOO_BIG, f"a message of more than {self._max_fragments} frames")
            if not self._is_deflated and self._message_bytes + size > self._max_message:
                raise self._refuse(_TOO_BIG, f"a message of at least {self._message_bytes + size} bytes, allowed are {self._max_message}")
        elif first & 0x40 == 0 and size > self._max_message:
            raise self._refuse(_TOO_BIG, f"a message of at least {size} bytes, allowed are {self._max_message}")

    def _read_payload(self) -> bool:
        """Take what has arrived of the payload; True if that is all of it."""
        size = min(self._left, len(self._data) - self._position)
        if size > 0:
            start = self._position
            if self._mask_bit:
                piece = unmask(self._data, start, size, self._key)
                turn = size & 3
                if turn:
                    self._key = self._key[turn:] + self._key[:turn]
            else:
                piece = self._data[start : start + size]
            self._position = start + size
            self._left -= size
            self._payload += piece
        else:
            piece = b""
        first: i64 = self._head[0]
        if first & 8 == 0 and first & 0x40 == 0 and not self._is_deflated and (first & 0xF == TEXT or self._message == TEXT):
            self._judge_text(piece, first & 0x80 != 0 and self._left == 0)
        return self._left == 0

    def _judge_text(self, piece: bytes, is_last: bool) -> None:
        if not self._utf8.is_valid(piece, is_last):
            raise self._refuse(_INVALID_DATA, "text that is not UTF-8")

    def _frame(self) -> WebSocketFrame | None:
        """The frame whose payload is whole."""
        first: i64 = self._head[0]
        content = bytes(self._payload)
        self._payload = bytearray()
        self._phase = _HEAD
        opcode = first & 0xF
        if opcode == CLOSE:
            return self._close(content)
        if opcode == PING:
            return PingWebSocketFrame(content)
        if opcode == PONG:
            return PongWebSocketFrame(content)
        return self._data_frame(opcode, first & 0x80 != 0, first & 0x40 != 0, content)

    def _data_frame(self, opcode: i64, is_final: bool, begins_deflated: bool, content: bytes) -> WebSocketFrame:
        kind = opcode
        if opcode == CONTINUATION:
            kind = self._message
        else:
            self._is_deflated = begins_deflated
            self._message_bytes = 0
            self._fragments = 0
        if self._is_deflated:
            content = self._inflated(content, is_final)
            if kind == TEXT:
                self._judge_text(content, is_final)
        self._fragments += 1
        self._message_bytes += len(content)
        self._message = 0 if is_final else kind
        if is_final:
            self._is_deflated = False
        if opcode == TEXT:
            return TextWebSocketFrame(content, is_final)
        return BinaryWebSocketFrame(content, is_final) if opcode == BINARY else ContinuationWebSocketFrame(content, is_final)

    def _inflated(self, content: bytes, is_last: bool) -> bytes:
        inflater = self._inflater
        assert inflater is not None
        try:
            out = inflater.inflate(content, is_last, int(self._max_message - self._message_bytes))
        except ValueError as error:
            raise self._refuse(_INVALID_DATA, f"compressed data that cannot be inflated: {error}") from error
        if out is None:
            raise self._refuse(_TOO_BIG, f"a compressed message of more than {self._max_message} bytes")
        return out

    def _close(self, content: bytes) -> WebSocketFrame:
        if not content:
            self._phase = _ENDED
            return CloseWebSocketFrame(_NO_STATUS)
        if len(content) == 1:
            raise self._refuse(_PROTOCOL_ERROR, "a close frame with half a code")
        code = int.from_bytes(content[:2], "big")
        if not may_be_sent(code):
            raise self._refuse(_PROTOCOL_ERROR, f"close code {code}, which no frame may have")
        try:
            reason = content[2:].decode()
        except UnicodeDecodeError:
            raise self._refuse(_INVALID_DATA, "a close reason that is not UTF-8") from None
        self._phase = _ENDED
        return CloseWebSocketFrame(code, reason)

    def _refuse(self, code: int, seen: str) -> CorruptedWebSocketFrameError:
        """End the stream, of which nothing more can be made; return what to raise."""
        self._phase = _ENDED
        self._position = len(self._data)
        self._pending = b""
        self._payload = bytearray()
        return CorruptedWebSocketFrameError(code, seen)
