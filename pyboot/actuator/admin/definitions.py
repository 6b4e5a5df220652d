"""The beans of the client of Spring Boot Admin. Imported where settings name an admin server."""

import logging
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from pyboot.actuator.errors import AdminClientError
from pyboot.actuator.exposure import Exposure
from pyboot.actuator.loopback import is_loopback
from pyboot.actuator.properties import EndpointsProperties, ManagementServerProperties
from pyboot.actuator.web.server import ManagementServer
from pyboot.boot import ApplicationContext, BeanDefinition
from pyboot.boot.lifecycle.shutdown import Shutdown
from pyboot.boot.log import process_marks
from pyboot.boot.model.registrar import KnownSettings
from pyboot.boot.model.stereotype import ApplicationLabel
from pyboot.netty.bundles import SslProperties
from pyboot.netty.servers import NettyServers

from .client import RegistrationClient, http_client
from .properties import PREFIX, AdminClientProperties
from .registration import Bound, Place, Registration, registration_of
from .registrator import ApplicationRegistrator

_log = logging.getLogger("pyboot.actuator.admin")

_FIRST_WORKER: Final = "0"


def admin_definitions(environment: KnownSettings) -> Iterator[BeanDefinition | type]:
    """Iterate over the beans; none but the settings where no server is named.

    Raises:
        AdminClientError: an admin server would be told of what it cannot ask.
    """
    settings = environment.bind(PREFIX, AdminClientProperties, judged=False)
    yield AdminClientProperties
    if not settings.enabled or not settings.url:
        return
    server = environment.bind("management.server", ManagementServerProperties, judged=False)
    endpoints = environment.bind("management.endpoints", EndpointsProperties, judged=False)
    own = settings.instance.health_url is not None
    if server.port == -1 and not own:
        raise AdminClientError("there is no management server on a port (management.server.port is -1)")
    if not own and not Exposure(endpoints.web.exposure).exposes("health"):
        raise AdminClientError("health is not exposed, and everything else follows from it")
    factory = _registrator
    yield BeanDefinition(
        name="application_registrator", provides=ApplicationRegistrator, factory=factory, target=factory, source="actuator"
    )


def _registrator(
    context: ApplicationContext,
    settings: AdminClientProperties,
    server: ManagementServerProperties,
    endpoints: EndpointsProperties,
    management: ManagementServer,
    servers: NettyServers,
    ssl: SslProperties,
    shutdown: Shutdown,
) -> ApplicationRegistrator:
    machine, started = platform.node() or "localhost", datetime.now(UTC).isoformat(timespec="milliseconds")
    worker = process_marks().get("worker", _FIRST_WORKER)
    if worker == _FIRST_WORKER:
        _warn_if_out_of_reach(settings, server)

    def registration() -> Registration:
        place = Place(machine, Bound(server.ssl.bundle is not None, *management.address), _web(servers), started)
        return registration_of(_name(context), settings.instance, server, endpoints, place)

    client = RegistrationClient(http_client(settings, ssl.bundles))
    return ApplicationRegistrator(
        settings if worker == _FIRST_WORKER else settings.model_copy(update={"auto_registration": False}),
        registration,
        client,
        is_last=lambda: shutdown.is_of_all,
    )


def _warn_if_out_of_reach(settings: AdminClientProperties, server: ManagementServerProperties) -> None:
    """Tell that an admin server elsewhere is given an address of this machine alone: it would show the application as offline."""
    instance = settings.instance
    if instance.management_base_url or instance.management_url or instance.health_url or not is_loopback(server.address):
        return
    away = [url for url in settings.url if not is_loopback(urlsplit(url).hostname or "")]
    if away:
        _log.warning(
            "%s is told of a management server on %s, which it cannot reach: set management.server.address, or where it is reached: "
            "management.admin.client.instance.management-base-url",
            away[0],
            server.address,
        )


def _web(servers: NettyServers) -> Bound | None:
    """Return the first server that speaks HTTP over TCP."""
    for server in servers.bound.values():
        titles = {step.title for step in server.plan.steps}
        if "http-server" in titles and any(not isinstance(place, str) for place in server.addresses.values()):
            return Bound("ssl" in titles, *server.address)
    return None


def _name(context: ApplicationContext) -> str:
    name = context.environment.get("pyboot.application.name")
    return name or next((each.bean_class.__name__ for each in context.definitions(ApplicationLabel)), "application")
