"""The exporter of spans."""

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from .exported import exporter


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """What was exported."""
    return exporter()
