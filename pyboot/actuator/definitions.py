"""The beans of the management room: the server, its settings, and the endpoints that it answers for. Imported where there is one."""

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from pyboot.boot import ApplicationContext, BeanDefinition
from pyboot.boot.config.names import uniform
from pyboot.boot.model.label import labels
from pyboot.boot.model.registrar import KnownSettings
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.annotations import NettyClientLabel
from pyboot.netty.bundles import SslProperties

from .access import Access
from .annotations import EndpointLabel
from .endpoint import EndpointDescription, describe
from .errors import OpenManagementError
from .exposure import Exposure, access_to, cache_seconds, refuse_unknown
from .loopback import is_loopback
from .properties import EndpointsProperties, ManagementServerProperties, PartProperties
from .web.server import ManagementServer
from .workers.fleet import Fleet

FOR_EVERYBODY: Final = frozenset({"health", "info", "prometheus"})
"""The endpoints that may be answered beyond this machine without anybody saying who asks."""

_TOLD_BY_DEFAULT: Final = frozenset({"build"})
_OF_PROBES: Final = frozenset({"livenessState", "readinessState"})

BUILT_IN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "health": "pyboot.actuator.health.endpoint:HealthEndpoint",
        "info": "pyboot.actuator.info.endpoint:InfoEndpoint",
        "metrics": "pyboot.actuator.meters.endpoint:MetricsEndpoint",
        "prometheus": "pyboot.actuator.meters.endpoint:PrometheusEndpoint",
        "beans": "pyboot.actuator.endpoints.beans:BeansEndpoint",
        "conditions": "pyboot.actuator.endpoints.conditions:ConditionsEndpoint",
        "configprops": "pyboot.actuator.endpoints.configprops:ConfigPropsEndpoint",
        "env": "pyboot.actuator.endpoints.env:EnvEndpoint",
        "loggers": "pyboot.actuator.endpoints.loggers:LoggersEndpoint",
        "mappings": "pyboot.actuator.endpoints.mappings:MappingsEndpoint",
        "httpexchanges": "pyboot.actuator.exchanges.endpoint:HttpExchangesEndpoint",
        "scheduledtasks": "pyboot.actuator.endpoints.scheduledtasks:ScheduledTasksEndpoint",
        "startup": "pyboot.actuator.endpoints.startup:StartupEndpoint",
        "shutdown": "pyboot.actuator.endpoints.shutdown:ShutdownEndpoint",
        "threaddump": "pyboot.actuator.dumps.threads:ThreadDumpEndpoint",
        "heapdump": "pyboot.actuator.dumps.heap:HeapDumpEndpoint",
        "logfile": "pyboot.actuator.files.logfile:LogFileEndpoint",
        "sbom": "pyboot.actuator.files.sbom:SbomEndpoint",
        "servers": "pyboot.actuator.network.servers:ServersEndpoint",
        "channels": "pyboot.actuator.network.channels:ChannelsEndpoint",
        "pipelines": "pyboot.actuator.network.pipelines:PipelinesEndpoint",
        "eventloop": "pyboot.actuator.network.event_loops:EventLoopEndpoint",
        "buffers": "pyboot.actuator.network.buffers:BuffersEndpoint",
        "clients": "pyboot.actuator.network.clients:ClientsEndpoint",
        "tls": "pyboot.actuator.network.tls:TlsEndpoint",
        "workers": "pyboot.actuator.workers.endpoint:WorkersEndpoint",
        "handlers": "pyboot.actuator.surgery.endpoint:HandlersEndpoint",
        "capture": "pyboot.actuator.surgery.endpoint:CaptureEndpoint",
        "page": "pyboot.actuator.page.endpoint:PageEndpoint",
    }
)
"""The endpoints that the framework brings, each with its class; one that is not exposed is not imported."""

_LIVE: Final = "pyboot.actuator.network.live:LiveChannels"
_INSERTIONS: Final = "pyboot.actuator.surgery.insertions:Insertions"
_OF_THE_PAGE: Final = (
    "pyboot.actuator.page.facts:Facts",
    "pyboot.actuator.page.recent_errors:RecentErrors",
    "pyboot.actuator.page.sections:Sections",
    "pyboot.actuator.page.viewers:Viewers",
)

