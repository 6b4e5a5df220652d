"""ServerTracing: a span for each request of a server of HTTP, by OpenTelemetry's semantic conventions of HTTP servers.

The context that a client sends (W3C ``traceparent``, or what the application's propagators read) is the parent. The span is current while
the request is answered: in handlers, plain and coroutine, in controllers and ASGI applications. Its name is the method with the route,
``GET /users/{id}``, which is known when the request has been answered. A path without its query is told; a query may hold secrets.
"""

from typing import final

from opentelemetry import context, propagate, trace

from pyboot.boot import Component
from pyboot.components.netty.channel.carrier import carrier_of, is_secure
from pyboot.components.netty.handler.http.observer import HttpObservation, HttpServerObserver

from .attributes import SCOPE, Attributes, error_type, method_attributes, named_method, peer_attributes


@final
@Component
class ServerTracing(HttpServerObserver):
    """Traces requests; a bean."""

    def __init__(self) -> None:
        """Take the tracer of the provider that the application has set up, or sets up later."""
        self._tracer = trace.get_tracer(SCOPE)

    def began(self, seen: HttpObservation) -> None:
        """Begin a span, within the one that the client tells of."""
        request = seen.request
        carrier = {name.lower(): value for name, value in request.headers.items()}
        parent = propagate.extract(carrier, context=context.Context())
        span = self._tracer.start_span(named_method(request.method), parent, trace.SpanKind.SERVER, _attributes(seen))
        seen.held[self] = span, trace.set_span_in_context(span, parent)

    def made_current(self, seen: HttpObservation | None) -> None:
        """Let spans that begin from here on be within that of the request."""
        held = None if seen is None else seen.held.get(self)
        context.attach(context.Context() if held is None else held[1])

    def ended(self, seen: HttpObservation) -> None:
        """End the span, with the route, the status and what was raised."""
        span, _ = seen.held.pop(self)
        if span.is_recording():
            route = seen.route
            if route is not None:
                span.set_attribute("http.route", route)
                span.update_name(f"{named_method(seen.request.method)} {route}")
            if seen.status:
                span.set_attribute("http.response.status_code", seen.status)
            if seen.error is not None:
                span.record_exception(seen.error)
                span.set_attribute("error.type", error_type(seen.error))
            elif seen.status >= 500 or not seen.status:
                span.set_attribute("error.type", str(seen.status) if seen.status else "client_disconnected")
            if seen.error is not None or seen.status >= 500:
                span.set_status(trace.StatusCode.ERROR)
        span.end()


def _attributes(seen: HttpObservation) -> Attributes:
    request, channel = seen.request, seen.channel
    path = request.uri.partition("?")[0]
    attributes: Attributes = {
        **method_attributes(request.method),
        "url.path": path,
        "url.scheme": "https" if is_secure(channel) else "http",
        "network.protocol.version": str(request.version).removeprefix("HTTP/").removesuffix(".0"),
        **peer_attributes(carrier_of(channel).remote_address()),
    }
    host = request.headers.get("host")
    if host is not None:
        attributes["server.address"] = host.rpartition(":")[0] or host
    agent = request.headers.get("user-agent")
    if agent is not None:
        attributes["user_agent.original"] = agent
    return attributes
