"""Switches: one table of words."""

import pytest
from pydantic import TypeAdapter

from pyboot.boot.model.switch import WORDS, switch_of


@pytest.mark.parametrize(
    ("text", "meant"),
    [("on", True), (" Yes ", True), ("ENABLED", True), ("off", False), ("No", False), ("0", False), ("x", None), ("", None)],
)
def test_a_word_means_on_off_or_nothing(text: str, meant: bool | None) -> None:
    """In any case."""
    assert meant is switch_of(text)


@pytest.mark.parametrize("word", sorted(set(WORDS) - {"enabled", "disabled"}))
def test_the_table_agrees_with_the_validator_of_bool(word: str) -> None:
    """What is not bound by us, a field of a user's own validation, means the same."""
    assert WORDS[word] is TypeAdapter(bool).validate_python(word)
