"""The auto-configuration of the management room: found through the entry point ``pyboot.autoconfigure`` of the starter."""

from collections.abc import Iterable, Sequence
from typing import Any, final

from pyboot.boot import AutoConfiguration, BeanDefinition, BeanRegistrar, Import
from pyboot.boot.model.registrar import KnownSettings


@final
class ActuatorRegistrar(BeanRegistrar):
    """Adds the management server with the endpoints that are exposed; of the others nothing is imported."""

    def register(self, known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterable[BeanDefinition | type]:
        """Return the server, its settings, and the endpoints; nothing where it is switched off."""
        is_off = environment.get("management.server.port") == "-1" and environment.get("management.server.socket") is None
        if is_off or environment.is_off("management.server"):
            return ()
        from .definitions import actuator_definitions

        return actuator_definitions(known, environment)

    def settings(self) -> Iterable[tuple[str, Any]]:
        """Return the settings of the management room, for editors."""
        from .exchanges.properties import HttpExchangesProperties
        from .properties import EndpointsProperties, ManagementServerProperties

        return [
            ("management.server", ManagementServerProperties),
            ("management.endpoints", EndpointsProperties),
            ("management.httpexchanges", HttpExchangesProperties),
        ]


@final
class MetersRegistrar(BeanRegistrar):
    """Adds the registry of meters, whether or not anybody is told of them: the application's own beans may ask for it."""

    def register(self, known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterable[BeanDefinition | type]:
        """Return the registry, and what it is fed by."""
        from .meters.definitions import meter_definitions

        return meter_definitions(environment)

    def settings(self) -> Iterable[tuple[str, Any]]:
        """Return the settings of meters, for editors."""
        from .meters.properties import MetricsProperties

        return [("management.metrics", MetricsProperties)]


@final
class TracingRegistrar(BeanRegistrar):
    """Adds tracing where settings ask for it; else nothing of it, nor of OpenTelemetry, is imported."""

    def register(self, known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterable[BeanDefinition | type]:
        """Return what traces."""
        if not environment.entries("management.tracing"):
            return ()
        from .tracing.definitions import tracing_definitions

        return tracing_definitions(environment)

    def settings(self) -> Iterable[tuple[str, Any]]:
        """Return the settings of tracing, for editors."""
        from .tracing.properties import TracingProperties

        return [("management.tracing", TracingProperties)]


@final
class AdminRegistrar(BeanRegistrar):
    """Adds the client of Spring Boot Admin where settings name an admin server."""

    def register(self, known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterable[BeanDefinition | type]:
        """Return what tells it of the application; nothing where there is no setting, or no management server."""
        if not environment.entries("management.admin") or environment.is_off("management.server"):
            return ()
        from .admin.definitions import admin_definitions

        return admin_definitions(environment)

    def settings(self) -> Iterable[tuple[str, Any]]:
        """Return the settings of the client, for editors."""
        from .admin.properties import PREFIX, AdminClientProperties

        return [(PREFIX, AdminClientProperties)]


@final
@AutoConfiguration(after=("pyboot.netty.autoconfigure:NettyAutoConfiguration",))
@Import(ActuatorRegistrar, MetersRegistrar, TracingRegistrar, AdminRegistrar)
class ActuatorAutoConfiguration:
    """Answers for the application on a port of its own: is it well, what is it made of, what does it do."""
