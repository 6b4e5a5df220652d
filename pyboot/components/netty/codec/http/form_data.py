"""The parts of a form: attributes and uploaded files, in memory while they are small and on disk beyond.

A part that grows goes to a temporary file that nobody else can open, and that has no name on systems which allow that: whatever ends the
process, nothing is left behind (CVE-2021-21290, CVE-2022-24823). The name that a client gave to its file is never a name here.

Source: Netty's ``HttpData`` family.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path
from typing import IO, Final

from pyboot.components.netty.wire.http.headers import HttpHeaders

__all__ = ["FileUpload", "FormAttribute", "HttpData", "HttpDataFactory"]

_IN_MEMORY: Final = 16 * 1024  # Netty's figure
_NOT_IN_NAMES: Final = frozenset('<>:"/\\|?*') | {chr(each) for each in range(32)} | {"\x7f"}
_NAMES_OF_DEVICES: Final = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(10))})
_LONGEST_NAME: Final = 200


class HttpData:
    """A part called *name*: bytes that come in pieces, in memory up to *max_memory_bytes* (16 KiB) and in a temporary file beyond."""

    def __init__(self, name: str, max_memory_bytes: int = _IN_MEMORY) -> None:
        self.name: Final = name
        self.size = 0
        self._max_memory = max_memory_bytes
        self._file: IO[bytes] = io.BytesIO()

    @property
    def is_in_memory(self) -> bool:
        """True if it has not grown beyond what stays in memory."""
        return isinstance(self._file, io.BytesIO)

    def add(self, data: bytes) -> None:
        """Append *data*."""
        self._file.seek(0, io.SEEK_END)
        self.size += len(data)
        if self.size > self._max_memory and isinstance(self._file, io.BytesIO):
            with self._file as memory:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `release`
                self._file.write(memory.getbuffer())
        self._file.write(data)

    @property
    def file(self) -> IO[bytes]:
        """The bytes as a file, from their beginning; it belongs to this part, and is closed with it."""
        self._file.seek(0)
        return self._file

    @property
    def content(self) -> bytes:
        """All bytes."""
        return self.file.read()

    def save(self, path: str | Path) -> None:
        """Copy the bytes to *path*, which must not be there; raises FileExistsError. It may wait for a disk: call it in a thread."""
        with Path(path).open("xb") as target:
            shutil.copyfileobj(self.file, target)

    def release(self) -> None:
        """Forget the bytes, in memory and on disk."""
        self._file.close()


class FormAttribute(HttpData):
    """A field of a form, text in *charset*."""

    def __init__(self, name: str, charset: str = "utf-8", max_memory_bytes: int = _IN_MEMORY) -> None:
        super().__init__(name, max_memory_bytes)
        self.charset: Final = charset

    @property
    def value(self) -> str:
        """The text; what is none in the charset becomes U+FFFD."""
        return self.content.decode(self.charset, "replace")

    def __repr__(self) -> str:
        return f"<FormAttribute {self.name!r} {self.size} bytes>"


class FileUpload(HttpData):
    """A file of a form: *filename* and *content_type* are what the client says, and no more than that; *headers* are all that it said."""

    def __init__(self, name: str, filename: str, content_type: str, headers: HttpHeaders, max_memory_bytes: int = _IN_MEMORY) -> None:
        super().__init__(name, max_memory_bytes)
        self.filename: Final = filename
        self.content_type: Final = content_type
        self.headers: Final = headers

    @property
    def safe_filename(self) -> str:
        """A name for a file of yours: the last part of *filename* without what a system gives a meaning to; "upload" if nothing is left."""
        last = self.filename.replace("\\", "/").rpartition("/")[2]
        kept = "".join("_" if each in _NOT_IN_NAMES else each for each in last).strip(". ")[:_LONGEST_NAME].rstrip(". ")
        return f"_{kept}" if kept.partition(".")[0].upper() in _NAMES_OF_DEVICES else kept or "upload"

    def __repr__(self) -> str:
        return f"<FileUpload {self.name!r} {self.filename!r} {self.size} bytes>"


class HttpDataFactory:
    """Makes the parts of a form; subclass it to put uploads elsewhere as they come, by an `add` of your own."""

    def __init__(self, max_memory_bytes: int = _IN_MEMORY) -> None:
        self.max_memory_bytes: Final = max_memory_bytes

    def create_attribute(self, name: str, charset: str) -> FormAttribute:
        """Return an empty field called *name*."""
        return FormAttribute(name, charset, self.max_memory_bytes)

    def create_file_upload(self, name: str, filename: str, content_type: str, headers: HttpHeaders) -> FileUpload:
        """Return an empty file."""
        return FileUpload(name, filename, content_type, headers, self.max_memory_bytes)
