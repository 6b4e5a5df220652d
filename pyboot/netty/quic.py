"""Servers of the transport quic, and HTTP/3 of those of TCP: their plan, and what becomes of it. Imported where one asks for it.

What a pipeline holds stands in the pipeline of each stream. With HTTP a stream is a request of HTTP/3: `http-server` makes the same
handlers as over TCP, but for the codecs of HTTP/1 and HTTP/2 and their deadlines, in whose place stands that of HTTP/3.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, final

from pyboot.components.netty import Channel, ServerBootstrap
from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.codec.http3 import Http3Config, Http3ServerConnectionHandler, Http3ServerDeadlines
from pyboot.components.netty.errors import SslContextError
from pyboot.components.netty.handler.tls.expiry import warn_if_expiring
from pyboot.components.netty.transport.quic import QuicChannelOption, QuicServerChannel, QuicServerConfig

from .bundles import BundleContext, BundleProperties
from .errors import BundleError, UnknownBundleError
from .pipeline.builtin.http_server import HttpServerOptions
from .pipeline.codec import AnyHandler
from .pipeline.options import spelled_as_fields
from .pipeline.steps import Step
from .properties import QuicProperties, ServerProperties

HTTP_3 = "h3"


@final
class QuicContext(BundleContext[QuicServerConfig]):
    """The settings of the connections of one server, new ones when the files of its bundle have changed."""

    def __init__(
        self, name: str, bundle: BundleProperties, settings: ServerProperties, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Load the files; raises `SslContextError` for what is of no use."""
        self._settings = settings
        super().__init__(name, bundle, clock)

    def _load(self) -> QuicServerConfig:
        tls, quic, name = self._settings.tls, self._settings.quic or QuicProperties(), f"ssl.bundles.{self._name}"
        assert tls is not None  # the settings are checked
        keystore = self._bundle.keystore
        if keystore.certificate is None:
            raise SslContextError(f"{name} has no certificate", f"set {name}.keystore.certificate")
        if self._bundle.truststore.certificate is not None and tls.client_auth != "none":
            text = f"{name} has a truststore, so clients would have to show certificates, for which QUIC does not ask them"
            raise SslContextError(text, "set tls.client-auth to none, or use a bundle without truststore")
        if "TLSv1.3" not in self._bundle.options.enabled_protocols:
            raise SslContextError(f"{name} does not enable TLSv1.3, without which there is no QUIC", f"add it to {name}.options")
        config = QuicServerConfig(
            alpn=[HTTP_3] if self._settings.is_http else tls.alpn,
            certificate=keystore.certificate,
            key=keystore.private_key,
            password=self._password,
            handshake_timeout=tls.handshake_timeout.total_seconds(),
            idle_timeout=quic.idle_timeout.total_seconds(),
            max_streams=quic.max_streams,
            max_unidirectional_streams=quic.max_unidirectional_streams,
            max_resets=quic.max_resets,
            stream_window=quic.stream_window,
            connection_window=quic.connection_window,
            max_datagram_frame_bytes=quic.max_datagram_frame,
            max_packet_bytes=quic.max_packet,
            congestion_control=quic.congestion_control,
            retry_above=quic.retry_above,
            early_data=quic.early_data,
        )
        config.configuration()  # what is of no use shows before anything is bound
        path = Path(keystore.certificate)
        warn_if_expiring(path, path.read_text("ascii", "replace"), self._warning_days)
        return config

    @property
    def _warning_days(self) -> float:
        return super()._warning_days if self._settings.transport == "quic" else 0.0  # beside TCP, which has warned of the same one


@final
class QuicPlan(NamedTuple):
    """The decisions about the connections of a server; *http*: the limits of HTTP/3 and its times, None where that is not spoken."""

    context: QuicContext
    http: tuple[Http3Config, Mapping[str, Any]] | None

    def prepare(self, bootstrap: ServerBootstrap, fill: Callable[[Channel], object]) -> None:
        """Let *bootstrap* listen so; *fill* fills the pipeline of each stream."""
        bootstrap.channel(QuicServerChannel).option(QuicChannelOption.CONFIG, self.context.current)
        if self.http is not None:
            limits, times = self.http

            def watched(channel: Channel) -> None:
                channel.pipeline().add_last(Http3ServerConnectionHandler(fill, limits), Http3ServerDeadlines(**times))

            bootstrap.child_handler(watched)
        else:
            bootstrap.child_handler(lambda channel: None).child_option(QuicChannelOption.STREAM_HANDLER, fill)


def plan_quic(server: str, settings: ServerProperties, bundles: Mapping[str, BundleProperties]) -> QuicPlan:
    """Load the certificate of *server*, and decide what its connections are told.

    Raises:
        UnknownBundleError, BundleError: its bundle is not there, or it is of no use for QUIC.
    """
    tls = settings.tls
    assert tls is not None  # the settings are checked
    if tls.bundle is None or tls.bundle not in bundles:
        raise UnknownBundleError(server, tls.bundle, sorted(bundles))
    try:
        context = QuicContext(tls.bundle, bundles[tls.bundle], settings)
    except SslContextError as error:
        raise BundleError(server, tls.bundle, error.description, error.action) from error
    return QuicPlan(context, _limits(settings) if settings.is_http else None)


def _limits(settings: ServerProperties) -> tuple[Http3Config, Mapping[str, Any]]:
    """Return the limits that the options of `http-server` set for HTTP of any version, and the times that clients have."""
    options = HttpServerOptions.model_validate(spelled_as_fields(HttpServerOptions, settings.http or {}))
    return Http3Config(max_headers=max(256, options.max_headers), max_header_fields=options.max_header_fields), options.times()


def streams_of(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return *steps* for streams of HTTP/3: without what belongs to connections of TCP."""
    return tuple(step._replace(make=_without_http_1(step)) if _speaks_http_1(step) else step for step in steps)


def _speaks_http_1(step: Step) -> bool:
    return any(_is_of_connections(handler) for handler in step.stands)


def _is_of_connections(handler: object) -> bool:
    """Tell whether *handler* is of connections of TCP: the codec of HTTP/1, its deadlines, or what lets clients choose HTTP/2."""
    return isinstance(handler, HttpServerCodec | HttpServerDeadlines) or hasattr(handler, "http2")


def _without_http_1(step: Step) -> Callable[[Any], Iterable[AnyHandler]]:
    made = step.make
    return lambda store: [handler for handler in made(store) if not _is_of_connections(handler)]
