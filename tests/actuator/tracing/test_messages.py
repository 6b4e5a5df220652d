"""Spans of messages."""

import asyncio

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from pyboot.actuator.autoconfigure import ActuatorAutoConfiguration
from pyboot.actuator.tracing.messages import NoMessagesError
from pyboot.boot import Import, PyBootApplication, start
from pyboot.boot.errors import LifecycleError
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.netty import ChannelHandlerBean, NettyServer, NettyServers
from pyboot.netty.errors import UnknownServerError

from .test_server import SETTINGS, current


@NettyServer(name="lines")
class Lines:
    """Takes lines."""

    pipeline = ("line", "string", "line-encoder")


@ChannelHandlerBean(server="lines")
class Echo(ChannelHandler[str]):
    """Answers with the current span, before and behind a wait."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Answer."""
        before = current()
        await asyncio.sleep(0)
        await ctx.write_and_flush(f"{before} {current()}")


@NettyServer(name="raw")
class Raw:
    """Takes bytes as they come."""

    pipeline = ()


@ChannelHandlerBean(server="raw")
class Silent(ChannelHandler[object]):
    """Says nothing."""


@PyBootApplication(scan=())
@Import(ActuatorAutoConfiguration, Lines, Echo, Raw, Silent)
class App:
    """Is traced."""


async def test_each_message_has_a_span_that_is_current_to_the_end_of_its_handlers(spans: InMemorySpanExporter) -> None:
    """Though several come at once."""
    async with start(App, properties={**SETTINGS, "management.tracing.messages": ["lines"]}) as context:
        reader, writer = await asyncio.open_connection(*context.get(NettyServers).address("lines"))
        writer.write(b"a\nb\nc\n")
        answers = [(await reader.readline()).decode().split() for _ in range(3)]
        writer.close()
    ended = [span for span in spans.get_finished_spans() if span.name == "process lines"]
    ids = [trace.format_span_id(span.context.span_id) for span in ended]
    assert 3 == len(set(ids))
    assert [[each, each] for each in ids] == answers
    assert {SpanKind.CONSUMER} == {span.kind for span in ended}
    assert {"str"} == {(span.attributes or {})["pyboot.message.type"] for span in ended}


async def test_messages_have_no_span_where_nobody_asks_for_it(spans: InMemorySpanExporter) -> None:
    """Requests alone are traced by default."""
    async with start(App, properties=SETTINGS) as context:
        reader, writer = await asyncio.open_connection(*context.get(NettyServers).address("lines"))
        writer.write(b"a\n")
        assert b"0000000000000000 0000000000000000\n" == await reader.readline()
        writer.close()
    assert () == spans.get_finished_spans()


@pytest.mark.parametrize(("server", "error"), [("line", UnknownServerError), ("raw", NoMessagesError)])
async def test_a_server_that_is_not_there_or_decodes_nothing_stops_the_start(server: str, error: type[Exception]) -> None:
    """What would be traced in vain is told."""
    with pytest.raises(LifecycleError) as failed:
        async with start(App, properties={**SETTINGS, "management.tracing.messages": [server]}):
            """It does not start."""
    assert isinstance(failed.value.__cause__, error)
    assert "management.tracing.messages" in str(failed.value.__cause__)
