"""FileRegion: a piece of a file that is sent as it lies there, without passing through the program where the network can do so.

Law. A region is a message with references, as a buffer is: whoever is given it passes it on or releases it, and with the last reference
its file is closed, once. It says which bytes are meant, *position* and *count*, and how many of them have gone, *transferred*; it never
moves the position of the file, so regions of one file may be on their way side by side. Who reads it in another thread holds a reference
meanwhile: a descriptor that is closed under a read may be another file's by then.

Source: Netty's ``FileRegion`` and ``DefaultFileRegion``.
"""

from __future__ import annotations

import os
import threading
from io import UnsupportedOperation
from typing import BinaryIO, Final, Self

from pyboot.components.netty.errors import ReleasedBufferError

__all__ = ["DefaultFileRegion", "FileRegion"]

_HAS_PREAD: Final = hasattr(os, "pread")


class FileRegion:
    """A file region says which bytes are meant and how many have gone, and reads them.

    Subclass it for bytes that lie elsewhere: `read` must do, `fileno` is for files that the operating system knows.
    Raises ValueError for a negative figure.
    """

    def __init__(self, position: int, count: int) -> None:
        if position < 0 or count < 0:
            raise ValueError(f"position {position}, count {count}: allowed is 0 or more")
        self.position: Final = position
        self.count: Final = count
        self.transferred = 0  # set by whoever sends it
        self._refs = 1

    @property
    def left(self) -> int:
        """The number of bytes that have not gone."""
        return self.count - self.transferred

    def fileno(self) -> int | None:
        """The descriptor that the operating system may send from; None if there is none."""
        return None

    def read(self, offset: int, size: int) -> bytes:
        """Read up to *size* bytes, *offset* bytes behind the start of the region; it may wait for a disk, so it runs in a thread."""
        raise NotImplementedError

    def deallocate(self) -> None:
        """Close what the bytes come from; called once, with the last reference."""

    # Reference counting.

    @property
    def ref_count(self) -> int:
        """References held; 0 when the file is closed."""
        return self._refs

    def retain(self, increment: int = 1) -> Self:
        """Add references: each wants a `release` of its own. Raises `ReleasedBufferError` behind the last."""
        if self._refs == 0 or increment < 1:
            raise ReleasedBufferError(f"retain of {increment} references, {self._refs} held")
        self._refs += increment
        return self

    def release(self, decrement: int = 1) -> bool:
        """Give references back; True if that was the last, and the file is closed. Raises `ReleasedBufferError` for too many."""
        if decrement < 1 or self._refs < decrement:
            raise ReleasedBufferError(f"release of {decrement} references, {self._refs} held")
        self._refs -= decrement
        if self._refs > 0:
            return False
        self.deallocate()
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.transferred} of {self.count} bytes from {self.position}{'' if self._refs else ', released'}>"


class DefaultFileRegion(FileRegion):
    """The *count* bytes of *file* from *position* on; by default all from there to its end, as long as it is now.

    A path is opened here, so that one which is not there raises OSError where somebody can answer it. An open binary file is the region's
    from here on. Raises ValueError for a negative figure, and for a count that ends behind the end of the file.
    """

    def __init__(self, file: BinaryIO | str | os.PathLike[str], position: int = 0, count: int | None = None) -> None:
        self._file: BinaryIO = open(file, "rb") if isinstance(file, str | os.PathLike) else file  # noqa: SIM115  # closed by `deallocate`
        self._descriptor = _descriptor_of(self._file)
        self._lock = threading.Lock()  # for a file that has no `pread`: its position is one for all who read it
        try:
            size = self._size()
            if position + (count or 0) > size:
                raise ValueError(f"position {position}, count {count}: the file ends at {size}")
            super().__init__(position, size - position if count is None else count)
        except BaseException:
            self._file.close()
            raise

    def _size(self) -> int:
        if self._descriptor is not None:
            return os.fstat(self._descriptor).st_size
        return self._file.seek(0, os.SEEK_END)

    def fileno(self) -> int | None:
        return self._descriptor

    def read(self, offset: int, size: int) -> bytes:
        at = self.position + offset
        size = min(size, self.count - offset)
        if self._descriptor is not None and _HAS_PREAD:
            return os.pread(self._descriptor, size, at)
        with self._lock:
            self._file.seek(at)
            return self._file.read(size)

    def deallocate(self) -> None:
        self._file.close()


def _descriptor_of(file: BinaryIO) -> int | None:
    """The descriptor of *file*; None of one that lies in memory."""
    try:
        return file.fileno()
    except (AttributeError, UnsupportedOperation):
        return None
