"""Frames as the bytes of a peer: head, key if this side masks, payload. Source: RFC 6455, 5.2 and 5.3."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.errors import EncoderError

from .deflate import Deflater
from .frame import BINARY, CONTINUATION, TEXT, WebSocketFrame
from .mask import unmask

__all__ = ["WebSocketFrameWriter"]

# Heads of short whole messages, the common ones, ready made; lengths of two bytes are put together from two tables.
_SHORT_TEXT: Final = [bytes((0x81, size)) for size in range(126)]
_SHORT_BINARY: Final = [bytes((0x82, size)) for size in range(126)]
_UPPER: Final = [bytes((size,)) for size in range(256)]

# Keys come from the system's generator (5.3: strong entropy), so many at a time, for each question is a system call.
_KEYS: Final = 256


@final
class WebSocketFrameWriter:
    """Makes the bytes of frames, and holds this side to the order of fragments.

    Args:
        masked: whether this side masks, that is, whether it is the client.
        deflater: of the extension that was agreed upon, if any.
        random_bytes: gives so many random bytes, for keys.
    """

    def __init__(self, *, masked: bool, deflater: Deflater | None = None, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._masked = masked
        self._deflater = deflater
        self._random_bytes = random_bytes
        self._keys = b""
        self._at: i64 = 0  # of the next key
        self._message: i64 = 0  # opcode of the message under way, if a frame that was not final began it
        self._is_deflated = False

    def encode(self, frame: WebSocketFrame) -> tuple[bytes, bytes]:
        """The bytes of *frame*: what stands in front of its payload, and the payload, masked if this side masks.

        Raises:
            EncoderError: for a frame out of order, and for text that has no UTF-8.
        """
        # hot path: once for each frame (tests/bench/test_websocket.py).
        head: i64 = frame.head
        try:
            content = frame.content
        except UnicodeEncodeError as error:
            raise EncoderError(f"text frame whose text has no UTF-8: {error}") from error
        if head & 8 == 0:
            if (head != 0x81 and head != 0x82) or self._message != 0:
                self._advance(frame)
            if self._deflater is not None:
                head, content = self._deflated(self._deflater, head, content)
        size: i64 = len(content)
        mask_bit: i64 = 0x80 if self._masked else 0
        if size < 126:
            if mask_bit == 0 and head == 0x81:
                return _SHORT_TEXT[size], content
            if mask_bit == 0 and head == 0x82:
                return _SHORT_BINARY[size], content
            prefix = _UPPER[head] + _UPPER[size | mask_bit]
        elif size < 65536:
            prefix = _UPPER[head] + _UPPER[126 | mask_bit] + _UPPER[size >> 8] + _UPPER[size & 255]
        else:
            prefix = _UPPER[head] + _UPPER[127 | mask_bit] + int(size).to_bytes(8, "big")
        if mask_bit == 0:
            return prefix, content
        key = self._next_key()
        return prefix + key, unmask(content, 0, size, key)

    def _advance(self, frame: WebSocketFrame) -> None:
        """Note that the data frame *frame* leaves, in its order."""
        if frame.opcode == CONTINUATION:
            if self._message == 0:
                raise EncoderError("a continuation of no message: a text or binary frame that is not final comes first")
        elif self._message != 0:
            raise EncoderError(
                f"{type(frame).__name__} within a message whose last frame is still to come: write a ContinuationWebSocketFrame"
            )
        self._message = 0 if frame.is_final else (self._message or frame.opcode)

    def _deflated(self, deflater: Deflater, head: i64, content: bytes) -> tuple[i64, bytes]:
        """The head and the payload of a data frame once the extension has had it."""
        opcode = head & 0xF
        is_final = head & 0x80 != 0
        if opcode in (TEXT, BINARY):
            self._is_deflated = deflater.takes(len(content), is_final) and head & 0x70 == 0
            if not self._is_deflated:
                return head, content
            head |= 0x40
        elif not self._is_deflated:
            return head, content
        return head, deflater.deflate(content, is_final)

    def _next_key(self) -> bytes:
        if self._at >= len(self._keys):
            self._keys = self._random_bytes(4 * _KEYS)
            self._at = 0
        at = self._at
        self._at = at + 4
        return self._keys[at : at + 4]
