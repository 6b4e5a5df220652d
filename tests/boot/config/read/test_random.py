"""Random settings."""

import re

import pytest

from pyboot.boot.config.read.random import random_value
from pyboot.boot.errors import PlaceholderError


@pytest.mark.parametrize(
    ("key", "form"),
    [
        ("random.value", r"[0-9a-f]{32}"),
        ("random.uuid", r"[0-9a-f-]{36}"),
        ("random.int", r"\d+"),
        ("random.long", r"\d+"),
        ("random.int(10)", r"\d"),
        ("random.int[5,7]", r"5|6"),
    ],
)
def test_each_kind_has_its_form(key: str, form: str) -> None:
    """The upper bound of a range is left out."""
    assert re.fullmatch(form, random_value(key).text or "")


@pytest.mark.parametrize("key", ["random.", "random.float", "random.int[7,5]", "random.int(0)"])
def test_unknown_kinds_and_empty_ranges_are_refused(key: str) -> None:
    """A typing error does not pass as a value."""
    with pytest.raises(PlaceholderError):
        random_value(key)
