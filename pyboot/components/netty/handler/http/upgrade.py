"""HTTP's way to another protocol on the same connection: ``Upgrade`` and 101. Source: RFC 9110 7.8, Netty's classes of these names.

::

    client ── GET / HTTP/1.1, Connection: upgrade, Upgrade: chat ──▶ server
    client ◀── HTTP/1.1 101 Switching Protocols, Upgrade: chat ──── server
           ◀═══════════════════ chat ═══════════════════▶

Neither side is ever obliged: a server that does not know the protocol, or a client that gets another answer, goes on with HTTP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, final

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import (
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpContent,
    HttpRequest,
    HttpResponse,
    LastHttpContent,
)
from pyboot.components.netty.wire.http.start_line import HttpVersion

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = [
    "ClientUpgradeCodec",
    "HttpClientUpgradeHandler",
    "HttpServerUpgradeHandler",
    "ServerUpgradeCodec",
    "UpgradeEvent",
    "UpgradeState",
]

# Takes HTTP out of the pipeline of the context that it is called with.
type UpgradeFrom = Callable[[ChannelHandlerContext], object]


class ServerUpgradeCodec(Protocol):
    """The other protocol, as a server needs it for an upgrade."""

    def required_upgrade_headers(self) -> Sequence[str]:
        """The fields that a request must have, and name in ``Connection``, besides ``Upgrade``."""
        ...

    def prepare_upgrade_response(self, ctx: ChannelHandlerContext, request: FullHttpRequest, headers: HttpHeaders) -> bool:
        """Look at *request* and add to the *headers* of the response; False to go on with HTTP."""
        ...

    def upgrade_to(self, ctx: ChannelHandlerContext, request: FullHttpRequest) -> None:
        """Put the handlers of the protocol into the pipeline: the response has been written."""
        ...


class ClientUpgradeCodec(Protocol):
    """The other protocol, as a client needs it for an upgrade."""

    protocol: str

    def set_upgrade_headers(self, ctx: ChannelHandlerContext, request: HttpRequest) -> Sequence[str]:
        """Add to the header fields of *request*, and return the names of those that are to stand in ``Connection``."""
        ...

    def upgrade_to(self, ctx: ChannelHandlerContext, response: HttpResponse) -> None:
        """Put the handlers of the protocol into the pipeline: the server has agreed."""
        ...


class UpgradeEvent(NamedTuple):
    """A server has changed to *protocol*, which *request* asked for; an event for the handlers behind."""

    protocol: str
    request: FullHttpRequest


class UpgradeState(Enum):
    """The stages of a client's upgrade; events for the handlers behind."""

    ISSUED = "issued"
    SUCCESSFUL = "successful"
    REJECTED = "rejected"


