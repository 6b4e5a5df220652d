"""The timer ``http.client.requests``. Source: Spring's ``DefaultClientRequestObservationConvention``."""

from typing import final

from pyboot.boot import Component
from pyboot.components.netty.http_client.observer import HttpClientObservation, HttpClientObserver

from .registry import MeterRegistry
from .requests import CLIENT_REQUESTS, RequestTimers, known_method, outcome_of


@final
@Component
class ClientRequestMeters(HttpClientObserver):
    """Times the requests of the clients of HTTP that are beans; a bean.

    A client is given whole URLs, and nobody knows the template of their paths: the tag ``uri`` is none.
    """

    def __init__(self, registry: MeterRegistry) -> None:
        """Begin with none."""
        tags = ("client.name", "method", "uri", "status", "outcome", "exception")
        self._timers = RequestTimers(registry, CLIENT_REQUESTS, tags, 1, "")

    def ended(self, seen: HttpClientObservation) -> None:
        """Record it; without a response the status is CLIENT_ERROR, as of Spring's."""
        status, error = seen.status, seen.error
        raised = "none" if error is None else type(error).__name__
        told = status or "CLIENT_ERROR"
        key = (seen.url.origin.host, known_method(seen.method), "none", told, outcome_of(status), raised)
        self._timers.record(seen.seconds, "none", key)
