"""Routes: which way a request goes, and who gets the proxy's credentials."""

from pyboot.components.netty.http_client.proxy import HttpProxy
from pyboot.components.netty.http_client.route import Route, Routes
from pyboot.components.netty.http_client.url import Origin

PLAIN, SECURE, PROXY = Origin("http", "a", 80), Origin("https", "a", 443), Origin("http", "p", 3128)


def test_straight() -> None:
    """Nothing in between."""
    assert (Route(PLAIN), None) == Routes(None, None, trust_environment=False).of(PLAIN)


def test_through_a_proxy() -> None:
    """It forwards what is plain, with its credentials in each request; what is secure goes through a tunnel, with them in CONNECT alone."""
    proxy = HttpProxy("http://u:p@p:3128")
    routes = Routes(proxy, None, trust_environment=False)

    assert (Route(PROXY), proxy.authorization) == routes.of(PLAIN)
    assert (Route(SECURE, tunnel_of=PROXY), None) == routes.of(SECURE)
    assert proxy.authorization == routes.authorization(Route(SECURE, tunnel_of=PROXY))
    assert routes.authorization(Route(PROXY)) is None
    assert (Route(PROXY), "") == Routes(HttpProxy("http://p:3128"), None, trust_environment=False).of(PLAIN)


def test_over_a_socket() -> None:
    """The host is still known, for `Host` and TLS."""
    assert (Route(SECURE, path="/run/x"), None) == Routes(None, "/run/x", trust_environment=False).of(SECURE)
    assert "https://a over /run/x" == str(Route(SECURE, path="/run/x"))
    assert "https://a through http://p:3128" == str(Route(SECURE, tunnel_of=PROXY))
