"""Labels and settings to plans of servers, all decided before anything is bound. No I/O here.

::

    @NettyServer, netty.servers.*     where to listen, which options
    netty.servers.*.tls, ssl.bundles  encryption, next to the network       ─┐
    netty.servers.*.idle, *-timeout   the watches for slow peers, first      │
    pipeline = [...]                  codecs, from the network inwards       │
    @ChannelHandlerBean               handlers behind them, by order         ├─ ServerPlan
    CodecRegistry                     what the short names mean             ─┘

A plan makes the handlers of a connection by calling what was prepared here; nothing is looked up per connection.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, final

from pyboot.boot.config.names import uniform
from pyboot.boot.model.nearest import nearest
from pyboot.components.netty import ChannelOption
from pyboot.components.netty.errors import SslContextError

from .allocators import NettyAllocators
from .bundles import BundleProperties, ServerContext
from .errors import (
    BadPortError,
    BundleError,
    EmptyPipelineError,
    MissingExtraError,
    ServerNameClashError,
    UnclearServerError,
    UnknownBundleError,
    UnknownResourceError,
    UnknownServerError,
)
from .options import Options, connection_options, listening_options
from .pipeline.belonging import Owners, belonging, shown
from .pipeline.plan import PipelinePlan
from .pipeline.registry import CodecRegistry
from .pipeline.steps import NO_EDGES, Edges, HandlerBean, Step, pipeline_steps
from .properties import (
    IdleProperties,
    ListenerProperties,
    NettyProperties,
    PlaceProperties,
    ProxyProtocolProperties,
    ServerProperties,
    TlsProperties,
)
from .refusals import Refusals
from .specs import ServerBean, settings_of

HTTP_SERVER: Final = "http-server"
"""The codec whose options ``netty.servers.<name>.http`` are."""

HTTP_WRITE_STALL: Final = timedelta(seconds=30)
"""The `write-stall-timeout` of servers that speak it, where the settings say none."""


if TYPE_CHECKING:
    from pyboot.components.netty.handler.http.observer import HttpServerObserver

    from .quic import QuicPlan  # only servers of the transport quic load it


@final
class ListenerPlan(NamedTuple):
    """One place that a server listens on, with what is set on its connections.

    *key* is its name among the listeners of the server, empty for the only one; *setting* what tells it below ``netty.servers``.
    *steps* are its own where its encryption is; None: those of the server.
    """

    place: tuple[str, int] | str
    child_options: Options
    setting: str
    key: str = ""
    steps: tuple[Step, ...] | None = None
    proxies: ProxyProtocolProperties | None = None  # that say whose connection it is


@final
class ServerPlan(NamedTuple):
    """Everything that is decided about a server before it is bound; *boss* and *worker* name groups, None those of all."""

    name: str
    listeners: tuple[ListenerPlan, ...]
    options: Options
    steps: tuple[Step, ...]
    transport: str = "tcp"
    boss: str | None = None
    worker: str | None = None
    quic: "QuicPlan | None" = None
    beside: str | None = None  # the server at whose ports it listens, with another transport

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
    allocators: NettyAllocators,
    bundles: Mapping[str, BundleProperties] | None = None,
    owners: Owners | None = None,
    edges: Mapping[str, Edges] | None = None,
    refusals: Refusals | None = None,
    observers: "Sequence[HttpServerObserver]" = (),
) -> list[ServerPlan]:
    """Decide what every server of the application will be; buffers come from *allocators*, certificates from *bundles*.

    Without *bundles* no server encrypts: what tests put into a pipeline by hand is plaintext. *owners*: the clients there are
    besides, to which handlers may belong; *edges*: what watches the connections of a server, by its name; *observers*: who hears of
    requests of HTTP. Where there are *refusals*, what is wrong is noted there, and the servers that could be planned are returned.

    Raises:
        AssemblyError: labels and settings do not fit together; everything at once.
    """
    noted = Refusals() if refusals is None else refusals
    named = _by_name(servers, noted)
    settings = {name: _in_effect(server, settings_of(name, properties)) for name, server in named.items()}
    on = [name for name in named if settings[name].enabled]
    _check_settings(properties, list(named), noted)
    with noted.noting():
        _check_port(properties, {name: settings[name] for name in on})
    there = (owners or Owners(()))._replace(servers=on, servers_off=[name for name in named if name not in on])
    behind = belonging(handlers, there, noted).servers
    are_clear, plans = not noted.count, list[ServerPlan]()
    for name in on:
        before, steps, tls, watching = noted.count, list[Step](), tuple[Step, ...](), (edges or {}).get(name, NO_EDGES)
        with noted.noting():
            steps = _observed(_steps(named[name], behind[name], settings[name], codecs), observers)
            if not steps and are_clear:  # else what it should have may be what belongs to another name, or to nobody
                raise EmptyPipelineError(name)
        with noted.noting():
            if settings[name].transport != "quic":  # which has TLS of its own
                tls = _tls_steps(name, _offering(f"the server '{name}'", settings[name].tls, steps), bundles)
        inner = (*_idle_steps(settings[name].idle), *_deadline_steps(settings[name]), *watching.first, *steps, *watching.last)
        own = dict[str, tuple[Step, ...]]()
        for key, place in settings[name].listeners.items():
            with noted.noting():
                if place.tls is not None:
                    offered = _offering(f"the listener '{key}' of the server '{name}'", place.tls, steps)
                    own[key] = (*_tls_steps(f"{name}.listeners.{key}", offered, bundles), *inner)
        with noted.noting():
            planned = list(_planned(named[name], settings[name], properties, (*tls, *inner), own, allocators, noted, bundles))
            if settings[name].is_http3 and bundles is not None:
                planned += list(_beside(planned, settings[name], inner, bundles))
            plans += planned if noted.count == before else ()
    if refusals is None:
        noted.settle()
    return plans


def _in_effect(server: ServerBean, settings: ServerProperties) -> ServerProperties:
    """Return *settings* as they hold for *server*.

    One that speaks HTTP waits less long for who takes nothing of an answer.
    """
    entries: object = server.pipeline if settings.pipeline is None else settings.pipeline
    speaks_http = settings.is_http or (isinstance(entries, Sequence) and HTTP_SERVER in entries)
    if not speaks_http or "write_stall_timeout" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"write_stall_timeout": HTTP_WRITE_STALL})


def _offering(owner: str, tls: TlsProperties | None, steps: Sequence[Step]) -> TlsProperties | None:
    """Return *tls* with the protocols that the pipeline of *steps* speaks."""
    if tls is None or not tls.enabled:
        return tls
    from .offer import offering  # which only servers with TLS need

    return offering(owner, tls, steps)


def _planned(
    server: ServerBean,
    settings: ServerProperties,
    properties: NettyProperties,
    steps: tuple[Step, ...],
    own: Mapping[str, tuple[Step, ...]],
    allocators: NettyAllocators,
    refusals: Refusals,
    bundles: Mapping[str, BundleProperties] | None,
) -> Iterator[ServerPlan]:
    """Yield the plan of *server*, or of each of its instances; *own* are the steps of listeners that have some, by their keys.

    What it names and is not there is noted in *refusals*.
    """
    name, groups = server.name, properties.groups
    owner = f"the server '{name}'"
    strange = [group for group in (settings.boss, settings.worker) if group and group not in groups]
    refusals.add(UnknownResourceError(owner, "group", group, list(groups), nearest(group, groups)) for group in strange)
    allocator = allocators.of(owner, None)
    with refusals.noting():
        allocator = allocators.of(owner, settings.allocator)

    def listener(place: PlaceProperties | None, key: str, setting: str) -> ListenerPlan:
        where = _place(server, settings, place, properties)
        is_tcp = settings.transport == "tcp" and not isinstance(where, str)
        options = connection_options(settings, allocator, is_tcp=is_tcp)
        return ListenerPlan(where, options, setting, key, own.get(key), _proxies(settings, place))

    options = {} if settings.transport == "udp" else listening_options(settings)
    quic: QuicPlan | None = None
    if settings.transport == "quic" and bundles is not None:
        with refusals.noting():
            quic, steps = _quic(name, settings, steps, bundles)
    rest = (options, steps, settings.transport, settings.boss, settings.worker, quic)
    for key, place in settings.instances.items():
        yield ServerPlan(f"{name}.{key}", (listener(place, "", f"{name}.instances.{key}"),), *rest)
    if not settings.instances:
        listeners = [listener(place, key, f"{name}.listeners.{key}") for key, place in settings.listeners.items()]
        yield ServerPlan(name, tuple(listeners or [listener(None, "", name)]), *rest)


def _beside(
    planned: Sequence[ServerPlan], settings: ServerProperties, steps: tuple[Step, ...], bundles: Mapping[str, BundleProperties]
) -> Iterator[ServerPlan]:
    """Yield the plans of HTTP/3 beside those *planned*: at the same ports, with the same *steps* for each request."""
    for plan in planned:
        quic, own = _quic(plan.name, settings, steps, bundles)
        options = {option: value for option, value in plan.options.items() if option is not ChannelOption.SO_BACKLOG}
        yield ServerPlan(f"{plan.name}.http3", plan.listeners, options, own, "quic", None, plan.worker, quic, beside=plan.name)


def _place(
    server: ServerBean, settings: ServerProperties, place: PlaceProperties | None, properties: NettyProperties
) -> tuple[str, int] | str:
    """Return where to listen: what the listener says, else the server's settings, else the label."""
    path = settings.path if place is None else place.path
    if path is not None:
        return path
    given = [source for source in (place, settings, server.label) if source is not None]
    port = next(port for port in (properties.port, *(source.port for source in given)) if port is not None)
    if not 0 <= port <= 65535:
        raise BadPortError(server.name, port)
    return next(source.host for source in given if source.host), port


