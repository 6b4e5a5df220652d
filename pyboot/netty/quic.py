"""Servers of the transport quic: their plan, and what becomes of it. Imported where a server asks for it, and only then.

What a pipeline holds stands in the pipeline of each stream. With HTTP a stream is a request of HTTP/3: `http-server` makes the same
handlers as over TCP, but for the codec of HTTP/1 and its deadlines, in whose place stands that of HTTP/3.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, final

from pyboot.components.netty import Channel, ServerBootstrap
from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.codec.http3 import Http3ServerConnectionHandler
from pyboot.components.netty.errors import SslContextError
from pyboot.components.netty.transport.quic import QuicChannelOption, QuicServerChannel, QuicServerConfig

from .bundles import BundleProperties
from .errors import BundleError, UnknownBundleError
from .pipeline.codec import AnyHandler
from .pipeline.steps import Step
from .properties import QuicProperties, ServerProperties

HTTP_3 = "h3"


@final
class QuicPlan(NamedTuple):
    """The decisions about the connections of a server."""

    config: QuicServerConfig
    is_http: bool

    def prepare(self, bootstrap: ServerBootstrap, fill: Callable[[Channel], object]) -> None:
        """Let *bootstrap* listen so; *fill* fills the pipeline of each stream."""
        bootstrap.channel(QuicServerChannel).option(QuicChannelOption.CONFIG, self.config)
        if self.is_http:
            bootstrap.child_handler(lambda channel: channel.pipeline().add_last(Http3ServerConnectionHandler(fill)))
        else:
            bootstrap.child_handler(lambda channel: None).child_option(QuicChannelOption.STREAM_HANDLER, fill)


def plan_quic(server: str, settings: ServerProperties, bundles: Mapping[str, BundleProperties]) -> QuicPlan:
    """Load the certificate of *server*, and decide what its connections are told.

    Raises:
        UnknownBundleError, BundleError: its bundle is not there, or its files are of no use.
    """
    tls, quic = settings.tls, settings.quic or QuicProperties()
    assert tls is not None  # the settings are checked
    if tls.bundle is None or tls.bundle not in bundles:
        raise UnknownBundleError(server, tls.bundle, sorted(bundles))
    keystore = bundles[tls.bundle].keystore
    try:
        if keystore.certificate is None:
            raise SslContextError(f"ssl.bundles.{tls.bundle} has no certificate", f"set ssl.bundles.{tls.bundle}.keystore.certificate")
        password = keystore.private_key_password
        config = QuicServerConfig(
            alpn=tls.alpn or [HTTP_3],
            certificate=keystore.certificate,
            key=keystore.private_key,
            password=None if password is None else password.get_secret_value(),
            handshake_timeout=tls.handshake_timeout.total_seconds(),
            idle_timeout=quic.idle_timeout.total_seconds(),
            max_streams=quic.max_streams,
            max_resets=quic.max_resets,
            stream_window=quic.stream_window,
            connection_window=quic.connection_window,
            max_datagram_frame_bytes=quic.max_datagram_frame,
            retry_above=quic.retry_above,
            early_data=quic.early_data,
        )
        config.configuration()  # what is of no use shows before anything is bound
    except SslContextError as error:
        raise BundleError(server, tls.bundle, error.description, error.action) from error
    return QuicPlan(config, settings.is_http)


def streams_of(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return *steps* for streams of HTTP/3: without what speaks HTTP/1."""
    return tuple(step._replace(make=_without_http_1(step)) if _speaks_http_1(step) else step for step in steps)


def _speaks_http_1(step: Step) -> bool:
    return any(isinstance(handler, HttpServerCodec | HttpServerDeadlines) for handler in step.stands)


def _without_http_1(step: Step) -> Callable[[Any], Iterable[AnyHandler]]:
    made = step.make
    return lambda store: [handler for handler in made(store) if not isinstance(handler, HttpServerCodec | HttpServerDeadlines)]
