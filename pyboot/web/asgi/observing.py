"""The application of a server whose requests somebody observes: the observation hears which route was taken, and what was raised."""

from collections.abc import Mapping
from typing import Any

from pyboot.components.netty.handler.http.observation import HttpServerObservationHandler
from pyboot.components.netty.handler.http.observer import OBSERVED

from .protocol import AsgiApplication


def observed(application: AsgiApplication, root_path: str = "") -> AsgiApplication:
    """Return *application*, which runs with its request as the current one; it is mounted below *root_path*."""

    async def observe(scope: Any, receive: Any, send: Any) -> None:
        observation = OBSERVED.get()
        seen = None if observation is None else observation.current
        if seen is None or not isinstance(observation, HttpServerObservationHandler):
            await application(scope, receive, send)
            return
        if observation.is_traced:
            scope.setdefault("fastapi.telemetry", None)  # or FastAPI would trace the request once more
        seen.routing = lambda: route_of(scope, root_path)
        with observation.applied(seen):
            await application(scope, receive, send)

    return observe


def route_of(scope: Mapping[str, Any], root_path: str = "") -> str | None:
    """Return the template of the path by which an application has answered, ``/users/{id}``; None where its router says nothing of it.

    FastAPI and Starlette leave their route, Litestar its template. Of what is mounted and says no more it is ``/files/**``.
    """
    mounted = str(scope.get("root_path", "")).removeprefix(root_path)
    template = scope.get("path_template") or getattr(scope.get("route"), "path_format", None)
    if isinstance(template, str):
        return f"{mounted}{template}"
    return f"{mounted}/**" if mounted and "endpoint" in scope else None
