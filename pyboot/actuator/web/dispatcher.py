"""Dispatcher: a request in, an answer out: which operation is meant, whether it may be asked, what it says. No channel here.

::

    guard ── 403, 401, 429   where the request comes from, and who asks
    route ── 404        which endpoint and operations the path means
    guard ── 401, 403   whether that may be asked
    method ── 405       those of this request method; OPTIONS is answered with all of them
    Accept ── 406       the one whose media type the client wants most
    body ── 415, 400    the properties of a write
    arguments ── 400    what the method is called with
    cache               what a read without parameters has said lately, where settings say so
    call ── 500         what it raises, but for `InvalidEndpointRequestError`
"""

import inspect
import logging
import time
from collections.abc import AsyncIterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

from pyboot.actuator.annotations import OperationKind
from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.invocation import NO_HEADERS, InvocationContext, WebEndpointResponse
from pyboot.actuator.operation import Texts
from pyboot.boot.config.names import uniform
from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.message import FullHttpRequest
from pyboot.components.netty.wire.http.query import QueryStringDecoder
from pyboot.components.netty.wire.http.start_line import reason_phrase

from .body import encoded, encoded_in_turns, properties_of
from .cache import AnswerCache
from .guard import Guard, Trusting
from .media import JSON, PRODUCED, choose_type, is_json
from .refusal import RefusedRequestError
from .routes import Choice, Endpoint, Routes, chosen

if TYPE_CHECKING:
    from pyboot.actuator.workers.several import Several

_log = logging.getLogger("pyboot.actuator")

_NO_CONTENT: Final = 204
_SLOW_SECONDS: Final = 10.0


@final
class Answer(NamedTuple):
    """What is sent: the status, the content, whole or as it comes, and the header fields."""

    status: int
    content: bytes | AsyncIterable[bytes | str] = b""
    headers: Mapping[str, str] = NO_HEADERS


@final
class Dispatcher:
    """Answers for the endpoints of *routes*, as far as *guard* lets it; *scheme* is that of its links."""

    def __init__(self, routes: Routes, guard: Guard | Trusting, scheme: str = "http", several: "Several | None" = None) -> None:
        self.routes = routes
        self._guard = guard
        self._scheme = scheme
        self._several = several
        self._cache = AnswerCache()

    async def answer(self, request: FullHttpRequest, remote: str = "") -> Answer:
        """Return the answer to *request*, which came from *remote*; whatever is wrong with it, or with an endpoint, becomes one.

        If cancelled, the operation is.
        """
        base = f"{self._scheme}://{request.headers.get('host') or 'localhost'}"
        context = InvocationContext(remote=remote, headers=request.headers, path=request.uri.partition("?")[0], base=base)
        try:
            principal = self._guard.admit(request.method, request.headers, self._scheme, remote)
        except RefusedRequestError as refusal:
            return refused(refusal, context.path)
        is_authorized = self._guard.is_authorized(principal)
        return await self.answer_for(request, context._replace(principal=principal, is_authorized=is_authorized))

    async def answer_for(self, request: FullHttpRequest, context: InvocationContext) -> Answer:
        """Return the answer to *request* of whom *context* says; as above."""
        try:
            return await self.ask(request, context)
        except RefusedRequestError as refusal:
            return refused(refusal, context.path)
        except InvalidEndpointRequestError as error:
            return refused(RefusedRequestError(400, error.reason), context.path)
        except HttpDecoderError as error:  # of the path or the query
            return refused(RefusedRequestError(error.status, str(error)), context.path)
        except Exception:  # noqa: BLE001  whatever an operation raises
            _log.exception("%s %s could not be answered", request.method, context.path)
            return refused(RefusedRequestError(500), context.path)

    async def ask(self, request: FullHttpRequest, context: InvocationContext) -> Answer:
        """Return the answer to *request* of whom *context* says, where it is one of an operation.

        Raises:
            RefusedRequestError: it is not answered.
            InvalidEndpointRequestError: a parameter is refused.
            HttpDecoderError: the path or the query is none.
            Exception: whatever the operation raises.
        """
        target = QueryStringDecoder(request.uri)
        match = self.routes.match(target.raw_path)
        id = None if match is None or match.endpoint is None else match.endpoint.id
        self._guard.check(context.principal, id)
        if match is None:
            raise RefusedRequestError(404)
        allow = ", ".join(match.allowed)
        if request.method == "OPTIONS":
            return Answer(200, headers={"allow": allow})
        accept = request.headers.get("accept")
        if match.endpoint is None:
            return self._links(request.method, allow, accept, context)
        choices = match.of(request.method)
        if not choices:
            raise RefusedRequestError(405, f"{request.method} is not answered here, but {allow} are", {"allow": allow})
        found = chosen(choices, accept)
        if found is None:
            offered = ", ".join(dict.fromkeys(each for choice in choices for each in choice.produces))
            raise RefusedRequestError(406, f"what is accepted is none of {offered}")
        choice, media_type = found
        self._guard.check(context.principal, id, choice.operation.kind)
        given: dict[str, object] = _properties(request) if choice.operation.kind is OperationKind.WRITE else {}
        choice.operation.check_properties(given)
        given |= {uniform(name): Texts(values) for name, values in target.parameters.items()}
        context = context._replace(produces=media_type)
        if self._several is not None and not context.is_alone:
            answer = await self._several.answer(request, match.endpoint.id, choice.operation, given, context)
            if answer is not None:
                return answer
            context = context._replace(is_alone="worker" in given)
        return await _answered(await self._cached(match.endpoint, choice, given, context), choice.operation.kind, context)

    async def _cached(self, endpoint: Endpoint, choice: Choice, given: Mapping[str, object], context: InvocationContext) -> Any:
        """Return what the operation says, or has said lately."""
        if not endpoint.description.cache_seconds:
            return await _call(endpoint, choice, given, context)
        if choice.operation.kind is not OperationKind.READ:
            try:
                return await _call(endpoint, choice, given, context)
            finally:
                self._cache.forget(endpoint)
        key = self._cache.key(endpoint, choice, given, context)
        returned = None if key is None else self._cache.find(key)
        if returned is None:
            returned = await _call(endpoint, choice, given, context)
            if key is not None:
                self._cache.keep(key, returned, endpoint.description.cache_seconds)
        return returned

    def _links(self, method: str, allow: str, accept: str | None, context: InvocationContext) -> Answer:
        if method not in ("GET", "HEAD"):
            raise RefusedRequestError(405, f"{method} is not answered here, but {allow} are", {"allow": allow})
        media_type = choose_type(accept, PRODUCED)
        if media_type is None:
            raise RefusedRequestError(406, f"what is accepted is none of {', '.join(PRODUCED)}")
        return Answer(200, encoded(self.routes.links(context.base)), {"content-type": media_type})


