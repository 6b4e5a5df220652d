"""HttpExchange: one request and its response, as an ASGI application sees them: ``receive`` and ``send``.

Theory of operation. The application runs in a task of its own, begun eagerly where the request is read: one that does not wait is over
before the read is, and costs no turn of the loop. The task is the application's, not the connection's: it goes on behind its response
(background tasks) and behind the loss of the connection, and the handler holds it until then. What it waits for here are three things:
content, which the handler feeds; room for what it writes, which the channel gives; and the end of the peer.

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
A client that breaks a download off is no error of the application, whatever that makes of it: it is told at DEBUG, and counted.
Law 4. What an encoder refuses was not sent: ``send`` raises the refusal, and the state stays what it was. A response that was taken for
sent would leave its request without one, and the next response of the connection would be read as its own.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Iterable
from enum import Enum
from typing import Any, Final, final

from pyboot.components.netty import ChannelHandlerContext, DefaultFileRegion
from pyboot.components.netty.channel.fault import tell_peer
from pyboot.components.netty.channel.promise import ChannelPromise
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
from .protocol import AsgiApplication, Message, Scope

_log = logging.getLogger("pyboot.web")

READ_AHEAD: Final = 64 * 1024
"""Bytes of content that wait for the application before the connection is read no further."""

PIECE: Final = 1024 * 1024
"""Bytes of a response that are written at once: below the hard limit of what a channel holds for its peer."""


class ClientDisconnectedError(OSError):
    """The peer is gone: what an application sends is for nobody. Source: the ASGI specification 2.4 of ``send``."""


class State(Enum):
    """How far the response is; see the table above."""

    WAITING = "http.response.start"
    STARTED = "http.response.body"
    STREAMING = "http.response.body, more of it"
    TRAILERS = "http.response.trailers"
    DONE = "nothing"


class Exchange:
    """What every exchange has: the application's task, and what it and the handler wait for."""

    # hot path: what most exchanges never change stands in the class, and costs them nothing.
    is_disconnected = False  # the peer is gone
    has_heard = False  # the application has heard of that from what it sends
    is_over = False  # the response is complete, or will never be
    _news: asyncio.Event | None = None  # where somebody waits for content, for room, or for the end
    _task: asyncio.Task[None] | None = None

    def __init__(self, ctx: ChannelHandlerContext, request: HttpRequest) -> None:
        """Begin with nothing read and nothing sent."""
        self._ctx = ctx
        self._request = request

    def run(self, application: AsgiApplication, scope: Scope) -> asyncio.Task[None]:
        """Begin the task of *application*, and return it: the caller holds it until it is done, for the loop itself holds no task."""
        task = self._task = asyncio.Task(self._run(application, scope), loop=self._ctx.channel.loop, eager_start=True)
        return task

    async def _run(self, application: AsgiApplication, scope: Scope) -> None:
        failed = False
        try:
            await application(scope, self._receive, self._send)
        except ClientDisconnectedError:
            pass  # the application has heard of it, and let it be
        except Exception as error:  # noqa: BLE001  whatever an application raises ends this exchange alone
            failed = True
            if not _says_that_the_peer_is_gone(error):
                _log.error("the application has raised for %s %s", self._request.method, scope["path"], exc_info=error)
        except BaseException:  # cancelled, by itself or with the program
            failed = True
            raise
        finally:
            self._application_is_over(failed=failed)

    async def _receive(self) -> Message:
        raise NotImplementedError

    async def _send(self, message: Message) -> None:
        raise NotImplementedError

    def _application_is_over(self, *, failed: bool) -> None:
        raise NotImplementedError

    async def _wait(self) -> None:
        """Wait for any news."""
        if self._news is None:
            self._news = asyncio.Event()
        self._news.clear()
        await self._news.wait()

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()

    async def until_over(self) -> None:
        """Wait until the handler may take what comes next."""
        while not self.is_over:
            await self._wait()

    def input_ended(self) -> None:
        """Take note that the peer will send nothing more."""

    def disconnect(self) -> None:
        """Take note that the peer is gone."""
        self.is_disconnected = True
        self._finish()

    def _finish(self) -> None:
        self.is_over = True
        self._tell()

    def _write(self, msg: object) -> Awaitable[None]:
        """Write *msg* and send it; raises why an encoder has refused it (law 4)."""
        written = self._ctx.write_and_flush(msg)
        self._refuse_unless_sent(written)
        return written

    def _refuse_unless_sent(self, written: Awaitable[None]) -> None:
        """Raise why what *written* stands for was refused, if it was: law 4."""
        # hot path: for each message that leaves.
        if isinstance(written, ChannelPromise) and (error := written.error) is not None:
            written.is_awaited = True  # the application is told
            if isinstance(error, OSError):
                raise self._is_gone() from error
            raise error

    def _is_gone(self) -> ClientDisconnectedError:
        """Return what the application hears; its channel may learn of the end later than its writes."""
        self.has_heard = True
        return ClientDisconnectedError("the peer is gone")

    async def _written(self, written: Awaitable[None]) -> None:
        """Wait until the peer has taken enough of what was written."""
        try:
            await written
        except OSError as error:
            raise self._is_gone() from error


