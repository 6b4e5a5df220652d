"""The limits and times of a WebSocket."""

import pytest

from pyboot.components.netty.codec.websocket.config import WebSocketConfig


def test_the_defaults_are_safe() -> None:
    """A message of 1 MiB, no compression, and nothing without an end."""
    config = WebSocketConfig()

    assert (1 << 20, 1 << 20, 1024, None) == (config.max_frame_bytes, config.max_message_bytes, config.max_fragments, config.deflate)
    assert (10, 3, 30, 10) == (
        config.handshake_timeout_seconds,
        config.close_timeout_seconds,
        config.ping_interval_seconds,
        config.ping_timeout_seconds,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_frame_bytes", 0),
        ("max_message_bytes", 0),
        ("max_fragments", -1),
        ("handshake_timeout_seconds", 0),
        ("close_timeout_seconds", -1),
        ("ping_timeout_seconds", 0),
        ("ping_interval_seconds", -1),
    ],
)
def test_a_limit_that_lets_nothing_pass_is_refused(name: str, value: float) -> None:
    """With its name."""
    with pytest.raises(ValueError, match=f"{name} {value}"):
        WebSocketConfig(**{name: value})