async def _call(endpoint: Endpoint, choice: Choice, given: Mapping[str, object], context: InvocationContext) -> Any:
    operation = choice.operation
    arguments = operation.arguments(choice.path, given, context)
    begun = time.monotonic()
    returned: Any = getattr(endpoint.bean, operation.method)(**arguments)
    if inspect.isawaitable(returned):
        returned = await returned
    if (seconds := time.monotonic() - begun) > _SLOW_SECONDS:
        _log.warning("the endpoint %s took %.1f s for %s", endpoint.id, seconds, operation)
    return returned


async def _answered(returned: Any, kind: OperationKind, context: InvocationContext) -> Answer:
    """Return the answer that *returned* stands for."""
    response = returned if isinstance(returned, WebEndpointResponse) else None
    body = returned if response is None else response.body
    status = 200 if response is None else response.status
    if body is None:
        if response is None and kind is OperationKind.READ:
            raise RefusedRequestError(404)
        return Answer(_NO_CONTENT if response is None else status, headers=NO_HEADERS if response is None else response.headers)
    media_type = context.produces if response is None else response.media_type or context.produces
    headers = {"content-type": media_type, **(NO_HEADERS if response is None else response.headers)}
    if isinstance(body, AsyncIterable):
        return Answer(status, body, headers)
    if isinstance(body, bytes):
        return Answer(status, body, headers)
    if isinstance(body, str) and not is_json(media_type):
        return Answer(status, body.encode("utf-8", "backslashreplace"), headers)
    return Answer(status, await encoded_in_turns(body), headers)


def _properties(request: FullHttpRequest) -> dict[str, object]:
    """Return what the body of a write says."""
    if not request.content:
        return {}
    media_type = request.headers.get("content-type", "")
    if not is_json(media_type or ""):
        raise RefusedRequestError(415, f"the body is {media_type or 'of no type'}, and {JSON} is understood")
    return properties_of(request.content)


def refused(refusal: RefusedRequestError, path: str) -> Answer:
    """Return the answer that says why a request is not answered, as Spring Boot says it."""
    told: dict[str, object] = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "status": refusal.status,
        "error": reason_phrase(refusal.status),
    }
    if refusal.reason:
        told["message"] = refusal.reason
    told["path"] = path
    return Answer(refusal.status, encoded(told), {"content-type": JSON, **refusal.headers})
