"""Profiles: names, groups and expressions."""

import pytest

from pyboot.boot.config.read.profiles import ProfileError, checked, expand, matches


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("dev", True),
        ("prod", False),
        ("!prod", True),
        ("dev & linux", True),
        ("dev & prod", False),
        ("prod | linux", True),
        ("dev & (prod | linux)", True),
        ("!(dev & linux)", False),
        ("!!dev", True),
    ],
)
def test_expressions_are_answered_by_the_active_profiles(expression: str, expected: bool) -> None:
    """With ``dev`` and ``linux`` active."""
    assert expected is matches(expression, ("dev", "linux"))


@pytest.mark.parametrize("expression", ["", "&", "a &", "a b", "(a", "a)", "a & b | c", "a; b"])
def test_a_broken_expression_is_refused(expression: str) -> None:
    """Nothing is guessed; mixing operators needs parentheses."""
    with pytest.raises(ProfileError):
        matches(expression, ())


def test_groups_are_expanded_behind_their_own_name() -> None:
    """Groups of groups too, each profile once, circles included."""
    groups = {"prod": ["db", "cloud"], "cloud": ["k8s", "prod"]}

    assert ("prod", "db", "cloud", "k8s", "dev") == expand(("prod", "dev"), groups)


def test_names_are_checked() -> None:
    """The origin is in the message."""
    assert ("a", "b-c") == checked([" a", "b-c", "a", ""], "here")
    with pytest.raises(ProfileError, match=r"'a\*'.*application\.yaml:3"):
        checked(["a*"], "application.yaml:3")
