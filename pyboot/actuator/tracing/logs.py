"""TraceMarks: each record that is logged while a span is current has ``trace_id`` and ``span_id``, in every layout."""

from collections.abc import Mapping
from typing import Final, final

from opentelemetry import trace

from pyboot.boot import Component
from pyboot.boot.log import surround_with

_NONE: Final[Mapping[str, str]] = {}


@final
@Component
class TraceMarks:
    """Marks records from the start of the application until its end; a lifecycle bean, begun first and ended last."""

    phase = -4096
    keeps_alive = False

    def start(self) -> None:
        """Mark them from here on."""
        self._leave = surround_with(current_ids)

    def stop(self) -> None:
        """Mark them no longer."""
        self._leave()


def current_ids() -> Mapping[str, str]:
    """Return the ids of the current span, as W3C writes them; nothing where there is none."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return _NONE
    return {"trace_id": trace.format_trace_id(span.trace_id), "span_id": trace.format_span_id(span.span_id)}
