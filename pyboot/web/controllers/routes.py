"""Routes: the mappings of controllers, handed to FastAPI's router.

A mapping of GET answers HEAD as well, with what GET would say and no content, which the codec of HTTP leaves out (RFC 9110 9.3.2; Spring's
``@GetMapping``). A mapping of HEAD for the same path goes first. The OpenAPI document tells of GET alone.
"""

from collections.abc import Callable, Coroutine, Iterable
from itertools import groupby
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import FastAPIError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope as AsgiScope, Send

from pyboot.boot import ApplicationContext, BeanDefinition, Scope
from pyboot.boot.model.method import labelled_methods
from pyboot.web.annotations import ExceptionHandlerLabel, RequestMappingLabel, RestControllerLabel, WebSocketMappingLabel
from pyboot.web.errors import RouteError

from .advice import Answering, answering, handlers_of
from .injection import BeanParameters, controller_of
from .mapping import Mapping


async def add_routes(application: FastAPI, context: ApplicationContext, mappings: Iterable[Mapping]) -> None:
    """Add *mappings* to *application*, in their order.

    Raises:
        RouteError: FastAPI refuses one.
    """
    for definition, routes in groupby(mappings, key=lambda mapping: mapping.controller):
        # A controller of another scope is made for each request; that of the application is had once.
        bean = await context.abean(definition) if definition.scope == Scope.SINGLETON else None
        application.include_router(_router(definition, bean, routes, BeanParameters(context)))


def _router(definition: BeanDefinition, bean: object | None, routes: Iterable[Mapping], beans: BeanParameters) -> APIRouter:
    (label,) = definition.labels(RestControllerLabel)
    router = APIRouter(
        tags=list(label.tags) or [_title(definition)],
        dependencies=list(label.dependencies),
        include_in_schema=label.include_in_schema,
        route_class=_route_class(definition, bean),
    )
    for mapping in routes:
        endpoint = beans.endpoint(bean, definition, mapping.name, mapping.function)
        try:
            if isinstance(mapping.label, RequestMappingLabel):
                router.add_api_route(mapping.path, endpoint, methods=list(mapping.methods), **mapping.label.options)
            elif isinstance(mapping.label, WebSocketMappingLabel):
                router.add_api_websocket_route(mapping.path, endpoint, mapping.name, dependencies=mapping.label.dependencies)
        except (FastAPIError, AssertionError, TypeError, ValueError) as error:
            request = f"{'/'.join(mapping.methods)} {mapping.path}"
            raise RouteError(request, mapping.shown, str(error).partition("\n")[0]) from error
    return router


class MappedRoute(APIRoute):
    """Answers HEAD where it answers GET."""

    def matches(self, scope: AsgiScope) -> tuple[Match, AsgiScope]:
        """Return whether this is the route of a request; one of HEAD is a request of GET, as far as this route is asked."""
        return super().matches(self._as_get(scope))

    async def handle(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer a request that matches; what answers sees a GET, for it is not to say anything else."""
        await super().handle(self._as_get(scope), receive, send)

    def _as_get(self, scope: AsgiScope) -> AsgiScope:
        if scope.get("method") == "HEAD" and self.methods and "GET" in self.methods and "HEAD" not in self.methods:
            return {**scope, "method": "GET"}
        return scope


def _handlers(controller: object) -> dict[type[Exception], Answering]:
    return {kind: handler.answer for handler in handlers_of(controller) for kind in handler.errors}


def _title(definition: BeanDefinition) -> str:
    name: str = getattr(definition.provides, "__name__", definition.name)
    return name.removesuffix("Controller") or name


def _route_class(definition: BeanDefinition, bean: object | None) -> type[APIRoute]:
    """Return the class of the routes of a controller; one with handlers of errors asks them before anybody else hears of the error.

    Those of a controller that is made for each request are asked once it is made: what is refused before is for the advice.
    """
    if not labelled_methods(definition.provides, ExceptionHandlerLabel):
        return MappedRoute
    known = None if bean is None else _handlers(bean)

    class ControllerRoute(MappedRoute):
        """Asks the controller's own handlers of errors first."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            """Return what answers a request."""
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    return await handle(request)
                except Exception as error:
                    made = controller_of(request) if known is None else None
                    handlers = known if known is not None else _handlers(made) if made is not None else {}
                    answer = answering(handlers, error)
                    if answer is None:
                        raise
                    return await answer(request, error)

            return answer

    return ControllerRoute
