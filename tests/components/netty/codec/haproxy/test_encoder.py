"""HAProxyMessageEncoder in a pipeline."""

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.haproxy.decoder import HAProxyMessageDecoder
from pyboot.components.netty.codec.haproxy.encoder import HAProxyMessageEncoder
from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.haproxy.kinds import HAProxyCommand, HAProxyProtocolVersion, HAProxyProxiedProtocol
from pyboot.components.netty.wire.haproxy.message import HAProxyMessage
from pyboot.testing.codec import check_round_trip

ENDS = ("203.0.113.7", 56324), ("10.0.0.1", 443)


@pytest.mark.parametrize("version", HAProxyProtocolVersion)
def test_there_and_back(version: HAProxyProtocolVersion) -> None:
    """Both versions."""
    message = HAProxyMessage(version, HAProxyCommand.PROXY, HAProxyProxiedProtocol.TCP4, *ENDS)
    check_round_trip(HAProxyMessageEncoder(), HAProxyMessageDecoder(), [message])


def test_anything_else_passes() -> None:
    """Bytes of the protocol behind."""
    channel = EmbeddedChannel(HAProxyMessageEncoder(checksum=True))
    channel.write_outbound(b"hello")
    assert b"hello" == channel.outbound_bytes()


def test_what_has_no_form_fails_its_write() -> None:
    """And nothing of it leaves."""
    message = HAProxyMessage(HAProxyProtocolVersion.V1, HAProxyCommand.PROXY, HAProxyProxiedProtocol.UDP4, *ENDS)
    channel = EmbeddedChannel(HAProxyMessageEncoder())
    with pytest.raises(EncoderError):
        channel.write_outbound(message)
    assert b"" == channel.outbound_bytes()
