"""HttpStaticFileHandler: the files of a folder, as a browser wants them. Source: RFC 9110; Netty's example of a file server.

Theory of operation. A request is decided in a thread, since a disk may be slow: which file, whether the client has it already, which parts
of it. What comes back is a head and a row of regions, and these go out one after the other; the network sends them, by itself where it can.
Requests are answered one by one: a coroutine callback takes its messages in their order.
"""

from __future__ import annotations

import asyncio
import html
import mimetypes
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple
from urllib.parse import quote

from pyboot.components.netty.buffer.file_region import DefaultFileRegion
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.http.accept import choose_coding
from pyboot.components.netty.wire.http.conditions import evaluate, http_date, is_range_wanted
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    FullHttpResponse,
    HttpContent,
    HttpRequest,
    HttpResponse,
    LastHttpContent,
)
from pyboot.components.netty.wire.http.ranges import byte_ranges

from .observer import name_route
from .static_path import find, names_of, open_file

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HttpStaticFileHandler"]

# A file beside the one that is asked for, made ahead of time: style.css.br.
_PRECOMPRESSED: Final = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
# Those that the tables of some systems know otherwise, or not at all.
_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_WITH_CHARSET: Final = ("application/json", "application/manifest+json", "image/svg+xml", "text/")


class _Answer(NamedTuple):
    response: HttpResponse
    parts: list[bytes | DefaultFileRegion]


