"""TLS or not, as the client likes. Netty's OptionalSslHandlerTest among it."""

from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.initializer import ChannelInitializer
from pyboot.components.netty.errors import SslContextError
from pyboot.components.netty.handler.tls.optional import OptionalSslHandler


@pytest.mark.parametrize("chunk", [1, 1 << 20])
def test_a_client_that_speaks_tls_gets_it(pair: Callable[..., Any], certificates: Any, chunk: int) -> None:
    """From its first record on."""
    both = pair()
    server = EmbeddedChannel(OptionalSslHandler(certificates.server_context()))
    server.write_and_flush(b"welcome")
    both.server.channel = server
    both.client.channel.write_and_flush(b"secret")
    both.exchange(chunk)

    assert b"secret" == bytes(server.read_inbound())
    assert b"welcome" == both.client.notes.received
    assert ["SslHandler#0"] == server.pipeline().names()


@pytest.mark.parametrize("sent", [b"hello, world", b"h", b"\x16\x02"])
def test_a_client_that_does_not_goes_on_in_clear(certificates: Any, sent: bytes) -> None:
    """With the first byte that tells, and what waited goes out."""
    channel = EmbeddedChannel(OptionalSslHandler(certificates.server_context()))
    channel.write_and_flush(b"welcome")
    assert b"" == channel.outbound_bytes()
    channel.receive(sent)

    assert sent == bytes(channel.read_inbound())
    assert b"welcome" == channel.outbound_bytes()
    assert [] == channel.pipeline().names()


def test_a_handler_for_plain_clients_takes_the_place(certificates: Any) -> None:
    """One that redirects them, for instance."""

    class Plain(ChannelHandler[Any]):
        pass

    class Own(OptionalSslHandler):
        def new_plain_handler(self) -> Plain:
            return Plain()

    channel: Channel = EmbeddedChannel(Own(certificates.server_context()))
    assert isinstance(channel, EmbeddedChannel)
    channel.receive(b"hello")

    assert ["Plain#0"] == channel.pipeline().names()


def test_plain_clients_may_be_given_an_initializer(certificates: Any) -> None:
    """It fills the pipeline and is gone before the bytes that decided flow on."""

    class Fills(ChannelInitializer):
        def init_channel(self, channel: Any) -> None:
            channel.pipeline().add_last(Upper())

    class Upper(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            ctx.fire_channel_read(bytes(msg).upper())

    class Own(OptionalSslHandler):
        def new_plain_handler(self) -> Fills:
            return Fills()

    channel = EmbeddedChannel(Own(certificates.server_context()))
    channel.write_and_flush(b"welcome")
    channel.receive(b"hello")

    assert ["HELLO"] == [message.decode() for message in channel.inbound_messages()]
    assert b"welcome" == channel.outbound_bytes()
    assert ["Upper#0"] == channel.pipeline().names()


def test_too_little_to_tell_is_not_lost(certificates: Any) -> None:
    """A client that leaves after one byte."""
    channel = EmbeddedChannel(OptionalSslHandler(certificates.server_context()))
    channel.receive(b"\x16")
    assert [] == channel.inbound_messages()
    channel.finish_input()

    assert b"\x16" == bytes(channel.read_inbound())


def test_a_context_of_no_use_is_refused_at_once(certificates: Any) -> None:
    """Not by the first peer."""
    with pytest.raises(SslContextError, match=r"of no use to a server"):
        OptionalSslHandler(certificates.client_context())


def test_what_is_no_bytes_passes(certificates: Any) -> None:
    """A number is not so many NULs; several buffers are one beginning."""
    channel = EmbeddedChannel(OptionalSslHandler(certificates.server_context()))
    channel.receive(7)
    channel.receive(CompositeByteBuffer([b"he", b"llo"]))

    assert [7, b"hello"] == channel.inbound_messages()
