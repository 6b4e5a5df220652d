"""Socks5ProxyHandler: what it says."""

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.handler.proxy.errors import ProxyConnectError
from pyboot.components.netty.handler.proxy.socks5 import Socks5ProxyHandler
from pyboot.components.netty.wire.socks.message import Socks5CommandResponse, Socks5InitialResponse, Socks5PasswordAuthResponse


def handler(*credentials: str) -> Socks5ProxyHandler:
    """One that was asked for example.com."""
    made = Socks5ProxyHandler(("proxy", 1080), *credentials)
    made.destination_address = ("example.com", 80)
    made.first_message("example.com", 80)
    return made


REQUEST = b"\x05\x01\x00\x03\x0bexample.com\x00\x50"


def test_without_a_password() -> None:
    """Methods, request."""
    assert b"\x05\x01\x00" == handler().first_message("example.com", 80)
    assert REQUEST == handler().answered(Socks5InitialResponse(0))
    assert handler().answered(Socks5CommandResponse(0)) is None


def test_with_a_password() -> None:
    """Which is sent only to a proxy that wants it."""
    made = handler("me", "you")
    assert b"\x05\x02\x00\x02" == made.first_message("example.com", 80)
    assert b"\x01\x02me\x03you" == made.answered(Socks5InitialResponse(2))
    assert REQUEST == made.answered(Socks5PasswordAuthResponse(0))
    assert REQUEST == handler("me", "you").answered(Socks5InitialResponse(0))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Socks5InitialResponse(255), "none of the methods that are offered, NO_AUTH and PASSWORD"),
        (Socks5InitialResponse(1), "chosen the method 1, NO_AUTH and PASSWORD were offered"),
        (Socks5PasswordAuthResponse(1), "does not believe user and password, and answered 1"),
        (Socks5CommandResponse(2), "it answered 2 FORBIDDEN"),
    ],
)
def test_refusals(answer: object, said: str) -> None:
    """Each with what the proxy said, and none with the password."""
    with pytest.raises(ProxyConnectError, match=said) as failure:
        handler("me", "hunter2").answered(answer)
    assert "hunter2" not in str(failure.value)
    assert "hunter2" not in repr(handler("me", "hunter2"))


def test_a_password_that_has_no_form_is_refused_where_it_is_written() -> None:
    """255 bytes at most; its text is not told."""
    with pytest.raises(EncoderError, match="a password of 256 bytes"):
        handler("me", "p" * 256)