def _proxies(settings: ServerProperties, place: PlaceProperties | None) -> ProxyProtocolProperties | None:
    """Return the proxies in front of a listener: those that it names itself, else the server's; None where there are none."""
    own = place.proxy_protocol if isinstance(place, ListenerProperties) else None
    proxies = settings.proxy_protocol if own is None else own
    return proxies if proxies is not None and proxies.enabled else None


def _steps(server: ServerBean, handlers: Sequence[HandlerBean], settings: ServerProperties, codecs: CodecRegistry) -> list[Step]:
    """Return the steps of what stands in the pipeline of *server*."""
    return pipeline_steps(f"the server '{server.name}'", _entries(server, settings), handlers, codecs)


def _observed(steps: list[Step], observers: "Sequence[HttpServerObserver]") -> list[Step]:
    """Return *steps*, in which *observers* hear of requests; where there is none nothing stands in the way of any."""
    if not observers or not any(_is_http(step) for step in steps):
        return steps
    from pyboot.components.netty.handler.http.observation import HttpServerObservationHandler  # only servers that are observed pay for it

    from .pipeline.builtin.http_server import observed

    def observe() -> HttpServerObservationHandler:
        return HttpServerObservationHandler(observers)

    return [observed(step, observe) if _is_http(step) else step for step in steps]


