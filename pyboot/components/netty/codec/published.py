"""Names of the published package's codec module that are others here: aliases, all in one place."""

from __future__ import annotations

from pyboot.components.netty.errors import DecoderError, EncoderError
from pyboot.components.netty.published import offer_published

__all__ = ["ByteToMessageError", "DelimiterBasedFrameDecoderError", "MessageToByteError", "allocate_size"]

ByteToMessageError = DecoderError
DelimiterBasedFrameDecoderError = DecoderError
MessageToByteError = EncoderError


def allocate_size(len: int, chunk: int = 1024) -> int:  # the published keyword
    """*len*, rounded up to a multiple of *chunk*."""
    return (len + chunk - 1) // chunk * chunk


offer_published("pyboot.components.netty.codec")
