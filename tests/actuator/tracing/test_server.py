"""Spans of requests of servers."""

import asyncio
import logging
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from pyboot.actuator.autoconfigure import ActuatorAutoConfiguration
from pyboot.boot import Import, PyBootApplication, start
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, FullHttpResponse, HttpClient, name_route
from pyboot.netty import ChannelHandlerBean, NettyServer, NettyServers
from pyboot.web import GetMapping, RestController

from .exported import named

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def current() -> str:
    """The id of the current span."""
    return trace.format_span_id(trace.get_current_span().get_span_context().span_id)


@RestController("/prices")
class Prices:
    """Answers with the current span."""

    @GetMapping("/{name}")
    async def price(self, name: str) -> str:
        """Tell it, behind a wait."""
        await asyncio.sleep(0)
        return current()

    @GetMapping("/fail/{name}")
    async def fail(self, name: str) -> None:
        """Raise."""
        raise KeyError(name)


@NettyServer(name="plain")
class Plain:
    """Answers by handlers of a pipeline."""

    pipeline = ("http-server",)


@ChannelHandlerBean(server="plain")
class Answering(ChannelHandler[Any]):
    """Answers with the current span, before and behind a wait."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> None:
        """Answer."""
        name_route("/things/{id}")
        before = current()
        await asyncio.sleep(0)
        ctx.write_and_flush(FullHttpResponse(200, f"{before} {current()}".encode()))


@PyBootApplication(scan=())
@Import(ActuatorAutoConfiguration, Prices, Plain, Answering)
class App:
    """Is traced."""


SETTINGS: dict[str, object] = {"management.server.port": -1, "netty.port": 0, "management.tracing.enabled": True}


@pytest.mark.parametrize("http2", [False, "prior-knowledge"])
async def test_a_request_has_a_span_within_that_of_its_client(spans: InMemorySpanExporter, http2: Any) -> None:
    """By the conventions; it is current in a controller, and FastAPI makes no second one."""
    more = {"netty.servers.web.http2.enabled": True} if http2 else {}
    async with start(App, properties={**SETTINGS, **more}) as context, HttpClient(http2=http2) as client:
        port = context.get(NettyServers).address("web")[1]
        response = await client.get(f"http://127.0.0.1:{port}/prices/tea?secret=1", headers={"traceparent": PARENT})
        (span,) = [each for each in spans.get_finished_spans() if each.kind is SpanKind.SERVER]
        assert "GET /prices/{name}" == span.name
        assert await response.json() == trace.format_span_id(span.context.span_id)
        assert span.parent is not None
        assert ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331") == (
            trace.format_trace_id(span.context.trace_id),
            trace.format_span_id(span.parent.span_id),
        )
        told = dict(span.attributes or {})
        assert told.pop("network.peer.port")
        assert {
            "http.request.method": "GET",
            "http.route": "/prices/{name}",
            "http.response.status_code": 200,
            "url.path": "/prices/tea",
            "url.scheme": "http",
            "network.protocol.version": "2" if http2 else "1.1",
            "network.peer.address": "127.0.0.1",
            "server.address": "127.0.0.1",
            "user_agent.original": "pyboot",
        } == told


async def test_what_an_application_raises_is_in_its_span(spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture) -> None:
    """With the status of an error; a path that is not there is none."""
    async with start(App, properties=SETTINGS) as context, HttpClient() as client:
        base = f"http://127.0.0.1:{context.get(NettyServers).address('web')[1]}"
        with caplog.at_level(logging.CRITICAL):
            await client.get(f"{base}/prices/fail/tea")
        await client.get(f"{base}/nothing")
        failed, missing = named(spans, "GET /prices/fail/{name}"), named(spans, "GET")
        assert StatusCode.ERROR is failed.status.status_code
        assert "KeyError" == (failed.attributes or {})["error.type"]
        assert ["exception"] == [event.name for event in failed.events]
        assert (StatusCode.UNSET, 404) == (missing.status.status_code, (missing.attributes or {})["http.response.status_code"])


async def test_the_span_is_current_in_handlers_of_a_pipeline(spans: InMemorySpanExporter) -> None:
    """In a coroutine to its end, each request of a connection in its own, though they come at once."""
    async with start(App, properties=SETTINGS) as context:
        reader, writer = await asyncio.open_connection(*context.get(NettyServers).address("plain"))
        writer.write(b"GET /things/1 HTTP/1.1\r\nhost: a\r\n\r\n" * 3)
        answers = []
        for _ in range(3):
            await reader.readuntil(b"\r\n\r\n")
            answers.append((await reader.readexactly(33)).decode().split())
        writer.close()
        ended = [trace.format_span_id(span.context.span_id) for span in spans.get_finished_spans()]
        assert [[each, each] for each in ended] == answers
        assert {"GET /things/{id}"} == {span.name for span in spans.get_finished_spans()}
