"""The settings of tracing."""

from pyboot.actuator.tracing.properties import TracingProperties


def test_nothing_is_traced_by_default() -> None:
    """Neither requests nor messages."""
    assert (False, []) == (TracingProperties().enabled, TracingProperties().messages)
