"""What is offered to stand between two that do not fit."""

from dataclasses import dataclass
from typing import Any

import pytest

from pyboot.netty import ByteBuffer, FullHttpRequest, FullHttpResponse, HttpContent, HttpRequest, TextWebSocketFrame
from pyboot.netty.pipeline.bridges import between, encoder_for, giving, instead_of
from pyboot.netty.pipeline.flow import Way
from pyboot.netty.pipeline.kinds import ANY, BUFFER, BYTES_LIKE, Kind


@dataclass
class Frame:
    """A message of the application."""


@pytest.mark.parametrize(
    ("given", "wanted", "offered"),
    [
        (BUFFER, str, ("'string'",)),
        (BUFFER, bytes, ("'bytes'",)),
        (BUFFER, dict, ("'json'",)),
        (Kind((str,)), dict, ("'json'",)),
        (Kind((str,)), Frame, ()),
        (BUFFER, FullHttpRequest, ("'http'",)),
        (Kind((HttpRequest, HttpContent)), FullHttpRequest, ("'http-aggregator'",)),
        (Kind((HttpRequest, HttpContent)), TextWebSocketFrame, ("'websocket'",)),
        (BUFFER, TextWebSocketFrame, ("'http'", "'websocket'")),
    ],
)
def test_the_fewest_codecs_between_two(given: Kind, wanted: type[Any], offered: tuple[str, ...]) -> None:
    """One if it does, two in their order, none where nothing fits."""
    assert offered == between(given, Way(Kind((wanted,)), ANY, chooses=not given.chosen(BYTES_LIKE)), is_client=False)


def test_a_client_is_offered_a_clients() -> None:
    """It asks, and opens WebSockets by itself."""
    assert ("'http-client'",) == between(BUFFER, Way(Kind((FullHttpResponse,)), ANY, chooses=False), is_client=True)
    assert ("'websocket-client'",) == between(BUFFER, Way(Kind((TextWebSocketFrame,)), ANY, chooses=False), is_client=True)


@pytest.mark.parametrize(
    ("written", "encoder"),
    [
        (str, "'string'"),
        (dict, "'json'"),
        (FullHttpResponse, "'http'"),
        (FullHttpRequest, "'http-client'"),
        (TextWebSocketFrame, "'websocket', behind 'http',"),
        (Frame, "a MessageToByteEncoder[Frame] or 'json'"),
    ],
)
def test_an_encoder_for_what_is_written(written: type[Any], encoder: str) -> None:
    """By name where there is one."""
    assert encoder == encoder_for(Kind((written,)))


def test_what_makes_something_that_has_an_attribute() -> None:
    """The first that does."""
    assert ("'string'", "'bytes'", None) == (giving(BUFFER, "split"), giving(BUFFER, "decode"), giving(Kind((ByteBuffer,)), "no_such"))


def test_through_http_another_message_is_offered_instead() -> None:
    """Text is none there; a frame is one, where WebSockets are opened."""
    text = Kind((str,))
    assert "TextWebSocketFrame(...)" == instead_of(text, "WebSocketServerProtocolHandler")
    assert "FullHttpResponse(200, ...)" == instead_of(text, "HttpServerCodec")
    assert "FullHttpRequest(...)" == instead_of(text, "HttpClientCodec")
    assert instead_of(Kind((TextWebSocketFrame,)), "HttpServerCodec") is None
    assert instead_of(text, "StringEncoder") is None
