"""Buffers as Python's binary files, for libraries that read from or write to those.

Source: Netty's ``ByteBufInputStream`` and ``ByteBufOutputStream``.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

    from .byte_buffer import ByteBuffer
    from .composite import CompositeByteBuffer

__all__ = ["ByteBufferInputStream", "ByteBufferOutputStream"]


@final
class ByteBufferInputStream(io.RawIOBase):
    """Reads the next *length* (default: all readable) bytes of *buffer*, whose reader index moves.

    Bytes that come into the buffer later belong to it only where *length* counts them. ``seek`` and ``tell`` count from where it began.
    With *release_on_close*, closing gives a reference of the buffer back.

    Raises `BufferIndexError` where the buffer holds less than *length*, and as files do ValueError for a negative position, and for
    every use after closing.
    """

    _release_on_close = False  # what is refused is left alone: io closes a stream that was never made, too

    def __init__(self, buffer: ByteBuffer | CompositeByteBuffer, length: int | None = None, *, release_on_close: bool = False) -> None:
        self._buffer = buffer
        self._begin = buffer.reader_index
        size = buffer.readable_bytes() if length is None else length
        buffer.skip_bytes(size)  # which raises where it is too long
        buffer.reader_index = self._begin
        self._end = self._begin + size
        self._release_on_close = release_on_close

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def available(self) -> int:
        """Bytes that are left."""
        return self._end - self._buffer.reader_index

    def readinto(self, target: WriteableBuffer, /) -> int:
        """Read into *target* as much as it has room for, and return the number of bytes; 0 at the end. Source: `io.RawIOBase`."""
        self._check_open()
        view = memoryview(target).cast("B")
        size = min(len(view), self.available())
        view[:size] = self._buffer.read_bytes(size)
        return size

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._check_open()
        base = {io.SEEK_SET: self._begin, io.SEEK_CUR: self._buffer.reader_index, io.SEEK_END: self._end}[whence]
        if not self._begin <= base + offset:
            raise ValueError(f"negative seek position {base + offset - self._begin}")
        self._buffer.reader_index = min(base + offset, self._end)
        return self.tell()

    def tell(self) -> int:
        self._check_open()
        return self._buffer.reader_index - self._begin

    def close(self) -> None:
        if not self.closed and self._release_on_close:
            self._buffer.release()
        super().close()

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")


@final
class ByteBufferOutputStream(io.RawIOBase):
    """Appends what is written to *buffer*; with *release_on_close*, closing gives a reference of it back.

    Raises `BufferIndexError` where the buffer cannot grow so far, and as files do ValueError for writing after closing.
    """

    _release_on_close = False

    def __init__(self, buffer: ByteBuffer | CompositeByteBuffer, *, release_on_close: bool = False) -> None:
        self.buffer = buffer
        self._begin = buffer.writer_index
        self._release_on_close = release_on_close

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write *data* to the buffer, which grows, and return the number of bytes. Source: `io.RawIOBase`."""
        if self.closed:
            raise ValueError("I/O operation on closed file")
        content = bytes(memoryview(data))
        self.buffer.write_bytes(content)
        return len(content)

    def written_bytes(self) -> int:
        """Bytes written so far."""
        return self.buffer.writer_index - self._begin

    def close(self) -> None:
        if not self.closed and self._release_on_close:
            self.buffer.release()
        super().close()
