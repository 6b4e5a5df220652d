"""An application with the management room, and a client of its management server over loopback."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import httpx2

from pyboot.actuator import ManagementServer
from pyboot.actuator.autoconfigure import ActuatorAutoConfiguration
from pyboot.actuator.endpoint import EndpointDescription, describe
from pyboot.boot import ApplicationContext, BeanDefinition, Import, PyBootApplication, start
from pyboot.boot.discovery.collect import collect

NOTHING: Mapping[str, object] = MappingProxyType({})


def application(*beans: type) -> type:
    """Return an application with the management room, as its starter brings it, and with *beans*."""

    @PyBootApplication(scan=())
    @Import(ActuatorAutoConfiguration, *beans)
    class App:
        """Is managed."""

    return App


@asynccontextmanager
async def managed(
    *beans: type, exposing: str = "*", properties: Mapping[str, object] = NOTHING
) -> AsyncIterator[tuple[httpx2.AsyncClient, ApplicationContext]]:
    """Start an application with *beans* on free ports, and call its management server; paths are below ``/actuator``."""
    settings: dict[str, Any] = {"management.server.port": 0, "management.endpoints.web.exposure.include": exposing, "netty.port": 0}
    async with start(application(*beans), properties=settings | dict(properties)) as context:
        host, port = context.get(ManagementServer).address
        async with httpx2.AsyncClient(base_url=f"http://{host}:{port}/actuator") as client:
            yield client, context


def definitions(*beans: type) -> tuple[BeanDefinition, ...]:
    """Return the definitions of *beans*."""
    return collect(beans)


def described(endpoint: type) -> EndpointDescription:
    """Return the description of one *endpoint*."""
    (found,) = describe(definitions(endpoint))
    return found
