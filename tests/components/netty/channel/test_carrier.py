"""The connection of a channel, whether it is one itself or a stream."""

import ssl

import pytest

from pyboot.components.netty.channel.carrier import carrier_of, is_secure
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.tls.ssl_handler import SslHandler


class Stream(EmbeddedChannel):
    """A stream of *connection*."""

    def __init__(self, connection: Channel) -> None:
        """Begin."""
        super().__init__()
        self.parent = connection

    def is_stream(self) -> bool:
        """It is."""
        return True


class Accepted(Stream):
    """A connection, whose parent listens."""

    def is_stream(self) -> bool:
        """It is none."""
        return False


class QuicLike(EmbeddedChannel):
    """A connection of a transport that encrypts by itself."""

    is_encrypted = True


def test_the_connection_of_a_stream_is_the_one_that_carries_it() -> None:
    """And of a connection, whether it was accepted or not, itself."""
    alone, listening = EmbeddedChannel(), EmbeddedChannel()
    accepted, stream = Accepted(listening), Stream(alone)

    assert (alone, accepted, alone) == (carrier_of(alone), carrier_of(accepted), carrier_of(stream))


@pytest.mark.parametrize("is_stream", [False, True])
def test_tls_and_quic_are_secure_and_nothing_else(is_stream: bool) -> None:
    """Of the connection, and of a stream of it."""
    plain, quic = EmbeddedChannel(), QuicLike()
    tls = EmbeddedChannel(SslHandler(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), server_side=True))

    assert [False, True, True] == [is_secure(Stream(each) if is_stream else each) for each in (plain, tls, quic)]
