"""Buffers that no pool stands behind, made of what is there already. Source: Netty's ``Unpooled``.

``ByteBuffer(64)`` is an empty one with room, ``ByteBuffer(data)`` one around *data*; here is what takes several, and the empty one.
"""

from __future__ import annotations

from typing import Final

from .byte_buffer import ByteBuffer, BytesLike
from .composite import CompositeByteBuffer
from .content import plain_bytes
from .region import ETERNAL

__all__ = ["EMPTY_BUFFER", "copied_buffer", "wrapped_buffer"]


def wrapped_buffer(*parts: BytesLike | CompositeByteBuffer) -> ByteBuffer | CompositeByteBuffer:
    """A buffer of the readable bytes of *parts*, whose references are taken over; nothing is copied but memoryviews.

    Of one part it is that part, or a `ByteBuffer` around it; of none, `EMPTY_BUFFER`.
    """
    if not parts:
        return EMPTY_BUFFER
    if len(parts) > 1:
        return CompositeByteBuffer(parts)
    only = parts[0]
    if isinstance(only, ByteBuffer | CompositeByteBuffer):
        return only
    return ByteBuffer(bytes(only) if isinstance(only, memoryview) else only)


def copied_buffer(*parts: BytesLike | CompositeByteBuffer | str, encoding: str = "utf-8") -> ByteBuffer:
    """The readable bytes of *parts*, of text in *encoding*, in writable memory of their own; no reference is taken over."""
    joined = bytearray()
    for part in parts:
        joined += part.encode(encoding) if isinstance(part, str) else plain_bytes(part)
    return ByteBuffer(joined)


def _empty() -> ByteBuffer:
    empty = ByteBuffer(b"")
    empty._set_max(0)
    empty._refs = ETERNAL
    return empty


# Shared by everybody: it holds nothing, takes nothing, and releasing it does nothing.
EMPTY_BUFFER: Final = _empty()
