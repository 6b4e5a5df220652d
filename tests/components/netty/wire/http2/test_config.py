"""What a side of HTTP/2 allows."""

import pytest

from pyboot.components.netty.wire.http2.config import Http2Config


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_concurrent_streams", 0),
        ("initial_window_size", 2**31),
        ("connection_window_size", 65534),
        ("max_frame_size", 16383),
        ("max_frame_size", 2**24),
        ("header_table_size", -1),
        ("budget_seconds", 0.0),
    ],
)
def test_what_the_protocol_does_not_allow_is_refused(name: str, value: float) -> None:
    """The error names the limit."""
    with pytest.raises(ValueError, match=name):
        Http2Config(**{name: value})  # type: ignore[arg-type]  # whichever it is


def test_the_defaults_bound_everything() -> None:
    """A hundred streams, as nothing else may be taken for granted (CVE-2026-47244)."""
    assert (100, 16384, 200) == (
        Http2Config().max_concurrent_streams,
        Http2Config().max_headers,
        Http2Config().max_resets_received,
    )
