"""HttpProxyHandler: CONNECT, and its answers."""

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.handler.proxy.errors import ProxyConnectError
from pyboot.components.netty.handler.proxy.http import HttpProxyHandler
from tests.components.netty.handler.proxy.test_handler import Connecting

PROXY = ("proxy", 3128)


def test_the_request() -> None:
    """Host and port twice; addresses of IPv6 in brackets; credentials only where they are."""
    assert b"CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n" == HttpProxyHandler(PROXY).first_message("example.com", 443)
    assert HttpProxyHandler(PROXY).first_message("::1", 443).startswith(b"CONNECT [::1]:443 HTTP/1.1\r\n")
    written = HttpProxyHandler(PROXY, "me", "you", headers={"user-agent": "x"}).first_message("a", 1)
    assert b"CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\nuser-agent: x\r\nproxy-authorization: Basic bWU6eW91\r\n\r\n" == written


def test_the_tunnel_begins_behind_the_head() -> None:
    """What has come with it is the target's; an informational answer is none."""
    channel = Connecting(HttpProxyHandler(PROXY))
    channel.reach()
    channel.write_inbound(b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 Connection established\r\nx: y\r\n\r\nhello")

    assert channel.promise.is_success
    assert b"hello" == bytes(channel.read_inbound())


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 3\r\n\r\nno!", 407),
        (b"HTTP/1.0 502 Bad Gateway\r\n\r\n", 502),
        (b"HTTP/1.1 301 Moved\r\nlocation: x\r\ncontent-length: 0\r\n\r\n", 301),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", None),
        (b"SSH-2.0-OpenSSH\r\n", None),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000, None),
    ],
)
def test_anything_else_is_a_refusal(answer: bytes, status: int | None) -> None:
    """With the proxy's own words, whose content nobody reads."""
    channel = Connecting(HttpProxyHandler(PROXY, "me", "hunter2"))
    channel.reach()
    channel.write_inbound(answer)

    error = channel.promise.error
    assert isinstance(error, ProxyConnectError)
    assert status == error.status
    assert "hunter2" not in str(error)
    if status == 407:
        assert "it answered 407 Proxy Authentication Required" == error.reason


def test_what_would_be_another_line_is_refused() -> None:
    """In a host, in a user, in a field."""
    for host in ("a\r\nx: y", "a b", "a/b", "me@a", ""):
        with pytest.raises(EncoderError):
            HttpProxyHandler(PROXY).first_message(host, 443)
    with pytest.raises(ValueError, match="no colon"):
        HttpProxyHandler(PROXY, "m:e", "you")
    with pytest.raises(ValueError, match=r"."):
        HttpProxyHandler(PROXY, headers={"x": "a\r\nb"}).first_message("a", 1)
