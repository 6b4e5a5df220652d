"""Text among bytes: with its length in front, of a given length, or up to a terminator."""

from __future__ import annotations

from typing import Self

from pyboot.components.netty.errors import BufferIndexError

from .endian import ByteOrder, Endian
from .numeric import Numbers

__all__ = ["Text"]


class Text(Numbers):
    """Content that knows text. Bytes that are not text raise UnicodeDecodeError, and leave the reader index where it was."""

    def read_string(self, length: int | None = None, encoding: str = "utf-8", *, encode: str | None = None) -> str:
        """The next *length* bytes as text; without one, the length stands in four bytes in front (`write_string`).

        *encode* is the published package's name for *encoding*.
        """
        start = self.reader_index
        try:
            size = self.read_int() if length is None else length
            return str(self.read_bytes(size), encoding if encode is None else encode)
        except (UnicodeDecodeError, BufferIndexError):
            self.reader_index = start
            raise

    def write_string(self, value: str, encoding: str = "utf-8", endian: ByteOrder = Endian.BIG_ENDIAN) -> Self:
        """Append *value* with its length in bytes in front, a number of four bytes."""
        data = value.encode(encoding)
        self.ensure_writable(4 + len(data))  # both or none
        return self.write_int(len(data), endian).write_bytes(data)

    def get_string(self, index: int, length: int, encoding: str = "utf-8") -> str:
        """*length* bytes at *index* as text; no index moves."""
        return self.get_bytes(index, length).decode(encoding)

    def read_terminated_string(self, terminator: bytes = b"\0", encoding: str = "utf-8") -> str:
        """The text up to *terminator*, which is skipped; raises `BufferIndexError` where none has come."""
        rest = self.get_readable_bytes()
        end = rest.find(terminator) if terminator else -1
        if end < 0:
            raise BufferIndexError(self.reader_index, len(rest) + 1, 0, self.reader_index + len(rest))
        text = rest[:end].decode(encoding)
        self.reader_index += end + len(terminator)
        return text

    def write_terminated_string(self, value: str, encoding: str = "utf-8", terminator: bytes = b"") -> Self:
        """Append *value* and *terminator*. Without one, the default, it is the bare text, as published.

        Raises ValueError for text that contains the terminator: it would be read back as two.
        """
        data = value.encode(encoding)
        if terminator and terminator in data:
            raise ValueError(f"text that contains its own terminator {terminator!r} would be read back as two")
        return self.write_bytes(data + terminator)

    def write_null_terminated_string(self, value: str, encoding: str = "utf-8") -> Self:
        """Append *value* and a zero byte, as C has it; raises ValueError for text with a zero byte in it."""
        return self.write_terminated_string(value, encoding, b"\0")
