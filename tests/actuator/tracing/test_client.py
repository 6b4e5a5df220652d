"""Spans of requests of clients."""

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from pyboot.boot import start
from pyboot.components.netty import HttpClient, HttpConnectError
from pyboot.netty import NettyServers

from .exported import named
from .test_server import SETTINGS, App


async def test_a_request_is_within_the_current_span_and_the_peer_is_told(spans: InMemorySpanExporter) -> None:
    """So the span of the server is within it."""
    async with start(App, properties=SETTINGS) as context:
        url = f"http://127.0.0.1:{context.get(NettyServers).address('web')[1]}/prices/tea"
        with trace.get_tracer("test").start_as_current_span("outer"):
            await context.get(HttpClient).get(url)
    outer, client, server = named(spans, "outer"), named(spans, "GET"), named(spans, "GET /prices/{name}")
    assert client.parent is not None
    assert server.parent is not None
    assert (outer.context.span_id, client.context.span_id) == (client.parent.span_id, server.parent.span_id)
    assert SpanKind.CLIENT is client.kind
    told = dict(client.attributes or {})
    assert told.pop("server.port")
    assert {"http.request.method": "GET", "http.response.status_code": 200, "server.address": "127.0.0.1", "url.full": url} == told


async def test_what_fails_is_an_error(spans: InMemorySpanExporter) -> None:
    """A status of 4xx, as the conventions say of clients, and no answer at all."""
    async with start(App, properties=SETTINGS) as context:
        client = context.get(HttpClient)
        await client.request("POST", f"http://127.0.0.1:{context.get(NettyServers).address('web')[1]}/nothing")
        with pytest.raises(HttpConnectError):
            await client.get("http://user:secret@127.0.0.1:1/")
    refused, lost = (
        next(s for s in spans.get_finished_spans() if s.kind is SpanKind.CLIENT and s.name == name) for name in ("POST", "GET")
    )
    assert (StatusCode.ERROR, "404") == (refused.status.status_code, (refused.attributes or {})["error.type"])
    assert "pyboot.components.netty.http_client.errors.HttpConnectError" == (lost.attributes or {})["error.type"]
    assert "secret" not in str(dict(lost.attributes or {}))
