"""Frames as ``bytes``, and as Base64. Each message is one whole frame: put a frame decoder in front."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final, Literal

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.matching import Frame
from pyboot.components.netty.errors import DecoderError

from .encoder import MessageToMessageEncoder
from .message_decoder import MessageToMessageDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Base64Decoder", "Base64Encoder", "ByteArrayDecoder", "ByteArrayEncoder"]

type Dialect = Literal["standard", "urlsafe"]
_ALTCHARS: Final = {"standard": b"+/", "urlsafe": b"-_"}


class ByteArrayDecoder(MessageToMessageDecoder[ByteBuffer | CompositeByteBuffer | bytearray | memoryview, bytes]):
    """Turns buffers into ``bytes``. Source: Netty's class of that name."""

    sharable = True

    def decode(self, ctx: ChannelHandlerContext, msg: ByteBuffer | CompositeByteBuffer | bytearray | memoryview, /) -> bytes | None:
        return take_bytes(msg)


class ByteArrayEncoder(MessageToMessageEncoder[bytes | bytearray | memoryview, ByteBuffer]):
    """Turns bytes into buffers, for handlers nearer the network that want those; the channel takes either."""

    sharable = True

    def encode(self, ctx: ChannelHandlerContext, msg: bytes | bytearray | memoryview, /) -> ByteBuffer:
        return ByteBuffer(bytes(msg))


class Base64Decoder(MessageToMessageDecoder[Frame, bytes]):
    """Turns Base64 into the bytes it holds; white space is skipped, anything else that is not of the *dialect* raises `DecoderError`.

    *dialect*: ``standard`` (RFC 4648, 4), the default, or ``urlsafe`` (5).
    """

    sharable = True

    def __init__(self, dialect: Dialect = "standard") -> None:
        self._altchars = _altchars(dialect)

    def decode(self, ctx: ChannelHandlerContext, msg: Frame, /) -> bytes:
        text = b"".join((take_bytes(msg) or b"").split())
        other = b"-_" if self._altchars == b"+/" else b"+/"
        if any(byte in text for byte in other):
            raise DecoderError(f"Base64 of the other dialect: one of {other.decode()}")
        try:
            return base64.b64decode(text, self._altchars, validate=True)
        except binascii.Error as error:
            raise DecoderError(f"no Base64: {error}") from error


class Base64Encoder(MessageToMessageEncoder[Frame, bytes]):
    """Turns bytes into Base64 of the *dialect* ``standard`` (RFC 4648, 4), the default, or ``urlsafe`` (5).

    *break_lines* ends a line after each 76 characters (RFC 2045); off by default, since the end of a line is often the end of a frame.
    Netty's default is on.
    """

    sharable = True

    def __init__(self, dialect: Dialect = "standard", *, break_lines: bool = False) -> None:
        self._altchars = _altchars(dialect)
        self._break_lines = break_lines

    def encode(self, ctx: ChannelHandlerContext, msg: Frame, /) -> bytes:
        text = base64.b64encode(take_bytes(msg) or b"", self._altchars)
        return b"\n".join(text[at : at + 76] for at in range(0, len(text), 76)) if self._break_lines else text


def _altchars(dialect: Dialect) -> bytes:
    if dialect not in _ALTCHARS:
        raise ValueError(f"dialect {dialect!r}, allowed is standard or urlsafe")
    return _ALTCHARS[dialect]
