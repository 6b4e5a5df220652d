"""ClientPlan: everything about a connection before it is opened, decided from labels and settings. No I/O here.

::

    @NettyClient, netty.clients.*      where to connect, which options
    netty.clients.*.tls, ssl.bundles   encryption, next to the network (the bootstrap puts it there)
    netty.clients.*.idle, heartbeat    the watch for silent peers, first      ─┐
    pipeline = [...]                   codecs, from the network inwards        ├─ ClientPlan
    @ChannelHandlerBean(client=...)    handlers behind them, by order         ─┘
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, final

from pyboot.boot.model.nearest import nearest
from pyboot.components.netty import Channel, ChannelOption
from pyboot.components.netty.address import address_text
from pyboot.components.netty.errors import SslContextError
from pyboot.components.netty.transport.backoff import Backoff
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.bundles import BundleProperties
from pyboot.netty.errors import BundleError, UnknownBundleError, UnknownResourceError
from pyboot.netty.idle import IdleCloser
from pyboot.netty.options import Options, connection_options
from pyboot.netty.pipeline.plan import PipelinePlan
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import NO_EDGES, Edges, HandlerBean, Step, pipeline_steps
from pyboot.netty.refusals import Refusals

from .errors import ClientSettingError, EmptyClientPipelineError, NoClientAddressError
from .heartbeat import Heartbeat, payload_of
from .outage import OutageQueue
from .properties import ClientProperties, ClientTlsProperties, InstanceProperties, place_of
from .specs import ClientSpec
from .tls import ClientContext

type Place = tuple[str, int] | str
type HealthCheck = Callable[[Channel], bool | Awaitable[bool]]


def is_active(channel: Channel) -> bool:
    """Tell whether *channel* is good enough to be lent out, where a client does not say it otherwise."""
    return channel.is_active


@final
class ClientPlan(NamedTuple):
    """One connection of a client, before it is opened; where there are several *hosts*, *place* is the first."""

    name: str
    place: Place
    pipeline: PipelinePlan
    options: Options
    settings: ClientProperties
    context: ClientContext | None = None
    is_healthy: HealthCheck = is_active
    hosts: tuple[Place, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """The places that it may connect to, in order."""
        return self.hosts or (self.place,)

    @property
    def where(self) -> str:
        """The place, or the places, as people write them."""
        return ", ".join(map(address_text, self.places))

    @property
    def backoff(self) -> Backoff | None:
        """The waits between its attempts; None for no second one."""
        reconnect = self.settings.reconnect
        if not reconnect.enabled:
            return None
        return Backoff(
            initial_seconds=reconnect.initial.total_seconds(),
            max_seconds=reconnect.max.total_seconds(),
            multiplier=reconnect.multiplier,
            jitter=reconnect.jitter,
            max_attempts=reconnect.max_attempts,
            stable_seconds=reconnect.stable_after.total_seconds(),
        )

    def new_queue(self) -> OutageQueue | None:
        """Make what keeps messages while there is no connection, where they are to wait."""
        outage = self.settings.outage
        return OutageQueue(outage.max_messages, outage.max_bytes) if outage.writes == "queue" else None


def plan_clients(
    specs: Sequence[ClientSpec],
    beans: Mapping[str, object],
    handlers: Mapping[str, Sequence[HandlerBean]],
    codecs: CodecRegistry,
    allocators: NettyAllocators,
    bundles: Mapping[str, BundleProperties],
    edges: Mapping[str, Edges] | None = None,
    refusals: Refusals | None = None,
    groups: Sequence[str] = (),
) -> list[ClientPlan]:
    """Decide what each connection of the clients *specs* will be. By a client's name: the *beans* of labelled classes, *handlers*, *edges*;
    *groups* are the names of the groups of event loops.

    Where there are *refusals*, what is wrong is noted there, and the clients that could be planned are returned.

    Raises:
        AssemblyError: labels and settings do not fit together; everything at once.
    """
    noted = Refusals() if refusals is None else refusals
    are_clear, plans = not noted.count, list[ClientPlan]()
    for spec in specs:
        before, bean, watching = noted.count, beans.get(spec.name), (edges or {}).get(spec.name, NO_EDGES)
        listed: list[Step] = []
        context: ClientContext | None = None
        with noted.noting():
            listed = _steps(spec, bean, handlers.get(spec.name, ()), codecs)
            if not listed and are_clear:  # else its handlers may be among those that do not say whose they are
                raise EmptyClientPipelineError(spec.name, str(spec.place))
        with noted.noting():
            _check_group(spec, groups)
        with noted.noting():
            context = _context(spec, spec.settings.tls, bundles)
        steps = [*_watching_steps(spec.settings), *watching.first, *listed, *watching.last]
        with noted.noting():
            planned = list(_planned(spec, bean, steps, context, allocators, noted))
            plans += planned if noted.count == before else ()
    if refusals is None:
        noted.settle()
    return plans


def _planned(
    spec: ClientSpec,
    bean: object,
    steps: Sequence[Step],
    context: ClientContext | None,
    allocators: NettyAllocators,
    refusals: Refusals,
) -> Iterator[ClientPlan]:
    """Yield the plan of the client *spec*, or of each of its instances; an allocator that is not there is noted in *refusals*."""
    settings = spec.settings
    owner = f"the client '{spec.name}'"
    allocator = allocators.of(owner, None)
    with refusals.noting():
        allocator = allocators.of(owner, settings.allocator)
    shared = connection_options(settings, allocator, is_tcp=settings.transport == "tcp")
    options = {**shared, ChannelOption.CONNECT_TIMEOUT: settings.connect_timeout.total_seconds()}
    hosts = _hosts(spec, settings)
    for key, instance in settings.instances.items() or [(None, None)]:
        name = spec.name if key is None else f"{spec.name}.{key}"
        place = hosts[0] if hosts else _place(spec, name, settings, instance)
        pipeline = PipelinePlan(f"the client '{name}'", steps)
        yield ClientPlan(name, place, pipeline, options, settings, context, getattr(bean, "is_healthy", is_active), hosts)


def _check_group(spec: ClientSpec, groups: Sequence[str]) -> None:
    """Refuse a group of event loops that is not there."""
    group = spec.settings.group
    if group is not None and group not in groups:
        raise UnknownResourceError(f"the client '{spec.name}'", "group", group, groups, nearest(group, groups))


def _place(spec: ClientSpec, name: str, settings: ClientProperties, instance: InstanceProperties | None) -> Place:
    """Return where to connect to: what the instance says, else the client's settings, else the label."""
    given = [source for source in (instance, settings, spec.label) if source is not None]

    def said(what: str) -> Any:  # Any: a text or a number, by what is asked for
        return next((value for source in given if (value := getattr(source, what, None)) is not None), None)

    where = f"netty.clients.{name}" if instance is not None else str(spec.place)
    if settings.transport == "unix":
        path: str | None = said("path")
        if path is None:
            raise NoClientAddressError(spec.name, "path (its transport is unix)", where)
        return path
    host, port = said("host"), said("port")
    if not isinstance(host, str) or not host:
        raise NoClientAddressError(spec.name, "host", where)
    if port is None:
        raise NoClientAddressError(spec.name, "port", where)
    if not isinstance(port, int) or not 1 <= port <= 65535:
        raise ClientSettingError(name, where, f"its port is {port!r}", "Give it a port that a peer can listen on: 1 to 65535.")
    return host, port


