"""The user events are plain values."""

from pyboot.components.netty.transport.quic import QuicPathMigrated, QuicStreamStopped


def test_events_are_compared_by_what_they_say() -> None:
    """As handlers do."""
    assert QuicStreamStopped(1) == QuicStreamStopped(1)
    assert QuicPathMigrated(("a", 1), ("b", 2)) != QuicPathMigrated(("b", 2), ("a", 1))
