"""Errors hold facts; their text is made from them."""

from pathlib import Path

import pytest

from pyboot.boot import errors
from pyboot.boot.errors import BeanNotReadyError, BootError, ClosedContextError, GraphError, MissingBeanError


def test_an_error_keeps_its_facts() -> None:
    """Programs ask for them."""
    error = MissingBeanError("Greeter", near=["'greter'"])

    assert ("Greeter", ["'greter'"], "PB-E301") == (error.required, error.near, error.code)


def test_errors_can_be_told_apart_though_their_facts_are_equal() -> None:
    """An exception is an event, not a value."""
    assert MissingBeanError("A") != MissingBeanError("A")
    assert isinstance(hash(MissingBeanError("A")), int)


def test_texts_are_sentences() -> None:
    """Also of those that are raised at run time."""
    assert "The bean 'a' is made asynchronously and is not there yet; await its making instead" == str(BeanNotReadyError("a"))
    assert "The application context is closed and cannot give A" == str(ClosedContextError("A"))
    assert "x\n\ny" == str(GraphError([_said("x"), _said("y")]))


def _said(text: str) -> BootError:
    return BootError(text)


def test_facts_are_given_by_place_or_by_name_and_none_is_forgotten() -> None:
    """As to any constructor."""
    by_place, by_name = MissingBeanError("A", None, ["b"]), MissingBeanError(required="A", near=["b"])

    assert (by_place.required, by_place.near, by_place.injection_point) == (by_name.required, by_name.near, by_name.injection_point)
    with pytest.raises(TypeError, match="takes required, injection_point, near, withheld"):
        MissingBeanError()  # type: ignore[call-arg]  # the mistake that is tested
    with pytest.raises(TypeError):
        BeanNotReadyError("a", "b", "c")  # type: ignore[call-arg]  # as above
    with pytest.raises(TypeError):
        BeanNotReadyError("a", name="b")  # type: ignore[call-arg]  # as above


def test_every_code_has_its_entry_in_the_catalogue() -> None:
    """The report of a failed start names the code."""
    catalogue = (Path(__file__).resolve().parents[2] / "docs/reference/errors.md").read_text()
    kinds = [entry for entry in vars(errors).values() if isinstance(entry, type) and issubclass(entry, BootError)]

    codes = sorted({kind.code for kind in kinds})

    assert [] == [code for code in codes if f"| {code} |" not in catalogue]


def test_the_picture_shows_every_error_below_its_base() -> None:
    """Whoever catches one of them looks there for what else he catches."""
    drawn: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if "──" in line:
            depth = line.index("──") // 4
            drawn = [*drawn, f"{depth} {line.split('──')[1].split()[0]}"]
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, BootError) and kind is not BootError]

    assert sorted(f"{len(kind.__mro__) - len(BootError.__mro__)} {kind.__name__}" for kind in kinds) == sorted(drawn)
