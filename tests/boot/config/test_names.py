"""Relaxed names: one setting, many spellings."""

import pytest

from pyboot.boot.config.names import join_key, kebab, split_key, uniform


@pytest.mark.parametrize("spelling", ["max-frame-size", "maxFrameSize", "max_frame_size", "MAX_FRAME_SIZE", "MAXFRAMESIZE"])
def test_all_spellings_are_one_name(spelling: str) -> None:
    """Case, dashes and underscores do not matter."""
    assert "maxframesize" == uniform(spelling)


@pytest.mark.parametrize("spelling", ["max-frame-size", "maxFrameSize", "max_frame_size"])
def test_documents_spell_in_kebab_case(spelling: str) -> None:
    """The canonical spelling is the one Spring uses."""
    assert "max-frame-size" == kebab(spelling)


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("a", ("a",)),
        ("a.b-c", ("a", "b-c")),
        ("a[0].b", ("a", 0, "b")),
        ("a[0][1]", ("a", 0, 1)),
        ("routes[/x.y].to", ("routes", "/x.y", "to")),
    ],
)
def test_a_key_is_cut_and_joined_again(key: str, parts: tuple[str | int, ...]) -> None:
    """Indices become numbers, brackets keep their text."""
    assert parts == split_key(key)
    assert key == join_key(parts)


@pytest.mark.parametrize("key", ["", ".", "a.", ".a", "a..b", "a]b", "a[0"])
def test_a_broken_key_is_refused(key: str) -> None:
    """The message shows the form that is allowed."""
    with pytest.raises(ValueError, match=r"server\.max-size"):
        split_key(key)
