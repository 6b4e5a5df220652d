"""Names of the published package's ByteBuffer for what this one does under another: aliases, all in one place."""

from __future__ import annotations

from typing import Any, Self

from .region import Region

__all__ = ["PublishedNames"]


class PublishedNames(Region):
    """Aliases kept for programs written for 1.3.x; docs/howto/coming-from-1.3.md lists them."""

    def to_bytes(self) -> bytes:
        """`get_readable_bytes`."""
        self._check_alive()
        return self._piece(self._reader, self._writer - self._reader)

    def to_bytearray(self) -> bytearray:
        """The readable bytes in a new bytearray."""
        return bytearray(self.to_bytes())

    def get_memoryview(self) -> memoryview:
        """A view of the whole capacity."""
        self._check_alive()
        return self._view(self._start, self._end - self._start)

    def get_readable_memoryview(self) -> memoryview:
        """A view of the readable bytes."""
        self._check_alive()
        return self._view(self._reader, self._writer - self._reader)

    def reset(self) -> None:
        """`clear`."""
        self.clear()

    def flip(self) -> Self:
        """Read again from the start: the reader index goes to 0."""
        self.reader_index = 0
        return self

    def rewind(self) -> Self:
        """The same as `flip`."""
        return self.flip()

    def destroy(self) -> bool:
        """Release all references; False if there were none any more."""
        held = self.ref_count
        return held > 0 and self.release(held)

    def __enter__(self) -> Self:
        """Release at the end of the ``with`` block."""
        self._check_alive()
        return self

    def __exit__(self, *error: Any) -> None:
        """Give one reference back."""
        self.release()