PARTS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {"channels": (_LIVE,), "handlers": (_LIVE, _INSERTIONS), "capture": (_LIVE, _INSERTIONS), "page": _OF_THE_PAGE}
)
"""What some of them ask for besides what every application has."""

NEEDS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "logfile": ("logging.file.name", "management.endpoint.logfile.external-file"),
        "httpexchanges": ("management.httpexchanges.recording.enabled",),
    }
)
"""The settings of which one at least is there, or the endpoint is not: it would have nothing to tell."""


INDICATORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "livenessState": "pyboot.actuator.health.availability:LivenessStateHealthIndicator",
        "readinessState": "pyboot.actuator.health.availability:ReadinessStateHealthIndicator",
        "ping": "pyboot.actuator.health.ping:PingHealthIndicator",
        "diskSpace": "pyboot.actuator.health.disk_space:DiskSpaceHealthIndicator",
        "servers": "pyboot.actuator.health.servers:ServersHealthIndicator",
        "eventLoops": "pyboot.actuator.health.event_loops:EventLoopsHealthIndicator",
        "clients": "pyboot.actuator.health.clients:ClientsHealthIndicator",
        "ssl": "pyboot.actuator.health.ssl_bundles:SslHealthIndicator",
    }
)
"""The indicators that the framework brings; ``management.health.<name>.enabled`` says of each whether it is asked."""


CONTRIBUTORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "build": "pyboot.actuator.info.contributors:BuildInfoContributor",
        "env": "pyboot.actuator.info.contributors:EnvironmentInfoContributor",
        "python": "pyboot.actuator.info.contributors:PythonInfoContributor",
        "os": "pyboot.actuator.info.contributors:OsInfoContributor",
        "process": "pyboot.actuator.info.contributors:ProcessInfoContributor",
    }
)
"""The contributors of facts that the framework brings; ``management.info.<name>.enabled`` says of each whether it is asked."""


