"""The fields behind the addresses."""

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, EncoderError
from pyboot.components.netty.wire.haproxy.message import HAProxySSLTLV, HAProxyTLV
from pyboot.components.netty.wire.haproxy.tlv import read_tlvs, write_tlvs

TLS = b"\x20\x00\x0f\x03\x00\x00\x00\x01\x21\x00\x07TLSv1.3"


def read(data: bytes) -> list[HAProxyTLV]:
    """All of them."""
    return read_tlvs(data, 0, len(data))[0]


def test_fields_are_read_in_their_order() -> None:
    """Unknown ones too."""
    assert [HAProxyTLV(1, b"h2"), HAProxyTLV(4, b""), HAProxyTLV(0xE0, b"\xff")] == read(b"\x01\x00\x02h2\x04\x00\x00\xe0\x00\x01\xff")


def test_the_field_of_tls_has_fields_of_its_own() -> None:
    """Bits, whether the certificate was verified, and leaves."""
    (found,) = read(TLS)

    assert isinstance(found, HAProxySSLTLV)
    assert (0x03, 1, (HAProxyTLV(0x21, b"TLSv1.3"),)) == (found.client, found.verify, found.tlvs)
    assert TLS == write_tlvs([found])


def test_fields_of_tls_do_not_nest() -> None:
    """CVE-2022-41881: SSL inside of SSL, four thousand deep, was one call of a function each; here the inner ones are bytes."""
    nested = b""
    for _ in range(4000):
        inner = b"\x01\x00\x00\x00\x00" + nested
        nested = b"\x20" + len(inner).to_bytes(2, "big") + inner

    (outer,) = read(nested)
    assert isinstance(outer, HAProxySSLTLV)
    (leaf,) = outer.tlvs
    assert (HAProxyTLV, 0x20) == (type(leaf), leaf.number)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x01", "1 bytes where a field begins"),
        (b"\x01\x00", "2 bytes where a field begins"),
        (b"\x01\x00\x03h2", "a field of type 0x01 and 3 bytes, 2 are left"),
        (b"\x01\xff\xffh2", "a field of type 0x01 and 65535 bytes, 2 are left"),
        (b"\x20\x00\x04\0\0\0\0", "the field SSL has 4 bytes"),
        (b"\x20\x00\x08\0\0\0\0\0\x21\x00\x09", "a field of type 0x21 and 9 bytes, 0 are left"),
        (b"\x03\x00\x03abc", "a CRC32C of 3 bytes"),
        (b"\x03\x00\x04abcd\x03\x00\x04abcd", "a second one"),
    ],
)
def test_a_field_that_contradicts_its_frame_is_refused(data: bytes, said: str) -> None:
    """With what was seen, and what was left."""
    with pytest.raises(CorruptedFrameError, match=said):
        read(data)


def test_the_place_of_the_sum_is_told() -> None:
    """For who computes it anew."""
    assert 9 == read_tlvs(b"\x04\x00\x03abc\x03\x00\x04\0\0\0\0", 0, 13)[1]


@pytest.mark.parametrize("tlv", [HAProxyTLV(1, bytes(65_536)), HAProxyTLV(256, b""), HAProxyTLV(-1, b"")])
def test_a_field_without_a_form_is_not_written(tlv: HAProxyTLV) -> None:
    """Too long, or a number that is no byte."""
    with pytest.raises(EncoderError, match="a TLV of type"):
        write_tlvs([tlv])