@final
class HttpServerUpgradeHandler(ChannelHandler[Any]):
    """Changes to another protocol where a client asks for one that the server knows.

    The request must be all there: its content is gathered up to *max_content_length* bytes, 0 by default; one that has more is an ordinary
    request, and so is one that the codec does not like, or of HTTP/1.0. After an upgrade, and after the first request that asked for none
    of the protocols, nothing is in the way: only the first request of a connection can change it.

    Args:
        upgrade_from: takes HTTP out of the pipeline, once the response is written: ``lambda ctx: ctx.pipeline.remove(HttpServerCodec)``.
        codecs: those of the protocols by name, in lower case, as functions that make one.
    """

    def __init__(self, upgrade_from: UpgradeFrom, codecs: dict[str, Callable[[], ServerUpgradeCodec]], max_content_length: int = 0) -> None:
        self._upgrade_from = upgrade_from
        self._codecs = {name.lower(): make for name, make in codecs.items()}
        self._max: Final = max_content_length
        self._held: list[HttpRequest | HttpContent] = []
        self._size = 0

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpRequest):
            if not self._may_upgrade(msg):
                return self._go_on(ctx, msg)
        elif not self._held or not isinstance(msg, HttpContent):
            return ctx.fire_channel_read(msg)
        self._held.append(msg)
        if isinstance(msg, HttpContent):
            self._size += len(msg.content)
            if self._size > self._max:
                return self._go_on(ctx)
        return self._upgrade(ctx) if isinstance(msg, LastHttpContent) else None

    def _may_upgrade(self, request: HttpRequest) -> bool:
        if request.version is not HttpVersion.HTTP_1_1 or not request.headers.contains_value("connection", "upgrade"):
            return False
        return any(name.decode("latin-1") in self._codecs for name in request.headers.list_of(b"upgrade"))

    def _go_on(self, ctx: ChannelHandlerContext, *more: Any) -> Awaitable[None] | None:
        """Go on with HTTP, without this handler."""
        held, self._held = self._held, []
        for msg in (*held, *more):
            ctx.fire_channel_read(msg)
        ctx.pipeline.remove(self)
        return None

    def _upgrade(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        head = self._held[0]
        assert isinstance(head, HttpRequest)
        content = b"".join(part.content for part in self._held if isinstance(part, HttpContent))
        request = FullHttpRequest(head.method, head.uri, content, head.headers, head.version)
        for name in request.headers.list_of(b"upgrade"):  # in the client's order: it wants the first most
            protocol = name.decode("latin-1")
            make = self._codecs.get(protocol)
            codec = None if make is None else make()
            headers = HttpHeaders({"connection": "upgrade", "upgrade": protocol})
            if codec is None or not _has_all(request, codec.required_upgrade_headers()):
                continue
            if codec.prepare_upgrade_response(ctx, request, headers):
                self._held = []
                return self._change(ctx, protocol, codec, request, FullHttpResponse(101, headers=headers))
        return self._go_on(ctx)

    def _change(
        self, ctx: ChannelHandlerContext, protocol: str, codec: ServerUpgradeCodec, request: FullHttpRequest, response: FullHttpResponse
    ) -> Awaitable[None] | None:
        # Written before the pipeline is changed, and HTTP taken out after: so the response is HTTP, and nothing behind it is.
        ctx.write_and_flush(response)
        codec.upgrade_to(ctx, request)
        self._upgrade_from(ctx)
        ctx.fire_user_event_triggered(UpgradeEvent(protocol, request))
        ctx.pipeline.remove(self)
        return None


def _has_all(request: HttpRequest, names: Sequence[str]) -> bool:
    listed = request.headers.list_of(b"connection")
    return all(name in request.headers and name.lower().encode("latin-1") in listed for name in names)


@final
class HttpClientUpgradeHandler(ChannelHandler[Any]):
    """Asks for another protocol with the first request that is written, and changes to it if the server agrees.

    The handlers behind hear of it by `UpgradeState`. A response that is no 101 goes through, as any does from there on. One of 101 that
    names another protocol is an `HttpDecoderError`, and the channel is closed.

    Args:
        upgrade_from: takes HTTP out of the pipeline.
        codec: the other protocol.
    """

    def __init__(self, upgrade_from: UpgradeFrom, codec: ClientUpgradeCodec) -> None:
        self._upgrade_from = upgrade_from
        self._codec = codec
        self._is_asked = False
        self._drops_end = False  # the end of the 101, which is no message of the new protocol

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpRequest) and not self._is_asked:
            self._is_asked = True
            msg.headers = msg.headers.copy()
            msg.headers.set("upgrade", self._codec.protocol)
            names = self._codec.set_upgrade_headers(ctx, msg)
            msg.headers.add("connection", ", ".join(["upgrade", *names]))
            ctx.fire_user_event_triggered(UpgradeState.ISSUED)
        return ctx.write(msg, promise)

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if self._drops_end and isinstance(msg, HttpContent) and not isinstance(msg, HttpResponse):
            if isinstance(msg, LastHttpContent):
                ctx.pipeline.remove(self)
            return None
        if not self._is_asked or not isinstance(msg, HttpResponse) or (msg.is_informational and msg.status != 101):
            return ctx.fire_channel_read(msg)
        if msg.status != 101:
            ctx.fire_user_event_triggered(UpgradeState.REJECTED)
            ctx.fire_channel_read(msg)
            ctx.pipeline.remove(self)
            return None
        if not msg.headers.contains_value("upgrade", self._codec.protocol):
            raise _other_protocol(ctx, msg, self._codec.protocol)
        self._codec.upgrade_to(ctx, msg)
        ctx.fire_user_event_triggered(UpgradeState.SUCCESSFUL)
        self._upgrade_from(ctx)
        if isinstance(msg, DefaultLastHttpContent | FullHttpResponse):
            ctx.pipeline.remove(self)
        else:
            self._drops_end = True
        return None


def _other_protocol(ctx: ChannelHandlerContext, response: HttpResponse, wanted: str) -> HttpDecoderError:
    ctx.close()
    seen = response.headers.get("upgrade")
    return HttpDecoderError("other protocol", f"the server has changed to {seen!r}, asked for was {wanted!r}")
