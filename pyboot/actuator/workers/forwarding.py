"""Forwarding: a request to the management server as another worker gets it, and its answer as it comes back. No I/O here.

Who asks, and whether that may be asked, was decided where the request came in; the other worker answers for itself alone.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pyboot.actuator.invocation import InvocationContext, Principal
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import FullHttpRequest

if TYPE_CHECKING:
    from pyboot.actuator.web.dispatcher import Answer, Dispatcher

_PASSED_ON: Final = ("host", "content-type")


def forwarded(request: FullHttpRequest, context: InvocationContext, accept: str | None, *, is_whole: bool = False) -> dict[str, Any]:
    """Return *request*, for which *context* says who asks, as a question to other workers; they answer with what *accept* says.

    *is_whole*: an answer that is written piece by piece has an end, and is waited for.
    """
    headers = {name: value for name in _PASSED_ON if (value := request.headers.get(name)) is not None}
    if accept is not None:
        headers["accept"] = accept
    who = context.principal
    return {
        "kind": "request",
        "method": request.method,
        "uri": request.uri,
        "headers": headers,
        "content": b64encode(bytes(request.content)).decode(),
        "principal": None if who is None else [who.name, sorted(who.roles)],
        "is_authorized": context.is_authorized,
        "remote": context.remote,
        "base": context.base,
        "is_whole": is_whole,
    }


async def answered(dispatcher: "Dispatcher", what: Mapping[str, Any]) -> bytes:
    """Return what *dispatcher* answers, for this worker alone."""
    headers = HttpHeaders(what["headers"])
    request = FullHttpRequest(what["method"], what["uri"], b64decode(what["content"]), headers=headers)
    context = InvocationContext(
        principal=None if what["principal"] is None else Principal(what["principal"][0], frozenset(what["principal"][1])),
        remote=what["remote"],
        headers=headers,
        path=request.uri.partition("?")[0],
        base=what["base"],
        is_authorized=what["is_authorized"],
        is_alone=True,
    )
    answer = await dispatcher.answer_for(request, context)
    if what.get("is_whole") and not isinstance(answer.content, bytes):
        pieces = [piece.encode() if isinstance(piece, str) else piece async for piece in answer.content]
        answer = answer._replace(content=b"".join(pieces))
    if not isinstance(answer.content, bytes):  # a stream has no end that somebody could wait for
        aclose = getattr(answer.content, "aclose", None)
        if aclose is not None:
            await aclose()
        return _packed(501, {}, b"")
    return _packed(answer.status, dict(answer.headers), answer.content)


def _packed(status: int, headers: Mapping[str, str], content: bytes) -> bytes:
    return json.dumps({"status": status, "headers": headers}).encode() + b"\n" + content


def unpacked(data: bytes) -> "Answer":
    """Return the answer that another worker has sent."""
    from pyboot.actuator.web.dispatcher import Answer

    head, _, content = data.partition(b"\n")
    told = json.loads(head)
    return Answer(told["status"], content, told["headers"])
