"""Filters are beans of one class; what they do is shown with the application that they stand in front of."""

import pytest

from pyboot.web import HttpFilter


def test_a_filter_says_what_it_does() -> None:
    """One without the method cannot be made."""
    with pytest.raises(TypeError, match="filter"):
        type("Nothing", (HttpFilter,), {})()