@final
class HttpExchange(Exchange):
    """One request, its response and the application's task."""

    state = State.WAITING
    closes = False  # whether the connection ends behind the response
    _held = 0
    _is_complete = False  # all content is there
    _is_read = False  # and the application has had it
    _input_ended = False
    _begun: FullHttpResponse | None = None  # the response, of which nothing has left: it goes whole, or its head with the first content
    _has_trailers = False
    _was_asked = False  # the application has asked for content

    def __init__(self, ctx: ChannelHandlerContext, request: HttpRequest) -> None:
        """Begin with nothing read and nothing sent."""
        super().__init__(ctx, request)
        self._content: deque[bytes] = deque()

    # The application's side.

    def _application_is_over(self, *, failed: bool) -> None:
        """See to it that the peer gets its response: law 3."""
        if self.state is not State.DONE and self.has_heard:
            text = f"the client has broken the response to {self._request.method} {self._request.uri} off"
            tell_peer(self._ctx.channel, "response-broken-off", text, logging.DEBUG)
            if not self.is_disconnected:
                self._ctx.channel.abort()
            self._finish()
        elif self.state is State.DONE or self.is_disconnected:
            self._finish()
        elif self.state in (State.WAITING, State.STARTED):
            self.state = State.DONE
            self._ctx.write_and_flush(FullHttpResponse(500, b"Internal Server Error", _plain_text()))
            self._finish()
        else:
            if not self._input_ended:  # else it was told that nobody listens: a stream that ends by that is no mistake
                _log.error("the application has ended in the middle of its response to %s %s", self._request.method, self._request.uri)
            self._ctx.channel.abort()
            self._finish()

    async def _receive(self) -> Message:
        """Return the next event: content, and behind it the end."""
        if not self._was_asked:
            self._was_asked = True
            if not self._is_complete and not self._content and self.state is State.WAITING:
                self._let_continue()
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

    def _let_continue(self) -> None:
        """Tell a client that waits for it to go on with the content."""
        if self._request.headers.contains_value("expect", "100-continue"):
            self._ctx.write_and_flush(FullHttpResponse(100))

    async def _send(self, message: Message) -> None:
        # hot path: twice for each response; one that comes whole is written without another coroutine.
        kind, state = message["type"], self.state
        if self.is_disconnected:
            raise self._is_gone()
        if kind == "http.response.start" and state is State.WAITING:
            self._begun = FullHttpResponse(status_of(message), b"", headers_of(message))
            if message.get("trailers", False):
                self._has_trailers = True
            self.state = State.STARTED
        elif kind == "http.response.body" and (state is State.STARTED or state is State.STREAMING):
            body = message.get("body", b"")
            data = body if isinstance(body, bytes) else octets(body)
            if message.get("more_body", False) or self._has_trailers:
                await self._send_part(data, has_more=bool(message.get("more_body", False)))
            else:
                if len(data) > PIECE:
                    self._say_length(len(data))
                    data = await self._send_pieces(data)
                whole = self._begun
                if whole is not None:
                    if self.closes:
                        whole.set_keep_alive(False)
                    if whole.status not in _WITHOUT_CONTENT:
                        whole.content = data
                written = self._end(whole or (DefaultLastHttpContent(data) if data else EMPTY_LAST_CONTENT))
                if not self._ctx.channel.is_writable:
                    await self._written(written)
        elif kind == "http.response.pathsend" and state is State.STARTED:
            await self._send_path(message["path"])
        elif kind == "http.response.trailers" and state is State.TRAILERS:
            if not message.get("more_trailers", False):
                await self._written(self._end(DefaultLastHttpContent(b"", fields_of(message.get("headers", ())))))
        elif kind not in _KINDS:
            raise RuntimeError(f"an ASGI application sends no {kind!r} for a request")
        else:
            raise RuntimeError(f"the application sent {kind!r}, where {state.value} is due")

    async def _send_part(self, data: bytes, *, has_more: bool) -> None:
        if len(data) > PIECE:
            data = await self._send_pieces(data)
        self._write_head()
        self.state = State.STREAMING if has_more else State.TRAILERS
        written = self._write(DefaultHttpContent(data)) if data else self._ctx.flush()
        if not self._ctx.channel.is_writable:
            await self._written(written)

    def _say_length(self, length: int) -> None:
        """Tell the length of a response that is there as a whole, where nothing else tells it."""
        begun = self._begun
        if (
            begun is not None
            and begun.headers.get_bytes(b"content-length") is None
            and begun.headers.get_bytes(b"transfer-encoding") is None
        ):
            begun.headers.set("content-length", str(length))

    async def _send_path(self, path: str) -> None:
        """Send a file, by the operating system where the channel has a socket of its own; raises `OSError` if it is not there."""
        region = await self._ctx.channel.loop.run_in_executor(None, DefaultFileRegion, path)
        try:
            self._write_head()
        except BaseException:
            region.release()
            raise
        self.state = State.STREAMING
        await self._written(self._write(region))
        await self._written(self._end(EMPTY_LAST_CONTENT))

    async def _send_pieces(self, data: bytes) -> bytes:
        """Send *data*, no more at a time than the peer takes, for the channel holds no film for a slow one; return its last byte."""
        self._write_head()
        self.state = State.STREAMING
        end = len(data) - 1
        for begin in range(0, end, PIECE):
            await self._written(self._write(DefaultHttpContent(data[begin : min(begin + PIECE, end)])))
        return data[end:]

    def _write_head(self) -> None:
        begun = self._begun
        if begun is not None:
            if self.closes:
                begun.set_keep_alive(False)
            self._refuse_unless_sent(self._ctx.write(HttpResponse(begun.status, begun.headers)))
            self._begun = None

    def _end(self, last: FullHttpResponse | DefaultLastHttpContent) -> Awaitable[None]:
        """Write the end of the response; what is returned waits for room."""
        written = self._write(last)
        self._begun = None
        self.state = State.DONE
        self._finish()
        return written

    # The handler's side.

    async def feed(self, content: bytes, *, is_last: bool) -> None:
        """Take content of the request; wait while there is too much of it."""
        if self.state is State.DONE:
            self._input_ended = True  # what nobody may ask for any more is dropped, and never taken for a whole
            self._tell()
            return
        if content:
            self._content.append(content)
            self._held += len(content)
        self._is_complete = self._is_complete or is_last
        self._tell()
        while self._held >= READ_AHEAD and not self.is_over and not is_last:
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


