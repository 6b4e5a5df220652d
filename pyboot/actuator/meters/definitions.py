"""The beans of meters: the registry, what observes the framework, and what measures methods. Imported where there is an actuator."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, final

from pyboot.actuator.workers.fleet import Fleet
from pyboot.boot import ApplicationContext, BeanDefinition, Component, EventListener
from pyboot.boot.lifecycle.events import ApplicationReadyEvent, ApplicationStartedEvent
from pyboot.boot.lifecycle.tasks import TaskExecutor
from pyboot.boot.model.registrar import KnownSettings
from pyboot.boot.model.timeline import StartupTimeline
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.autoconfigure import has_http_clients
from pyboot.netty.groups import WorkGroups
from pyboot.netty.servers import NettyServers

from .filter import ACCEPT_ALL
from .instruments import Meter
from .loop_lag import LoopLag
from .metered import MeteredMethods
from .network import NetworkMeters
from .process import ApplicationMeters, ProcessMeters
from .properties import MetricsProperties
from .registry import MeterBinder, MeterRegistry
from .requests import CLIENT_REQUESTS, SERVER_REQUESTS, ServerRequestMeters
from .servers import ServerMeters
from .table import spec_of

if TYPE_CHECKING:
    from .bridges import Bridge


@final
@Component
class BoundMeters:
    """Adds the meters of the framework and of beans to the registry when the application starts, before anybody is served."""

    phase = -1024
    keeps_alive = False

    def __init__(
        self,
        context: ApplicationContext,
        registry: MeterRegistry,
        network: NetworkMeters,
        servers: NettyServers,
        timeline: StartupTimeline,
        executor: TaskExecutor,
        meters: list[Meter],
        properties: MetricsProperties,
    ) -> None:
        """Take what is bound."""
        self._registry = registry
        self._application = ApplicationMeters(context, timeline, executor)
        self._process = ProcessMeters()
        self._binders: list[MeterBinder] = [ServerMeters(servers), network, self._process, self._application]
        self._context = context
        self._meters = meters
        self._wanted = properties.bridges
        self._bridges: list[Bridge] = []

    def start(self) -> None:
        """Bind them, then those of the application's own; then open the bridges.

        Raises:
            MissingExtraError: the library of a bridge is not installed.
        """
        own: list[Any] = [bean for bean in self._context.singletons.values() if _binds(bean)]
        for binder in [*self._binders, *own]:
            binder.bind_to(self._registry)
        for meter in self._meters:
            self._registry.add(meter)
        if self._wanted:
            from .bridges import open_bridge  # only who asks for one pays for it

            self._bridges = [open_bridge(name, self._registry) for name in self._wanted]

    def stop(self) -> None:
        """Close the bridges, and count no longer what is logged."""
        for bridge in self._bridges:
            bridge.close()
        self._process.close()
        self._application.close()

    @EventListener
    def on_started(self, event: ApplicationStartedEvent) -> None:
        """Note how long it took."""
        self._application.times["application.started.time"] = event.seconds

    @EventListener
    def on_ready(self, event: ApplicationReadyEvent) -> None:
        """As above."""
        self._application.times["application.ready.time"] = event.seconds


def meter_definitions(environment: KnownSettings) -> Iterator[BeanDefinition | type]:
    """Iterate over the beans; what no meter is told of observes nothing."""
    yield MetricsProperties
    yield _definition("meter_registry", MeterRegistry, _registry)
    yield _definition("network_meters", NetworkMeters, _network)
    yield _definition("metered_methods", MeteredMethods, _metered)
    yield _definition("loop_lag", LoopLag, _loop_lag)
    yield _definition("fleet", Fleet, _fleet)
    accepts: Callable[[str], bool] = ACCEPT_ALL.accepts
    if environment.entries("management.metrics.enable"):  # binding what nobody says costs as much as all the rest
        accepts = environment.bind("management.metrics", MetricsProperties, judged=False).filter.accepts
    if accepts(SERVER_REQUESTS):
        yield _definition("server_request_meters", ServerRequestMeters, _server_requests)
    if accepts(CLIENT_REQUESTS) and has_http_clients(environment):
        from .client_requests import ClientRequestMeters  # only an application with clients pays for it

        yield ClientRequestMeters
    yield BoundMeters


def _server_requests(registry: MeterRegistry, properties: MetricsProperties) -> ServerRequestMeters:
    return ServerRequestMeters(registry, properties.web.server.max_uri_tags)


def _registry(properties: MetricsProperties) -> MeterRegistry:
    registry = MeterRegistry(properties.filter, common=properties.tags, max_series=properties.max_series)
    for name in (SERVER_REQUESTS, CLIENT_REQUESTS):
        registry.observe(spec_of(name), lambda: ())  # known by name before the first request
    return registry


def _fleet(registry: MeterRegistry, servers: NettyServers) -> Fleet:
    return Fleet(registry, servers)


def _network(context: ApplicationContext, groups: WorkGroups, allocators: NettyAllocators) -> NetworkMeters:
    return NetworkMeters(context, groups, allocators)


def _metered(registry: MeterRegistry) -> MeteredMethods:
    return MeteredMethods(registry)


def _loop_lag(registry: MeterRegistry, network: NetworkMeters) -> LoopLag:
    return LoopLag(registry, network)


def _binds(bean: object) -> bool:
    return callable(getattr(bean, "bind_to", None)) and not isinstance(bean, NetworkMeters)


def _definition(name: str, kind: type[Any], factory: Any) -> BeanDefinition:
    return BeanDefinition(name=name, provides=kind, factory=factory, target=factory, source="actuator")