class HttpStaticFileHandler(ChannelHandler[Any]):
    """Answers requests below *prefix* with the files of *root*; others go on to the handlers behind it.

    Args:
        root: the folder.
        prefix: the path that stands for it, ``/`` by default.
        index: the file that stands for a folder, or "" for none; a path without its last slash is led to the one with it.
        lists_folders: whether a folder without such a file is shown as a list of what lies in it.
        precompressed: whether ``style.css.br``, ``.zst`` or ``.gz`` is sent in the place of ``style.css`` to clients that take it.
        cache_control: the value of that field; by default ``no-cache``: a client may keep a file, and asks whether it has changed.
        charset: of text, told with its type.
        max_ranges: how many times a request may ask for a part, 8 by default; more are answered with the whole file.
        allow_hidden: whether names that begin with a dot are served.
        passes_on_missing: whether a request below *prefix* for what is not there, or of another method than GET and HEAD, goes on to the
            handlers behind, instead of being answered 404 or 405.

    Raises ValueError for a *root* that is no folder, and a *prefix* that does not begin with ``/``.
    """

    def __init__(
        self,
        root: str | Path,
        *,
        prefix: str = "/",
        index: str = "index.html",
        lists_folders: bool = False,
        precompressed: bool = True,
        cache_control: str = "no-cache",
        charset: str = "utf-8",
        max_ranges: int = 8,
        allow_hidden: bool = False,
        passes_on_missing: bool = False,
    ) -> None:
        if not prefix.startswith("/"):
            raise ValueError(f"prefix {prefix!r}: it begins with /")
        if not os.path.isdir(root):
            raise ValueError(f"{root} is no folder: make it, or name another")
        self.root: Final = Path(root).resolve()
        self.prefix: Final = prefix.rstrip("/") + "/"
        self.index: Final = index
        self.lists_folders: Final = lists_folders
        self.precompressed: Final = precompressed
        self.cache_control: Final = cache_control
        self.charset: Final = charset
        self.max_ranges: Final = max_ranges
        self.allow_hidden: Final = allow_hidden
        self.passes_on_missing: Final = passes_on_missing
        self._is_dropping = False  # the content of a request that was answered here

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> None:
        if isinstance(msg, HttpRequest):
            answer = await self._answer(msg)
            if answer is None:
                ctx.fire_channel_read(msg)
                return
            self._is_dropping = not isinstance(msg, LastHttpContent)
            name_route(f"{self.prefix}**")
            await self._send(ctx, answer)
        elif self._is_dropping and isinstance(msg, HttpContent):
            self._is_dropping = not isinstance(msg, LastHttpContent)
        else:
            ctx.fire_channel_read(msg)

    async def _answer(self, request: HttpRequest) -> _Answer | None:
        path = _path_of(request.uri)
        if not path.startswith(self.prefix) and path + "/" != self.prefix:
            return None
        if request.method not in ("GET", "HEAD"):
            return None if self.passes_on_missing else _error(405, "files are for GET and HEAD", {"allow": "GET, HEAD"})
        deciding = asyncio.get_running_loop().run_in_executor(None, self._decide, request, path)
        try:
            answer = await asyncio.shield(deciding)  # a client that leaves cancels this, and not the thread, which may have opened a file
        except asyncio.CancelledError:
            deciding.add_done_callback(_forget)
            raise
        if answer is None:
            return None if self.passes_on_missing else _error(404, "there is nothing here")
        return answer

    async def _send(self, ctx: ChannelHandlerContext, answer: _Answer) -> None:
        parts = answer.parts
        try:
            ctx.write(answer.response)
            while parts:
                ctx.write(parts.pop(0))  # whose region is the network's from here on
            if not isinstance(answer.response, LastHttpContent):
                ctx.write(EMPTY_LAST_CONTENT)
            await ctx.flush()
        finally:
            _release(parts)

    # In a thread.

    def _decide(self, request: HttpRequest, path: str) -> _Answer | None:
        names = names_of(path[len(self.prefix) - 1 :] or "/", allow_hidden=self.allow_hidden)
        found = None if names is None else find(self.root, names, allow_hidden=self.allow_hidden)
        if names is None or found is None:
            return None
        if found.is_dir():
            if names[-1] != "" or not path.startswith(self.prefix):
                # From the path that was asked for, not from its names: a name that begins with a slash would lead to another host.
                query = request.uri.partition("?")[2]
                return _error(301, "", {"location": "/" + path.strip("/") + "/" + (f"?{query}" if query else "")})
            index = find(self.root, [*names[:-1], self.index], allow_hidden=self.allow_hidden) if self.index else None
            if index is not None and index.is_file():
                return self._file(request, index)
            return self._list(request, found, path) if self.lists_folders else None
        return None if names[-1] == "" else self._file(request, found)

    def _file(self, request: HttpRequest, path: Path) -> _Answer | None:
        kind = self._type(path)
        headers = HttpHeaders({"content-type": kind, "x-content-type-options": "nosniff", "cache-control": self.cache_control})
        if self.precompressed:
            path = self._best(request, path, headers)
        opened = open_file(path)
        if opened is None:
            return None
        file, status = opened
        tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        headers.set("etag", tag).set("last-modified", http_date(status.st_mtime))
        condition = evaluate(request.headers, tag, status.st_mtime)
        if condition is not None:
            file.close()
            headers.remove("content-type")
            headers.remove("content-encoding")
            return _Answer(FullHttpResponse(condition, headers=headers if condition == 304 else {"content-length": 0}), [])
        headers.set("accept-ranges", "bytes")
        return self._content(request, file, status, headers, tag)

    def _content(self, request: HttpRequest, file: BinaryIO, status: os.stat_result, headers: HttpHeaders, tag: str) -> _Answer:
        size = status.st_size
        wanted = request.headers.get("range") if request.method == "GET" else None  # RFC 9110 14.2: of other methods it says nothing
        ranges = None
        if wanted is not None and is_range_wanted(request.headers, tag, status.st_mtime):
            ranges = byte_ranges(wanted, size, self.max_ranges)
        if ranges == []:
            file.close()
            return _error(416, "", {"content-range": f"bytes */{size}"})
        if request.method == "HEAD":
            file.close()
            return _Answer(FullHttpResponse(200, headers=headers.set("content-length", size)), [])
        if ranges is None:
            return _Answer(HttpResponse(200, headers.set("content-length", size)), [DefaultFileRegion(file, 0, size)])
        if len(ranges) == 1:
            first, length = ranges[0]
            headers.set("content-range", f"bytes {first}-{first + length - 1}/{size}").set("content-length", length)
            return _Answer(HttpResponse(206, headers), [DefaultFileRegion(file, first, length)])
        return _several(file, ranges, size, headers)

    def _type(self, path: Path) -> str:
        """The type of a file by its name, with its charset."""
        guessed, coding = mimetypes.guess_type(path.name)
        kind = _TYPES.get(path.suffix.lower(), guessed) or "application/octet-stream"
        if coding is not None:  # an archive is one: whoever loads a .tar.gz wants it as it is
            return "application/gzip" if coding == "gzip" else "application/octet-stream"
        return f"{kind}; charset={self.charset}" if kind.startswith(_WITH_CHARSET) else kind

    def _best(self, request: HttpRequest, path: Path, headers: HttpHeaders) -> Path:
        """The file itself, or the one beside it in the coding that the client wants most; *headers* say so."""
        beside = {coding: path.with_name(path.name + suffix) for coding, suffix in _PRECOMPRESSED.items()}
        offered = [coding for coding, other in beside.items() if other.is_file() and not other.is_symlink()]
        if not offered:
            return path
        headers.add("vary", "Accept-Encoding")
        accepted = ", ".join(request.headers.get_all("accept-encoding")) if "accept-encoding" in request.headers else None
        coding = choose_coding(accepted, offered)
        if coding is None:
            return path
        headers.set("content-encoding", coding)
        return beside[coding]

    def _list(self, request: HttpRequest, folder: Path, path: str) -> _Answer:
        names = sorted(
            entry.name + ("/" if entry.is_dir() else "")
            for entry in os.scandir(folder)
            if self.allow_hidden or not entry.name.startswith(".")
        )
        lines = "".join(f'<li><a href="./{quote(name)}">{html.escape(name)}</a></li>\n' for name in names)
        title = html.escape(path)
        page = f"<!DOCTYPE html>\n<meta charset=utf-8>\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n{lines}</ul>\n".encode(
            "utf-8", "replace"
        )
        headers = {
            "content-type": "text/html; charset=utf-8",
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'",  # a name of a file is no program
            "cache-control": self.cache_control,
            "content-length": len(page),
        }
        return _Answer(FullHttpResponse(200, b"" if request.method == "HEAD" else page, headers), [])


