"""ProxyProtocolSender: first of all, and what it says."""

from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.handler.proxy_protocol.client import ProxyProtocolSender, header_of
from pyboot.components.netty.wire.haproxy.kinds import HAProxyCommand, HAProxyProtocolVersion, HAProxyProxiedProtocol
from pyboot.components.netty.wire.haproxy.message import HAProxyMessage

V1, V2 = HAProxyProtocolVersion
LINE = b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n"


class Between(EmbeddedChannel):
    """A channel with two ends."""

    def __init__(self, remote: Any, local: Any) -> None:
        self._local_end = local
        super().__init__()
        self.use_remote_address(remote)

    def local_address(self) -> Any:
        return self._local_end


class Greeter(ChannelHandler[Any]):
    """Speaks as soon as it can."""

    def channel_active(self, ctx: Any) -> None:
        """A word."""
        ctx.write_and_flush(b"hello")


def message(version: HAProxyProtocolVersion) -> HAProxyMessage:
    """Of a client at 203.0.113.7."""
    return header_of(Between(("203.0.113.7", 56324), ("10.0.0.1", 443)), version)


def test_the_header_goes_first() -> None:
    """Whoever speaks behind it, and then nothing of it is left."""
    channel = EmbeddedChannel(active=False)
    channel.pipeline().add_last(Greeter())
    channel.pipeline().add_first(ProxyProtocolSender(message(V1)))
    channel.activate()
    channel.run_pending_tasks()

    assert LINE + b"hello" == channel.outbound_bytes()
    assert channel.pipeline().find(ProxyProtocolSender) is None


def test_on_a_connection_that_is_there_it_goes_at_once() -> None:
    """A handler that is added late."""
    assert LINE == EmbeddedChannel(ProxyProtocolSender(message(V1)), active=True).outbound_bytes()
    channel = EmbeddedChannel()
    channel.pipeline().add_first(ProxyProtocolSender(message(V2), checksum=True))
    assert b"\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a\x21\x11\x00\x13" == channel.outbound_bytes()[:16]


@pytest.mark.parametrize(
    ("remote", "local", "kind"),
    [
        (("10.0.0.1", 1), ("10.0.0.2", 2), HAProxyProxiedProtocol.TCP4),
        (("::1", 1, 0, 0), ("::1", 2, 0, 0), HAProxyProxiedProtocol.TCP6),
        (("10.0.0.1", 1), ("::1", 2, 0, 0), HAProxyProxiedProtocol.UNKNOWN),
        (("fe80::1%eth0", 1, 0, 2), ("fe80::2%eth0", 1, 0, 2), HAProxyProxiedProtocol.UNKNOWN),
        ("", "/run/a", HAProxyProxiedProtocol.UNKNOWN),
        (None, None, HAProxyProxiedProtocol.UNKNOWN),
    ],
)
def test_what_a_channel_is_told_as(remote: Any, local: Any, kind: HAProxyProxiedProtocol) -> None:
    """By the families of its ends."""
    assert kind is header_of(Between(remote, local)).protocol


def test_what_cannot_be_written_is_refused_before_there_is_a_connection() -> None:
    """Where it was written, and not by the first client."""
    with pytest.raises(EncoderError):
        ProxyProtocolSender(HAProxyMessage(V1, HAProxyCommand.PROXY, HAProxyProxiedProtocol.UDP4, ("10.0.0.1", 1), ("10.0.0.1", 1)))
