"""Headers as bytes. Netty: HAProxyMessageEncoderTest."""

from typing import Any

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.haproxy.kinds import HAProxyCommand, HAProxyProtocolVersion, HAProxyProxiedProtocol
from pyboot.components.netty.wire.haproxy.message import HAProxyMessage, HAProxyTLV
from pyboot.components.netty.wire.haproxy.reader import HAProxyReader
from pyboot.components.netty.wire.haproxy.writer import encode_haproxy

V1, V2 = HAProxyProtocolVersion
Kind = HAProxyProxiedProtocol
SIGNATURE = b"\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a"


def message(version: HAProxyProtocolVersion, kind: HAProxyProxiedProtocol, *rest: Any) -> HAProxyMessage:
    """One that speaks for a client."""
    return HAProxyMessage(version, HAProxyCommand.PROXY, kind, *rest)


ENDS4 = ("192.168.0.1", 56324), ("192.168.0.11", 443)
ENDS6 = ("2001:0DB8::1", 56324, 0, 0), ("::1", 443, 0, 0)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (message(V1, Kind.TCP4, *ENDS4), b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"),
        (message(V1, Kind.TCP6, *ENDS6), b"PROXY TCP6 2001:db8::1 ::1 56324 443\r\n"),
        (message(V1, Kind.UNKNOWN), b"PROXY UNKNOWN\r\n"),
        (HAProxyMessage(V1, HAProxyCommand.LOCAL, Kind.UNKNOWN), b"PROXY UNKNOWN\r\n"),
        (message(V2, Kind.TCP4, *ENDS4), SIGNATURE + b"\x21\x11\x00\x0c\xc0\xa8\x00\x01\xc0\xa8\x00\x0b\xdc\x04\x01\xbb"),
        (
            message(V2, Kind.TCP6, *ENDS6),
            SIGNATURE + b"\x21\x21\x00\x24\x20\x01\x0d\xb8" + bytes(11) + b"\x01" + bytes(15) + b"\x01\xdc\x04\x01\xbb",
        ),
        (
            message(V2, Kind.UNIX_STREAM, "/run/a", "/run/b"),
            SIGNATURE + b"\x21\x31\x00\xd8" + b"/run/a".ljust(108, b"\0") + b"/run/b".ljust(108, b"\0"),
        ),
        (message(V2, Kind.UNKNOWN), SIGNATURE + b"\x21\x00\x00\x00"),
        (HAProxyMessage(V2, HAProxyCommand.LOCAL, Kind.TCP4, *ENDS4), SIGNATURE + b"\x20\x00\x00\x00"),
        (
            message(V2, Kind.TCP4, *ENDS4, [HAProxyTLV(1, b"h2")]),
            SIGNATURE + b"\x21\x11\x00\x11\xc0\xa8\x00\x01\xc0\xa8\x00\x0b\xdc\x04\x01\xbb\x01\x00\x02h2",
        ),
    ],
)
def test_headers(written: HAProxyMessage, expected: bytes) -> None:
    """Byte for byte."""
    assert expected == encode_haproxy(written)


def test_the_sum_is_that_of_the_header_with_zeros_in_its_place() -> None:
    """The reader, which has its own vectors, agrees; a sum that the message had is not written a second time."""
    told = message(V2, Kind.TCP4, *ENDS4, [HAProxyTLV(3, b"old!"), HAProxyTLV(1, b"h2")])
    written = encode_haproxy(told, checksum=True)

    reader = HAProxyReader()
    reader.feed(written)
    (alpn, check) = reader.next_frame().tlvs
    assert (HAProxyTLV(1, b"h2"), 3) == (alpn, check.number)
    assert b"\x03\x00\x04" == written[-7:-4]


@pytest.mark.parametrize(
    "wrong",
    [
        message(V1, Kind.UDP4, *ENDS4),
        message(V1, Kind.UNIX_STREAM, "/a\r\nGET / HTTP/1.1", "/b"),
        message(V1, Kind.TCP4, ("1.2.3.4 5.6.7.8 1 2\r\nGET /", 1), ("1.2.3.4", 2)),
        message(V1, Kind.TCP4, *ENDS6),
        message(V1, Kind.TCP4, *ENDS4, [HAProxyTLV(1, b"h2")]),
        message(V1, Kind.TCP4),
        message(V2, Kind.TCP4, "/run/a", "/run/b"),
        message(V2, Kind.TCP6, *ENDS4),
        message(V2, Kind.TCP4, ("example.com", 1), ("1.2.3.4", 2)),
        message(V2, Kind.TCP4, ("1.2.3.4", 65536), ("1.2.3.4", 2)),
        message(V2, Kind.UNIX_STREAM, "/a\r\n", "/b"),
        message(V2, Kind.UNIX_STREAM, "/" + "a" * 108, "/b"),
        message(V2, Kind.TCP4, *ENDS4, [HAProxyTLV(1, bytes(65_530))]),
    ],
)
def test_what_the_version_has_no_form_for_is_not_written(wrong: HAProxyMessage) -> None:
    """CVE-2026-59919: an address with CR LF was written as it was, and what stood behind it was a request."""
    with pytest.raises(EncoderError):
        encode_haproxy(wrong)
