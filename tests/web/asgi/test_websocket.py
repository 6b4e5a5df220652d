"""WebSockets as an ASGI application sees them, in memory: bytes of a client in, bytes of the server out."""

import asyncio
from typing import Any

import pytest

from pyboot.boot import ScopeStore
from pyboot.components.netty import EmbeddedChannel, HttpServerCodec
from pyboot.web.asgi.exchange import READ_AHEAD, ClientDisconnectedError
from pyboot.web.asgi.handler import AsgiHandler
from pyboot.web.asgi.lifespan import Lifespan
from pyboot.web.asgi.scope import Site
from pyboot.web.asgi.websocket import MESSAGE_COST

UPGRADE = (
    b"GET /chat/a%20b?x=1 HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, superchat\r\n\r\n"
)
NO_MASK = b"\0\0\0\0"  # a key that changes nothing


def text(said: bytes) -> bytes:
    """A text frame of a client."""
    return b"\x81" + bytes([0x80 | len(said)]) + NO_MASK + said


def serving(application: Any) -> EmbeddedChannel:
    """A channel whose requests *application* answers."""
    return EmbeddedChannel(HttpServerCodec(), AsgiHandler(application, Lifespan(application, "app"), Site(), ScopeStore()))


def written(channel: EmbeddedChannel) -> bytes:
    """All that went out by now."""
    channel.run_pending_tasks()
    out = b""
    while (piece := channel.read_outbound()) is not None:
        out += bytes(piece)
    return out


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Send back what comes."""
    assert "websocket.connect" == (await receive())["type"]
    await send({"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x-room", b"1")]})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event.get("text"), "bytes": event.get("bytes")})


def test_the_handshake_and_messages_of_both_kinds() -> None:
    """What comes behind the request in one read is a frame already."""
    channel = serving(echo)
    channel.write_inbound(UPGRADE + text(b"hello"))

    head, _, frames = written(channel).partition(b"\r\n\r\n")
    assert b"HTTP/1.1 101 Switching Protocols" == head.splitlines()[0]
    for line in (b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", b"Sec-WebSocket-Protocol: chat", b"x-room: 1"):
        assert line in head.splitlines()
    assert b"\x81\x05hello" == frames
    channel.write_inbound(b"\x82\x83" + NO_MASK + b"\x00\x01\x02")
    assert b"\x82\x03\x00\x01\x02" == written(channel)


def test_the_scope() -> None:
    """Path, query, subprotocols; no method."""
    told: list[Any] = []

    async def tell(scope: Any, receive: Any, send: Any) -> None:
        told.append(scope)

    serving(tell).write_inbound(UPGRADE)
    (scope,) = told

    assert ("websocket", "ws", "/chat/a b", b"x=1", ["chat", "superchat"]) == tuple(
        scope[key] for key in ("type", "scheme", "path", "query_string", "subprotocols")
    )
    assert "method" not in scope


def test_a_close_of_the_peer_comes_behind_its_messages() -> None:
    """With its code and reason; then nothing can be sent."""
    heard: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            heard.append(await receive())
            if heard[-1]["type"] == "websocket.disconnect":
                break
        with pytest.raises(ClientDisconnectedError):
            await send({"type": "websocket.send", "text": "late"})

    channel = serving(application)
    channel.write_inbound(UPGRADE + text(b"a") + text(b"b") + b"\x88\x85" + NO_MASK + b"\x0f\xa1bye")

    assert b"\x88\x02\x0f\xa1" == written(channel).partition(b"\r\n\r\n")[2]
    assert ["a", "b"] == [event["text"] for event in heard[:2]]
    assert {"type": "websocket.disconnect", "code": 4001, "reason": "bye"} == heard[2]
    assert not channel.is_open


def test_a_close_of_the_application() -> None:
    """Code and reason leave; the connection ends with the peer's answer."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 3000, "reason": "enough"})

    channel = serving(application)
    channel.write_inbound(UPGRADE)
    assert b"\x88\x08\x0b\xb8enough" == written(channel).partition(b"\r\n\r\n")[2]
    channel.write_inbound(b"\x88\x82" + NO_MASK + b"\x0b\xb8")

    assert not channel.is_open


