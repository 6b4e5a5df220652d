"""HttpConnector: from a route to a connection that may be used: TCP or a Unix socket, the tunnel of a proxy, TLS, the codec.

::

    connect ── (tunnel: CONNECT, 2xx) ── (TLS: handshake, the host's name compared) ── codec ── IDLE

Nothing of a request is written before all of it is over. Whatever fails, or is cancelled, leaves no connection behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, final

from pyboot.components.netty.bootstrap import Bootstrap
from pyboot.components.netty.codec.http.client import HttpClientCodec
from pyboot.components.netty.errors import NettyError
from pyboot.components.netty.handler.tls.arguments import ClientSslChoice, tls_of_client
from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.transport.tcp import SocketChannel
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig

from .connection import HttpConnection
from .errors import HttpClientError, HttpConnectError
from .limits import HttpLimits
from .tunnel import TunnelHandler

if TYPE_CHECKING:
    from pyboot.components.netty.handler.tls.securing import ClientTls
    from pyboot.components.netty.transport.resolving import NameResolver

    from .route import Route
    from .session import HttpSession

__all__ = ["PRIOR_KNOWLEDGE", "Http2Choice", "HttpConnector"]

PRIOR_KNOWLEDGE: Final = "prior-knowledge"

type Http2Choice = bool | Literal["prior-knowledge"]


@final
class HttpConnector:
    """Makes connections; *ssl* and *tls* are the arguments of a `Bootstrap`, *authorizations* those of proxies."""

    def __init__(
        self,
        limits: HttpLimits,
        config: HttpDecoderConfig | None,
        ssl: ClientSslChoice,
        tls: Mapping[str, Any],
        options: Mapping[ChannelOption[Any], Any],
        http2: Http2Choice = False,
        resolver: NameResolver | None = None,
    ) -> None:
        self._limits = limits
        self._config = config
        self._ssl = ssl
        self._http2 = http2
        self._tls_arguments = dict(tls)
        if http2 and ssl is True:  # of a context that is given, its own protocols are offered
            self._tls_arguments.setdefault("alpn", ("h2", "http/1.1"))
        self._tls: ClientTls | None = None
        if tls or ssl is not True:
            # What is wrong with it is told where it was written; the system's authorities are read when they are asked for.
            self._tls = tls_of_client(ssl, self._tls_arguments)
        self._bootstrap = Bootstrap().option(ChannelOption.CONNECT_TIMEOUT, 0.0).resolver(resolver).handler(self._initialize)
        for option, value in options.items():
            self._bootstrap.option(option, value)

    def may_share(self, route: Route) -> bool:
        """True if a connection on *route* may turn out to be one of HTTP/2, which many requests share."""
        return bool(self._http2) and (route.origin.is_secure or self._http2 == PRIOR_KNOWLEDGE)

    async def connect(self, route: Route, authorization: str | None = None) -> HttpConnection | HttpSession:
        """A connection on *route*, idle; of HTTP/2 where the peer agrees to it. *authorization* is for the proxy that makes a tunnel.

        Raises `HttpConnectError`, of which the cause is what the system, the proxy or TLS said. If cancelled, nothing stays open.
        """
        near = route.tunnel_of or route.origin
        channel: SocketChannel | None = None
        try:
            channel = await self._bootstrap.connect(route.path or (near.host, near.port))
            return await self._open(channel, route, authorization)
        except (OSError, NettyError) as error:
            if channel is not None:
                channel.abort()
            if isinstance(error, HttpClientError):
                raise
            raise HttpConnectError(f"no connection to {route}: {error}") from error
        except BaseException:
            if channel is not None:
                channel.abort()
            raise

    async def _open(self, channel: SocketChannel, route: Route, authorization: str | None) -> HttpConnection | HttpSession:
        pipeline = channel.pipeline()
        connection = pipeline.get(HttpConnection)
        assert connection is not None
        origin = route.origin
        if route.tunnel_of is not None:
            tunnel = TunnelHandler(route.tunnel_of, origin, authorization)
            codec = HttpClientCodec(self._config)
            pipeline.add_before(connection, codec, "tunnel-codec")
            pipeline.add_before(connection, tunnel, "tunnel")
            await tunnel.opened
            pipeline.remove(tunnel)
            pipeline.remove(codec)
        if origin.is_secure:
            await self._client_tls().secure(channel, (origin.host, origin.port))
        is_http2 = self.may_share(route) and (not origin.is_secure or _agreed(channel) == "h2")
        codec = HttpClientCodec(self._config)
        if not is_http2:
            pipeline.add_before(connection, codec, "codec")
        if connection.failure is not None:
            raise HttpConnectError(f"the connection to {route} was lost: {connection.failure}") from connection.failure
        if not channel.is_active:
            raise HttpConnectError(f"the connection to {route} was closed by the peer before it could be used") from channel.close_cause
        if is_http2:
            from .session import HttpSession  # which only clients that speak HTTP/2 need

            pipeline.remove(connection)
            session = HttpSession.begin(channel, self._limits, self._config or HttpDecoderConfig(), is_secure=origin.is_secure)
            await session.ready
            return session
        connection.opened(codec, is_secure=origin.is_secure)
        return connection

    def _initialize(self, channel: SocketChannel) -> None:
        channel.pipeline().add_last(HttpConnection(self._limits), name="http")

    def _client_tls(self) -> ClientTls:
        if self._tls is None:
            self._tls = tls_of_client(self._ssl, self._tls_arguments)
        if self._tls is None:
            raise HttpConnectError("this client has no TLS (ssl=False): ask for a URL of http, or leave ssl out")
        return self._tls


def _agreed(channel: SocketChannel) -> str | None:
    """Return the protocol that TLS has agreed on."""
    return next((handler.application_protocol for _, handler in channel.pipeline() if hasattr(handler, "application_protocol")), None)