def actuator_definitions(known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterator[BeanDefinition | type]:
    """Iterate over the beans that the settings ask for, in view of the endpoints that are *known*, which are the user's.

    Raises:
        ActuatorError: an endpoint means nothing that could be asked, everybody could ask for it, or settings name one that is not there.
        BindError: a setting of the management room is none.
    """
    server = environment.bind("management.server", ManagementServerProperties, judged=False)
    settings = environment.bind("management.endpoints", EndpointsProperties, judged=False)
    own = describe(known)
    replaced = {uniform(each.id) for each in own}
    there = [each.id for each in own if access_to(each.id, each.access, settings.access, environment) is not Access.NONE]
    refuse_unknown(settings.web.exposure, [*BUILT_IN, *(each.id for each in own)])
    exposure = Exposure(settings.web.exposure)
    yield ManagementServerProperties
    yield EndpointsProperties
    parts: set[str] = set()
    for id, target in BUILT_IN.items():
        if uniform(id) in replaced or not (server.socket is not None or exposure.exposes(id)):
            continue
        if id in NEEDS and not any(environment.get(setting) and not environment.is_off(setting) for setting in NEEDS[id]):
            continue
        endpoint = _loaded(target)
        if access_to(id, labels(endpoint, EndpointLabel)[0].access, settings.access, environment) is not Access.NONE:
            there.append(id)
            yield from _with_parts(id, endpoint, known, environment)
            parts.update(PARTS.get(id, ()))
    yield from map(_loaded, sorted(parts))
    yield from _exchanges(known, environment)
    refuse_open(server, filter(exposure.exposes, there), environment)
    yield _definition("management_server", ManagementServer, _server)


def _with_parts(id: str, endpoint: type, known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterator[type]:
    """Iterate over *endpoint* and what it asks."""
    yield endpoint
    if id == "health":
        for name, target in INDICATORS.items():
            if _is_enabled(name, environment) and _has_something(name, known, environment):
                yield _loaded(target)
        yield from _paths(environment)
    if id == "info":
        for name, target in CONTRIBUTORS.items():
            own = environment.bind(f"management.info.{name}", PartProperties, judged=False).enabled
            if name in _TOLD_BY_DEFAULT if own is None else own:
                yield _loaded(target)


def _exchanges(known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterator[BeanDefinition | type]:
    """Iterate over what records exchanges of HTTP, where settings ask for it; the application may bring who keeps them."""
    if not environment.entries("management.httpexchanges"):
        return
    from .exchanges.properties import HttpExchangesProperties

    yield HttpExchangesProperties
    if environment.bind("management.httpexchanges", HttpExchangesProperties, judged=False).recording.enabled:
        from .exchanges.recorder import HttpExchangeRecorder
        from .exchanges.repository import HttpExchangeRepository, InMemoryHttpExchangeRepository

        yield HttpExchangeRecorder
        if not any(issubclass(each.bean_class, HttpExchangeRepository) for each in known):
            yield _definition("http_exchange_repository", InMemoryHttpExchangeRepository, InMemoryHttpExchangeRepository)


def _paths(environment: KnownSettings) -> Iterator[type]:
    """Iterate over what answers at other paths, where settings say some."""
    from .health.properties import HealthProperties

    settings = environment.bind("management.endpoint.health", HealthProperties, judged=False)
    if settings.probes.add_additional_paths or any(group.additional_path for group in settings.group.values()):
        yield _loaded("pyboot.actuator.health.paths:HealthPaths")


def _is_enabled(indicator: str, environment: KnownSettings) -> bool:
    """Tell whether *indicator* is asked: by its own setting, else by that of all; the probes' are, unless they say else themselves."""
    own = environment.bind(f"management.health.{indicator}", PartProperties, judged=False).enabled
    if own is not None:
        return own
    return indicator in _OF_PROBES or environment.bind("management.health.defaults", PartProperties, judged=False).enabled is not False


def _has_something(indicator: str, known: Sequence[BeanDefinition], environment: KnownSettings) -> bool:
    """Tell whether there is anything to tell of: an application without clients or certificates asks for neither."""
    match indicator:
        case "clients":
            return bool(environment.entries("netty.clients")) or any(each.labels(NettyClientLabel) for each in known)
        case "ssl":
            return bool(environment.entries("ssl.bundles"))
    return True


def refuse_open(server: ManagementServerProperties, exposed: Iterable[str], environment: KnownSettings) -> None:
    """Refuse a server beyond this machine that everybody could ask for more than is for everybody.

    Raises:
        OpenManagementError: with what it would answer.
    """
    if server.port == -1 or is_loopback(server.address):
        return
    permitted = frozenset(map(uniform, server.auth.permit))
    closed = sorted(id for id in exposed if uniform(id) not in FOR_EVERYBODY and (not server.auth.users or uniform(id) in permitted))
    if closed and not server.allow_unauthenticated and not _verifies_clients(server, environment):
        raise OpenManagementError(server.address, closed)


def _verifies_clients(server: ManagementServerProperties, environment: KnownSettings) -> bool:
    """Tell whether only clients with a certificate get through."""
    if server.ssl.bundle is None or server.ssl.client_auth not in (None, "require"):
        return False
    return environment.get(f"ssl.bundles.{server.ssl.bundle}.truststore.certificate") is not None


def usable(context: ApplicationContext, settings: EndpointsProperties) -> Iterator[EndpointDescription]:
    """Iterate over the endpoints of *context* that may be used, each with those operations that may be."""
    for each in describe(context.definitions(EndpointLabel)):
        access = access_to(each.id, each.access, settings.access, context.environment)
        if access is not Access.NONE:
            yield each.limited(access)._replace(cache_seconds=cache_seconds(each.id, context.environment))


def _server(
    context: ApplicationContext,
    server: ManagementServerProperties,
    endpoints: EndpointsProperties,
    allocators: NettyAllocators,
    ssl: SslProperties,
    fleet: Fleet,
) -> ManagementServer:
    def there() -> list[EndpointDescription]:
        found = list(usable(context, endpoints))
        exposed = filter(Exposure(endpoints.web.exposure).exposes, (each.id for each in found))
        refuse_open(server, exposed, context.environment)  # once more: a registrar of somebody else may have added one
        return found

    return ManagementServer(context, server, endpoints, there, allocators, ssl.bundles, fleet)


def _loaded(target: str) -> type[Any]:
    module, _, name = target.partition(":")
    found: type[Any] = getattr(importlib.import_module(module), name)
    return found


def _definition(name: str, kind: type[Any], factory: Callable[..., object]) -> BeanDefinition:
    return BeanDefinition(name=name, provides=kind, factory=factory, target=factory, source="actuator")
