"""The endpoint ``mappings``: what is served where: the pipelines of servers, and the routes of web applications.

The forms are Spring Boot's, so that its tools show them: a pipeline is a dispatcher handler, each place in it a mapping whose predicate is
the server's address; a web application is a dispatcher servlet.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.boot import ApplicationContext
from pyboot.netty.pipeline.steps import Step
from pyboot.netty.servers import NettyServers

from .contexts import in_context

_WITH_ROUTES: Final = "starlette"  # whose class, or a class made of it, has routes


@final
@Endpoint("mappings")
class MappingsEndpoint:
    """Tells the handlers of each server, from the network inwards, and the routes of each web application."""

    def __init__(self, context: ApplicationContext, servers: NettyServers) -> None:
        """Take the application and its servers."""
        self._context = context
        self._servers = servers

    @ReadOperation
    def mappings(self) -> dict[str, Any]:
        """Answer with both."""
        pipelines = {
            name: [_step(str(server), place, step) for place, step in enumerate(server.plan.steps)]
            for name, server in self._servers.bound.items()
        }
        routes = {name: [_route(route) for route in _flat(application.routes)] for name, application in self._applications()}
        return in_context(self._context, {"mappings": {"dispatcherHandlers": pipelines, "dispatcherServlets": routes}})

    def _applications(self) -> Iterator[tuple[str, Any]]:
        for definition, bean in self._context.singletons.items():
            bases = (base.__module__.partition(".")[0] for base in type(bean).__mro__)
            if _WITH_ROUTES in bases and hasattr(bean, "routes"):
                yield definition.name, bean


def _step(address: str, place: int, step: Step) -> dict[str, Any]:
    details = {"order": place, "types": [f"{kind.__module__}.{kind.__qualname__}" for kind in map(_kind, step.stands)]}
    return {"predicate": address, "handler": step.title, "details": details}


def _kind(stands: object) -> type:
    return stands if isinstance(stands, type) else type(stands)


def _flat(routes: Iterable[Any]) -> Iterator[Any]:
    """Iterate over *routes*, and over those of routers among them, as FastAPI includes them."""
    for route in routes:
        included = getattr(route, "effective_candidates", None)
        if included is None:
            yield route
        else:
            yield from _flat(included())


def _route(route: Any) -> dict[str, Any]:
    methods, path = sorted(getattr(route, "methods", None) or ()), getattr(route, "path", "")
    endpoint = getattr(route, "endpoint", None)
    name = f"{getattr(endpoint, '__module__', '')}.{getattr(endpoint, '__qualname__', type(route).__name__)}"
    conditions = {"methods": methods, "patterns": [path], "consumes": [], "headers": [], "params": [], "produces": []}
    predicate = f"{{{' || '.join(methods)} [{path}]}}" if methods else f"{{[{path}]}}"
    return {"predicate": predicate, "handler": name, "details": {"requestMappingConditions": conditions}}
