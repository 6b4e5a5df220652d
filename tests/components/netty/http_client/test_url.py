"""URLs: their parts, what is encoded, what is refused."""

import pytest

from pyboot.components.netty.http_client.errors import HttpUrlError
from pyboot.components.netty.http_client.url import HttpUrl, Origin


@pytest.mark.parametrize(
    ("text", "authority", "target"),
    [
        ("http://a", "a", "/"),
        ("HTTP://A.Example:80/x?y=1#z", "a.example", "/x?y=1"),
        ("https://a:443/", "a", "/"),
        ("https://a:80/", "a:80", "/"),
        ("http://[::1]:8080/", "[::1]:8080", "/"),
        ("http://a/ü", "a", "/%C3%BC"),
        ("http://a/%C3%BC?q=%20", "a", "/%C3%BC?q=%20"),
        ("http://bücher.example/", "xn--bcher-kva.example", "/"),
        ("http://a?q", "a", "/?q"),
    ],
)
def test_parts(text: str, authority: str, target: str) -> None:
    """Host and port as in `Host`, the target as it is sent."""
    url = HttpUrl(text)

    assert (authority, target) == (url.origin.authority, url.target)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "/x", "//a/x", "ftp://a", "file:///etc/passwd", "http://", "http:///x", "http://a b", "http://a/\r\nX: y", "http://a/\0",
        "http://a:x/", "http://a:70000/", "http://a:0/", "http://a\\b/", "http://a<b/", "http://[::1/", "http://%61/",
    ],
)  # fmt: skip
def test_what_is_no_url_is_refused(text: str) -> None:
    """Before anything is connected to."""
    with pytest.raises(HttpUrlError):
        HttpUrl(text)


def test_parameters_are_added_to_the_query() -> None:
    """A list gives one for each."""
    assert "/x?a=1&b=2+3&c=4&c=5" == HttpUrl("http://a/x?a=1", {"b": "2 3", "c": [4, 5]}).target


def test_credentials_are_not_shown() -> None:
    """They are there, decoded, and in no text."""
    url = HttpUrl("http://us%40er:p%3Aw@a/x")

    assert ("us@er", "p:w") == (url.user, url.password)
    assert "http://a/x" == str(url)
    assert "HttpUrl('http://a/x')" == repr(url)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/y", "http://a/y"),
        ("y", "http://a/b/y"),
        ("?q", "http://a/b/c?q"),
        ("//d/e", "http://d/e"),
        ("https://d", "https://d/"),
        ("", "http://a/b/c"),
    ],
)
def test_join(location: str, expected: str) -> None:
    """RFC 3986 5."""
    assert expected == str(HttpUrl("http://a/b/c").join(location))


@pytest.mark.parametrize("location", ["http://[/", "javascript:alert(1)", "http://a/\r\nb", "mailto:x@y"])
def test_what_leads_nowhere_is_refused(location: str) -> None:
    """By one error, whatever was wrong."""
    with pytest.raises(HttpUrlError):
        HttpUrl("http://a/").join(location)


def test_origins_differ_by_scheme_host_and_port() -> None:
    """RFC 9110 4.3.1."""
    assert HttpUrl("http://a").origin == HttpUrl("http://A:80/x").origin == Origin("http", "a", 80)
    assert HttpUrl("http://a").origin != HttpUrl("https://a").origin
    assert "a:80" == HttpUrl("http://a").origin.target
