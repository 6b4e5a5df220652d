"""ClientTracing: a span for each request of the clients of HTTP that are beans, which the peer is told of (W3C ``traceparent``).

By OpenTelemetry's semantic conventions of HTTP clients. The span is within the one that is current where the request is made, and ends
with the head of the response, redirects followed.
"""

from typing import Any, final

from opentelemetry import propagate, trace
from opentelemetry.propagators.textmap import Setter

from pyboot.boot import Component
from pyboot.components.netty.http_client.observer import HttpClientObservation, HttpClientObserver

from .attributes import SCOPE, error_type, method_attributes, named_method


class _Fields(Setter[Any]):
    """Puts what propagators say into header fields."""

    def set(self, carrier: Any, key: str, value: str) -> None:
        carrier.set(key, value)


_FIELDS = _Fields()


@final
@Component
class ClientTracing(HttpClientObserver):
    """Traces requests; a bean."""

    def __init__(self) -> None:
        """Take the tracer of the provider that the application has set up, or sets up later."""
        self._tracer = trace.get_tracer(SCOPE)

    def began(self, seen: HttpClientObservation) -> None:
        """Begin a span, and tell the peer of it."""
        origin = seen.url.origin
        attributes = {
            **method_attributes(seen.method),
            "server.address": origin.host,
            "server.port": origin.port,
            "url.full": str(seen.url),  # without user and password
        }
        span = seen.held[self] = self._tracer.start_span(named_method(seen.method), kind=trace.SpanKind.CLIENT, attributes=attributes)
        propagate.inject(seen.headers, trace.set_span_in_context(span), _FIELDS)

    def ended(self, seen: HttpClientObservation) -> None:
        """End the span, with the status and what was raised."""
        span = seen.held.pop(self)
        if seen.status:
            span.set_attribute("http.response.status_code", seen.status)
        if seen.error is not None or seen.status >= 400:
            span.set_attribute("error.type", str(seen.status) if seen.error is None else error_type(seen.error))
            span.set_status(trace.StatusCode.ERROR)
        span.end()
