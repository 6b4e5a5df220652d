"""Requests as another worker gets them."""

import json
from collections.abc import AsyncIterator
from typing import Any

from pyboot.actuator.invocation import InvocationContext, Principal
from pyboot.actuator.web.dispatcher import Answer
from pyboot.actuator.workers.forwarding import answered, forwarded, unpacked
from pyboot.components.netty.wire.http.message import FullHttpRequest

REQUEST = FullHttpRequest(
    "POST", "/actuator/a?b=c", b"\xff{}", headers={"host": "localhost", "cookie": "x", "content-type": "application/json"}
)
CONTEXT = InvocationContext(Principal("ada", frozenset({"admin"})), "1.2.3.4:5", is_authorized=True, base="http://localhost")


class Dispatcher:
    """Notes what it is asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[tuple[FullHttpRequest, InvocationContext]] = []

    async def answer_for(self, request: FullHttpRequest, context: InvocationContext) -> Answer:
        """As the real one."""
        self.asked.append((request, context))
        return self.answer


async def test_a_request_arrives_as_it_was_with_who_has_asked() -> None:
    """For that worker alone; what is not needed, a cookie for instance, stays behind."""
    dispatcher: Any = Dispatcher(Answer(200, b"a\nb", {"x": "y"}))
    what = json.loads(json.dumps(forwarded(REQUEST, CONTEXT, "text/plain")))
    assert Answer(200, b"a\nb", {"x": "y"}) == unpacked(await answered(dispatcher, what))
    ((request, context),) = dispatcher.asked
    assert ("POST", "/actuator/a?b=c", b"\xff{}") == (request.method, request.uri, request.content)
    assert ("text/plain", None) == (request.headers.get("accept"), request.headers.get("cookie"))
    assert (CONTEXT.principal, True, True, "1.2.3.4:5") == (context.principal, context.is_alone, context.is_authorized, context.remote)


async def test_a_stream_is_not_sent_over() -> None:
    """It is closed, and the answer says that this cannot be."""
    closed = []

    class Stream:
        async def aclose(self) -> None:
            closed.append(1)

    stream: Any = Stream()
    dispatcher: Any = Dispatcher(Answer(200, stream))
    assert 501 == unpacked(await answered(dispatcher, forwarded(REQUEST, CONTEXT, None))).status
    assert [1] == closed


async def test_an_answer_that_has_an_end_is_sent_over_as_a_whole() -> None:
    """Though it is written piece by piece, as dumps of threads are."""

    async def pieces() -> AsyncIterator[bytes | str]:
        yield '{"threads":'
        yield b"[]}"

    dispatcher: Any = Dispatcher(Answer(200, pieces(), {"content-type": "application/json"}))
    answer = unpacked(await answered(dispatcher, forwarded(REQUEST, CONTEXT, None, is_whole=True)))
    assert Answer(200, b'{"threads":[]}', {"content-type": "application/json"}) == answer
