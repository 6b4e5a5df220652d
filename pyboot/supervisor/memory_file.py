"""Memory files: content that is too long for a message goes by a descriptor, which whoever gets it reads without anybody's help."""

import os
import tempfile
from typing import Final

__all__ = ["LARGEST", "content", "written"]

LARGEST: Final = 64 * 1024 * 1024
"""Bytes that are read of one; more is nobody's answer, but a fault."""

_PIECE: Final = 1024 * 1024


def written(data: bytes) -> int:
    """Return the descriptor of a new memory file that holds *data*; who has asked closes it. Raises OSError where there is no memory."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("pyboot", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile(buffering=0) as file:
            descriptor = os.dup(file.fileno())
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def content(descriptor: int) -> bytes:
    """Return what the file holds, from its beginning; who else has the descriptor has its own place in it.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds more than `LARGEST`.
    """
    size = os.fstat(descriptor).st_size
    if size > LARGEST:
        raise ValueError(f"a memory file of {size} bytes, at most {LARGEST} are read")
    pieces, place = list[bytes](), 0
    while place < size and (piece := os.pread(descriptor, min(_PIECE, size - place), place)):
        pieces.append(piece)
        place += len(piece)
    return b"".join(pieces)
