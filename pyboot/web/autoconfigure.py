"""The auto-configuration of the web room: found through the entry point ``pyboot.autoconfigure`` of the starter."""

from collections.abc import Iterable, Sequence
from typing import Any, final

from pyboot.boot import AutoConfiguration, BeanDefinition, BeanRegistrar, Import
from pyboot.boot.model.registrar import KnownSettings

from .annotations import RestControllerLabel

_APPLICATIONS = frozenset({"fastapi", "starlette", "litestar", "quart", "falcon", "blacksheep"})


@final
class WebRegistrar(BeanRegistrar):
    """Adds what serves applications, where a label, a bean or a setting tells of one; only then anything of the web room is imported."""

    def register(self, known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterable[BeanDefinition | type]:
        """Return the application of the controllers, the host of all applications, and the handlers that stand in pipelines."""
        controllers = [entry for entry in known if entry.labels(RestControllerLabel)]
        applications = [entry for entry in known if _is_application(entry)]
        servers = [name for name in environment.entries("netty.servers") if _is_set(environment, name)]
        if not controllers and not applications and not servers:
            return ()
        from .definitions import web_definitions

        return web_definitions(known, controllers, applications, servers, environment)

    def settings(self) -> Iterable[tuple[str, Any]]:
        """Return the settings of the web room, for editors."""
        from .properties import WebProperties

        return [("web", WebProperties)]


@final
@AutoConfiguration(after=("pyboot.netty.autoconfigure:NettyAutoConfiguration",))
@Import(WebRegistrar)
class WebAutoConfiguration:
    """Serves the application's controllers, and any ASGI or WSGI application that is a bean or that a server's settings name."""


def _is_set(environment: KnownSettings, server: str) -> bool:
    return any(environment.get(f"netty.servers.{server}.{name}") is not None for name in ("asgi", "wsgi"))


def _is_application(definition: BeanDefinition) -> bool:
    """Tell whether *definition* makes an application of a web framework; none is imported for the question."""
    kind = getattr(definition.provides, "__origin__", definition.provides)
    bases = getattr(kind, "__mro__", ())
    return any(base.__module__.partition(".")[0] in _APPLICATIONS and base.__name__ in _CLASSES for base in bases)


_CLASSES = frozenset({"FastAPI", "Starlette", "Litestar", "Quart", "App", "Application"})
