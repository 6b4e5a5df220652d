"""Hosts in SOCKS: what is a name, and what is not."""

from typing import Any

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, EncoderError
from pyboot.components.netty.wire.socks.host import address_bytes, address_text, name_bytes, name_text, port_bytes


@pytest.mark.parametrize("raw", [b"", b"a\0b", b"a b", b"a\r\nb", b"a@b", b"a/b", b"\xff", "é".encode(), b"a" * 256])
def test_what_is_no_name(raw: bytes) -> None:
    """NUL, the end of a C string, would make two programs see two hosts (the 2026 fixes of codec-socks)."""
    with pytest.raises(CorruptedFrameError, match="no name of a host"):
        name_text(raw)
    if raw.isascii():
        with pytest.raises(EncoderError, match="no name of a host"):
            name_bytes(raw.decode())


def test_names() -> None:
    """As they are; those of other letters as they are looked up."""
    assert "my_host-1.example.com" == name_text(b"my_host-1.example.com")
    assert b"xn--bcher-kva.example" == name_bytes("bücher.example")
    assert b"a" * 255 == name_bytes("a" * 255)
    for wrong in (None, 7, "ü" * 300):
        with pytest.raises(EncoderError):
            name_bytes(wrong)


def test_addresses() -> None:
    """Both families; a scope has no form."""
    assert ("10.0.0.1", "2001:db8::1") == (address_text(b"\x0a\x00\x00\x01"), address_text(b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01"))
    assert (b"\x0a\x00\x00\x01", bytes(15) + b"\x01") == (address_bytes("10.0.0.1"), address_bytes("::1"))
    assert b"" == address_bytes("example.com") == address_bytes("fe80::1%1")


@pytest.mark.parametrize("port", [-1, 65536, "80", None])
def test_what_is_no_port(port: Any) -> None:
    """Of whatever type."""
    with pytest.raises(EncoderError, match="allowed is 0 to 65535"):
        port_bytes(port)
    assert b"\x01\xbb" == port_bytes(443)
