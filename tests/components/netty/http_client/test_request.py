"""A request before it is sent: its head, its content, and what may be done with it."""

from collections.abc import AsyncIterator

import pytest

from pyboot.components.netty.http_client.errors import HttpContentError
from pyboot.components.netty.http_client.request import WHOLE_BYTES, ClientRequest, content_of, headers_of
from pyboot.components.netty.http_client.url import HttpUrl
from pyboot.components.netty.wire import FullHttpRequest, HttpHeaders


async def pieces() -> AsyncIterator[bytes]:
    """Content that comes as it comes."""
    yield b"x"


def request(method: str = "GET", url: str = "http://a/x", content: object = None, **fields: str) -> ClientRequest:
    """A request to a."""
    return ClientRequest(method, HttpUrl(url), HttpHeaders(fields), content)  # type: ignore[arg-type]  # any content


def test_the_head() -> None:
    """Host first; credentials of the URL; a Host of one's own stays."""
    message = request(url="http://u:p@a:81/x", accept="y").message(None)

    assert [("host", "a:81"), ("accept", "y"), ("authorization", "Basic dTpw")] == message.headers.items()
    assert ["other"] == request(host="other").message(None).headers.get_all("host")


def test_to_a_proxy_the_whole_url_is_the_target() -> None:
    """With its credentials, or without any."""
    assert "http://a/x" == request().message("").uri
    assert "proxy-authorization" not in request().message("").headers
    assert "Basic x" == request().message("Basic x").headers["proxy-authorization"]


def test_short_content_goes_with_the_head() -> None:
    """What is longer, or not known, says how it will end."""
    short, long, unknown = (request("POST", content=content).message(None) for content in (b"x", b"x" * (WHOLE_BYTES + 1), pieces()))

    assert isinstance(short, FullHttpRequest)
    assert not isinstance(long, FullHttpRequest)
    assert str(WHOLE_BYTES + 1) == long.headers["content-length"]
    assert "chunked" == unknown.headers["transfer-encoding"]
    assert not isinstance(request("POST", content=b"x", expect="100-continue").message(None), FullHttpRequest)


def test_a_length_that_the_user_knows_is_his() -> None:
    """An iterator of so many bytes."""
    message = ClientRequest("PUT", HttpUrl("http://a"), HttpHeaders({"Content-Length": 1}), pieces()).message(None)

    assert ("1", False) == (message.headers["content-length"], "transfer-encoding" in message.headers)


@pytest.mark.parametrize(
    ("method", "content", "expected"),
    [
        ("GET", None, True),
        ("PUT", b"x", True),
        ("DELETE", None, True),
        ("POST", b"", False),
        ("PATCH", None, False),
        ("PUT", pieces(), False),
    ],
)
def test_what_may_be_repeated(method: str, content: object, expected: bool) -> None:
    """Idempotent methods, with content that is still there."""
    assert expected == request(method, content=content).may_be_repeated


def test_content() -> None:
    """JSON and text say what they are, unless the user does."""
    headers = HttpHeaders()
    assert '{"a":"ü"}'.encode() == content_of(None, {"a": "ü"}, headers)
    assert "application/json" == headers["content-type"]
    assert b"x" == content_of("x", None, headers) == content_of(bytearray(b"x"), None, headers)
    assert "application/json" == headers["content-type"]
    with pytest.raises(HttpContentError, match="both given"):
        content_of(b"x", 1, headers)
    with pytest.raises(HttpContentError, match="int is no content"):
        content_of(5, None, headers)


def test_defaults_give_way() -> None:
    """A field of the request, in any case, replaces the client's."""
    headers = headers_of({"Accept": "x"}, HttpHeaders({"accept": "*/*", "user-agent": "y"}))

    assert [("Accept", "x"), ("user-agent", "y")] == headers.items()
