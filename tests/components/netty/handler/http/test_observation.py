"""The handler that tells observers of requests."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.handler.http.observation import HttpServerObservationHandler
from pyboot.components.netty.handler.http.observer import HttpObservation, HttpServerObserver, current_observation, name_route
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpResponse,
)


class Noting(HttpServerObserver):
    """Notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, int]] = []
        self.seen: list[HttpObservation] = []
        self.current: list[str | None] = []

    def began(self, seen: HttpObservation) -> None:
        self.heard.append(("began", seen.request.uri, seen.status))
        self.seen.append(seen)

    def ended(self, seen: HttpObservation) -> None:
        self.heard.append(("ended", seen.request.uri, seen.status))

    def made_current(self, seen: HttpObservation | None) -> None:
        self.current.append(None if seen is None else seen.request.uri)


def request(uri: str) -> FullHttpRequest:
    """A request."""
    return FullHttpRequest("GET", uri)


def test_a_request_ends_with_the_end_of_its_response() -> None:
    """Neither with one before it (103), nor with its head."""
    noting, now = Noting(), iter([1.0, 3.5])
    channel = EmbeddedChannel(HttpServerObservationHandler([noting], lambda: next(now)))
    channel.write_inbound(request("/a"))
    channel.write_outbound(FullHttpResponse(103), HttpResponse(200), DefaultHttpContent(b"1"))
    assert [("began", "/a", 0)] == noting.heard

    channel.write_outbound(EMPTY_LAST_CONTENT)
    assert [("began", "/a", 0), ("ended", "/a", 200)] == noting.heard
    assert 2.5 == noting.seen[0].seconds


def test_responses_are_of_the_oldest_request_and_the_rest_ends_with_the_connection() -> None:
    """Without a status."""
    noting = Noting()
    channel = EmbeddedChannel(HttpServerObservationHandler([noting]))
    channel.write_inbound(request("/a"), request("/b"), request("/c"))
    channel.write_outbound(FullHttpResponse(200), FullHttpResponse(404))
    channel.close()
    assert [("ended", "/a", 200), ("ended", "/b", 404), ("ended", "/c", 0)] == noting.heard[3:]


def test_a_response_that_was_refused_is_not_the_end() -> None:
    """Another one will be."""
    noting = Noting()
    channel = EmbeddedChannel(HttpServerCodec(), HttpServerObservationHandler([noting]))
    channel.write_inbound(b"GET /a HTTP/1.1\r\nhost: a\r\n\r\n")
    with pytest.raises(HttpEncoderError):
        channel.write_outbound(FullHttpResponse(200, b"12", {"content-length": "1"}))
    assert [("began", "/a", 0)] == noting.heard
    channel.write_outbound(FullHttpResponse(500))
    assert ("ended", "/a", 500) == noting.heard[-1]


class Answering(ChannelHandler[Any]):
    """Answers with the current request, before and behind a wait."""

    def __init__(self, turn: asyncio.Event) -> None:
        self.turn = turn
        self.found: list[str | None] = []

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> None:
        self._note()
        name_route(f"{msg.uri}/**")
        await self.turn.wait()
        self._note()
        ctx.write_and_flush(FullHttpResponse(200))

    def _note(self) -> None:
        seen = current_observation()
        self.found.append(None if seen is None else seen.request.uri)


def test_the_current_request_of_a_coroutine_is_its_own() -> None:
    """Though the next one has been read meanwhile; and when all have ended there is none."""
    noting, answering = Noting(), Answering(asyncio.Event())
    channel = EmbeddedChannel(HttpServerObservationHandler([noting]), answering)
    channel.run_in_context(channel.write_inbound, request("/a"), request("/b"))  # as of a transport
    answering.turn.set()
    channel.run_pending_tasks()
    assert ["/a", "/a", "/b", "/b"] == answering.found
    assert ["/a/**", "/b/**"] == [seen.route for seen in noting.seen]
    assert noting.current[-1] is None


def test_a_failure_ends_with_the_application_that_raises_behind_it() -> None:
    """So that what it raised is known; a success does not wait for the rest of the application's work."""
    noting = Noting()
    handler = HttpServerObservationHandler([noting])
    channel = EmbeddedChannel(handler)
    channel.write_inbound(request("/a"))

    def answer_and_raise() -> None:
        with handler.applied(noting.seen[0]):
            channel.write_outbound(FullHttpResponse(500))
            assert 1 == len(noting.heard)
            raise KeyError

    with pytest.raises(KeyError):
        answer_and_raise()
    assert ("ended", "/a", 500) == noting.heard[-1]
    assert isinstance(noting.seen[0].error, KeyError)

    channel.write_inbound(request("/b"))
    with handler.applied(noting.seen[1]):
        channel.write_outbound(FullHttpResponse(200))
        assert ("ended", "/b", 200) == noting.heard[-1]
