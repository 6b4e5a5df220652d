"""The queue of requests, through handlers that answer some of them."""

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.http.cors import CorsConfig, CorsHandler
from pyboot.components.netty.handler.http.requests import RequestQueue
from pyboot.components.netty.wire.http.message import EMPTY_LAST_CONTENT, FullHttpRequest, FullHttpResponse, HttpResponse

PREFLIGHT = {"Origin": "https://a", "Access-Control-Request-Method": "PUT"}


def test_an_answer_waits_for_the_responses_before_it() -> None:
    """Requests that were sent without waiting are answered in their order, whoever answers."""
    channel = EmbeddedChannel(CorsHandler(CorsConfig(origins=("https://a",))))
    channel.write_inbound(FullHttpRequest("GET", "/1"), FullHttpRequest("OPTIONS", "/2", headers=PREFLIGHT), FullHttpRequest("GET", "/3"))
    channel.write_inbound(FullHttpRequest("OPTIONS", "/4", headers=PREFLIGHT))
    assert [] == channel.outbound_messages()
    channel.write_outbound(HttpResponse(200))
    channel.write_outbound(FullHttpResponse(103))
    assert 2 == len(channel.outbound_messages())
    channel.write_outbound(EMPTY_LAST_CONTENT)
    assert [200, 103, 204] == [msg.status for msg in channel.outbound_messages() if isinstance(msg, HttpResponse)]
    channel.write_outbound(FullHttpResponse(201))
    assert [200, 103, 204, 201, 204] == [msg.status for msg in channel.outbound_messages() if isinstance(msg, HttpResponse)]


def test_a_queue_knows_its_requests_until_they_are_answered() -> None:
    """Of an informational response, and of one that nobody asked for, it knows nothing."""
    queue: RequestQueue[str] = RequestQueue()
    assert queue.of(FullHttpResponse(200)) is None
    queue.add("one")
    queue.add("two")
    assert (None, "one", "one", 2) == (queue.of(HttpResponse(100)), queue.of(HttpResponse(200)), queue.of(HttpResponse(101)), len(queue))
    assert ["one", "two", None] == [queue.take(), queue.take(), queue.take()]
