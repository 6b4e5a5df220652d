"""AnswerCache: what endpoints have said lately, to be said again. No I/O here. Source: Spring Boot's ``CachingOperationInvoker``.

The law, which is Spring Boot's: only a read without parameters is answered so, in the path, the query or the context of which nothing is
given that could change the answer. Who asks, and as what the answer is wanted, is told apart.
"""

import time
from collections.abc import AsyncIterable, Callable, Mapping
from typing import Any, Final, final

from pyboot.actuator.annotations import OperationKind
from pyboot.actuator.invocation import InvocationContext, WebEndpointResponse
from pyboot.actuator.operation import Source

from .routes import Choice, Endpoint

type Key = tuple[object, ...]

_MOST: Final = 100
"""Answers that are kept of all endpoints together: each of them may be of another client."""


@final
class AnswerCache:
    """Keeps what operations have returned, for the seconds that each endpoint's settings say; what is streamed is not kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Key, tuple[float, Any]] = {}

    def key(self, endpoint: Endpoint, choice: Choice, given: Mapping[str, object], context: InvocationContext) -> Key | None:
        """Return what an answer is kept as; None where it is not kept."""
        operation = choice.operation
        if not endpoint.description.cache_seconds or operation.kind is not OperationKind.READ or choice.path or given:
            return None
        if all(parameter.source is not Source.CONTEXT for parameter in operation.parameters):
            return (endpoint.id, operation.method)
        if "range" in context.headers:
            return None
        told = (context.principal, context.is_authorized, context.is_alone, context.produces, context.path, context.base)
        return (endpoint.id, operation.method, *told)

    def find(self, key: Key) -> Any:
        """Return what is kept as *key*; None where there is nothing, or it is too old."""
        until, returned = self._kept.get(key, (0.0, None))
        return returned if self._clock() < until else None

    def keep(self, key: Key, returned: Any, seconds: float) -> None:
        """Keep *returned* as *key*; the oldest goes where there are too many."""
        body = returned.body if isinstance(returned, WebEndpointResponse) else returned
        if body is None or isinstance(body, AsyncIterable):
            return
        self._kept.pop(key, None)  # so that it is the youngest
        if len(self._kept) >= _MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (self._clock() + seconds, returned)

    def forget(self, endpoint: Endpoint) -> None:
        """Forget what *endpoint* has said: something was written."""
        for key in [key for key in self._kept if key[0] == endpoint.id]:
            del self._kept[key]
