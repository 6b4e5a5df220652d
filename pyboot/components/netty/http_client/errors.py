"""The errors of the HTTP client; each knows the request, says what was seen and what was allowed, and what can be done.

::

    HttpClientError
     ├─ HttpUrlError                    the URL of a request is none (ValueError)
     ├─ HttpContentError                the content of a request cannot be sent as it is, or not once more
     ├─ HttpConnectError                no connection to the peer, its proxy or its TLS (ConnectionError)
     │   └─ HttpProxyError               the proxy refuses a tunnel
     ├─ HttpTimeoutError                a phase of the request took too long (TimeoutError)
     ├─ HttpConnectionLostError         the connection ended before the response did (ConnectionError)
     ├─ HttpProtocolError               the peer's bytes are no response, or no content of the coding that it names
     ├─ HttpContentTooLargeError        a response with more content than is allowed
     ├─ HttpRedirectError               a redirect that cannot, or must not, be followed
     ├─ HttpStatusError                 a response that `raise_for_status` does not take
     └─ ClosedHttpClientError           the client was closed, by its user
"""

from __future__ import annotations

from enum import StrEnum

from pyboot.components.netty.errors import NettyError

__all__ = [
    "ClosedHttpClientError",
    "HttpClientError",
    "HttpConnectError",
    "HttpConnectionLostError",
    "HttpContentError",
    "HttpContentTooLargeError",
    "HttpPhase",
    "HttpProtocolError",
    "HttpProxyError",
    "HttpRedirectError",
    "HttpStatusError",
    "HttpTimeoutError",
    "HttpUrlError",
]


class HttpPhase(StrEnum):
    """The phases of a request, each with a timeout of its own."""

    ACQUIRE = "acquire"
    CONNECT = "connect"
    RESPONSE = "response"
    READ = "read"
    TOTAL = "total"


_AWAITED = {
    HttpPhase.ACQUIRE: "no connection of the pool became free",
    HttpPhase.CONNECT: "no connection was made, DNS and TLS included,",
    HttpPhase.RESPONSE: "the head of the response did not come",
    HttpPhase.READ: "nothing more of the content came",
    HttpPhase.TOTAL: "the request was not over",
}


class HttpClientError(NettyError):
    """A request of a client failed; *method* and *url* tell which, "" before they are known."""

    def __init__(self, text: str, *, method: str = "", url: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.method = method
        self.url = url

    def of(self, method: str, url: str) -> HttpClientError:
        """This error, of the request *method* *url* unless it knows one already."""
        if not self.url:
            self.method, self.url = method, url
        return self

    def __str__(self) -> str:
        return f"{self.method} {self.url}: {self.text}" if self.url else self.text


class HttpUrlError(HttpClientError, ValueError):
    """The URL of a request is none that it could be sent to."""


class HttpContentError(HttpClientError):
    """The content of a request cannot be sent: it is of no known type, contradicts its headers, or would have to be sent twice."""


class HttpConnectError(HttpClientError, ConnectionError):
    """No connection could be made to the peer; ``__cause__`` is what the system, or TLS, said."""


class HttpProxyError(HttpConnectError):
    """The proxy refuses to open a tunnel; *status* is its answer."""

    def __init__(self, proxy: str, target: str, status: int, reason: str) -> None:
        HttpClientError.__init__(
            self, f"the proxy {proxy} answers {status} {reason} to CONNECT {target}: allowed is 2xx; 407 asks for credentials in its URL"
        )
        self.status = status


class HttpTimeoutError(HttpClientError, TimeoutError):
    """A phase of a request was not over in time; *phase* names it, *seconds* is what it may take."""

    def __init__(self, phase: HttpPhase, seconds: float) -> None:
        super().__init__(f"{_AWAITED[phase]} within {seconds:g} s (timeout of the phase {phase})")
        self.phase = phase
        self.seconds = seconds


class HttpConnectionLostError(HttpClientError, ConnectionError):
    """The connection ended before the response did; ``__cause__`` tells why, where that is known.

    *was_heard* is True if any of the response had come: nobody knows otherwise whether the peer did what it was asked. *is_untouched*: it
    has said that it did not look at the request, as HTTP/2 can.
    """

    def __init__(self, text: str, *, was_heard: bool, is_untouched: bool = False) -> None:
        super().__init__(text)
        self.was_heard = was_heard
        self.is_untouched = is_untouched


class HttpProtocolError(HttpClientError):
    """The peer's bytes are no response of HTTP, or exceed a limit; the connection was closed, ``__cause__`` tells the rule."""


class HttpContentTooLargeError(HttpClientError):
    """A response has more content than is allowed to be kept in memory; *limit* is in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"a response of at least {size} bytes, allowed are {limit}: read it piece by piece with stream(), or raise max_content_bytes"
        )
        self.size = size
        self.limit = limit


class HttpRedirectError(HttpClientError):
    """A redirect that cannot, or must not, be followed; *status* and *location* are those of the response."""

    def __init__(self, text: str, *, status: int, location: str) -> None:
        super().__init__(text)
        self.status = status
        self.location = location


class HttpStatusError(HttpClientError):
    """A response with a status of 4xx or 5xx, where the caller has no use for one."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"the answer is {status} {reason}")
        self.status = status
        self.reason = reason


class ClosedHttpClientError(HttpClientError):
    """The client was closed while a request was under way, or before it."""
