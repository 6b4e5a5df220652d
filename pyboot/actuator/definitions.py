"""The beans of the management room: the server, its settings, and the endpoints that it answers for. Imported where there is one."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from pyboot.boot import ApplicationContext, BeanDefinition
from pyboot.boot.config.names import uniform
from pyboot.boot.model.registrar import KnownSettings
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.bundles import SslProperties

from .access import Access
from .annotations import EndpointLabel
from .endpoint import EndpointDescription, describe
from .exposure import Exposure, access_to
from .properties import EndpointsProperties, ManagementServerProperties
from .web.server import ManagementServer

BUILT_IN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "health": "pyboot.actuator.health.endpoint:HealthEndpoint",
        "info": "pyboot.actuator.info.endpoint:InfoEndpoint",
    }
)
"""The endpoints that the framework brings, each with its class; one that is not exposed is not imported."""


def actuator_definitions(known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterator[BeanDefinition | type]:
    """Iterate over the beans that the settings ask for, in view of the endpoints that are *known*, which are the user's.

    Raises:
        ActuatorError: an endpoint means nothing that could be asked.
        BindError: a setting of the management room is none.
    """
    settings = environment.bind("management.endpoints", EndpointsProperties, judged=False)
    own = describe(known)
    replaced = {uniform(each.id) for each in own}
    exposure = Exposure(settings.web.exposure)
    yield ManagementServerProperties
    yield EndpointsProperties
    for id, target in BUILT_IN.items():
        if uniform(id) not in replaced and exposure.exposes(id):
            endpoint = _loaded(target)
            (label,) = endpoint.__dict__["__pyboot_labels__"][:1]
            if access_to(id, label.access, settings.access, environment) is not Access.NONE:
                yield endpoint
    yield _definition("management_server", ManagementServer, _server)


def exposed(context: ApplicationContext, settings: EndpointsProperties) -> Iterator[EndpointDescription]:
    """Iterate over the endpoints of *context* that are there, each with those operations that may be used."""
    exposure = Exposure(settings.web.exposure)
    for each in describe(context.definitions(EndpointLabel)):
        access = access_to(each.id, each.access, settings.access, context.environment)
        if exposure.exposes(each.id) and access is not Access.NONE:
            yield each.limited(access)


def _server(
    context: ApplicationContext,
    server: ManagementServerProperties,
    endpoints: EndpointsProperties,
    allocators: NettyAllocators,
    ssl: SslProperties,
) -> ManagementServer:
    return ManagementServer(context, server, endpoints, lambda: exposed(context, endpoints), allocators, ssl.bundles)


def _loaded(target: str) -> type[Any]:
    module, _, name = target.partition(":")
    found: type[Any] = getattr(importlib.import_module(module), name)
    return found


def _definition(name: str, kind: type[Any], factory: Callable[..., object]) -> BeanDefinition:
    return BeanDefinition(name=name, provides=kind, factory=factory, target=factory, source="actuator")
