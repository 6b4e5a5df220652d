"""AsgiHandler in memory: objects of HTTP in, an application that answers, objects of HTTP out."""

import asyncio
from typing import Any

import pytest

from pyboot.boot import ScopeStore
from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.wire.http.message import (
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpRequest,
    HttpResponse,
)
from pyboot.web.asgi.exchange import READ_AHEAD, ClientDisconnectedError
from pyboot.web.asgi.forwarded import TrustedProxies
from pyboot.web.asgi.handler import AsgiHandler
from pyboot.web.asgi.lifespan import Lifespan
from pyboot.web.asgi.scope import Site

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain"), (b"date", b"now")]}


def serving(application: Any) -> EmbeddedChannel:
    """A channel that *application* answers on."""
    return EmbeddedChannel(AsgiHandler(application, Lifespan(application, "app"), Site("", TrustedProxies(())), ScopeStore()))


def written(channel: EmbeddedChannel) -> list[Any]:
    """All that went out by now."""
    channel.run_pending_tasks()
    messages = []
    while (message := channel.read_outbound()) is not None:
        messages.append(message)
    return messages


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Say hello to the path."""
    await send(START)
    await send({"type": "http.response.body", "body": f"hello {scope['path']}".encode()})


def answer(path: str) -> FullHttpResponse:
    """What `hello` answers."""
    return FullHttpResponse(200, f"hello {path}".encode(), [("content-type", "text/plain"), ("date", "now")])


def test_a_whole_answer_is_one_message() -> None:
    """Head and content leave together, before the read is over."""
    channel = serving(hello)

    channel.write_inbound(FullHttpRequest("GET", "/a"))

    assert [answer("/a")] == written(channel)


def test_answers_keep_the_order_of_requests() -> None:
    """A slow one holds up those behind it, and no other."""
    gate, seen = asyncio.Event(), list[str]()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])
        if scope["path"] == "/slow":
            await gate.wait()
        await hello(scope, receive, send)

    channel = serving(slow)
    for path in ("/slow", "/b", "/c"):
        channel.write_inbound(FullHttpRequest("GET", path))
    assert (["/slow"], []) == (seen, written(channel))

    gate.set()

    assert [answer("/slow"), answer("/b"), answer("/c")] == written(channel)


def test_content_comes_as_it_is_read_and_a_stream_goes_as_it_is_sent() -> None:
    """Pieces in, pieces out."""

    async def echo(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        while True:
            event = await receive()
            await send({"type": "http.response.body", "body": event["body"], "more_body": event["more_body"]})
            if not event["more_body"]:
                return

    channel = serving(echo)
    channel.write_inbound(HttpRequest("POST", "/"))
    assert [] == written(channel)
    channel.write_inbound(DefaultHttpContent(b"one"))
    head, first = written(channel)
    assert isinstance(head, HttpResponse)
    assert DefaultHttpContent(b"one") == first
    channel.write_inbound(DefaultHttpContent(b"two"))
    channel.write_inbound(DefaultLastHttpContent(b"three"))

    assert [DefaultHttpContent(b"two"), DefaultLastHttpContent(b"three")] == written(channel)


def test_an_application_that_does_not_read_stops_the_reading() -> None:
    """Content is held up to a bound; then the handler waits, and nothing behind it is handed on."""
    events: list[Any] = []
    gate: asyncio.Event = asyncio.Event()

    async def late(scope: Any, receive: Any, send: Any) -> None:
        await gate.wait()
        while True:
            event = await receive()
            events.append(len(event["body"]))
            if not event["more_body"]:
                break
        await hello(scope, receive, send)

    channel = serving(late)
    channel.write_inbound(HttpRequest("POST", "/"))
    for _ in range(8):
        channel.write_inbound(DefaultHttpContent(b"x" * (READ_AHEAD // 2)))
    channel.write_inbound(DefaultLastHttpContent(b""))
    channel.run_pending_tasks()
    assert [] == events
    assert channel.pipeline().handlers_at_work()

    gate.set()

    assert [answer("/")] == written(channel)
    assert 8 * (READ_AHEAD // 2) == sum(events)
    assert max(events) <= READ_AHEAD


@pytest.mark.parametrize("sent", [[], [START]])
def test_an_application_that_raises_or_returns_early_is_answered_for(sent: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    """500 where nothing has left; the error is in the log once."""

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        for message in sent:
            await send(message)
        raise ZeroDivisionError("of the application")

    async def returns(scope: Any, receive: Any, send: Any) -> None:
        for message in sent:
            await send(message)

    for application in (fails, returns):
        channel = serving(application)
        channel.write_inbound(FullHttpRequest("GET", "/"))
        (response,) = written(channel)
        assert (500, b"Internal Server Error") == (response.status, response.content)
        assert channel.is_open
    assert 1 == caplog.text.count("the application has raised for GET /")


def test_an_answer_that_breaks_off_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    """No client takes it for a whole one."""

    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"half", "more_body": True})

    channel = serving(breaks)
    channel.write_inbound(FullHttpRequest("GET", "/"))

    assert [DefaultHttpContent(b"half")] == written(channel)[1:]
    assert not channel.is_open


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([{"type": "http.response.body"}], "sent 'http.response.body', where http.response.start is due"),
        ([START, START], "sent 'http.response.start', where http.response.body is due"),
        ([START, {"type": "http.response.body"}, {"type": "http.response.body"}], "where nothing is due"),
        ([START, {"type": "http.response.trailers"}], "where http.response.body is due"),
        ([{"type": "websocket.accept"}], "sends no 'websocket.accept' for a request"),
    ],
)
def test_what_is_not_due_is_refused(messages: list[Any], error: str) -> None:
    """Where it is sent, with what was due."""
    raised: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        try:
            for message in messages:
                await send(message)
        except RuntimeError as refused:
            raised.append(str(refused))

    serving(application).write_inbound(FullHttpRequest("GET", "/"))

    assert error in raised[0]


def test_a_stream_that_ends_since_nobody_listens_is_no_mistake(caplog: pytest.LogCaptureFixture) -> None:
    """Its connection ends, and the log has nothing of it."""

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(START)
        await send({"type": "http.response.body", "body": b"event", "more_body": True})
        assert "http.disconnect" == (await receive())["type"]

    channel = serving(stream)
    channel.write_inbound(FullHttpRequest("GET", "/"))
    channel.pipeline().fire_user_event_triggered(INPUT_SHUTDOWN)
    channel.run_pending_tasks()

    assert not channel.is_open
    assert "" == caplog.text


def test_trailers() -> None:
    """Behind the content, in one last message."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({**START, "trailers": True})
        await send({"type": "http.response.body", "body": b"a"})
        await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"1")]})

    channel = serving(application)
    channel.write_inbound(FullHttpRequest("GET", "/"))
    _, content, last = written(channel)

    assert DefaultHttpContent(b"a") == content
    assert [("x-sum", "1")] == last.trailing_headers.items()


