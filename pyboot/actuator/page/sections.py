"""Sections: the parts of the page, each told by the operation of an endpoint, as far as that endpoint may be asked.

A section is asked for as over HTTP, so of several workers it tells what the endpoint tells of all of them, or of one (``worker``).

The law of access. A section is what its endpoint would answer over HTTP to the same client: one that is not exposed, whose access is
none, or that this client may not read, has no section, and the page says which setting it would take. The page changes nothing by itself;
its buttons are requests to the endpoints, judged like anybody's.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, final
from urllib.parse import urlencode

from pyboot.actuator.access import Access
from pyboot.actuator.annotations import OperationKind
from pyboot.actuator.definitions import BUILT_IN, usable
from pyboot.actuator.endpoint import EndpointDescription
from pyboot.actuator.exposure import Exposure
from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.properties import EndpointsProperties, ManagementServerProperties
from pyboot.actuator.web.body import encoded
from pyboot.actuator.web.guard import OWNER, Guard, Trusting
from pyboot.actuator.web.media import V3_JSON
from pyboot.actuator.web.refusal import RefusedRequestError
from pyboot.actuator.workers.fleet import Fleet
from pyboot.boot import ApplicationContext, Component
from pyboot.boot.config.names import uniform
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import FullHttpRequest

if TYPE_CHECKING:
    from pyboot.actuator.web.dispatcher import Dispatcher

SECONDS: Final[Mapping[str, float]] = {
    "servers": 1.0,
    "channels": 1.0,
    "eventloop": 2.0,
    "clients": 2.0,
    "workers": 2.0,
    "health": 5.0,
    "buffers": 5.0,
    "loggers": 5.0,
    "pipelines": 30.0,
}
"""The endpoints whose answers the page shows, and how often each is asked while somebody looks at it."""

_FAILED: Final = 400
_ACCEPTED: Final = HttpHeaders({"accept": V3_JSON})

ERRORS: Final = "errors"
"""The section of what was logged, which is the page's own."""

_SHOWN: Final = frozenset(map(uniform, SECONDS))
_CHANGED_BY: Final = {"loggers": OperationKind.WRITE, "channels": OperationKind.DELETE}


@final
@Component
class Sections:
    """Asks endpoints for a client, and tells which of them it may ask."""

    def __init__(
        self, context: ApplicationContext, endpoints: EndpointsProperties, server: ManagementServerProperties, fleet: Fleet
    ) -> None:
        """Take the application, what its settings say of endpoints, and its workers."""
        self._server = server
        self._fleet = fleet
        self._asking: Dispatcher | None = None
        self._context = context
        self._endpoints = endpoints
        self._exposure = Exposure(endpoints.web.exposure)
        self._guard = Guard(server)
        self._there: dict[str, EndpointDescription] | None = None

    def told(self, context: InvocationContext) -> dict[str, dict[str, str | None]]:
        """Return all sections there could be: why each is not shown (``hidden``), and why it may not be changed (``fixed``); None: it is.

        An endpoint that this application does not have is left out.
        """
        found: dict[str, dict[str, str | None]] = {}
        for id in SECONDS:
            if uniform(id) in self._known() or id in BUILT_IN:
                hidden = self.why_hidden(id, context)
                found[id] = {"hidden": hidden, "fixed": hidden or self._why_fixed(id, context)}
        return found | {ERRORS: {"hidden": self.why_hidden(ERRORS, context), "fixed": None}}

    def why_hidden(self, id: str, context: InvocationContext) -> str | None:
        """Return why this client is not shown the section *id*; None where it is."""
        if id != ERRORS:
            if context.principal is not OWNER and not self._exposure.exposes(id):
                return f"'{id}' is not exposed: add it to management.endpoints.web.exposure.include"
            if uniform(id) not in self._known():
                return f"nothing may be asked of '{id}': management.endpoint.{id}.access is none"
        return self._refusal(id, OperationKind.READ, context)

    async def ask(self, id: str, given: Mapping[str, object], context: InvocationContext) -> bytes:
        """Return what the endpoint *id* answers to a read with the parameters *given*, as JSON without a line break.

        Raises:
            InvalidEndpointRequestError: it refuses a parameter.
            RefusedRequestError: the worker that is meant is not there or silent, or another one could not answer.
        """
        dispatcher = await self._dispatcher()
        path = f"{dispatcher.routes.base}/{id}"
        query = urlencode({name: value for name, value in given.items() if value is not None})
        request = FullHttpRequest("GET", f"{path}?{query}" if query else path, headers=_ACCEPTED)
        answer = await dispatcher.ask(request, context._replace(headers=_ACCEPTED, path=path, is_alone=False))
        content = answer.content
        if not isinstance(content, bytes):
            raise TypeError(f"'{id}' answers with a stream, which is no section")
        if answer.status >= _FAILED and id != "health":  # whose status is what it tells; of others, a worker has failed
            raise RefusedRequestError(answer.status, json.loads(content).get("message") or f"a worker answers {answer.status}")
        return content if b"\n" not in content else encoded(json.loads(content))  # of an endpoint that writes its JSON itself

    def _why_fixed(self, id: str, context: InvocationContext) -> str | None:
        kind = _CHANGED_BY.get(id)
        if kind is None:
            return None
        if all(each.kind is not kind for each in self._known()[uniform(id)].operations):
            return f"'{id}' may only be read: management.endpoint.{id}.access is {Access.READ_ONLY.value}"
        return self._refusal(id, kind, context)

    def _refusal(self, id: str, kind: OperationKind, context: InvocationContext) -> str | None:
        guard = Trusting() if context.principal is OWNER else self._guard
        try:
            guard.check(context.principal, id, kind)
        except RefusedRequestError as refusal:
            return refusal.reason
        return None

    async def _dispatcher(self) -> "Dispatcher":
        if self._asking is None:
            from pyboot.actuator.web.connection import of_all

            there = [(each, await self._context.abean(each.bean)) for id, each in self._known().items() if id in _SHOWN]
            self._asking = of_all(self._server, self._endpoints, there, self._fleet)
        return self._asking

    def _known(self) -> dict[str, EndpointDescription]:
        if self._there is None:  # once: which beans there are is settled
            self._there = {uniform(each.id): each for each in usable(self._context, self._endpoints)}
        return self._there
