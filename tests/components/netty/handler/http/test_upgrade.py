"""Upgrades: Netty's HttpServerUpgradeHandlerTest and HttpClientUpgradeHandlerTest in Python's terms."""

from collections.abc import Sequence
from typing import Any

import pytest

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.handler.http.upgrade import HttpClientUpgradeHandler, HttpServerUpgradeHandler, UpgradeEvent, UpgradeState
from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpRequest,
    HttpResponse,
)
from pyboot.components.netty.wire.http.start_line import HttpVersion

ASKING = {"Connection": "Upgrade, X-Chat", "Upgrade": "other, Chat", "X-Chat": "1"}


class Http(ChannelHandler[Any]):
    """Stands where the codec would."""


class Chat(ChannelHandler[Any]):
    """The other protocol."""


class Events(ChannelHandler[Any]):
    """Keeps events."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.events.append(event)


class ServerChat:
    """How a server changes to it."""

    def __init__(self, *, agrees: bool = True) -> None:
        self.agrees = agrees

    def required_upgrade_headers(self) -> Sequence[str]:
        """One."""
        return ["X-Chat"]

    def prepare_upgrade_response(self, ctx: ChannelHandlerContext, request: FullHttpRequest, headers: HttpHeaders) -> bool:
        """Tell what was asked."""
        headers.set("X-Chat", request.headers["x-chat"])
        return self.agrees

    def upgrade_to(self, ctx: ChannelHandlerContext, request: FullHttpRequest) -> None:
        """Put the handler in."""
        ctx.pipeline.add_last(Chat())


def server(max_content_length: int = 0, *, agrees: bool = True) -> tuple[EmbeddedChannel, Events]:
    """A server that can chat."""
    events = Events()
    handler = HttpServerUpgradeHandler(
        lambda ctx: ctx.pipeline.remove(Http), {"chat": lambda: ServerChat(agrees=agrees)}, max_content_length
    )
    return EmbeddedChannel(Http(), handler, events), events


def kinds(channel: EmbeddedChannel) -> list[type]:
    """The handlers that stand in the pipeline."""
    return [type(context.handler) for context in channel.pipeline().contexts()]


@pytest.mark.parametrize("is_full", [True, False])
def test_a_server_changes_to_the_protocol_that_it_knows(is_full: bool) -> None:
    """The response is written while the pipeline is HTTP's; then HTTP is gone, and the handlers behind are told."""
    channel, events = server(3)
    if is_full:
        channel.write_inbound(FullHttpRequest("POST", "/x", b"abc", ASKING))
    else:
        channel.write_inbound(HttpRequest("POST", "/x", ASKING), DefaultHttpContent(b"abc"), EMPTY_LAST_CONTENT)
    (response,) = channel.outbound_messages()
    assert FullHttpResponse(101, headers={"connection": "upgrade", "upgrade": "chat", "X-Chat": "1"}) == response
    assert [Events, Chat] == kinds(channel)
    assert [UpgradeEvent("chat", FullHttpRequest("POST", "/x", b"abc", ASKING))] == events.events
    assert channel.read_inbound() is None


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("GET", "/"),
        HttpRequest("GET", "/", ASKING, HttpVersion.HTTP_1_0),
        HttpRequest("GET", "/", {**ASKING, "Upgrade": "other"}),
        HttpRequest("GET", "/", {**ASKING, "Connection": "X-Chat"}),
        HttpRequest("GET", "/", {**ASKING, "Connection": "upgrade"}),
        HttpRequest("GET", "/", {"Connection": "upgrade, x-chat", "Upgrade": "chat"}),
    ],
)
def test_any_other_request_goes_on_as_http(request_: HttpRequest) -> None:
    """And the handler is out of the way."""
    channel, events = server()
    channel.write_inbound(request_, EMPTY_LAST_CONTENT)
    assert [request_, EMPTY_LAST_CONTENT] == [channel.read_inbound(), channel.read_inbound()]
    assert ([Http, Events], [], []) == (kinds(channel), events.events, channel.outbound_messages())


def test_a_request_with_too_much_content_goes_on_as_http() -> None:
    """Nothing of it is lost."""
    channel, _ = server(2)
    messages = [HttpRequest("POST", "/", ASKING), DefaultHttpContent(b"ab"), DefaultHttpContent(b"c"), EMPTY_LAST_CONTENT]
    channel.write_inbound(*messages)
    assert messages == [channel.read_inbound() for _ in range(4)]


def test_a_protocol_that_says_no_leaves_http() -> None:
    """As if it was not known."""
    channel, _ = server(agrees=False)
    channel.write_inbound(HttpRequest("GET", "/", ASKING), EMPTY_LAST_CONTENT)
    assert ([], [Http, Events]) == (channel.outbound_messages(), kinds(channel))
    assert isinstance(channel.read_inbound(), HttpRequest)


class ClientChat:
    """How a client changes to it."""

    protocol = "chat"

    def set_upgrade_headers(self, ctx: ChannelHandlerContext, request: HttpRequest) -> Sequence[str]:
        """One field."""
        request.headers.set("X-Chat", "1")
        return ["X-Chat"]

    def upgrade_to(self, ctx: ChannelHandlerContext, response: HttpResponse) -> None:
        """Put the handler in."""
        ctx.pipeline.add_last(Chat())


def client() -> tuple[EmbeddedChannel, Events]:
    """A client that wants to chat, and has asked."""
    events = Events()
    channel = EmbeddedChannel(Http(), HttpClientUpgradeHandler(lambda ctx: ctx.pipeline.remove(Http), ClientChat()), events)
    channel.write_outbound(FullHttpRequest("GET", "/", headers={"Host": "a"}), FullHttpRequest("GET", "/2", headers={"Host": "a"}))
    return channel, events


@pytest.mark.parametrize("is_full", [True, False])
def test_a_client_asks_with_its_first_request_and_changes(is_full: bool) -> None:
    """When the server has agreed."""
    channel, events = client()
    first, second = channel.outbound_messages()
    assert {"host": "a", "upgrade": "chat", "x-chat": "1", "connection": "upgrade, X-Chat"} == {
        name: first.headers[name] for name in first.headers
    }
    assert [("Host", "a")] == second.headers.items()
    fields = {"Connection": "upgrade", "Upgrade": "CHAT"}
    channel.write_inbound(HttpResponse(103))
    assert HttpResponse(103) == channel.read_inbound()
    if is_full:
        channel.write_inbound(FullHttpResponse(101, headers=fields))
    else:
        channel.write_inbound(HttpResponse(101, fields), EMPTY_LAST_CONTENT)
    assert [UpgradeState.ISSUED, UpgradeState.SUCCESSFUL] == events.events
    assert [Events, Chat] == kinds(channel)
    channel.write_inbound(b"chatting")
    assert b"chatting" == channel.read_inbound()


def test_a_server_that_says_no_is_told() -> None:
    """Its response goes through, and HTTP goes on."""
    channel, events = client()
    channel.write_inbound(FullHttpResponse(200))
    assert ([UpgradeState.ISSUED, UpgradeState.REJECTED], [Http, Events]) == (events.events, kinds(channel))
    assert FullHttpResponse(200) == channel.read_inbound()


def test_another_protocol_than_asked_for_ends_the_connection() -> None:
    """Nobody knows what its bytes would be."""
    channel, _ = client()
    with pytest.raises(HttpDecoderError, match="'other'"):
        channel.write_inbound(FullHttpResponse(101, headers={"Connection": "upgrade", "Upgrade": "other"}))
    assert not channel.is_open