_WITHOUT_CONTENT: Final = (204, 304)  # content of theirs is dropped, as that of a response to HEAD is
_KINDS: Final = frozenset({"http.response.start", "http.response.body", "http.response.pathsend", "http.response.trailers"})


# What a framework raises where `send` has raised ours, by its module and name: none of them is imported for it.
_OF_FRAMEWORKS: Final = frozenset({("starlette.requests", "ClientDisconnect"), ("starlette.websockets", "WebSocketDisconnect")})


def _says_that_the_peer_is_gone(error: Exception) -> bool:
    """Tell whether *error* passes on what `send` has raised, as ``OSError`` or by the name that a framework has for it.

    Anything else that is raised behind it is a mistake of whoever cleans up.
    """
    if isinstance(error, ExceptionGroup):
        return all(_says_that_the_peer_is_gone(each) for each in error.exceptions)
    kind = type(error)
    if not isinstance(error, OSError) and (kind.__module__, kind.__name__) not in _OF_FRAMEWORKS:
        return False
    found: BaseException | None = error
    for _ in range(10):
        if found is None or isinstance(found, ClientDisconnectedError):
            break
        found = found.__cause__ or found.__context__
    return isinstance(found, ClientDisconnectedError)


def octets(said: Any) -> bytes:
    """Return the bytes of anything that has bytes; raises `TypeError` for what has none, a number for instance."""
    return memoryview(said).tobytes()


def head_of(message: Message) -> HttpResponse:
    """Return the head of the response that an application begins with *message*; raises `ValueError` for a status that begins none."""
    return HttpResponse(status_of(message), headers_of(message))


def status_of(message: Message) -> int:
    """Return the status that an application says; raises `ValueError` for one that begins no response."""
    status = int(message["status"])
    if not 200 <= status <= 599:
        raise ValueError(f"status {status}: a response has one of 200 to 599")
    return status


def headers_of(message: Message) -> HttpHeaders:
    """Return the header fields of that response, ``Date`` among them."""
    headers = fields_of(message.get("headers", ()))
    if headers.get_bytes(b"date") is None:
        headers.fields.append(date_field())
    return headers


def fields_of(pairs: Iterable[Any]) -> HttpHeaders:
    """Return header fields that an application gives as pairs of bytes; raises `HttpEncoderError` for one that is none."""
    return HttpHeaders().extend_raw(pairs)


def _plain_text() -> HttpHeaders:
    return HttpHeaders([("content-type", "text/plain; charset=utf-8")])