@pytest.mark.parametrize(("fails", "code"), [(False, b"\x03\xe8"), (True, b"\x03\xf3")])
def test_an_application_that_ends_without_a_close_is_answered_for(fails: bool, code: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """1000 if it returns, 1011 if it raises."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        if fails:
            raise ZeroDivisionError

    channel = serving(application)
    channel.write_inbound(UPGRADE)

    assert b"\x88\x02" + code == written(channel).partition(b"\r\n\r\n")[2]
    assert fails == ("has raised" in caplog.text)


@pytest.mark.parametrize(
    ("messages", "status", "body"),
    [
        ([{"type": "websocket.close"}], b"403", b""),
        ([], b"500", b"Internal Server Error"),
        (
            [
                {"type": "websocket.http.response.start", "status": 401, "headers": [(b"content-length", b"2")]},
                {"type": "websocket.http.response.body", "body": b"n", "more_body": True},
                {"type": "websocket.http.response.body", "body": b"o"},
            ],
            b"401",
            b"no",
        ),
    ],
)
def test_a_refusal_is_a_response_of_http_and_the_connection_goes_on(messages: list[Any], status: bytes, body: bytes) -> None:
    """The next request is answered."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 204})
            await send({"type": "http.response.body"})
            return
        for message in messages:
            await send(message)

    channel = serving(application)
    channel.write_inbound(UPGRADE)
    answer = written(channel)
    assert (status, body) == (answer[9:12], answer.partition(b"\r\n\r\n")[2])
    channel.write_inbound(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")

    assert b"204" == written(channel)[9:12]


def test_a_bad_handshake_is_refused_for_the_application() -> None:
    """A version that nobody speaks; it hears of the end."""
    heard: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        heard.append(await receive())

    channel = serving(application)
    channel.write_inbound(UPGRADE.replace(b"Version: 13", b"Version: 8"))

    assert b"426" == written(channel)[9:12]
    assert "websocket.disconnect" == heard[0]["type"]


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([{"type": "websocket.send", "text": "a"}], "where websocket.accept, .close or .http.response.start is due"),
        ([{"type": "websocket.accept"}, {"type": "websocket.accept"}], "where websocket.send or .close is due"),
        ([{"type": "websocket.accept"}, {"type": "websocket.close"}, {"type": "websocket.send", "text": "a"}], "where nothing is due"),
        ([{"type": "http.response.start"}], "sends no 'http.response.start' for a WebSocket"),
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

    serving(application).write_inbound(UPGRADE)

    assert error in raised[0]


def test_messages_that_the_application_does_not_take_stop_the_reading() -> None:
    """Up to a bound; none is lost."""
    gate, taken = asyncio.Event(), list[int]()
    message = b"\x82\xfe" + (READ_AHEAD // 2).to_bytes(2, "big") + NO_MASK + b"x" * (READ_AHEAD // 2)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await gate.wait()
        while len(taken) < 6:
            taken.append(len((await receive())["bytes"]))

    channel = serving(application)
    channel.write_inbound(UPGRADE)
    for _ in range(6):
        channel.write_inbound(message)
    written(channel)
    assert channel.pipeline().handlers_at_work()
    gate.set()
    written(channel)

    assert [READ_AHEAD // 2] * 6 == taken


def test_a_lost_connection_is_a_disconnect() -> None:
    """1006, and the task goes on."""
    heard: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        heard.append(await receive())

    channel = serving(application)
    channel.write_inbound(UPGRADE)
    channel.abort()
    channel.run_pending_tasks()

    assert [("websocket.disconnect", 1006)] == [(event["type"], event["code"]) for event in heard]


CLOSES: list[dict[str, Any]] = [{"code": 99}, {"code": 1006}, {"code": 70000}, {"code": 1000, "reason": "x" * 124}]


@pytest.mark.parametrize("said", CLOSES, ids=str)
def test_a_close_that_may_not_be_said_is_an_error_and_the_peer_hears_1011(said: dict[str, Any]) -> None:
    """Taken for said, it would leave the peer with a WebSocket that nobody is behind."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", **said})

    channel = serving(application)
    channel.write_inbound(UPGRADE)
    assert b"\x88\x02\x03\xf3" == written(channel).partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    "name", [b"Connection", b"upgrade", b"sec-websocket-accept", b"sec-websocket-extensions", b"sec-websocket-protocol"]
)
def test_the_fields_of_the_handshake_are_not_the_applications(name: bytes) -> None:
    """One that says permessage-deflate, say, would let the peer send what nobody here understands."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept", "headers": [(name, b"x")]})

    channel = serving(application)
    channel.write_inbound(UPGRADE)
    assert written(channel).startswith(b"HTTP/1.1 500 ")


@pytest.mark.parametrize(
    "request_head",
    [
        UPGRADE.replace(b"Connection: Upgrade\r\n", b""),
        UPGRADE.replace(b"Connection: Upgrade", b"Connection: keep-alive"),
        UPGRADE.replace(b"GET", b"POST"),
        UPGRADE.replace(b"Upgrade: websocket", b"Upgrade: no-websocket"),
    ],
)
def test_an_upgrade_that_is_none_is_a_request_as_any(request_head: bytes) -> None:
    """RFC 9110 7.8: ``Upgrade`` counts where ``Connection`` says so; proxies leave the first and take the second away."""
    kinds: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        kinds.append(scope["type"])

    channel = serving(application)
    channel.write_inbound(request_head)
    written(channel)
    assert ["http"] == kinds


def test_empty_messages_stop_the_reading_as_well() -> None:
    """A peer that sends nothing but those costs memory all the same."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.Event().wait()

    channel = serving(application)
    channel.write_inbound(UPGRADE)
    channel.write_inbound(text(b"") * (READ_AHEAD // MESSAGE_COST * 3))
    written(channel)
    handler = channel.pipeline().get(AsgiHandler)
    assert handler is not None
    assert handler._socket is not None
    assert READ_AHEAD // MESSAGE_COST == len(handler._socket._messages)
