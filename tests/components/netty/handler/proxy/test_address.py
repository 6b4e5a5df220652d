"""ClientProxy: a proxy by its URL."""

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.proxy.address import ClientProxy
from pyboot.components.netty.handler.proxy.http import HttpProxyHandler
from pyboot.components.netty.handler.proxy.socks4 import Socks4ProxyHandler
from pyboot.components.netty.handler.proxy.socks5 import Socks5ProxyHandler


@pytest.mark.parametrize(
    ("url", "handler", "place", "text"),
    [
        ("http://proxy", HttpProxyHandler, ("proxy", 8080), "http://proxy:8080"),
        ("http://me:you@proxy:3128/", HttpProxyHandler, ("proxy", 3128), "http://proxy:3128"),
        ("socks4://me@proxy", Socks4ProxyHandler, ("proxy", 1080), "socks4://proxy:1080"),
        ("socks5://[::1]:1081", Socks5ProxyHandler, ("::1", 1081), "socks5://[::1]:1081"),
        ("SOCKS5://me:you@Proxy", Socks5ProxyHandler, ("proxy", 1080), "socks5://proxy:1080"),
    ],
)
def test_a_url_names_a_handler(url: str, handler: type, place: tuple[str, int], text: str) -> None:
    """The text has neither user nor password."""
    proxy = ClientProxy(url)
    made = proxy.new_handler()

    assert handler is type(made)
    assert (place, text, f"ClientProxy({text!r})") == (made.proxy_address, str(proxy), repr(proxy))


def test_credentials_may_hold_anything() -> None:
    """Written as URLs write it."""
    channel = EmbeddedChannel()
    ClientProxy("socks5://m%40e:p%3Aw%2F@proxy").precede(channel)
    handler = channel.pipeline().get(Socks5ProxyHandler)
    assert b"\x01\x03m@e\x04p:w/" == handler._auth


@pytest.mark.parametrize(
    "url",
    [
        "", "proxy:1080", "https://proxy", "ftp://proxy", "socks5://", "socks5://proxy:99999", "socks5://proxy/path", "http://proxy?x",
        "socks4://me:hunter2@proxy", "socks5://me:hunter2@[proxy", f"socks5://me:hunter2{'x' * 300}@proxy", "http://m%3Ae:hunter2@proxy",
    ],
)  # fmt: skip
def test_what_is_no_proxy_is_refused_without_its_password(url: str) -> None:
    """Where it is written, and not by the first connection."""
    with pytest.raises(ValueError, match=r".") as failure:
        ClientProxy(url)
    assert "hunter2" not in str(failure.value)
