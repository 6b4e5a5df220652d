"""Pipelines for the protocol that was chosen. Netty's ApplicationProtocolNegotiationHandlerTest among it."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import ChannelPipelineError
from pyboot.components.netty.handler.tls.context import ssl_context_for_client, ssl_context_for_server
from pyboot.components.netty.handler.tls.event import SslHandshakeCompletionEvent
from pyboot.components.netty.handler.tls.negotiation import ApplicationProtocolNegotiationHandler

type MakePair = Callable[..., Any]


class Protocol(ChannelHandler[Any]):
    """What speaks the protocol."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.seen.append(bytes(msg))

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.seen.append("complete")

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.seen.append(type(event).__name__)


class Chooses(ApplicationProtocolNegotiationHandler):
    """Remembers what was chosen."""

    def __init__(self, protocol: Protocol) -> None:
        super().__init__("http/1.1")
        self.protocol = protocol
        self.chosen: list[str] = []

    def configure_pipeline(self, ctx: ChannelHandlerContext, protocol: str) -> None:
        self.chosen.append(protocol)
        ctx.pipeline.add_last(self.protocol)


def choosing(pair: MakePair, certificates: Any, chooser: ChannelHandler[Any], *protocols: str) -> Any:
    """A pair whose server speaks h2 and http/1.1, and chooses."""
    ours = ssl_context_for_server(certificates.certfile, certificates.keyfile, alpn=["h2", "http/1.1"])
    both = pair({"context": ours}, {"context": ssl_context_for_client(certificates.ca, alpn=protocols)})
    both.server.channel.pipeline().replace(both.server.notes, chooser)
    return both


@pytest.mark.parametrize(("offered", "chosen"), [(["h2"], "h2"), (["http/1.1", "h2"], "h2"), ([], "http/1.1"), (["mqtt"], "http/1.1")])
def test_the_pipeline_is_made_for_what_was_chosen(pair: MakePair, certificates: Any, offered: list[str], chosen: str) -> None:
    """By the server's own order; the fallback where nothing was. Then the handler leaves."""
    protocol = Protocol()
    chooser = Chooses(protocol)
    both = choosing(pair, certificates, chooser, *offered)
    both.client.channel.write_and_flush(b"hello")
    both.exchange()

    assert [chosen] == chooser.chosen
    assert ["SslHandshakeCompletionEvent", b"hello"] == [seen for seen in protocol.seen if seen != "complete"]
    assert ["SslHandler#0", "Protocol#0"] == both.server.channel.pipeline().names()


def test_a_coroutine_may_make_the_pipeline(pair: MakePair, certificates: Any) -> None:
    """What comes meanwhile is kept for it."""
    gate: list[Any] = []

    class Later(Chooses):
        async def configure_pipeline(self, ctx: ChannelHandlerContext, protocol: str) -> None:  # type: ignore[override]  # either will do
            gate.append(ctx.channel.loop.create_future())
            await gate[0]
            super().configure_pipeline(ctx, protocol)

    protocol = Protocol()
    both = choosing(pair, certificates, Later(protocol), "h2")
    both.client.channel.write_and_flush(b"hello")
    both.exchange()
    assert [] == protocol.seen
    gate[0].set_result(None)
    both.server.channel.run_pending_tasks()

    assert ["SslHandshakeCompletionEvent", b"hello", "complete"] == protocol.seen
    assert ["SslHandler#0", "Protocol#0"] == both.server.channel.pipeline().names()


@pytest.mark.parametrize("is_coroutine", [False, True])
def test_a_pipeline_that_cannot_be_made_ends_the_connection(pair: MakePair, certificates: Any, is_coroutine: bool) -> None:
    """The error is told, the data is not."""

    class Fails(ApplicationProtocolNegotiationHandler):
        def configure_pipeline(self, ctx: ChannelHandlerContext, protocol: str) -> Any:
            return self._later() if is_coroutine else self._now()

        def _now(self) -> None:
            raise ValueError("no such protocol")

        async def _later(self) -> None:
            self._now()

    both = choosing(pair, certificates, Fails("x"), "h2")
    both.client.channel.write_and_flush(b"hello")
    with pytest.raises(ValueError, match=r"no such protocol"):
        both.exchange()

    assert not both.server.channel.is_open
    assert [] == both.server.channel.inbound_messages()


def test_a_failed_handshake_is_logged_once(pair: MakePair, certificates: Any, caplog: pytest.LogCaptureFixture) -> None:
    """And is no error for those behind."""
    both = choosing(pair, certificates, Chooses(Protocol()), "h2")
    with caplog.at_level(logging.WARNING):
        both.server.channel.receive(b"GET / HTTP/1.1\r\n")

    assert 1 == len([line for line in caplog.messages if "a request of HTTP" in line])
    assert not both.server.channel.is_open


def test_other_errors_pass(pair: MakePair, certificates: Any) -> None:
    """They are for those behind."""
    both = choosing(pair, certificates, Chooses(Protocol()), "h2")
    both.server.channel.pipeline().fire_exception_caught(KeyError("x"))

    with pytest.raises(KeyError):
        both.server.channel.check_exception()


def test_without_tls_it_leaves_with_the_first_message() -> None:
    """Netty's way: nothing is configured, nothing is lost."""
    protocol = Protocol()
    chooser = Chooses(protocol)
    channel = EmbeddedChannel(chooser, protocol)
    channel.receive(b"hello")

    assert [b"hello", "complete"] == protocol.seen
    assert [] == chooser.chosen
    assert ["Protocol#0"] == channel.pipeline().names()


def test_an_event_without_a_handler_is_an_error() -> None:
    """There is nobody to ask what was chosen."""
    channel = EmbeddedChannel(Chooses(Protocol()))
    channel.pipeline().fire_user_event_triggered(SslHandshakeCompletionEvent())

    with pytest.raises(ChannelPipelineError, match=r"there is none in the pipeline"):
        channel.check_exception()


def test_what_is_kept_is_released_at_the_end(pair: MakePair, certificates: Any) -> None:
    """Nobody will handle it any more."""

    class Never(Chooses):
        async def configure_pipeline(self, ctx: ChannelHandlerContext, protocol: str) -> None:  # type: ignore[override]  # either will do
            await ctx.channel.loop.create_future()

    protocol = Protocol()
    both = choosing(pair, certificates, Never(protocol), "h2")
    both.client.channel.write_and_flush(b"hello")
    both.exchange()
    both.server.channel.abort()
    both.server.channel.run_pending_tasks()

    assert [] == protocol.seen


def test_it_must_be_told_what_to_do() -> None:
    """By a subclass."""
    channel = EmbeddedChannel()

    with pytest.raises(NotImplementedError, match=r"must write configure_pipeline"):
        ApplicationProtocolNegotiationHandler("x").configure_pipeline(channel.pipeline().head, "x")
