"""Who a request is from, by the word of proxies."""

import logging

import pytest

from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.web.asgi.forwarded import TrustedProxies

PEER = ("10.0.0.1", 5000)


def origin(fields: dict[str, str], *trusted: str, peer: tuple[str, int] | None = PEER) -> tuple[object, ...]:
    """Who it is from, with the scheme and the host."""
    return tuple(TrustedProxies(trusted).origin(peer, "http", HttpHeaders(fields)))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (PEER, "http", None)),
        ({"X-Forwarded-For": "1.2.3.4"}, (("1.2.3.4", 0), "http", None)),
        ({"X-Forwarded-For": "6.6.6.6, 1.2.3.4, 10.0.0.7", "X-Forwarded-Proto": "https"}, (("1.2.3.4", 0), "https", None)),
        ({"X-Forwarded-For": "1.2.3.4:77", "X-Forwarded-Host": "shop.example"}, (("1.2.3.4", 77), "http", "shop.example")),
        ({"X-Forwarded-For": "[2001:db8::1]:80"}, (("2001:db8::1", 80), "http", None)),
        ({"X-Forwarded-For": "2001:db8::1"}, (("2001:db8::1", 0), "http", None)),
        ({"X-Forwarded-For": "unknown"}, (PEER, "http", None)),
        ({"X-Forwarded-For": "9.9.9.9, nonsense"}, (PEER, "http", None)),
        ({"X-Forwarded-Proto": "javascript"}, (PEER, "http", None)),
        ({"Forwarded": 'for=1.2.3.4;proto=https;host="a.b"'}, (("1.2.3.4", 0), "https", "a.b")),
        ({"Forwarded": 'for=6.6.6.6, for="[2001:db8::1]:4711", for=10.0.0.9;proto=https'}, (("2001:db8::1", 4711), "https", None)),
        ({"Forwarded": 'For="1.2.3.4;x,y", for=_hidden'}, (PEER, "http", None)),
        ({"Forwarded": "for=1.2.3.4", "X-Forwarded-For": "9.9.9.9"}, (("1.2.3.4", 0), "http", None)),
    ],
)
def test_a_trusted_peer_is_believed_from_the_right(fields: dict[str, str], expected: tuple[object, ...]) -> None:
    """The last address that is not one of ours; what a client wrote itself is not looked at."""
    assert expected == origin(fields, "10.0.0.0/8")


@pytest.mark.parametrize("trusted", [(), ("192.168.0.0/16", "::1")])
def test_nobody_else_is_believed(trusted: tuple[str, ...]) -> None:
    """Whatever he says."""
    fields = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil", "Forwarded": "for=1.2.3.4;host=evil"}

    assert (PEER, "http", None) == origin(fields, *trusted)


def test_anybody_and_peers_on_a_path() -> None:
    """With ``*`` the leftmost is the client; a peer without an address is trusted where anybody is."""
    assert (("1.2.3.4", 0), "http", None) == origin({"X-Forwarded-For": "1.2.3.4, 5.6.7.8"}, "*")
    assert (("1.2.3.4", 0), "http", None) == origin({"X-Forwarded-For": "1.2.3.4"}, "10.0.0.0/8", peer=None)
    assert (("9.9.9.9", 0), "http", None) == origin({"X-Forwarded-For": "9.9.9.9"}, "10.0.0.0/8", peer=("::ffff:10.0.0.1", 1))


def test_what_is_no_network_is_refused() -> None:
    """With its text."""
    with pytest.raises(ValueError, match="nonsense"):
        TrustedProxies(["nonsense"])


@pytest.mark.parametrize("host", ["shop.example", "shop.example:8443", "[2001:db8::1]", "[2001:db8::1]:443", "10.1.2.3", "a_b.example"])
@pytest.mark.parametrize("form", ["X-Forwarded-Host", "Forwarded"])
async def test_a_host_is_believed_with_its_port(form: str, host: str) -> None:
    """In both fields."""
    value = host if form == "X-Forwarded-Host" else f'for=1.2.3.4;host="{host}"'
    assert host == origin({form: value}, "10.0.0.0/8")[2]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example/path",
        "me@evil.example",
        "evil.example?x",
        "a b",
        "<script>",
        "shop:0",
        "shop:99999",
        "shop:port",
        "[::1",
        "a:b:c",
        "\xe4.example",
    ],
)
@pytest.mark.parametrize("form", ["X-Forwarded-Host", "Forwarded"])
async def test_a_host_that_is_none_is_ignored_and_counted(form: str, host: str, caplog: pytest.LogCaptureFixture) -> None:
    """An application would make a link of it; a flood of them is one line and a count."""
    caplog.set_level(logging.WARNING, "pyboot.web")
    proxies = TrustedProxies(["10.0.0.0/8"])
    value = host if form == "X-Forwarded-Host" else f'for=1.2.3.4;proto=https;host="{host}"'
    for _ in range(3):
        found = proxies.origin(PEER, "http", HttpHeaders({form: value}))
        assert found.host is None
    assert {"forwarded host": 3} == proxies.faults.counts
    assert 1 == len(caplog.records)
    proxies.faults.flush()
    assert 2 == len(caplog.records)  # the count
    assert "a forwarded host is none" in caplog.text


async def test_the_host_of_a_proxy_nearer_to_us_stands_where_the_next_names_none() -> None:
    """What is no host is as if it had not been there."""
    assert "near.example" == origin({"Forwarded": 'for=1.2.3.4;host="a/b", for=10.0.0.9;host=near.example'}, "10.0.0.0/8")[2]
