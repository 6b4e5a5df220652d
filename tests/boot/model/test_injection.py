"""What is written at an injection point."""

import pytest

from pyboot.boot.model.injection import LAZY, Lazy, LazyLabel, Provider, Qualifier
from pyboot.boot.model.label import labels


def test_lazy_is_a_label_as_well_as_a_type() -> None:
    """The class comes back as it was."""

    @Lazy
    class Slow: ...

    @Lazy
    def slow() -> int:
        return 1

    assert isinstance(Slow, type)
    assert 1 == len(labels(Slow, LazyLabel))
    assert 1 == slow()
    assert Lazy is Lazy[Slow].__origin__  # type: ignore[attr-defined]  # what a hint is made of


def test_a_provider_cannot_be_made_by_hand() -> None:
    """The container makes it."""
    with pytest.raises(TypeError):
        Provider()  # type: ignore[abstract]  # the mistake that is tested
    with pytest.raises(AttributeError):
        Lazy[int]().get()  # without a class it is the label, as @Lazy() has it


def test_lazy_is_a_label_with_and_without_parentheses() -> None:
    """As every label that needs no argument."""

    @Lazy()
    class One: ...

    @Lazy
    class Other: ...

    assert (LAZY,) == labels(One, LazyLabel) == labels(Other, LazyLabel)


def test_a_qualifier_may_be_any_value() -> None:
    """An enum member, a number, a text."""
    assert Qualifier(5) == Qualifier(5) != Qualifier("5")
