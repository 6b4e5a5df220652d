"""HttpAccessLogHandler: a line for each request, when its response has left: combined, as log analysers read it, or JSON."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.buffer.message import size_of
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.http.message import HttpContent, HttpRequest, HttpResponse, LastHttpContent

from .requests import RequestQueue

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["HttpAccessLogHandler"]

_LONGEST: Final = 1024  # characters of one field that a client chose

# All that would end a line, or a quoted field, or speak to a terminal.
_ESCAPES: Final = {number: f"\\x{number:02x}" for number in (*range(0x20), *range(0x7F, 0xA0))} | {ord('"'): '\\"', ord("\\"): "\\\\"}


class HttpAccessLogHandler(ChannelHandler[Any]):
    """Logs each request with its response, at INFO; put it behind the codec, in front of what compresses to see what was sent.

    Args:
        format: ``combined``, Apache's format with the seconds that it took behind it, or ``json``, one object a line.
        logger: the name of the logger.

    Of a connection that ends before its response does, the request is logged with the status 499, as nginx does. Whatever a client sent is
    escaped and cut: no line is made by it, and no terminal spoken to. Raises ValueError for another format.
    """

    def __init__(self, format: Literal["combined", "json"] = "combined", logger: str = "pyboot.access") -> None:  # Apache's word
        if format not in ("combined", "json"):
            raise ValueError(f"format {format!r} of an access log, allowed is combined or json")
        self.format: Final = format
        self.logger: Final = logging.getLogger(logger)
        self._requests: RequestQueue[_Entry] = RequestQueue()
        self._entry: _Entry | None = None  # whose response is being written

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpRequest):
            self._requests.add(_Entry(msg))
        return ctx.fire_channel_read(msg)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpResponse):
            self._entry = self._requests.of(msg)
            if self._entry is not None:
                self._entry.status = msg.status
        entry = self._entry
        if entry is not None:
            if isinstance(msg, HttpContent):
                entry.size += len(msg.content)
            else:
                entry.size += msg.count if isinstance(msg, FileRegion) else size_of(msg)
        written = ctx.write(msg, promise)
        if entry is not None and isinstance(msg, LastHttpContent):
            self._entry = None
            self._log(ctx, entry)
        self._requests.written(ctx, msg)
        return written

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        while (entry := self._requests.take()) is not None:
            entry.status = 499
            self._log(ctx, entry)
        return ctx.fire_channel_inactive()

    def _log(self, ctx: ChannelHandlerContext, entry: _Entry) -> None:
        if self.logger.isEnabledFor(logging.INFO):
            address = ctx.channel.remote_address()
            peer = str(address[0]) if isinstance(address, tuple) else str(address or "-")
            self.logger.info("%s", entry.combined(peer) if self.format == "combined" else entry.json(peer))


class _Entry:
    """A request, and what has become of it."""

    __slots__ = ("_began", "_moment", "agent", "host", "method", "referer", "size", "status", "uri", "version")

    def __init__(self, request: HttpRequest) -> None:
        self._began = time.monotonic()
        self._moment = datetime.now().astimezone()
        self.method, self.uri, self.version = str(request.method), request.uri, str(request.version)
        self.host = request.headers.get("host")
        self.referer = request.headers.get("referer")
        self.agent = request.headers.get("user-agent")
        self.status = 0
        self.size = 0

    @property
    def seconds(self) -> float:
        """Since the request came."""
        return time.monotonic() - self._began

    def combined(self, peer: str) -> str:
        """Return the line of Apache's format, with the seconds."""
        at = f"{self._moment:%d/%b/%Y:%H:%M:%S %z}"
        line = f"{_escaped(self.method)} {_escaped(self.uri)} {self.version}"
        ends = f'"{_escaped(self.referer)}" "{_escaped(self.agent)}" {self.seconds:.6f}'
        return f'{peer} - - [{at}] "{line}" {self.status} {self.size or "-"} {ends}'

    def json(self, peer: str) -> str:
        """Return the line of one JSON object, ASCII."""
        fields: dict[str, object] = {
            "time": self._moment.isoformat(timespec="milliseconds"),
            "remote": peer,
            "method": self.method,
            "uri": self.uri[:_LONGEST],
            "version": self.version,
            "status": self.status,
            "bytes": self.size,
            "seconds": round(self.seconds, 6),
        }
        for name, value in (("host", self.host), ("referer", self.referer), ("user_agent", self.agent)):
            if value is not None:
                fields[name] = value[:_LONGEST]
        return json.dumps(fields)


def _escaped(text: str | None) -> str:
    return "-" if not text else text[:_LONGEST].translate(_ESCAPES)
