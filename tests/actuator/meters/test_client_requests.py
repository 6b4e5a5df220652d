"""The timer of requests of clients that are beans."""

from pyboot.actuator import MeterRegistry
from pyboot.actuator.meters.client_requests import ClientRequestMeters
from pyboot.boot import start
from pyboot.components.netty import HttpClient, HttpConnectError
from pyboot.netty import NettyServers

from .test_requests import App, settings


async def test_requests_of_a_client_are_timed_by_host_status_and_what_was_raised() -> None:
    """Those of a client that is no bean are its own business."""
    async with start(App, properties=settings()) as context, HttpClient() as other:
        base = "http://127.0.0.1:%d" % context.get(NettyServers).address()[1]  # noqa: UP031
        client = context.get(HttpClient)
        for path in ("/users/1", "/users/2", "/nothing"):
            await client.get(base + path)
        await other.get(f"{base}/users/3")
        try:
            await client.get("http://127.0.0.1:1/")
        except HttpConnectError:
            pass
        assert context.get(ClientRequestMeters)
        registry = context.get(MeterRegistry)
        (samples,) = [family.samples for family in registry.collect() if family.spec.name == "http.client.requests"]
    names = ("client.name", "method", "uri", "status", "outcome", "exception")
    assert {
        ("127.0.0.1", "GET", "none", "200", "SUCCESS", "none", 2),
        ("127.0.0.1", "GET", "none", "404", "CLIENT_ERROR", "none", 1),
        ("127.0.0.1", "GET", "none", "CLIENT_ERROR", "UNKNOWN", "HttpConnectError", 1),
    } == {(*(dict(tags)[name] for name in names), getattr(value, "count", None)) for tags, value in samples}
