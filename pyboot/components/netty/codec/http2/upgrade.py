"""From HTTP/1.1 to HTTP/2 on a connection without TLS: ``Upgrade: h2c`` (RFC 7540 3.2). Source: Netty's classes of these names.

::

    client ── GET / HTTP/1.1, Connection: upgrade, http2-settings, Upgrade: h2c, HTTP2-Settings: AAMAAABk ──▶ server
    client ◀── 101, Upgrade: h2c ── SETTINGS ── the answer, as stream 1 ────────────────────────────────────── server
    client ── PRI * HTTP/2.0 … SETTINGS ─────────────────────────────────────────────────────────────────────▶ server

RFC 9113 has withdrawn it, and a proxy that passes it on lets requests by that it has not seen: a server offers it only where it is told to.
Each codec is one of an `HttpServerUpgradeHandler` or `HttpClientUpgradeHandler`, and takes HTTP/1.1 out of the pipeline itself.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.client import HttpClientCodec
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.hop_by_hop import end_to_end
from pyboot.components.netty.wire.http.message import FullHttpRequest, HttpRequest, HttpResponse
from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.errors import Http2ConnectionError
from pyboot.components.netty.wire.http2.frame import Http2Headers, Http2HeadersFrame
from pyboot.components.netty.wire.http2.settings import Http2Settings

from .codec import Http2FrameCodec
from .multiplex import Http2MultiplexHandler

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["H2C", "Http2ClientUpgradeCodec", "Http2ServerUpgradeCodec"]

H2C: Final = "h2c"
_SETTINGS: Final = "http2-settings"


@final
class Http2ServerUpgradeCodec:
    """The change of a server to HTTP/2, whose streams get the handlers that *child_handler* adds, the request of the change as stream 1.

    Args:
        child_handler: as of an `Http2MultiplexHandler`.
        config: of HTTP/2.
        deadlines: makes the watch of the connection, an `Http2ServerDeadlines`; None: nobody watches.

    Everything in the pipeline behind `HttpServerCodec` goes with it, but for the handler of the upgrade.
    """

    def __init__(
        self,
        child_handler: ChannelHandler[Any] | Callable[[Any], object],
        config: Http2Config | None = None,
        deadlines: Callable[[], ChannelHandler[Any]] | None = None,
    ) -> None:
        self._child_handler = child_handler
        self._config = config
        self._deadlines = deadlines
        self._told: dict[int, int] = {}

    def required_upgrade_headers(self) -> Sequence[str]:
        """The settings of the client."""
        return (_SETTINGS,)

    def prepare_upgrade_response(self, ctx: ChannelHandlerContext, request: FullHttpRequest, headers: HttpHeaders) -> bool:
        """True for settings that HTTP/2 has, of a request that it has too; False goes on with HTTP/1.1, as over TLS."""
        if any(hasattr(handler, "application_protocol") for _, handler in ctx.pipeline):
            return False  # over TLS, ALPN alone decides (RFC 7540 3.3)
        given = request.headers.get_all(_SETTINGS)
        told = _settings(given[0]) if len(given) == 1 else None
        if told is None or str(request.method) == "CONNECT" or not request.uri.startswith(("/", "*")):
            return False
        self._told = told
        return True

    def upgrade_to(self, ctx: ChannelHandlerContext, request: FullHttpRequest) -> None:
        """Put HTTP/2 into the place of HTTP/1.1, and hand the request on as stream 1."""
        pipeline = ctx.pipeline
        names = pipeline.names()
        first = next(name for name in names if pipeline.get(name) is pipeline.get(HttpServerCodec))
        for name in names[names.index(first) :]:
            if pipeline.get(name) is not ctx.handler:
                pipeline.remove(name)
        codec = Http2FrameCodec(is_server=True, config=self._config)
        multiplexer = Http2MultiplexHandler(self._child_handler)
        pipeline.add_last(codec, multiplexer, *([] if self._deadlines is None else [self._deadlines()]))
        codec.machine.upgrade(self._told)
        head = Http2HeadersFrame(_head(request), True, 1)
        codec_ctx = pipeline.context(codec)
        codec_ctx.fire_channel_read(head)
        codec_ctx.fire_channel_read_complete()
        codec.send(codec_ctx)


@final
class Http2ClientUpgradeCodec:
    """The change of a client to HTTP/2: the response to the request that asked comes on stream 1, to the handlers that *handler* adds.

    Args:
        handler: as of an `Http2StreamChannelBootstrap`.
        config: of HTTP/2, whose settings the request names.
    """

    protocol = H2C

    def __init__(self, handler: ChannelHandler[Any] | Callable[[Any], object], config: Http2Config | None = None) -> None:
        self._handler = handler
        self._config = Http2Config() if config is None else config
        self._is_head = False

    def set_upgrade_headers(self, ctx: ChannelHandlerContext, request: HttpRequest) -> Sequence[str]:
        """Name our settings."""
        self._is_head = str(request.method) == "HEAD"
        config = self._config
        values = {0x2: 0, 0x4: config.initial_window_size, 0x6: config.max_headers}
        payload = b"".join(key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in values.items())
        request.headers.set(_SETTINGS, base64.urlsafe_b64encode(payload).rstrip(b"=").decode())
        return (_SETTINGS,)

    def upgrade_to(self, ctx: ChannelHandlerContext, response: HttpResponse) -> None:
        """Put HTTP/2 into the place of HTTP/1.1; its preface leaves now."""
        pipeline = ctx.pipeline
        http = pipeline.get(HttpClientCodec)
        if http is not None:
            pipeline.remove(http)
        codec = Http2FrameCodec(is_server=False, config=self._config)
        multiplexer = Http2MultiplexHandler(self._handler)
        pipeline.add_last(codec, multiplexer)
        codec.machine.upgrade({}, is_head=self._is_head)


def _settings(given: str) -> dict[int, int] | None:
    """Return the settings that a client names; None for what is none."""
    try:
        payload = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(payload) % 6:
        return None
    told = {
        int.from_bytes(payload[at : at + 2], "big"): int.from_bytes(payload[at + 2 : at + 6], "big") for at in range(0, len(payload), 6)
    }
    try:
        Http2Settings().update(told)
    except Http2ConnectionError:
        return None
    return told


def _head(request: FullHttpRequest) -> Http2Headers:
    headers = end_to_end(request.headers).copy()
    host = headers.get("host")
    headers.remove("host")
    return Http2Headers(headers, method=str(request.method), scheme="http", authority=host, path=request.uri)
