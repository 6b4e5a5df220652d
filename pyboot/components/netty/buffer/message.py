"""The bytes of a message: the one place that knows which objects hold bytes, how many, and how they are given back.

Law 1: whoever is given a message owns one reference of it, and passes it on, takes its bytes or releases it. Law 2: what holds no
reference (``bytes``, text, your own objects, a ``memoryview``, whose ``release`` means another thing) is never touched. Law 3: a
message whose references are gone already is left alone, since its user was entitled to release it early.
"""

from __future__ import annotations

import logging

from .byte_buffer import ByteBuffer
from .chunked_input import ChunkedInput
from .composite import CompositeByteBuffer
from .holder import ByteBufferHolder
from .reference import ReferenceCounted

__all__ = ["bytes_of", "release", "size_of", "take_bytes"]

_log = logging.getLogger(__name__)


def release(msg: object) -> None:
    """Give back the reference of *msg* that its owner holds, close a `ChunkedInput`; nothing happens to all else.

    What closing raises is logged, not raised: the caller may be about to raise an error of its own. Source: Netty's ``ReferenceCountUtil``.
    """
    if isinstance(msg, ByteBuffer):
        if msg.ref_count > 0:
            msg.release()
    elif not isinstance(msg, bytes | str):
        _release_other(msg)


def _release_other(msg: object) -> None:
    # Apart from `release`: a check against a protocol looks attributes up, which the common messages need not pay for.
    if isinstance(msg, ReferenceCounted):
        if msg.ref_count > 0:
            msg.release()
    elif isinstance(msg, ChunkedInput):
        try:
            msg.close()
        except Exception as error:  # noqa: BLE001  # a user's function
            _log.warning("close() of %r raised %r", msg, error, exc_info=error)


def bytes_of(msg: object) -> bytes | None:
    """The bytes of *msg*, which keeps them and its reference; None if it is no bytes and no buffer.

    A `ByteBufferHolder` is more than its bytes, so it gives None too: a caller that knows what else it says asks for its ``content``.
    """
    if isinstance(msg, bytes):
        return msg
    if isinstance(msg, ByteBuffer | CompositeByteBuffer):
        return msg.get_readable_bytes()
    return bytes(msg) if isinstance(msg, bytearray | memoryview) else None


def take_bytes(msg: object) -> bytes | None:
    """The same as `bytes_of`, and its reference is given back; nothing happens to anything else."""
    if isinstance(msg, ByteBuffer):
        return msg.take_bytes()
    if isinstance(msg, bytes):
        return msg
    if isinstance(msg, CompositeByteBuffer):
        try:
            return msg.get_readable_bytes()
        finally:
            release(msg)
    return bytes(msg) if isinstance(msg, bytearray | memoryview) else None


def size_of(msg: object) -> int:
    """The number of bytes that *msg* holds; 0 for anything that holds none. Source: Netty's ``MessageSizeEstimator``."""
    if isinstance(msg, ByteBuffer | CompositeByteBuffer):
        return msg.readable_bytes()
    if isinstance(msg, memoryview):
        return msg.nbytes
    if isinstance(msg, bytes | bytearray):
        return len(msg)
    if isinstance(msg, ByteBufferHolder):
        return size_of(msg.content)
    content = getattr(msg, "content", None)  # a message around plain bytes needs to be no holder, since it holds no reference
    return len(content) if isinstance(content, bytes) else 0
