"""Records that are logged within a span."""

import io
import json
import logging

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pyboot.actuator.tracing.logs import TraceMarks, current_ids
from pyboot.boot.log import configure


@pytest.mark.parametrize("layout", ["console", "ecs", "logstash"])
def test_each_layout_tells_the_ids_of_the_current_span(spans: InMemorySpanExporter, layout: str) -> None:
    """From start to stop, and nothing outside of spans."""
    written, marks, log = io.StringIO(), TraceMarks(), logging.getLogger("shop")
    configure(layout=layout, stream=written, color="never")
    marks.start()
    try:
        with trace.get_tracer("test").start_as_current_span("one"):
            ids = current_ids()
            log.warning("within")
        log.warning("outside")
    finally:
        marks.stop()
    with trace.get_tracer("test").start_as_current_span("two"):
        log.warning("later")
    configure(stream=io.StringIO())
    within, *others = written.getvalue().splitlines()
    assert 32 == len(ids["trace_id"])
    assert 16 == len(ids["span_id"])
    if layout == "console":
        assert f" [trace_id={ids['trace_id']}] [span_id={ids['span_id']}] : within" in within
    else:
        names = ("trace.id", "span.id") if layout == "ecs" else ("trace_id", "span_id")
        assert tuple(ids.values()) == tuple(json.loads(within)[name] for name in names)
        assert "labels" not in json.loads(within)
    assert not any("trace" in line for line in others)