def _hosts(spec: ClientSpec, settings: ClientProperties) -> tuple[Place, ...]:
    """Return the several places to connect to, each with a port of its own or that of all; none where there is one."""
    shared = settings.port if settings.port is not None or spec.label is None else spec.label.port
    places: list[Place] = []
    for host, own in map(place_of, settings.hosts):
        port = shared if own is None else own
        if port is None:
            raise NoClientAddressError(spec.name, f"port for the host {host}", str(spec.place))
        places.append((host, port))
    return tuple(places)


def _steps(spec: ClientSpec, bean: object, handlers: Sequence[HandlerBean], codecs: CodecRegistry) -> list[Step]:
    """Return the steps of what stands in the pipeline of the client *spec*."""
    entries = spec.settings.pipeline if spec.settings.pipeline is not None else getattr(bean, "pipeline", ())
    return pipeline_steps(f"the client '{spec.name}'", entries, handlers, codecs)


def _watching_steps(settings: ClientProperties) -> list[Step]:
    """Return what watches a silent peer, first where reads and writes are the network's; nothing where nobody asks for it."""
    idle, heartbeat = settings.idle, settings.heartbeat
    steps = [Step("idle", lambda _: (IdleCloser(idle),))] if idle.reader or idle.writer or idle.all else []
    if heartbeat is not None:
        payload = payload_of(heartbeat.payload, heartbeat.payload_hex)
        interval, timeout = heartbeat.interval.total_seconds(), heartbeat.timeout.total_seconds()
        steps.append(Step("heartbeat", lambda _: (Heartbeat(payload, interval, timeout),)))
    return steps


def _context(spec: ClientSpec, tls: ClientTlsProperties | None, bundles: Mapping[str, BundleProperties]) -> ClientContext | None:
    """Return what encrypts; None where nobody asks for it. The certificates are loaded here."""
    if tls is None or not tls.enabled:
        return None
    bundle = BundleProperties() if tls.bundle is None else bundles.get(tls.bundle)
    if bundle is None:
        raise UnknownBundleError(spec.name, tls.bundle, sorted(bundles), "client")
    try:
        return ClientContext(tls.bundle or "default", bundle, tls)
    except SslContextError as error:
        raise BundleError(spec.name, tls.bundle or "default", error.description, error.action, "client") from error
