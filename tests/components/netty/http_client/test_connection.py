"""One connection of the client, in memory: its states, and whether another exchange may follow."""

from typing import Any

import pytest

from pyboot.components.netty import HttpClientCodec, HttpConnectionLostError, HttpLimits, HttpProtocolError
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.http_client.connection import ClientExchange, ConnectionState, HttpConnection
from pyboot.components.netty.http_client.request import ClientRequest
from pyboot.components.netty.http_client.url import HttpUrl
from pyboot.components.netty.wire import HttpHeaders

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Told:
    """A connection in a channel without a network, and what it tells its pool."""

    def __init__(self) -> None:
        self.connection = HttpConnection(HttpLimits())
        codec = HttpClientCodec()
        self.channel = EmbeddedChannel(codec, self.connection)
        self.connection.opened(codec, is_secure=False)
        self.news: list[str] = []
        self.connection.when_idle = lambda: self.news.append("idle")
        self.connection.when_gone = lambda: self.news.append("gone")

    def begin(self, method: str = "GET", **fields: str) -> ClientExchange:
        """An exchange under way."""
        request = ClientRequest(method, HttpUrl("http://a/"), HttpHeaders(fields), None)
        return self.connection._begin(request, request.message(None))


def test_an_exchange_and_the_next() -> None:
    """Idle, busy, over, idle."""
    told = Told()
    exchange = told.begin()
    assert ConnectionState.BUSY is told.connection.state
    assert b"GET / HTTP/1.1\r\nhost: a\r\n\r\n" == told.channel.outbound_bytes()

    told.channel.write_inbound(OK)

    assert (200, b"ok") == (exchange.head.result().status, exchange.content.take_nowait())
    assert (ConnectionState.IDLE, ["idle"], True) == (told.connection.state, told.news, told.connection.is_idle)
    told.begin()
    assert "<HttpConnection busy, 2 exchanges>" == repr(told.connection)


@pytest.mark.parametrize("cut", range(1, len(OK)))
def test_at_every_cut(cut: int) -> None:
    """It is idle at the end, and not before."""
    told = Told()
    told.begin()
    told.channel.write_inbound(OK[:cut])
    assert [] == told.news
    told.channel.write_inbound(OK[cut:])
    assert ["idle"] == told.news


@pytest.mark.parametrize("extra", [b"H", b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b"x"])
def test_bytes_behind_the_response_end_it(extra: bytes) -> None:
    """In the same read: the response is good, the connection is not."""
    told = Told()
    exchange = told.begin()
    told.channel.write_inbound(OK + extra)
    told.channel.run_pending_tasks()

    assert b"ok" == exchange.content.take_nowait()
    assert (ConnectionState.GONE, ["gone"]) == (told.connection.state, told.news)


@pytest.mark.parametrize("extra", [b"H", b"\r\n", OK])
def test_bytes_while_it_is_idle_end_it(extra: bytes) -> None:
    """Nobody has asked."""
    told = Told()
    told.channel.write_inbound(extra)
    told.channel.run_pending_tasks()

    assert (ConnectionState.GONE, ["gone"]) == (told.connection.state, told.news)


@pytest.mark.parametrize(
    ("request_fields", "answer"),
    [
        ({"connection": "close"}, OK),
        ({}, b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok"),
        ({}, b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"),
    ],
)
def test_what_either_side_does_not_keep(request_fields: Any, answer: bytes) -> None:
    """It is closed behind the response."""
    told = Told()
    told.begin(**request_fields)
    told.channel.write_inbound(answer)
    told.channel.run_pending_tasks()

    assert ["gone"] == told.news


def test_an_error_of_the_peer_is_told_once() -> None:
    """To who waits for the head, and to who reads the content."""
    told = Told()
    exchange = told.begin()
    told.channel.write_inbound(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n")
    told.channel.write_inbound(b"rubbish\r\n")
    told.channel.run_pending_tasks()

    assert 200 == exchange.head.result().status
    assert b"x" == exchange.content.take_nowait()
    with pytest.raises(HttpProtocolError, match="chunk size 'rubbish'"):
        exchange.content.check()
    assert ["gone"] == told.news


@pytest.mark.parametrize(("before", "was_heard"), [(b"", False), (b"H", True), (b"HTTP/1.1 100 Continue\r\n\r\n", True)])
def test_a_connection_that_is_lost(before: bytes, was_heard: bool) -> None:
    """Whether anything was heard is known: before that a request may be sent again."""
    told = Told()
    exchange = told.begin()
    if before:
        told.channel.write_inbound(before)
    told.channel.lose(ConnectionResetError("reset"))
    told.channel.run_pending_tasks()

    error = exchange.head.exception()
    assert isinstance(error, HttpConnectionLostError)
    assert was_heard == error.was_heard
    assert ["gone"] == told.news


def test_who_leaves_ends_the_connection() -> None:
    """The rest of the response is nobody's; one that was over costs nothing."""
    told = Told()
    exchange = told.begin()
    told.connection.abandon(exchange)
    told.channel.run_pending_tasks()
    assert ["gone"] == told.news

    told = Told()
    exchange = told.begin()
    told.channel.write_inbound(OK)
    told.connection.abandon(exchange)
    assert ["idle"] == told.news


def test_moves_that_cannot_be() -> None:
    """Two exchanges at once."""
    told = Told()
    told.begin()
    with pytest.raises(RuntimeError, match="busy cannot become busy"):
        told.begin()
