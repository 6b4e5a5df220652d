"""The windows of both directions."""

from pyboot.components.netty.wire.http2.flow import ReceiveWindow, SendWindow


def test_a_window_may_shrink_below_zero_and_not_grow_beyond_its_bounds() -> None:
    """RFC 9113 6.9.2 and 6.9.1."""
    window = SendWindow(10)
    assert (True, -5) == (window.grow(-15), window.left)
    assert (True, False) == (window.grow(2**31 - 1 + 5), window.grow(1))


def test_what_was_read_is_told_by_halves() -> None:
    """Not for each piece; and a peer that sends beyond its window is found."""
    window = ReceiveWindow(100)
    assert (True, True, False) == (window.take(60), window.take(40), window.take(1))
    assert (0, 50, 0) == (window.consumed(49), window.consumed(1), window.consumed(0))
    assert 49 == window.left


def test_a_window_of_nothing_asks_for_nothing() -> None:
    """Half of it is read at once."""
    assert 0 == ReceiveWindow(0).consumed(0)
