"""Advice: the methods labelled ``@ExceptionHandler``, and the answers that they give."""

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, NamedTuple, final, get_type_hints

from fastapi.encoders import jsonable_encoder
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from pyboot.boot.model.label import labels
from pyboot.boot.model.method import labelled_methods, refusal
from pyboot.web.annotations import ExceptionHandlerLabel
from pyboot.web.problem import MEDIA_TYPE, NO_HEADERS, ProblemDetail

type Answering = Callable[[Any, Any], Awaitable[Response]]  # takes the request and the error


@final
class Handler(NamedTuple):
    """One method that answers for errors of the types *errors*."""

    errors: tuple[type[Exception], ...]
    answer: Answering


def handlers_of(bean: object) -> Iterator[Handler]:
    """Iterate over the methods of *bean* that answer for errors.

    Raises:
        DefinitionError: one says no type, or takes something else than an error, or a request and an error.
    """
    for name in labelled_methods(type(bean), ExceptionHandlerLabel):
        function = getattr(type(bean), name)
        for label in labels(function, ExceptionHandlerLabel):
            yield Handler(*_checked(label, function, getattr(bean, name)))


def answering(handlers: Mapping[type[Exception], Answering], error: Exception) -> Answering | None:
    """Return what answers for *error*: the handler of its type, else of the nearest base; ``None`` if nobody does."""
    return next((handlers[kind] for kind in type(error).__mro__ if kind in handlers), None)


def _checked(label: ExceptionHandlerLabel, function: Any, method: Callable[..., Any]) -> tuple[tuple[type[Exception], ...], Answering]:
    names = [entry.name for entry in inspect.signature(method).parameters.values() if entry.default is entry.empty]
    if len(names) not in (1, 2):
        raise refusal(label, function, f"it is called with the error, or with the request and the error, and takes {len(names)}")
    errors = label.errors or tuple(_types(get_type_hints(function).get(names[-1])))
    if not errors:
        raise refusal(label, function, "it says no type: write @ExceptionHandler(KeyError), or a hint for the error")
    is_coroutine, takes_request = inspect.iscoroutinefunction(method), len(names) == 2

    async def answer(request: HTTPConnection, error: Exception) -> Response:
        given = (request, error) if takes_request else (error,)
        said = await method(*given) if is_coroutine else await run_in_threadpool(method, *given)
        return response_of(said, label.status)

    return errors, answer


def _types(hint: Any) -> Iterator[type[Exception]]:
    for kind in getattr(hint, "__args__", None) or (hint,):
        if isinstance(kind, type) and issubclass(kind, Exception):
            yield kind


def response_of(said: object, status: int, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    """Return *said*, what a handler of errors gives, as a response: itself, a problem, or JSON with *status*."""
    if isinstance(said, Response):
        return said
    if isinstance(said, ProblemDetail):
        return JSONResponse(jsonable_encoder(said.to_dict()), said.status, dict(headers), MEDIA_TYPE)
    return JSONResponse(jsonable_encoder(said), status, dict(headers))
