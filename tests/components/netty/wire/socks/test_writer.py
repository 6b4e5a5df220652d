"""Messages of SOCKS as bytes. Netty: Socks4ClientEncoderTest and its like."""

from typing import Any

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.socks.kinds import Socks4CommandStatus, SocksCommand
from pyboot.components.netty.wire.socks.message import (
    Socks4CommandRequest,
    Socks4CommandResponse,
    Socks5CommandRequest,
    Socks5CommandResponse,
    Socks5InitialRequest,
    Socks5InitialResponse,
    Socks5PasswordAuthRequest,
    Socks5PasswordAuthResponse,
    SocksMessage,
)
from pyboot.components.netty.wire.socks.writer import encode_socks

CONNECT = SocksCommand.CONNECT


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Socks4CommandRequest(CONNECT, "10.0.0.1", 80), b"\x04\x01\x00\x50\x0a\x00\x00\x01\0"),
        (Socks4CommandRequest(CONNECT, "10.0.0.1", 80, "fred"), b"\x04\x01\x00\x50\x0a\x00\x00\x01fred\0"),
        (Socks4CommandRequest(CONNECT, "example.com", 80, "fred"), b"\x04\x01\x00\x50\0\0\0\x01fred\0example.com\0"),
        (Socks4CommandRequest(CONNECT, "0.0.0.7", 80), b"\x04\x01\x00\x50\0\0\0\x01\0000.0.0.7\0"),
        (Socks4CommandResponse(Socks4CommandStatus.SUCCESS), b"\x00\x5a\x00\x00\x00\x00\x00\x00"),
        (Socks4CommandResponse(Socks4CommandStatus.REJECTED_OR_FAILED, "10.0.0.1", 80), b"\x00\x5b\x00\x50\x0a\x00\x00\x01"),
        (Socks5InitialRequest(), b"\x05\x01\x00"),
        (Socks5InitialRequest((0, 2, 0x80)), b"\x05\x03\x00\x02\x80"),
        (Socks5InitialResponse(0xFF), b"\x05\xff"),
        (Socks5PasswordAuthRequest("me", "é"), b"\x01\x02me\x02\xc3\xa9"),
        (Socks5PasswordAuthResponse(1), b"\x01\x01"),
        (Socks5CommandRequest(CONNECT, "10.0.0.1", 443), b"\x05\x01\x00\x01\x0a\x00\x00\x01\x01\xbb"),
        (Socks5CommandRequest(CONNECT, "::1", 443), b"\x05\x01\x00\x04" + bytes(15) + b"\x01\x01\xbb"),
        (Socks5CommandRequest(CONNECT, "example.com", 443), b"\x05\x01\x00\x03\x0bexample.com\x01\xbb"),
        (Socks5CommandResponse(5), b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"),
        (Socks5CommandResponse(0, "::1", 443), b"\x05\x00\x00\x04" + bytes(15) + b"\x01\x01\xbb"),
    ],
)
def test_messages(message: SocksMessage, expected: bytes) -> None:
    """Byte for byte."""
    assert expected == encode_socks(message)


@pytest.mark.parametrize(
    "message",
    [
        Socks4CommandRequest(CONNECT, "10.0.0.1", 80, "a\0b"),
        Socks4CommandRequest(CONNECT, "10.0.0.1", 80, "u" * 256),
        Socks4CommandRequest(CONNECT, "10.0.0.1", 80, "\u20ac"),
        Socks4CommandRequest(CONNECT, "a\0b", 80),
        Socks4CommandRequest(CONNECT, "::1", 80),
        Socks4CommandRequest(SocksCommand.UDP_ASSOCIATE, "10.0.0.1", 80),
        Socks4CommandRequest(CONNECT, "10.0.0.1", 65536),
        Socks4CommandResponse(Socks4CommandStatus.SUCCESS, "example.com"),
        Socks5InitialRequest(()),
        Socks5InitialRequest((0,) * 256),
        Socks5InitialRequest((256,)),
        Socks5InitialResponse(-1),
        Socks5PasswordAuthRequest("u" * 256, ""),
        Socks5PasswordAuthRequest("", "p" * 256),
        Socks5CommandRequest(CONNECT, "", 80),
        Socks5CommandRequest(CONNECT, "a" * 256, 80),
        Socks5CommandRequest(CONNECT, "a b", 80),
        Socks5CommandRequest(CONNECT, "a", -1),
        Socks5CommandResponse(256),
    ],
)
def test_what_has_no_form_is_not_written(message: Any) -> None:
    """A user with NUL would end early, and what is behind it be the name of a host."""
    with pytest.raises(EncoderError) as failure:
        encode_socks(message)
    assert "pppp" not in str(failure.value)