def _is_http(step: Step) -> bool:
    return step.codec is not None and step.codec.name == HTTP_SERVER and step.codec.is_built_in


def _entries(server: ServerBean, settings: ServerProperties) -> object:
    """Return the entries of the pipeline of *server*: what the settings say, else the class; HTTP first where the settings speak of it."""
    entries: object = server.pipeline if settings.pipeline is None else settings.pipeline
    if not settings.is_http or not isinstance(entries, Sequence):
        return entries
    options = {**(settings.http or {}), **({} if settings.http2 is None else {"http2": settings.http2})}
    if settings.is_http3 and not {"alt-svc", "alt_svc", "altSvc"} & options.keys():
        options["alt_svc"] = {}
    http = {HTTP_SERVER: options} if options else HTTP_SERVER
    if HTTP_SERVER in entries:
        return [http if entry == HTTP_SERVER else entry for entry in entries]
    return [http, *entries]


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


def _quic(
    server: str, settings: ServerProperties, steps: tuple[Step, ...], bundles: Mapping[str, BundleProperties]
) -> tuple["QuicPlan", tuple[Step, ...]]:
    """Return what the connections of *server* are told, and the steps of their streams."""
    try:
        from .quic import plan_quic, streams_of  # it imports a library that only servers of this transport need
    except ModuleNotFoundError as error:
        raise MissingExtraError("quic", error.name or "aioquic", "quic", "transport") from error
    return plan_quic(server, settings, bundles), streams_of(steps) if settings.is_http else steps


