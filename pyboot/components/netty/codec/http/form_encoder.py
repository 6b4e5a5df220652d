"""HttpPostRequestEncoder: the request that sends a form, whose files are read piece by piece. Source: Netty's class of that name."""

from __future__ import annotations

import asyncio
import mimetypes
import os
import secrets
from collections import deque
from pathlib import Path
from typing import IO, Final, final

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.http.message import EMPTY_LAST_CONTENT, DefaultHttpContent, FullHttpRequest, HttpContent, HttpRequest
from pyboot.components.netty.wire.http.parameters import quoted
from pyboot.components.netty.wire.http.query import QueryStringEncoder

__all__ = ["HttpPostRequestEncoder"]

_CHUNK: Final = 64 * 1024


@final
class HttpPostRequestEncoder:
    """Makes a form of what is added, for *request*, whose method, target and header fields stay as they are.

    ::

        encoder = HttpPostRequestEncoder(HttpRequest("POST", "/upload", {"Host": "example.org"}), multipart=True)
        encoder.add_body_attribute("title", "A picture")
        encoder.add_body_file_upload("picture", Path("picture.png"))
        channel.write(encoder.finalize_request())
        channel.write_and_flush(encoder)              # a `ChunkedInput`: with a `ChunkedWriteHandler` in the pipeline

    Without *multipart* the form has attributes alone, and `finalize_request` gives a full request: there is nothing more to write then.
    """

    def __init__(self, request: HttpRequest, *, multipart: bool = False) -> None:
        self._request = request
        self._boundary = secrets.token_hex(16) if multipart else ""
        self._pairs = QueryStringEncoder("")
        self._pieces: deque[bytes | IO[bytes]] = deque()
        self._files: list[IO[bytes]] = []
        self._is_final = False
        self._is_ended = False
        self.length = 0

    def add_body_attribute(self, name: str, value: object) -> None:
        """Add a field, as text. Raises `EncoderError` once the request was made."""
        self._check_open()
        if self._boundary:
            self._add(self._head(name), str(value).encode())
        else:
            self._pairs.add_param(name, value)

    def add_body_file_upload(
        self, name: str, file: Path | str | IO[bytes], filename: str | None = None, content_type: str | None = None
    ) -> None:
        """Add a file: a path, which is opened here, or an open one, from where it stands; it is closed when all was sent.

        The type is guessed by the name. Raises OSError for a path that cannot be opened, `EncoderError` for a form without parts and once
        the request was made.
        """
        self._check_open()
        if not self._boundary:
            raise EncoderError("a file goes into a form of the encoding multipart: make the encoder with multipart=True")
        opened = open(file, "rb") if isinstance(file, str | os.PathLike) else file  # noqa: SIM115  # closed by `close`
        self._files.append(opened)
        called = Path(str(getattr(opened, "name", name))).name if filename is None else filename
        kind = content_type or mimetypes.guess_type(called)[0] or "application/octet-stream"
        if any(each in kind for each in "\r\n\0"):
            raise EncoderError(f"the type {kind!r} of a file holds a line break")
        at = opened.tell()
        size = opened.seek(0, os.SEEK_END) - at
        opened.seek(at)
        self._add(self._head(name, f"; filename={quoted(called)}", f"Content-Type: {kind}\r\n"), opened, size)

    def finalize_request(self) -> HttpRequest:
        """The request, with the type and the length of its content; nothing can be added then. Raises `EncoderError` the second time."""
        self._check_open()
        self._is_final = True
        request = self._request
        headers = request.headers.copy()
        if not self._boundary:
            content = str(self._pairs)[1:].replace("%20", "+").encode()
            headers.set("content-type", "application/x-www-form-urlencoded").set("content-length", len(content))
            self._is_ended = True
            return FullHttpRequest(request.method, request.uri, content, headers, request.version)
        end = f"--{self._boundary}--\r\n".encode()
        self._pieces.append(end)
        self.length += len(end)
        headers.set("content-type", f"multipart/form-data; boundary={self._boundary}").set("content-length", self.length)
        return HttpRequest(request.method, request.uri, headers, request.version)

    async def read_chunk(self) -> HttpContent | None:
        """The next content; the last one is empty, and None is behind it. A file that is shorter than it was raises EOFError."""
        while self._pieces:
            piece = self._pieces[0]
            if isinstance(piece, bytes):
                self._pieces.popleft()
                return DefaultHttpContent(piece)
            data = await asyncio.to_thread(piece.read, _CHUNK)
            if data:
                return DefaultHttpContent(data)
            self._pieces.popleft()
        if self._is_ended:
            return None
        self._is_ended = True
        return EMPTY_LAST_CONTENT

    def close(self) -> None:
        """Close the files."""
        self._pieces.clear()
        for file in self._files:
            file.close()

    def _head(self, name: str, more: str = "", fields: str = "") -> bytes:
        return f"--{self._boundary}\r\nContent-Disposition: form-data; name={quoted(name)}{more}\r\n{fields}\r\n".encode()

    def _add(self, head: bytes, body: bytes | IO[bytes], size: int | None = None) -> None:
        self._pieces += [head, body, b"\r\n"]
        self.length += len(head) + (len(body) if isinstance(body, bytes) else size or 0) + 2

    def _check_open(self) -> None:
        if self._is_final:
            raise EncoderError("the request of this form was made already: make another encoder")
