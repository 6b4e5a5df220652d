"""Circles as text."""

from pyboot.boot.diagnostics.drawing import draw_loop


def test_a_circle_is_a_box() -> None:
    """The arrow on the left leads back."""
    assert "┌─────┐\n|  a\n↑     ↓\n|  b\n↑     ↓\n|  c\n└─────┘" == draw_loop(["a", "b", "c"])


def test_a_bean_that_needs_itself_is_a_box_of_one() -> None:
    """The smallest circle."""
    assert "┌─────┐\n↑  a\n└─────┘" == draw_loop(["a"])
