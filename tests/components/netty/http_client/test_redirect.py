"""Redirects: the method, the content, and what stays behind."""

from collections.abc import AsyncIterator

import pytest

from pyboot.components.netty.http_client.errors import HttpRedirectError
from pyboot.components.netty.http_client.redirect import is_redirect, redirected
from pyboot.components.netty.http_client.request import ClientRequest
from pyboot.components.netty.http_client.url import HttpUrl
from pyboot.components.netty.wire import HttpHeaders

SECRETS = {"Authorization": "a", "Cookie": "c", "Proxy-Authorization": "p", "Host": "h"}


def request(method: str, url: str = "http://a/x", content: object = None) -> ClientRequest:
    """A request with credentials and fields of content."""
    return ClientRequest(method, HttpUrl(url), HttpHeaders(SECRETS | {"Content-Type": "t", "X": "y"}), content)  # type: ignore[arg-type]  # any content


@pytest.mark.parametrize(
    ("status", "method", "expected"),
    [
        (301, "GET", "GET"), (301, "HEAD", "HEAD"), (301, "POST", "GET"), (301, "PUT", "PUT"),
        (302, "POST", "GET"), (302, "DELETE", "DELETE"),
        (303, "GET", "GET"), (303, "HEAD", "HEAD"), (303, "POST", "GET"), (303, "PUT", "GET"),
        (307, "POST", "POST"), (307, "PUT", "PUT"), (308, "POST", "POST"), (308, "GET", "GET"),
    ],
)  # fmt: skip
def test_the_method(status: int, method: str, expected: str) -> None:
    """RFC 9110 15.4; one that becomes GET has no content and does not describe any."""
    onward = redirected(request(method, content=b"x"), status, "/y", allow_insecure=False)

    assert expected == onward.method
    kept = expected == method
    assert (b"x" if kept else None, kept) == (onward.content, "content-type" in onward.headers)


@pytest.mark.parametrize("location", ["http://b/", "http://a:81/", "https://a/", "//b/", "http://a.b/"])
def test_credentials_stay_with_their_origin(location: str) -> None:
    """Another host, port or scheme gets none; the others go on."""
    onward = redirected(request("GET", "http://u:p@a/x"), 302, location, allow_insecure=False)

    assert [("Content-Type", "t"), ("X", "y")] == onward.headers.items()
    assert (None, None) == (onward.url.user, onward.url.password)


@pytest.mark.parametrize("location", ["/y", "http://a/y", "http://A:80/y", "http://other:credentials@a/y"])
def test_credentials_go_on_within_their_origin(location: str) -> None:
    """Those of the request, not those that a peer writes into a Location."""
    onward = redirected(request("GET", "http://u:p@a/x"), 302, location, allow_insecure=False)

    assert set(SECRETS) <= {name for name, _ in onward.headers.items()}
    assert ("u", "p") == (onward.url.user, onward.url.password)


def test_nothing_goes_on_in_clear_unless_allowed() -> None:
    """The text says how to allow it."""
    with pytest.raises(HttpRedirectError, match="allow_insecure_redirects=True") as caught:
        redirected(request("GET", "https://a/"), 302, "http://a/", allow_insecure=False)
    assert (302, "http://a/") == (caught.value.status, caught.value.location)
    assert "http://a/" == str(redirected(request("GET", "https://a/"), 302, "http://a/", allow_insecure=True).url)


async def test_content_that_is_gone_cannot_go_on() -> None:
    """307 wants it again; 303 does not."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"

    with pytest.raises(HttpRedirectError, match="wants the content again, which is gone"):
        redirected(request("POST", content=pieces()), 307, "/y", allow_insecure=False)
    assert redirected(request("POST", content=pieces()), 303, "/y", allow_insecure=False).content is None


@pytest.mark.parametrize("location", ["javascript:alert(1)", "file:///etc/passwd", "http://", "http://a/\0", "gopher://a"])
def test_what_leads_nowhere_is_not_followed(location: str) -> None:
    """By an error that shows it."""
    with pytest.raises(HttpRedirectError, match="redirect 302 to"):
        redirected(request("GET"), 302, location, allow_insecure=False)


def test_a_location_that_is_not_ascii() -> None:
    """Its bytes are UTF-8, percent-encoded where it is sent."""
    location = "/\u00fc".encode().decode("latin-1")  # as fields are read
    assert "/%C3%BC" == redirected(request("GET"), 302, location, allow_insecure=False).url.target


def test_what_a_redirect_is() -> None:
    """A Location alone makes none, nor does 304."""
    assert is_redirect(301, "/")
    assert not any((is_redirect(200, "/"), is_redirect(304, "/"), is_redirect(300, "/"), is_redirect(302, None)))
