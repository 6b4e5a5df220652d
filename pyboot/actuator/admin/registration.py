"""Registration: what an admin server is told of an application. No I/O here. Source: Spring Boot Admin's ``Application``.

The admin server's rules, which are in its ``Registration``: the name and the health URL are not empty, every URL is absolute. It knows an
instance by its health URL, so all workers of one supervisor, which share a port, are one instance.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, final

from pyboot.actuator.properties import EndpointsProperties, ManagementServerProperties

from .properties import AdminInstanceProperties, flat

_EVERYWHERE = frozenset({"0.0.0.0", "::", "", "*"})  # noqa: S104  what a bound address says, not one that is bound


@final
class Registration(NamedTuple):
    """The name of an application, where it is asked and used, and facts besides."""

    name: str
    management_url: str
    health_url: str
    service_url: str | None
    metadata: Mapping[str, str]

    def facts(self) -> dict[str, Any]:
        """Return it as the admin server reads it."""
        return {
            "name": self.name,
            "managementUrl": self.management_url,
            "healthUrl": self.health_url,
            "serviceUrl": self.service_url,
            "metadata": dict(self.metadata),
        }


@final
class Bound(NamedTuple):
    """A server that listens: whether it *is_encrypted*, and its host and port."""

    is_encrypted: bool
    host: str
    port: int

    def url(self, machine: str) -> str:
        """Return where it is reached, by the name of this *machine* where it listens on all addresses."""
        host = machine if self.host in _EVERYWHERE else f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.is_encrypted else 'http'}://{host}:{self.port}"


@final
class Place(NamedTuple):
    """The surroundings of an application: the *machine*'s name, the servers, when it was *started* (ISO 8601)."""

    machine: str
    management: Bound
    service: Bound | None
    started: str


def registration_of(
    name: str, settings: AdminInstanceProperties, server: ManagementServerProperties, endpoints: EndpointsProperties, place: Place
) -> Registration:
    """Return what is told of the application *name*; what *settings* say stands for what *place* tells."""
    base = settings.management_base_url or place.management.url(place.machine)
    management = settings.management_url or f"{base}{server.base_path}{endpoints.web.base_path}"
    service = settings.service_url or _service(settings, place)
    metadata = {"startup": place.started, **dict(flat(settings.metadata))}
    return Registration(settings.name or name, management, settings.health_url or f"{management}/health", service, metadata)


def _service(settings: AdminInstanceProperties, place: Place) -> str | None:
    base = settings.service_base_url or (place.service and place.service.url(place.machine))
    return None if base is None else f"{base}{settings.service_path}"
