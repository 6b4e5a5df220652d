"""Proxies: by hand and of the environment."""

import pytest

from pyboot.components.netty.http_client.errors import HttpUrlError
from pyboot.components.netty.http_client.proxy import HttpProxy, basic, proxy_of_environment
from pyboot.components.netty.http_client.url import Origin


def test_credentials_of_its_url() -> None:
    """RFC 7617's own example; they are not shown."""
    proxy = HttpProxy("http://Aladdin:open%20sesame@p:3128")

    assert "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" == proxy.authorization == basic("Aladdin", "open sesame")
    assert "HttpProxy('http://p:3128')" == repr(proxy)


def test_a_proxy_of_https_is_refused() -> None:
    """The text says why."""
    with pytest.raises(HttpUrlError, match="allowed is http"):
        HttpProxy("https://p")


def test_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """For each scheme, but for the hosts of `no_proxy`."""
    monkeypatch.setenv("http_proxy", "p:3128")
    monkeypatch.setenv("no_proxy", "inside.example,other")
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.delenv("HTTPS_PROXY", raising=False)

    proxy = proxy_of_environment(Origin("http", "a", 80))
    assert proxy is not None
    assert Origin("http", "p", 3128) == proxy.origin
    assert proxy_of_environment(Origin("http", "x.inside.example", 80)) is None
    assert proxy_of_environment(Origin("https", "a", 443)) is None
