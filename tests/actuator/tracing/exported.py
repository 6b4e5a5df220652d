"""The SDK of OpenTelemetry with an exporter in memory: one for the process, as the API has it."""

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

_EXPORTER = InMemorySpanExporter()


def exporter() -> InMemorySpanExporter:
    """Return it, emptied; the first call sets up the SDK."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(_EXPORTER))
        trace.set_tracer_provider(provider)
    _EXPORTER.clear()
    return _EXPORTER


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    """Return the only finished span of that name."""
    (found,) = [span for span in spans.get_finished_spans() if span.name == name]
    return found
