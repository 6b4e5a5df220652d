"""Socks4ProxyHandler: what it says."""

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.handler.proxy.errors import ProxyConnectError
from pyboot.components.netty.handler.proxy.socks4 import Socks4ProxyHandler
from pyboot.components.netty.wire.socks.kinds import Socks4CommandStatus
from pyboot.components.netty.wire.socks.message import Socks4CommandResponse


def test_numbers_and_names() -> None:
    """A name is one of 4a."""
    handler = Socks4ProxyHandler(("proxy", 1080), "fred")
    assert b"\x04\x01\x00\x50\x0a\x00\x00\x01fred\0" == handler.first_message("10.0.0.1", 80)
    assert b"\x04\x01\x00\x50\0\0\0\x01fred\0example.com\0" == handler.first_message("example.com", 80)
    with pytest.raises(EncoderError, match="IPv6"):
        handler.first_message("::1", 80)
    with pytest.raises(EncoderError, match="NUL"):
        Socks4ProxyHandler(("proxy", 1080), "a\0b")


def test_answers() -> None:
    """Yes, and no with its number."""
    handler = Socks4ProxyHandler(("proxy", 1080))
    handler.destination_address = ("a", 1)
    assert handler.answered(Socks4CommandResponse(Socks4CommandStatus.SUCCESS)) is None
    with pytest.raises(ProxyConnectError, match="93 IDENTD_AUTH_FAILURE") as failure:
        handler.answered(Socks4CommandResponse(Socks4CommandStatus.IDENTD_AUTH_FAILURE))
    assert 93 == failure.value.status
