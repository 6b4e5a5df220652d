"""SOCKS 5, by its bytes. Netty: Socks5*DecoderTest."""

from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.errors import CorruptedFrameError
from pyboot.components.netty.wire.socks.kinds import SocksCommand
from pyboot.components.netty.wire.socks.message import (
    Socks5CommandRequest,
    Socks5CommandResponse,
    Socks5InitialRequest,
    Socks5InitialResponse,
    Socks5PasswordAuthRequest,
    Socks5PasswordAuthResponse,
)
from pyboot.components.netty.wire.socks.version5 import (
    read_initial_request,
    read_initial_response,
    read_password_request,
    read_password_response,
    read_request5,
    read_response5,
)

type Read = Callable[[bytes], Any]
IPV6 = b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01"


@pytest.mark.parametrize(
    ("read", "data", "expected"),
    [
        (read_initial_request, b"\x05\x01\x00", Socks5InitialRequest((0,))),
        (read_initial_request, b"\x05\x03\x00\x02\x80", Socks5InitialRequest((0, 2, 0x80))),
        (read_initial_request, b"\x05\xff" + b"\x02" * 255, Socks5InitialRequest((2,) * 255)),
        (read_initial_response, b"\x05\x02", Socks5InitialResponse(2)),
        (read_initial_response, b"\x05\xff", Socks5InitialResponse(255)),
        (read_password_request, b"\x01\x02me\x03you", Socks5PasswordAuthRequest("me", "you")),
        (read_password_request, b"\x01\x00\x00", Socks5PasswordAuthRequest("", "")),
        (read_password_request, b"\x01\x01\xff\x02\xc3\xa9", Socks5PasswordAuthRequest("\udcff", "é")),
        (read_password_request, b"\x01\xff" + b"u" * 255 + b"\xff" + b"p" * 255, Socks5PasswordAuthRequest("u" * 255, "p" * 255)),
        (read_password_response, b"\x01\x00", Socks5PasswordAuthResponse(0)),
        (read_password_response, b"\x01\xff", Socks5PasswordAuthResponse(255)),
        (read_request5, b"\x05\x01\x00\x01\x0a\x00\x00\x01\x01\xbb", Socks5CommandRequest(SocksCommand.CONNECT, "10.0.0.1", 443)),
        (read_request5, b"\x05\x02\x00\x04" + IPV6 + b"\x00\x50", Socks5CommandRequest(SocksCommand.BIND, "2001:db8::1", 80)),
        (read_request5, b"\x05\x03\x00\x03\x0bexample.com\x00\x50", Socks5CommandRequest(SocksCommand.UDP_ASSOCIATE, "example.com", 80)),
        (read_request5, b"\x05\x01\x00\x03\xff" + b"a" * 255 + b"\xff\xff", Socks5CommandRequest(SocksCommand.CONNECT, "a" * 255, 65535)),
        (read_response5, b"\x05\x00\x00\x01\x0a\x00\x00\x01\x01\xbb", Socks5CommandResponse(0, "10.0.0.1", 443)),
        (read_response5, b"\x05\x08\x00\x03\x01a\x00\x00", Socks5CommandResponse(8, "a", 0)),
    ],
)
def test_messages(read: Read, data: bytes, expected: object) -> None:
    """Whole at their last byte, and not before; lengths are unsigned; what stands behind is not theirs."""
    assert (expected, len(data)) == read(data + b"GET /")
    for cut in range(1, len(data)):
        assert (None, 0) == read(data[:cut])


@pytest.mark.parametrize(
    ("read", "data", "said"),
    [
        (read_initial_request, b"\x04", "version 4 where 5 must stand"),
        (read_initial_request, b"\x05\x00", "a client without methods"),
        (read_initial_response, b"\x01", "version 1 where 5"),
        (read_password_request, b"\x05", "version 5 where 1"),
        (read_password_response, b"\x05", "version 5 where 1"),
        (read_request5, b"\x05\x00", "command 0"),
        (read_request5, b"\x05\x04", "command 4"),
        (read_request5, b"\x05\x01\x01", "the reserved byte is 0x01"),
        (read_request5, b"\x05\x01\x00\x00", "address type 0"),
        (read_request5, b"\x05\x01\x00\x02", "address type 2"),
        (read_request5, b"\x05\x01\x00\x83", "address type 131"),
        (read_request5, b"\x05\x01\x00\x03\x00", "a name of no bytes"),
        (read_request5, b"\x05\x01\x00\x03\x04a\0bc\x00\x50", "no name of a host"),
        (read_request5, b"\x05\x01\x00\x03\x04a\r\nb\x00\x50", "no name of a host"),
        (read_response5, b"\x05\x09", "status 9"),
        (read_response5, b"\x04", "version 4"),
    ],
)
def test_what_is_none_is_refused_where_it_stands(read: Read, data: bytes, said: str) -> None:
    """An address type that was read as another made two programs see two targets (the 2026 fixes of codec-socks)."""
    with pytest.raises(CorruptedFrameError, match=said):
        read(data)
