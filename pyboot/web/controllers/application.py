"""The application that controllers make: a FastAPI, ours or the one that is a bean, furnished with what the beans bring."""

import logging
from collections.abc import Mapping as MappingOf, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response

from pyboot.boot import ApplicationContext, BeanDefinition
from pyboot.web.annotations import ControllerAdviceLabel
from pyboot.web.problem import NO_HEADERS, ProblemDetail, ProblemDetailError
from pyboot.web.properties import WebProperties

from .advice import Answering, handlers_of, response_of
from .filter import HttpFilter
from .mapping import mappings_of
from .routes import add_routes

_log = logging.getLogger("pyboot.web")

_OF_FASTAPI = (None, http_exception_handler, request_validation_exception_handler)


async def fastapi_application(context: ApplicationContext, properties: WebProperties, filters: list[HttpFilter]) -> FastAPI:
    """Return the application of the controllers, where none is a bean already; raises as `furnish` does."""
    openapi = properties.openapi
    application = FastAPI(
        title=openapi.title or context.environment.get("pyboot.application.name") or "API",
        version=openapi.version,
        description=openapi.description,
        openapi_url=openapi.path if openapi.enabled else None,
        docs_url=openapi.docs_path or None,
        redoc_url=openapi.redoc_path or None,
    )
    await furnish(application, context, properties, filters)
    return application


def is_fastapi(definition: BeanDefinition) -> bool:
    """Tell whether *definition* makes a FastAPI application."""
    return isinstance(definition.provides, type) and issubclass(definition.provides, FastAPI)


async def furnish(application: FastAPI, context: ApplicationContext, properties: WebProperties, filters: Sequence[HttpFilter]) -> None:
    """Add to *application* what the beans of *context* bring: routes, handlers of errors and filters.

    Raises:
        MappingClashError: two methods answer the same request.
        RouteError: FastAPI refuses a route.
    """
    await add_routes(application, context, mappings_of(context.graph.index.definitions))
    _add_problems(application, is_on=properties.problem_details)
    advised: dict[type[Exception], Answering] = {}
    for definition in context.definitions(ControllerAdviceLabel):
        for handler in handlers_of(await context.abean(definition)):
            for kind in handler.errors:
                advised.setdefault(kind, handler.answer)  # of two, the one that comes first by order
    for kind, answer in advised.items():
        application.add_exception_handler(kind, answer)
    for each in reversed(filters):  # the last that is added stands first
        application.add_middleware(BaseHTTPMiddleware, dispatch=each.filter)


def _add_problems(application: FastAPI, *, is_on: bool) -> None:
    handlers: dict[type[Exception], Any] = {ProblemDetailError: _raised}
    if is_on:
        handlers |= {HTTPException: _refused, RequestValidationError: _not_valid, Exception: _failed}
    for kind, handler in handlers.items():
        if application.exception_handlers.get(kind) in _OF_FASTAPI:  # what the application of a user says itself stays
            application.add_exception_handler(kind, handler)


async def _raised(request: Request, error: Any) -> Response:
    return response_of(error.problem, error.problem.status, error.headers)


async def _refused(request: Request, error: Any) -> Response:
    headers: MappingOf[str, str] = error.headers or NO_HEADERS
    if error.status_code < 200 or error.status_code in (204, 205, 304):  # which have no body
        return Response(status_code=error.status_code, headers=dict(headers))
    is_text = isinstance(error.detail, str)
    problem = ProblemDetail(error.status_code, error.detail if is_text else None, **({} if is_text else {"errors": error.detail}))
    if problem.detail == problem.title:
        problem.detail = None
    return response_of(problem, problem.status, headers)


async def _not_valid(request: Request, error: Any) -> Response:
    found = [{name: each[name] for name in ("loc", "msg", "type") if name in each} for each in error.errors()]
    return response_of(ProblemDetail(422, "The request does not have the form that is asked for.", errors=found), 422)


async def _failed(request: Request, error: Any) -> Response:
    # Starlette raises the error on behind this answer; who serves the application logs it, once.
    return response_of(ProblemDetail(500), 500)
