"""HAProxyMessageDecoder in a pipeline."""

from pyboot.components.netty.codec.haproxy.decoder import HAProxyMessageDecoder
from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.wire.haproxy.message import HAProxyMessage
from pyboot.testing.codec import decode

LINE = b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n"


def test_the_header_is_a_message_and_the_rest_is_bytes() -> None:
    """A second header is the client's business."""
    header, *rest = decode(HAProxyMessageDecoder(), [LINE, LINE]).messages

    assert isinstance(header, HAProxyMessage)
    assert ("203.0.113.7", 56324) == header.source
    assert LINE == b"".join(map(bytes, rest))


def test_what_is_none_is_an_error() -> None:
    """And its limit is the one that was given."""
    assert [CorruptedFrameError] == [type(each) for each in decode(HAProxyMessageDecoder(), [b"GET / HTTP/1.1"]).errors]
    long = b"\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a\x21\x11\x01\x00"
    assert [TooLongFrameError] == [type(each) for each in decode(HAProxyMessageDecoder(256), [long]).errors]
