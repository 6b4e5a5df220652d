"""The bytes of a peer as messages of memcache's binary protocol. Source: Netty's ``AbstractBinaryMemcacheDecoder``.

::

    80 00 00 01 00 00 00 00 00 00 00 01 00 00 00 07 00*8 | "a"      -->      BinaryMemcacheRequest(GET, b'a', opaque=7)

Laws. (1) A head is judged when its 24 bytes are here, its magic with the first: what its lengths say must fit in each other and in the
limits, so nothing is kept of a message that will be refused. (2) An error is the last thing that a reader gives: lengths are the only sign
of where the next message begins, and a peer that lies about one could have its value read as a message.
"""

from __future__ import annotations

import struct
from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.reader import FrameReader

from .binary_message import BinaryMemcacheMessage, BinaryMemcacheRequest, BinaryMemcacheResponse
from .config import MemcacheDecoderConfig
from .errors import CorruptedMemcacheMessageError, MemcacheLimitError

__all__ = ["BinaryMemcacheReader"]

REQUEST: Final = 0x80
RESPONSE: Final = 0x81
HEAD: Final = struct.Struct(">BBHBBHIIQ")
_HEAD_BYTES: Final = 24
_BODY_AT: Final = 8


@final
class BinaryMemcacheReader(FrameReader):
    """Cuts a stream of chunks into requests, or responses: `feed` a chunk, then `next_frame` until it gives None.

    What is wrong raises `CorruptedMemcacheMessageError`, or `MemcacheLimitError` for what is too much; everything behind it is dropped.
    """

    def __init__(self, *, of_requests: bool, config: MemcacheDecoderConfig | None = None) -> None:
        super().__init__()
        config = config or MemcacheDecoderConfig()
        self._of_requests = of_requests
        self._magic: i64 = REQUEST if of_requests else RESPONSE
        self._max_key: i64 = config.max_key_bytes
        self._max_value: i64 = config.max_value_bytes
        self._size: i64 = 0  # of the message under way, once its head was judged
        self._has_ended = False

    def next_frame(self) -> BinaryMemcacheMessage | None:
        """The next whole message, or None if more bytes are needed; raises what is wrong with one."""
        if self._has_ended:
            self._position = len(self._data)
            return None
        available = self._cumulated + len(self._data) - self._position
        if available == 0:
            return None
        try:
            if self._size == 0:
                self._judge_magic()
                if available >= _HEAD_BYTES:
                    self._size = self._judged(self._peeked(_HEAD_BYTES))
        except CorruptedMemcacheMessageError:
            self._has_ended = True
            self._parts = []
            self._cumulated = 0
            self._position = len(self._data)
            raise
        if self._size == 0 or available < self._size:
            self._cumulate_rest()
            return None
        message = self._take_cumulated(self._size - self._cumulated)
        self._size = 0
        return self._made(message)

    def unread(self) -> bytes:
        self._size = 0
        return b"" if self._has_ended else super().unread()

    def is_between_frames(self) -> bool:
        return self._has_ended or super().is_between_frames()

    def _judge_magic(self) -> None:
        first: i64 = self._parts[0][0] if self._parts else self._data[self._position]
        if first != self._magic:
            what = "request" if self._of_requests else "response"
            raise CorruptedMemcacheMessageError(f"{first:#04x} where the magic of a {what} is {self._magic:#04x}")

    def _peeked(self, size: i64) -> bytes:
        """The first *size* bytes of the message, which are here; a head comes in few pieces, so joining them costs little."""
        missing = size - self._cumulated
        if missing <= 0:
            return b"".join(self._parts)[:size]
        return b"".join([*self._parts, self._data[self._position : self._position + missing]])

    def _judged(self, head: bytes) -> i64:
        """The number of bytes of the message whose *head* this is."""
        key: i64 = (head[2] << 8) | head[3]
        extras: i64 = head[4]
        body: i64 = int.from_bytes(head[_BODY_AT : _BODY_AT + 4], "big")
        value = body - key - extras
        if value < 0:
            raise CorruptedMemcacheMessageError(f"a body of {body} bytes that shall hold a key of {key} and extras of {extras}")
        if head[5] != 0:
            raise CorruptedMemcacheMessageError(f"data type {head[5]}, where 0 is the only one")
        if key > self._max_key:
            raise MemcacheLimitError("bytes of a key", int(key), int(self._max_key))
        if value > self._max_value:
            raise MemcacheLimitError("bytes of a value", int(value), int(self._max_value))
        return _HEAD_BYTES + body

    def _made(self, data: bytes) -> BinaryMemcacheMessage:
        _, opcode, key_size, extras_size, _, status, _, opaque, cas = HEAD.unpack_from(data)
        key_at = _HEAD_BYTES + extras_size
        value_at = key_at + key_size
        extras, key, value = data[_HEAD_BYTES:key_at], data[key_at:value_at], data[value_at:]
        if self._of_requests:  # the status of a request is the number of a bucket, which no server has used
            return BinaryMemcacheRequest(opcode, key, value, extras, opaque, cas)
        return BinaryMemcacheResponse(opcode, key, value, extras, opaque, cas, status)
