"""Labels and settings to plans of servers, all decided before anything is bound. No I/O here.

::

    @NettyServer, netty.servers.*     where to listen, which options
    netty.servers.*.tls, ssl.bundles  encryption, next to the network       ─┐
    netty.servers.*.idle              the watch for silent peers, first      │
    pipeline = [...]                  codecs, from the network inwards       │
    @ChannelHandlerBean               handlers behind them, by order         ├─ ServerPlan
    CodecRegistry                     what the short names mean             ─┘

A plan makes the handlers of a connection by calling what was prepared here; nothing is looked up per connection.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, final

from pyboot.components.netty import ByteBufferAllocator
from pyboot.components.netty.errors import SslContextError

from .annotations import NettyServerLabel
from .bundles import BundleProperties, ServerContext
from .errors import (
    BadPortError,
    BundleError,
    EmptyPipelineError,
    ServerNameClashError,
    UnclearServerError,
    UnknownBundleError,
    UnknownServerError,
)
from .options import Options, connection_options, listening_options
from .pipeline.belonging import Owners, belonging, shown
from .pipeline.plan import PipelinePlan
from .pipeline.registry import CodecRegistry
from .pipeline.steps import HandlerBean, Step, pipeline_steps
from .properties import IdleProperties, NettyProperties, ServerProperties, TlsProperties


@final
class ServerBean(NamedTuple):
    """A class labelled ``@NettyServer``: its label, the class, and the pipeline that its bean holds."""

    label: NettyServerLabel
    target: type
    pipeline: Sequence[object]

    @property
    def name(self) -> str:
        """The name the server goes by."""
        return self.label.name_for(self.target)


@final
class ServerPlan(NamedTuple):
    """Everything that is decided about a server before it is bound."""

    name: str
    host: str
    port: int
    options: Options
    child_options: Options
    steps: tuple[Step, ...]
    path: str | None = None

    @property
    def place(self) -> tuple[str, int] | str:
        """The address to bind: host and port, or a path."""
        return (self.host, self.port) if self.path is None else self.path

    @property
    def pipeline(self) -> PipelinePlan:
        """The plan of what its connections are filled with."""
        return PipelinePlan(f"the server '{self.name}'", self.steps)

    def __str__(self) -> str:
        return str(self.pipeline)


def plan_servers(
    servers: Sequence[ServerBean],
    handlers: Sequence[HandlerBean],
    properties: NettyProperties,
    codecs: CodecRegistry,
    allocator: ByteBufferAllocator,
    bundles: Mapping[str, BundleProperties] | None = None,
    owners: Owners | None = None,
) -> list[ServerPlan]:
    """Decide what every server of the application will be; the buffers of all come from *allocator*, certificates from *bundles*.

    Without *bundles* no server encrypts: what tests put into a pipeline by hand is plaintext. *owners*: the clients there are
    besides, to which handlers may belong.

    Raises:
        AssemblyError: labels and settings do not fit together; the subclass says how.
    """
    named = _by_name(servers)
    _check_settings(properties, list(named))
    behind = belonging(handlers, (owners or Owners(()))._replace(servers=list(named))).servers
    plans: list[ServerPlan] = []
    for name, server in named.items():
        settings = properties.servers.get(name) or ServerProperties.model_construct()  # all defaults: nothing to check
        port = _port(server, settings, properties)
        steps = (*_tls_steps(name, settings.tls, bundles), *_steps(server, behind[name], settings, codecs))
        options, child_options = listening_options(settings), connection_options(settings, allocator)
        plans.append(ServerPlan(name, settings.host or server.label.host, port, options, child_options, steps, settings.path))
    return plans


def _port(server: ServerBean, settings: ServerProperties, properties: NettyProperties) -> int:
    port = next(port for port in (properties.port, settings.port, server.label.port) if port is not None)
    if not 0 <= port <= 65535:
        raise BadPortError(server.name, port)
    return port


def _steps(server: ServerBean, handlers: Sequence[HandlerBean], settings: ServerProperties, codecs: CodecRegistry) -> tuple[Step, ...]:
    entries = server.pipeline if settings.pipeline is None else settings.pipeline
    steps = pipeline_steps(f"the server '{server.name}'", entries, handlers, codecs)
    if not steps:
        raise EmptyPipelineError(server.name)
    return (*_idle_steps(settings.idle), *steps)


def server_context(server: str, settings: TlsProperties, bundles: Mapping[str, BundleProperties]) -> ServerContext:
    """Load the certificate of *server*, as its start does.

    Raises:
        UnknownBundleError, BundleError: its bundle is not there, or its files or options are of no use.
    """
    if settings.bundle is None or settings.bundle not in bundles:
        raise UnknownBundleError(server, settings.bundle, sorted(bundles))
    try:
        return ServerContext(settings.bundle, bundles[settings.bundle], settings)
    except SslContextError as error:
        raise BundleError(server, settings.bundle, error.description, error.action) from error


def _tls_steps(server: str, settings: TlsProperties | None, bundles: Mapping[str, BundleProperties] | None) -> tuple[Step, ...]:
    """Return the step of the handler that encrypts, next to the network, and load its certificate; none where nobody asks for it."""
    if settings is None or bundles is None:
        return ()
    context = server_context(server, settings, bundles)
    from pyboot.components.netty import SslHandler  # it imports ssl, which only servers with TLS shall pay for

    seconds = settings.handshake_timeout.total_seconds()
    return (Step("ssl", lambda _: (SslHandler(context.current(), server_side=True, handshake_timeout=seconds),)),)


def _idle_steps(settings: IdleProperties) -> tuple[Step, ...]:
    """Return the step of the handler that closes idle connections, where reads and writes are the network's; none where no time is set."""
    if not (settings.reader or settings.writer or settings.all):
        return ()
    from .idle import IdleCloser  # it imports a handler, which only servers that watch their peers shall pay for

    return (Step("idle", lambda _: (IdleCloser(settings),)),)


def _by_name(servers: Iterable[ServerBean]) -> dict[str, ServerBean]:
    named: dict[str, ServerBean] = {}
    for server in servers:
        if server.name in named:
            raise ServerNameClashError(server.name, shown(named[server.name].target), shown(server.target))
        named[server.name] = server
    return named


def _check_settings(properties: NettyProperties, names: Sequence[str]) -> None:
    for name in properties.servers:
        if name not in names:
            raise UnknownServerError(f"The setting netty.servers.{name}", name, names)
    if properties.port and len(names) > 1:
        remedy = f"Set the port of each: --netty.servers.{names[0]}.port=... Only 0, a free port, may be set for all of them."
        raise UnclearServerError(f"The setting netty.port={properties.port}", names, remedy)