def test_a_lost_peer_is_told_and_what_is_sent_to_it_raises() -> None:
    """`http.disconnect`, once the peer is gone; the task goes on."""
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append((await receive())["type"])
        seen.append((await receive())["type"])
        try:
            await send(START)
        except ClientDisconnectedError:
            seen.append("refused")
        await asyncio.sleep(0)
        seen.append("over")

    channel = serving(application)
    channel.write_inbound(FullHttpRequest("GET", "/"))
    channel.close()
    channel.abort()
    channel.run_pending_tasks()

    assert ["http.request", "http.disconnect", "refused", "over"] == seen


def test_a_peer_that_sends_no_more_gets_its_answer_and_then_the_end() -> None:
    """Half a close is none; what waits for more hears of it."""
    gate = asyncio.Event()
    heard: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        heard.append((await receive())["type"])
        await gate.wait()
        await hello(scope, receive, send)

    channel = serving(application)
    channel.write_inbound(FullHttpRequest("GET", "/"))
    channel.pipeline().fire_user_event_triggered(INPUT_SHUTDOWN)
    channel.run_pending_tasks()
    assert (["http.disconnect"], True) == (heard, channel.is_open)
    gate.set()

    assert [answer("/")] == written(channel)
    assert not channel.is_open


def test_a_close_waits_for_the_answer_which_says_that_it_is_the_last() -> None:
    """`Connection: close` on it."""
    gate = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await gate.wait()
        await hello(scope, receive, send)

    channel = serving(application)
    channel.write_inbound(FullHttpRequest("GET", "/"))
    channel.close()
    channel.run_pending_tasks()
    assert channel.is_open
    gate.set()
    (response,) = written(channel)

    assert "close" == response.headers["connection"]
    assert not channel.is_open


def test_background_work_goes_on_behind_the_answer() -> None:
    """The next request does not wait for it, and the end of the connection does not end it."""
    gate, done = asyncio.Event(), list[str]()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await hello(scope, receive, send)
        await gate.wait()
        done.append(scope["path"])

    channel = serving(application)
    channel.write_inbound(FullHttpRequest("GET", "/a"), FullHttpRequest("GET", "/b"))
    assert [answer("/a"), answer("/b")] == written(channel)
    channel.close()
    gate.set()
    channel.run_pending_tasks()

    assert ["/a", "/b"] == done


def test_nobody_gets_a_tunnel() -> None:
    """CONNECT asks a proxy; an answer of an application to it would end HTTP on the connection."""
    channel = serving(hello)
    channel.write_inbound(FullHttpRequest("CONNECT", "there:443", headers={"host": "there:443"}))
    (response,) = written(channel)
    assert (501, "close") == (response.status, response.headers.get("connection"))
