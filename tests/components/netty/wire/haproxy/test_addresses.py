"""Addresses in headers: one spelling each, and nothing that would be a line of its own in a log."""

from typing import Any

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, EncoderError
from pyboot.components.netty.wire.haproxy.addresses import (
    check_port,
    ipv4_text,
    ipv6_text,
    packed,
    packed_path,
    parse_ipv4,
    parse_ipv6,
    parse_port,
    unix_path,
)


@pytest.mark.parametrize(
    "text", ["", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.-4", "1.2.3.4 ", "1.2.3.\u0664", "a.b.c.d", "1..2.3"]
)
def test_what_is_no_address_of_ipv4(text: str) -> None:
    """Leading zeros were octal numbers once."""
    with pytest.raises(CorruptedFrameError, match="no address of TCP4"):
        parse_ipv4(text)
    assert "255.0.10.1" == parse_ipv4("255.0.10.1")


@pytest.mark.parametrize("text", ["", "1.2.3.4", "fe80::1%eth0", "::1::", "12345::", "[::1]", ":1"])
def test_what_is_no_address_of_ipv6(text: str) -> None:
    """A scope means something on one machine alone."""
    with pytest.raises(CorruptedFrameError, match="no address of TCP6"):
        parse_ipv6(text)
    assert "2001:db8::1" == parse_ipv6("2001:0DB8:0:0:0:0:0:1")


@pytest.mark.parametrize("text", ["", "-1", "+1", "01", "65536", "99999999999", " 1", "1_0", "\u0661"])
def test_what_is_no_port(text: str) -> None:
    """Decimal, without leading zeros."""
    with pytest.raises(CorruptedFrameError, match="no port"):
        parse_port(text)
    assert [0, 65535] == [parse_port("0"), parse_port("65535")]


def test_bytes_are_text_and_back() -> None:
    """Both families."""
    assert "192.0.2.255" == ipv4_text(b"x\xc0\x00\x02\xff", 1)
    assert b"\xc0\x00\x02\xff" == packed("192.0.2.255", 4)
    assert "2001:db8::ff" == ipv6_text(b"\x20\x01\x0d\xb8" + bytes(11) + b"\xff", 0)
    assert b"\x20\x01\x0d\xb8" + bytes(11) + b"\xff" == packed("2001:db8::ff", 6)


@pytest.mark.parametrize(
    ("host", "version"), [("example.com", 4), ("::1", 4), ("127.0.0.1", 6), ("fe80::1%1", 6), ("1.1.1.1\r\n", 4), (None, 4)]
)
def test_what_is_no_address_is_not_written(host: Any, version: int) -> None:
    """Names, another family, a scope, the end of a line."""
    with pytest.raises(EncoderError):
        packed(host, version)


@pytest.mark.parametrize("port", [-1, 65536, "80", None])
def test_what_is_no_port_is_not_written(port: Any) -> None:
    """Of whatever type."""
    with pytest.raises(EncoderError, match="allowed is 0 to 65535"):
        check_port(("10.0.0.1", port))


def test_paths_of_unix_sockets() -> None:
    """NUL ends them; a name that begins with it is abstract; none at all is none."""
    assert "/run/a" == unix_path(b"/run/a".ljust(108, b"\0"), 0)
    assert "/" + "a" * 107 == unix_path(b"/" + b"a" * 107, 0)
    assert "\0name" == unix_path(b"\0name".ljust(108, b"\0"), 0)
    assert "" == unix_path(bytes(108), 0)
    assert b"/run/a".ljust(108, b"\0") == packed_path("/run/a")


def test_a_path_with_control_characters_is_refused() -> None:
    """CVE-2026-59919: CR LF in the address of a Unix socket was written as it was, and began a line of its own."""
    with pytest.raises(CorruptedFrameError, match="control characters"):
        unix_path(b"/run/a\r\nPROXY".ljust(108, b"\0"), 0)
    for path in ("/run/a\r\nPROXY", "/run/a\n", "/run/\0a", "/" + "a" * 108, None):
        with pytest.raises(EncoderError):
            packed_path(path)