def _path_of(uri: str) -> str:
    """The path of a target, of one in absolute form too, which a client may send and a server must take (RFC 9112 3.2.2)."""
    path = uri.partition("?")[0].partition("#")[0]
    if path.startswith("/"):
        return path
    scheme, divider, rest = path.partition("://")
    return "/" + rest.partition("/")[2] if divider and scheme.lower() in ("http", "https") else path


def _several(file: BinaryIO, ranges: list[tuple[int, int]], size: int, headers: HttpHeaders) -> _Answer:
    """Several parts of one file, each with a head of its own (RFC 9110 14.6)."""
    boundary = secrets.token_hex(16)
    kind = headers["content-type"]
    parts: list[bytes | DefaultFileRegion] = []
    total = 0
    for first, length in ranges:
        head = f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: bytes {first}-{first + length - 1}/{size}\r\n\r\n".encode()
        # A region closes its file, so each has one of its own; they read beside each other, for none moves the other's position.
        parts += [head, DefaultFileRegion(os.fdopen(os.dup(file.fileno()), "rb", buffering=0), first, length), b"\r\n"]
        total += len(head) + length + 2
    file.close()
    end = f"--{boundary}--\r\n".encode()
    headers.set("content-type", f"multipart/byteranges; boundary={boundary}").set("content-length", total + len(end))
    return _Answer(HttpResponse(206, headers), [*parts, end])


def _error(status: int, text: str, headers: dict[str, str] | None = None) -> _Answer:
    content = f"{status}: {text}\n".encode() if text else b""
    fields: dict[str, Any] = {"content-length": len(content), **(headers or {})}
    if text:
        fields["content-type"] = "text/plain; charset=utf-8"
    return _Answer(FullHttpResponse(status, content, fields), [])


def _forget(deciding: asyncio.Future[_Answer | None]) -> None:
    """Close what was opened for a client that is gone."""
    if not deciding.cancelled() and deciding.exception() is None and (answer := deciding.result()) is not None:
        _release(answer.parts)


def _release(parts: list[bytes | DefaultFileRegion]) -> None:
    for part in parts:
        if isinstance(part, DefaultFileRegion):
            part.release()
