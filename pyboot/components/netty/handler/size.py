"""How many bytes a message counts for."""

from __future__ import annotations

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer

__all__ = ["bytes_of"]


def bytes_of(msg: object) -> int:
    """The bytes of *msg*; 0 for what is no bytes."""
    if isinstance(msg, ByteBuffer | CompositeByteBuffer):
        return msg.readable_bytes()
    if isinstance(msg, memoryview):
        return msg.nbytes
    return len(msg) if isinstance(msg, bytes | bytearray) else 0