def _tls_steps(server: str, settings: TlsProperties | None, bundles: Mapping[str, BundleProperties] | None) -> tuple[Step, ...]:
    """Return the step of the handler that encrypts, next to the network, and load its certificate; none where nobody asks for it."""
    if settings is None or not settings.enabled or bundles is None:
        return ()
    context = server_context(server, settings, bundles)
    from pyboot.components.netty import SslHandler  # it imports ssl, which only servers with TLS shall pay for

    seconds, last = settings.handshake_timeout.total_seconds(), settings.close_notify_timeout.total_seconds()

    def encrypt(_: object) -> tuple[SslHandler]:
        return (SslHandler(context.current(), server_side=True, handshake_timeout=seconds, close_notify_flush_timeout=last),)

    return (Step("ssl", encrypt),)


def _idle_steps(settings: IdleProperties) -> tuple[Step, ...]:
    """Return the step of the handler that closes idle connections, where reads and writes are the network's; none where no time is set."""
    if not (settings.reader or settings.writer or settings.all):
        return ()
    from .idle import IdleCloser  # it imports a handler, which only servers that watch their peers shall pay for

    return (Step("idle", lambda _: (IdleCloser(settings),)),)


def _deadline_steps(settings: ServerProperties) -> tuple[Step, ...]:
    """Return the step of the handler that watches how messages come; none where no time and no limit is set."""
    first, frame = settings.first_byte_timeout.total_seconds(), settings.frame_timeout.total_seconds()
    rate, unread = settings.min_rate, settings.max_unread
    if not any((first, frame, rate, unread)):
        return ()
    from pyboot.components.netty import ConnectionDeadlines  # which only servers that watch their peers shall pay for

    def watch(_: object) -> tuple[ConnectionDeadlines]:
        return (ConnectionDeadlines(first_byte_seconds=first, frame_seconds=frame, min_rate=rate, max_unread=unread),)

    return (Step("deadlines", watch),)


def _by_name(servers: Iterable[ServerBean], refusals: Refusals) -> dict[str, ServerBean]:
    """The servers by name; of two that have one the first."""
    named: dict[str, ServerBean] = {}
    for server in servers:
        if server.name in named:
            first, second = (shown(bean.target) for bean in (named[server.name], server) if bean.target is not None)
            refusals.add([ServerNameClashError(server.name, first, second)])
        named.setdefault(server.name, server)
    return named


def _check_settings(properties: NettyProperties, names: Sequence[str], refusals: Refusals) -> None:
    """Refuse the settings of servers that are not there."""
    known = {uniform(name) for name in names}
    strange = [name for name in properties.servers if uniform(name) not in known]
    refusals.add(UnknownServerError(f"The setting netty.servers.{name}", name, names, nearest(name, names)) for name in strange)


def _check_port(properties: NettyProperties, on: Mapping[str, ServerProperties]) -> None:
    """Refuse one port for several places."""
    places = [f"{name}.{kind}.{key}" for name, each in on.items() for kind in ("listeners", "instances") for key in getattr(each, kind)]
    names = [*(name for name, each in on.items() if not each.listeners and not each.instances), *places]
    if properties.port and len(names) > 1:
        remedy = f"Set the port of each: --netty.servers.{names[0]}.port=... Only 0, a free port, may be set for all of them."
        raise UnclearServerError(f"The setting netty.port={properties.port}", names, remedy)
