"""The keywords of 1.3.4."""

import pytest

from pyboot.components.netty.compat13.keywords import keyword_aliases


@keyword_aliases(maxLength="max_length")
class Made:
    """A class with an alias."""

    def __init__(self, max_length: int = 1) -> None:
        self.max_length = max_length


def test_either_keyword_is_understood() -> None:
    """And none."""
    assert [1, 2, 3] == [Made().max_length, Made(max_length=2).max_length, Made(maxLength=3).max_length]  # type: ignore[call-arg]  # the alias


def test_both_at_once_are_refused() -> None:
    """As a keyword given twice is."""
    with pytest.raises(TypeError, match="got 'max_length' twice: 'maxLength' is the same"):
        Made(max_length=2, maxLength=3)  # type: ignore[call-arg]  # the alias
