"""The built-in codecs of proxies, by their bytes."""

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.wire.haproxy.message import HAProxyMessage
from pyboot.netty.pipeline.registry import CodecRegistry


def test_haproxy_reads_and_writes_headers() -> None:
    """By its name, with its options."""
    channel = EmbeddedChannel(*CodecRegistry().codec("haproxy", {"max-header": "256B", "checksum": True}).handlers())
    channel.write_inbound(
        b"\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a\x21\x11\x00\x0c\xcb\x00\x71\x07\x0a\x00\x00\x01\xdc\x04\x01\xbb"
    )
    header = channel.read_inbound()
    assert isinstance(header, HAProxyMessage)
    channel.write_outbound(header)
    assert b"\x21\x11\x00\x13" == channel.outbound_bytes()[12:16]
