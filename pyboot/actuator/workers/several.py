"""Several: what one request to the management server means where there are several workers, and the one answer that is made of theirs.

``?worker=1`` asks that worker alone. Without it each endpoint has its rule (`rules`): most say the same in every worker, and the one that
was asked answers; what differs is asked of all that serve, and put together. Workers that did not answer in time are named, in JSON objects
as ``silentWorkers`` and in the header ``x-pyboot-silent-workers``.
"""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Final, final
from urllib.parse import parse_qsl, urlencode

from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.operation import Operation
from pyboot.actuator.web.body import decoded_in_turns, encoded_in_turns
from pyboot.actuator.web.dispatcher import Answer
from pyboot.actuator.web.media import JSON
from pyboot.actuator.web.refusal import RefusedRequestError
from pyboot.boot.config.names import uniform
from pyboot.components.netty.wire.http.message import FullHttpRequest

from .fleet import SECONDS
from .forwarding import forwarded, unpacked
from .given import Collected, Siblings
from .rules import OF_ALL, PLACED, WHOLE, Merged, Part, rule_of

_SERVING: Final = "ready"


@final
class Several:
    """Answers for all workers."""

    def __init__(self, siblings: Siblings) -> None:
        """Take them."""
        self._siblings = siblings

    async def answer(
        self, request: FullHttpRequest, id: str, operation: Operation, given: Mapping[str, object], context: InvocationContext
    ) -> Answer | None:
        """Return the answer to *request*, which was found to be *operation* of the endpoint *id*; None: this worker's own.

        Raises:
            RefusedRequestError: the worker that is meant is not there (404), or does not answer (504); or nobody does (503).
            InvalidEndpointRequestError: what is said of a worker is no number.
        """
        if uniform(id) in OF_ALL:
            return None
        wanted, is_whole = given.get("worker"), uniform(id) in WHOLE
        if isinstance(wanted, list) and wanted:
            slot = _number(wanted[-1])
            return None if slot == self._siblings.slot else await self._of_one(slot, request, context, is_whole=is_whole)
        if uniform(id) in PLACED and len(operation.path) == 1:
            return await self._of_one(*_place(request), context)
        merge = rule_of(id, operation)
        if merge is None:
            return None
        accept = request.headers.get("accept") if is_whole else JSON
        collected = await self._ask(forwarded(request, context, accept, is_whole=is_whole))
        parts = [await _part(each.slot, each.data) for each in collected.answers if each.data is not None and each.state == _SERVING]
        if not parts:
            raise RefusedRequestError(503, "no worker has answered in time")
        merged = merge(parts, given)
        if inspect.isawaitable(merged):
            merged = await merged
        return await _told(merged, [int(each["slot"]) for each in collected.silent], context)

    async def _of_one(self, slot: int, request: FullHttpRequest, context: InvocationContext, *, is_whole: bool = False) -> Answer:
        path, _, query = request.uri.partition("?")
        rest = urlencode([(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "worker"])
        alone = FullHttpRequest(request.method, f"{path}?{rest}" if rest else path, request.content, headers=request.headers)
        collected = await self._ask(forwarded(alone, context, request.headers.get("accept"), is_whole=is_whole), slot)
        for each in collected.answers:
            if each.data is not None:
                return unpacked(each.data)
        if collected.silent:
            raise RefusedRequestError(504, f"worker {slot} does not answer")
        slots = ", ".join(str(row["slot"]) for row in collected.workers if row["state"] == _SERVING)
        raise RefusedRequestError(404, f"there is no worker {slot} that serves, but {slots}")

    async def _ask(self, what: Mapping[str, Any], slot: int | None = None) -> Collected:
        try:
            return await self._siblings.asking.ask(what, SECONDS, slot=slot)
        except OSError as error:
            raise RefusedRequestError(503, f"the workers cannot be asked: {error}") from error


def _place(request: FullHttpRequest) -> tuple[int, FullHttpRequest]:
    """Return the worker that an id in the path means, and the request as that one understands it.

    Raises:
        InvalidEndpointRequestError: it means none; two workers may have connections of one id, and the wrong one would be closed.
    """
    path, question, query = request.uri.partition("?")
    head, _, id = path.rstrip("/").rpartition("/")
    slot, dot, own = id.partition(".")
    if not (dot and slot.isdecimal()):
        reason = f"{id} may be with any worker: say 1.{id}, as the list shows it, or {id}?worker=1"
        raise InvalidEndpointRequestError(reason)
    return int(slot), FullHttpRequest(request.method, f"{head}/{own}{question}{query}", request.content, headers=request.headers)


def _number(said: object) -> int:
    try:
        return int(str(said))
    except ValueError:
        raise InvalidEndpointRequestError(f"worker={said}, allowed is the number of one, from 0 on") from None


async def _part(slot: int, data: bytes) -> Part:
    """Return what the worker of *slot* has answered, decoded with turns of the loop between."""
    answer = unpacked(data)
    if isinstance(answer.content, bytes) and answer.content.startswith(b"{"):
        return Part(slot, answer, await decoded_in_turns(answer.content))
    return Part(slot, answer)


async def _told(merged: Merged, silent: Sequence[int], context: InvocationContext) -> Answer:
    """Return the answer of all as it was asked for, with those who are *silent*."""
    answer, told = merged
    headers = dict(answer.headers)
    if answer.content and "content-type" in headers and context.produces:
        headers["content-type"] = context.produces
    if silent:
        headers["x-pyboot-silent-workers"] = ", ".join(map(str, silent))
    if told is None:
        return Answer(answer.status, answer.content, headers)
    return Answer(answer.status, await encoded_in_turns({**told, "silentWorkers": list(silent)} if silent else told), headers)
