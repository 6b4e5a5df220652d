"""The timer ``http.server.requests``, with the tags of Micrometer's. Source: Spring's ``DefaultServerRequestObservationConvention``.

A request costs one look into a dict by what tells it apart, and a record. A path is never a tag: it is the route that answered, or a word
for what had none. Law of few: methods are those that are known; routes are ``max-uri-tags`` at most, and requests of further ones are not
timed, which the log says once, as in Spring Boot.
"""

import logging
from typing import Final, final

from pyboot.components.netty.handler.http.observer import HttpObservation, HttpServerObserver

from .instruments import Timer
from .registry import MeterRegistry

SERVER_REQUESTS: Final = "http.server.requests"
CLIENT_REQUESTS: Final = "http.client.requests"
MAX_URI_TAGS: Final = 100

_log = logging.getLogger("pyboot.actuator.meters")

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"})
_OUTCOMES: Final = ("UNKNOWN", "INFORMATIONAL", "SUCCESS", "REDIRECTION", "CLIENT_ERROR", "SERVER_ERROR")
UNKNOWN: Final = "UNKNOWN"


def outcome_of(status: int) -> str:
    """Return the class of a *status* by its name; UNKNOWN for 0, and for what is no status."""
    return _OUTCOMES[status // 100] if 100 <= status < 600 else UNKNOWN


def known_method(method: str) -> str:
    """Return *method*, or UNKNOWN for what a client made up: they would be many."""
    return str(method) if method in METHODS else UNKNOWN


def uri_of(route: str | None, status: int, path: str) -> str:
    """Return what stands for the *path* of a request that was answered by *route*, or by none."""
    if route is not None:
        return route or "root"
    if 300 <= status < 400:
        return "REDIRECTION"
    if status == 404:
        return "NOT_FOUND"
    return "root" if path in ("", "/") else UNKNOWN


@final
class RequestTimers:
    """The timers of one name, by the values of their tags, of which ``uri`` has *max_uris* at most."""

    def __init__(self, registry: MeterRegistry, name: str, tags: tuple[str, ...], max_uris: int, setting: str) -> None:
        """Begin with none; *setting* is the one of *max_uris*."""
        self._registry = registry
        self._name = name
        self._tags = tags
        self._max_uris = max_uris
        self._setting = setting
        self._timers: dict[tuple[object, ...], Timer] = {}
        self._uris: set[str] = set()
        self._is_told = False

    def record(self, seconds: float, uri: str, key: tuple[object, ...]) -> None:
        """Note a request; the values of *key* are those of the tags, in their order."""
        # hot path: once for each request, where it is on.
        timer = self._timers.get(key)
        if timer is None:
            timer = self._made(uri, key)
            if timer is None:
                return
        timer.record(seconds)

    def _made(self, uri: str, key: tuple[object, ...]) -> Timer | None:
        if uri not in self._uris:
            if len(self._uris) >= self._max_uris:
                if not self._is_told:
                    self._is_told = True
                    text = "%s has %d values of the tag uri: requests of further ones are not timed (%s); is there a route for each path?"
                    _log.warning(text, self._name, self._max_uris, self._setting)
                self._registry.leave_out(self._name)
                return None
            self._uris.add(uri)
        timer = self._timers[key] = self._registry.timer(self._name, dict(zip(self._tags, key, strict=True)))
        return timer


@final
class ServerRequestMeters(HttpServerObserver):
    """Times the requests of all servers of HTTP; a bean."""

    def __init__(self, registry: MeterRegistry, max_uris: int = MAX_URI_TAGS) -> None:
        """Begin with none."""
        tags = ("method", "uri", "status", "outcome", "exception")
        self._timers = RequestTimers(registry, SERVER_REQUESTS, tags, max_uris, "management.metrics.web.server.max-uri-tags")

    def ended(self, seen: HttpObservation) -> None:
        """Record it."""
        status, request, error = seen.status, seen.request, seen.error
        uri = uri_of(seen.route, status, request.uri)
        raised = "none" if error is None else type(error).__name__
        self._timers.record(seen.seconds, uri, (known_method(request.method), uri, status or UNKNOWN, outcome_of(status), raised))
