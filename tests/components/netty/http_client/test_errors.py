"""The errors of the client: what they say, and as what they can be caught."""

from pyboot.components.netty import NettyError
from pyboot.components.netty.http_client.errors import (
    HttpClientError,
    HttpConnectError,
    HttpConnectionLostError,
    HttpContentTooLargeError,
    HttpPhase,
    HttpProxyError,
    HttpStatusError,
    HttpTimeoutError,
    HttpUrlError,
)


def test_errors_are_what_python_calls_them() -> None:
    """So a program that knows no HTTP catches them."""
    assert issubclass(HttpClientError, NettyError)
    assert issubclass(HttpTimeoutError, TimeoutError)
    assert issubclass(HttpConnectError, ConnectionError)
    assert issubclass(HttpConnectionLostError, ConnectionError)
    assert issubclass(HttpUrlError, ValueError)


def test_an_error_tells_its_request() -> None:
    """The first that is said of it counts: after a redirect that is the one which failed."""
    error = HttpTimeoutError(HttpPhase.READ, 2)
    error.of("GET", "http://a/b")
    error.of("GET", "http://other")

    assert "GET http://a/b: nothing more of the content came within 2 s (timeout of the phase read)" == str(error)
    assert ("GET", "http://a/b", HttpPhase.READ, 2) == (error.method, error.url, error.phase, error.seconds)


def test_limits_are_told_with_what_to_do() -> None:
    """What was seen, what is allowed, what to do."""
    text = "a response of at least 11 bytes, allowed are 10: read it piece by piece with stream(), or raise max_content_bytes"
    assert text == str(HttpContentTooLargeError(11, 10))
    proxy = HttpProxyError("http://p:3128", "a:443", 407, "Proxy Authentication Required")
    assert str(proxy).startswith("the proxy http://p:3128 answers 407 Proxy Authentication Required to CONNECT a:443: allowed is 2xx")
    assert (407, 404) == (proxy.status, HttpStatusError(404, "Not Found").status)
