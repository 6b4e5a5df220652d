"""Messages of Redis as bytes, in RESP2 or RESP3. Source: the Redis serialization protocol specification."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.errors import EncoderError

from .message import (
    BULK,
    ArrayHeaderRedisMessage,
    ArrayRedisMessage,
    BigNumberRedisMessage,
    BooleanRedisMessage,
    BulkErrorRedisMessage,
    BulkStringHeaderRedisMessage,
    BulkStringRedisContent,
    DoubleRedisMessage,
    ErrorRedisMessage,
    FullBulkStringRedisMessage,
    IntegerRedisMessage,
    LastArrayRedisMessage,
    LastBulkStringRedisContent,
    MapRedisMessage,
    NullRedisMessage,
    RedisMessage,
    SimpleStringRedisMessage,
    VerbatimStringRedisMessage,
)

__all__ = ["RedisMessageWriter", "encode_command"]

# Heads of short strings and small numbers, ready made: making one costs more than the rest of a short message.
_STRINGS: Final = [b"$%d\r\n" % size for size in range(1024)]
_ARRAYS: Final = [b"*%d\r\n" % size for size in range(64)]
_INTEGERS: Final = [b":%d\r\n" % number for number in range(1024)]
_END: Final = b"\r\n"
_NULL: Final = b"_\r\n"
_NULL_STRING: Final = b"$-1\r\n"
_NULL_ARRAY: Final = b"*-1\r\n"
_FORMAT_LETTERS: Final = 3


@final
class RedisMessageWriter:
    """Makes the bytes of messages for a peer that speaks *protocol* 2 or 3.

    For a peer of RESP2, what that cannot say is said as Redis does: a map as the array of its keys and values, a set or a push as an array,
    a null as the null string, a boolean as 1 or 0, doubles and big numbers as bulk strings, a bulk error as an error; attributes are left
    out. Parts without length have no such form.
    """

    def __init__(self, protocol: int = 2) -> None:
        self.protocol = protocol

    @property
    def protocol(self) -> int:
        """The version of RESP that the peer speaks, 2 or 3; a connection begins with 2 and asks for another with HELLO."""
        return int(self._protocol)

    @protocol.setter
    def protocol(self, version: int) -> None:
        if version not in (2, 3):
            raise ValueError(f"protocol {version}: RESP2 and RESP3 are known")
        self._protocol: i64 = version

    def encode(self, message: RedisMessage) -> bytes:
        """The bytes of *message*, a whole one or a part.

        Raises:
            EncoderError: for text that would end its line, a number of more than 64 bits, and what RESP2 has no form for.
        """
        # hot path: once for each message (tests/bench/test_redis.py).
        if message.attributes is None:
            if isinstance(message, SimpleStringRedisMessage):
                return _simple(message)
            if isinstance(message, FullBulkStringRedisMessage):
                content = message.content
                if content is not None:
                    size: i64 = len(content)
                    return (_STRINGS[size] if size < 1024 else b"$%d\r\n" % len(content)) + content + _END
        parts: list[bytes] = []
        self._append(parts, message)
        return b"".join(parts)

    def _append(self, parts: list[bytes], message: RedisMessage) -> None:
        """Append what stands for *message* to *parts*."""
        attributes = message.attributes
        if attributes is not None and self._protocol == 3 and isinstance(attributes, MapRedisMessage):
            parts.append(b"|%d\r\n" % len(attributes.pairs))
            self._append_pairs(parts, attributes)
        if isinstance(message, FullBulkStringRedisMessage):
            content = message.content
            if content is None:
                parts.append(_NULL_STRING)
            else:
                _append_string(parts, content)
        elif isinstance(message, ArrayRedisMessage):
            self._append_array(parts, message)
        elif isinstance(message, SimpleStringRedisMessage):
            parts.append(_simple(message))
        elif isinstance(message, IntegerRedisMessage):
            parts.append(_integer(message.number))
        elif isinstance(message, ErrorRedisMessage):
            parts.append(b"-%b\r\n" % _line(message.content, "an error"))
        elif isinstance(message, MapRedisMessage):
            parts.append(b"%%%d\r\n" % len(message.pairs) if self._protocol == 3 else b"*%d\r\n" % (2 * len(message.pairs)))
            self._append_pairs(parts, message)
        elif self._protocol == 3:
            parts.append(_of_resp3(message))
        else:
            parts.append(_as_resp2(message))

    def _append_array(self, parts: list[bytes], message: ArrayRedisMessage) -> None:
        strings = message._strings
        if message.is_null:
            parts.append(_NULL_ARRAY)
            return
        size: i64 = len(strings) if strings is not None else len(message.children)
        if size < 64 and (message.sign == 42 or self._protocol == 2):
            parts.append(_ARRAYS[size])
        else:
            parts.append(b"%c%d\r\n" % (message.sign if self._protocol == 3 else 42, int(size)))
        if strings is not None:
            for each in strings:
                _append_string(parts, each)
        else:
            for child in message.children:
                self._append(parts, child)

    def _append_pairs(self, parts: list[bytes], message: MapRedisMessage) -> None:
        for key, value in message.pairs:
            self._append(parts, key)
            self._append(parts, value)


def encode_command(parts: list[bytes], arguments: list[bytes]) -> None:
    """Append the bytes of a command, an array of bulk strings, to *parts*."""
    # hot path: once for each command of a client (tests/bench/test_redis.py).
    count: i64 = len(arguments)
    parts.append(_ARRAYS[count] if count < 64 else b"*%d\r\n" % len(arguments))
    for each in arguments:
        _append_string(parts, each)


def _append_string(parts: list[bytes], content: bytes) -> None:
    size: i64 = len(content)
    parts.append(_STRINGS[size] if size < 1024 else b"$%d\r\n" % len(content))
    parts.append(content)
    parts.append(_END)


def _simple(message: SimpleStringRedisMessage) -> bytes:
    encoded = message.encoded
    if encoded is None:
        encoded = message.encoded = b"+%b\r\n" % _line(message.content, "a simple string")
    return encoded


def _integer(number: int) -> bytes:
    if 0 <= number < 1024:
        return _INTEGERS[number]
    if not -(1 << 63) <= number < 1 << 63:
        raise EncoderError(f"integer {number:#x} has more than 64 bits: write a BigNumberRedisMessage")
    return b":%d\r\n" % number


def _line(text: str, what: str) -> bytes:
    try:
        line = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise EncoderError(f"{what} that has no UTF-8: {error}") from error
    if b"\r" in line or b"\n" in line:
        raise EncoderError(f"{what} with a line end in it, {text!r}: the peer would read on behind it; write a bulk string")
    return line


def _of_resp3(message: RedisMessage) -> bytes:
    """The bytes of a message that only RESP3 has, or of a part."""
    if isinstance(message, NullRedisMessage):
        return _NULL
    if isinstance(message, BooleanRedisMessage):
        return b"#t\r\n" if message.is_true else b"#f\r\n"
    if isinstance(message, DoubleRedisMessage):
        return b",%b\r\n" % repr(message.number).encode()
    if isinstance(message, BigNumberRedisMessage):
        return b"(%d\r\n" % message.number
    if isinstance(message, BulkErrorRedisMessage):
        return b"!%d\r\n%b\r\n" % (len(message.content), message.content)
    if isinstance(message, VerbatimStringRedisMessage):
        return b"=%d\r\n%b:%b\r\n" % (len(message.content) + 4, _format(message), message.content)
    if isinstance(message, ArrayHeaderRedisMessage):
        return b"%c%b\r\n" % (message.kind, b"?" if message.length is None else b"%d" % message.length)
    if (
        isinstance(message, BulkStringHeaderRedisMessage) and message.length is not None
    ):  # pieces of a streamed one would need heads of their own
        return b"%c%d\r\n" % (message.kind, message.length)
    if isinstance(message, LastArrayRedisMessage):
        return b".\r\n"
    return _content(message)


def _as_resp2(message: RedisMessage) -> bytes:
    """The bytes of a message that RESP3 added, as RESP2 says it, or of a part."""
    if isinstance(message, NullRedisMessage):
        return _NULL_STRING
    if isinstance(message, BooleanRedisMessage):
        return _INTEGERS[1 if message.is_true else 0]
    if isinstance(message, DoubleRedisMessage | BigNumberRedisMessage):
        digits = repr(message.number).encode() if isinstance(message, DoubleRedisMessage) else b"%d" % message.number
        return b"$%d\r\n%b\r\n" % (len(digits), digits)
    if isinstance(message, BulkErrorRedisMessage):
        return b"-%b\r\n" % b" ".join(message.content.splitlines())
    if isinstance(message, VerbatimStringRedisMessage):
        return b"$%d\r\n%b\r\n" % (len(message.content), message.content)
    if isinstance(message, BulkStringHeaderRedisMessage) and message.length is not None and message.kind == BULK:
        return b"$%d\r\n" % message.length
    if isinstance(message, ArrayHeaderRedisMessage) and message.length is not None and message.kind in b"*~>":
        return b"*%d\r\n" % message.length
    if isinstance(message, BulkStringRedisContent):
        return _content(message)
    raise EncoderError(f"{message!r} has no form in RESP2")


def _content(message: RedisMessage) -> bytes:
    if isinstance(message, LastBulkStringRedisContent):
        return message.content + _END
    if isinstance(message, BulkStringRedisContent):
        return message.content
    raise EncoderError(f"{type(message).__name__} cannot be written")


def _format(message: VerbatimStringRedisMessage) -> bytes:
    format = message.format
    if len(format) != _FORMAT_LETTERS or not format.isascii() or ":" in format:
        raise EncoderError(f"format {format!r} of a verbatim string: three letters of ASCII")
    return format.encode("ascii")
