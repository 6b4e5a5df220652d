"""HttpClientObserver: whoever hears of each request of a client and of its answer, and may add header fields to it."""

from __future__ import annotations

from typing import Any, Final, final

from pyboot.components.netty.wire.http.headers import HttpHeaders

from .url import HttpUrl

__all__ = ["HttpClientObservation", "HttpClientObserver"]


@final
class HttpClientObservation:
    """A request of a client and what has become of it.

    *headers* are those that will be sent. *status* is 0 until the head of the response is there, redirects followed, and stays so where it
    never comes: *error* says why. *seconds* is the time until then; *held* what observers keep, each by itself as the key.
    """

    __slots__ = ("began", "error", "headers", "held", "method", "seconds", "status", "url")

    def __init__(self, method: str, url: HttpUrl, headers: HttpHeaders, began: float) -> None:
        self.method: Final = method
        self.url: Final = url
        self.headers: Final = headers
        self.began: Final = began
        self.status = 0
        self.seconds = 0.0
        self.error: BaseException | None = None
        self.held: dict[object, Any] = {}


class HttpClientObserver:
    """Hears of requests, on the loop of the client; what it raises fails them.

    The clients that are beans tell all beans of this class.
    """

    def began(self, seen: HttpClientObservation) -> None:
        """Hear that a request is about to be sent."""

    def ended(self, seen: HttpClientObservation) -> None:
        """Hear that the head of its response has come, or never will."""
