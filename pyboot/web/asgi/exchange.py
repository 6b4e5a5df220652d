"""HttpExchange: one request and its response, as an ASGI application sees them: ``receive`` and ``send``.

Theory of operation. The application runs in a task of its own, begun eagerly where the request is read: one that does not wait is over
before the read is, and costs no turn of the loop. The task belongs to nobody: it goes on behind its response (background tasks) and behind
the loss of the connection. What it waits for here are three things: content, which the handler feeds; room for what it writes, which the
channel gives; and the end of the peer.

::

    state        what the application may send next
    WAITING      http.response.start
    STARTED      http.response.body, or pathsend; what was started leaves with the first of these
    STREAMING    http.response.body, until one without more
    TRAILERS     http.response.trailers
    DONE         nothing

Law 1. Content is held up to `READ_AHEAD` bytes, then the handler waits, and with it the network. Law 2. A peer that sends no more has not
left: the response still goes. The application hears ``http.disconnect`` then, if it asks for more. Law 3. Whatever the application does,
the peer gets one response or the end of its connection: 500 where nothing was begun, an end that no client takes for a whole response else.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Any, Final, final

from pyboot.components.netty import ChannelHandlerContext
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpResponse,
    HttpRequest,
    HttpResponse,
)

from .date import date_field
from .types import AsgiApplication, Message, Scope

_log = logging.getLogger("pyboot.web")

READ_AHEAD: Final = 64 * 1024
"""Bytes of content that wait for the application before the connection is read no further."""


class ClientDisconnectedError(OSError):
    """The peer is gone: what an application sends is for nobody. Source: the ASGI specification 2.4 of ``send``."""


class State(Enum):
    """How far the response is; see the table above."""

    WAITING = "http.response.start"
    STARTED = "http.response.body"
    STREAMING = "http.response.body, more of it"
    TRAILERS = "http.response.trailers"
    DONE = "nothing"


@final
class HttpExchange:
    """One request, its response and the application's task."""

    def __init__(self, ctx: ChannelHandlerContext, request: HttpRequest) -> None:
        """Begin with nothing read and nothing sent."""
        self.state = State.WAITING
        self.closes = False  # whether the connection ends behind the response
        self.is_disconnected = False  # the peer is gone
        self.is_over = False  # the response is complete, or will never be
        self._ctx = ctx
        self._request = request
        self._content: deque[bytes] = deque()
        self._held = 0
        self._is_complete = False  # all content is there
        self._is_read = False  # and the application has had it
        self._input_ended = False
        self._head: HttpResponse | None = None
        self._has_trailers = False
        self._expects_continue = request.headers.contains_value("expect", "100-continue")
        self._news: asyncio.Event | None = None  # where somebody waits for content, for room, or for the end
        self._task: asyncio.Task[None] | None = None

    # The application's side.

    def run(self, application: AsgiApplication, scope: Scope) -> None:
        """Begin the task of *application*."""
        loop = self._ctx.channel.loop
        self._task = asyncio.Task(self._run(application, scope), loop=loop, eager_start=True)

    async def _run(self, application: AsgiApplication, scope: Scope) -> None:
        try:
            await application(scope, self._receive, self._send)
        except ClientDisconnectedError:
            pass  # the application has heard of it, and let it be
        except Exception as error:  # noqa: BLE001  whatever an application raises ends this exchange alone
            _log.error("the application has raised for %s %s", scope.get("method"), scope.get("path"), exc_info=error)
        finally:
            self._application_is_over()

    def _application_is_over(self) -> None:
        """See to it that the peer gets its response: law 3."""
        if self.state is State.DONE or self.is_disconnected:
            self._finish()
        elif self.state in (State.WAITING, State.STARTED):
            self.state = State.DONE
            self._ctx.write_and_flush(FullHttpResponse(500, b"Internal Server Error", _plain_text()))
            self._finish()
        else:
            _log.error("the application has ended in the middle of its response to %s %s", self._request.method, self._request.uri)
            self._ctx.channel.abort()
            self._finish()

    async def _receive(self) -> Message:
        """Return the next event: content, and behind it the end."""
        if self._expects_continue and self.state is State.WAITING and not self._is_complete and not self._content:
            self._expects_continue = False
            self._ctx.write_and_flush(FullHttpResponse(100))
        while not self._content and not self._is_complete and not self.is_disconnected and not self._input_ended:
            await self._wait()
        if self._is_read or self.is_disconnected or not (self._content or self._is_complete):
            while not self.is_disconnected and not self._input_ended and self.state is not State.DONE:
                await self._wait()
            return {"type": "http.disconnect"}
        body = self._content.popleft() if self._content else b""
        if self._content and self._held <= READ_AHEAD:
            body = b"".join((body, *self._content))
            self._content.clear()
        self._held -= len(body)
        if self._held < READ_AHEAD:
            self._tell()
        self._is_read = self._is_complete and not self._content
        return {"type": "http.request", "body": body, "more_body": not self._is_read}

    async def _wait(self) -> None:
        """Wait for any news."""
        if self._news is None:
            self._news = asyncio.Event()
        self._news.clear()
        await self._news.wait()

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()

    async def _send(self, message: Message) -> None:
        # hot path: twice for each response.
        kind, state = message["type"], self.state
        if self.is_disconnected:
            raise ClientDisconnectedError("the peer is gone")
        if kind == "http.response.start" and state is State.WAITING:
            self._head = head = _head_of(message)
            if self.closes:
                head.set_keep_alive(False)
            self._has_trailers = bool(message.get("trailers", False))
            self.state = State.STARTED
        elif kind == "http.response.body" and (state is State.STARTED or state is State.STREAMING):
            await self._send_body(message.get("body", b""), bool(message.get("more_body", False)))
        elif kind == "http.response.pathsend" and state is State.STARTED:
            await self._send_path(Path(message["path"]))
        elif kind == "http.response.trailers" and state is State.TRAILERS:
            if not message.get("more_trailers", False):
                await self._end(DefaultLastHttpContent(b"", _fields(message.get("headers", ()))))
        elif kind not in _KINDS:
            raise RuntimeError(f"an ASGI application sends no {kind!r} for a request")
        else:
            raise RuntimeError(f"the application sent {kind!r}, where {state.value} is due")

    async def _send_body(self, body: Any, has_more: bool) -> None:
        data = body if isinstance(body, bytes) else bytes(body)
        head, self._head = self._head, None
        if not has_more and not self._has_trailers:
            last = DefaultLastHttpContent(data) if data else EMPTY_LAST_CONTENT
            if head is not None:
                await self._end(FullHttpResponse(head.status, data, head.headers))
            else:
                await self._end(last)
            return
        if head is not None:
            self._ctx.write(head)
        self.state = State.STREAMING if has_more else State.TRAILERS
        written = self._ctx.write_and_flush(DefaultHttpContent(data)) if data else self._ctx.flush()
        if not self._ctx.channel.is_writable:
            await self._written(written)

    async def _send_path(self, path: Path) -> None:
        """Send a file; it is read in a worker thread, piece by piece."""
        loop = self._ctx.channel.loop
        with await loop.run_in_executor(None, path.open, "rb") as file:
            while piece := await loop.run_in_executor(None, file.read, READ_AHEAD):
                await self._send_body(piece, has_more=True)
        await self._send_body(b"", has_more=False)

    async def _end(self, last: FullHttpResponse | DefaultLastHttpContent) -> None:
        self.state = State.DONE
        written = self._ctx.write_and_flush(last)
        self._finish()
        if not self._ctx.channel.is_writable:
            await self._written(written)

    async def _written(self, written: Any) -> None:
        """Wait until the peer has taken enough of what was written."""
        try:
            await written
        except OSError as error:
            raise ClientDisconnectedError("the peer is gone") from error

    # The handler's side.

    async def feed(self, content: bytes, *, is_last: bool) -> None:
        """Take content of the request; wait while there is too much of it."""
        if content and self.state is not State.DONE:
            self._content.append(content)
            self._held += len(content)
        self._is_complete = self._is_complete or is_last
        self._tell()
        while self._held >= READ_AHEAD and not self.is_over and not is_last:
            await self._wait()

    async def until_over(self) -> None:
        """Wait until the response is complete, or will never be."""
        while not self.is_over:
            await self._wait()

    def complete(self, content: bytes) -> None:
        """Take all content of a request at once."""
        if content:
            self._content.append(content)
            self._held = len(content)
        self._is_complete = True

    def input_ended(self) -> None:
        """Take note that the peer will send nothing more."""
        self._input_ended = True
        self._tell()

    def disconnect(self) -> None:
        """Take note that the peer is gone."""
        self.is_disconnected = True
        self._finish()

    def _finish(self) -> None:
        self.is_over = True
        self._tell()


_KINDS: Final = frozenset({"http.response.start", "http.response.body", "http.response.pathsend", "http.response.trailers"})


def _head_of(message: Message) -> HttpResponse:
    headers = _fields(message.get("headers", ()))
    if headers.get_bytes(b"date") is None:
        headers.fields.append(date_field())
    return HttpResponse(message["status"], headers)


def _fields(pairs: Iterable[Any]) -> HttpHeaders:
    headers = HttpHeaders()
    for name, value in pairs:
        headers.add(bytes(name), bytes(value))
    return headers


def _plain_text() -> HttpHeaders:
    return HttpHeaders([("content-type", "text/plain; charset=utf-8")])
