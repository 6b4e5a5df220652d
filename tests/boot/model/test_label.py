"""Labels: a decorator appends to the target's own labels and returns it unchanged."""

from dataclasses import dataclass

import pytest

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import Bean, Primary, PrimaryLabel
from pyboot.boot.model.label import Label, is_labelled, label, labels
from pyboot.boot.model.stereotype import Component, PyBootApplication


@dataclass(frozen=True)
class Mark(Label):
    text: str


def test_a_decorator_returns_the_class_unchanged() -> None:
    """The class that comes out is the very class that went in."""

    class Plain: ...

    assert Plain is Mark("x")(Plain)


def test_labels_are_read_in_the_order_they_were_applied() -> None:
    """The lower decorator is applied first and read first."""

    @Mark("upper")
    @Mark("lower")
    class Marked: ...

    assert (Mark("lower"), Mark("upper")) == labels(Marked, Mark)


def test_labels_are_not_inherited() -> None:
    """A subclass carries only what it says itself."""

    @Mark("base")
    class Base: ...

    class Sub(Base): ...

    assert () == labels(Sub, Mark)


def test_labelling_a_subclass_leaves_its_base_alone() -> None:
    """Appending goes to the own labels, not to a shared list."""

    @Mark("base")
    class Base: ...

    @Mark("sub")
    class Sub(Base): ...

    assert (Mark("base"),) == labels(Base, Mark)
    assert (Mark("sub"),) == labels(Sub, Mark)


def test_functions_carry_labels_of_any_kind() -> None:
    """Any object can be a label, so other packages bring their own."""

    def function() -> None: ...

    label(function, "a note")

    assert ("a note",) == labels(function, str)
    assert is_labelled(function)


def test_a_flag_works_with_and_without_parentheses() -> None:
    """``@Primary`` and ``@Primary()`` leave the same mark."""

    @Primary
    class Bare: ...

    @Primary()
    class Called: ...

    assert labels(Bare, PrimaryLabel) == labels(Called, PrimaryLabel)


def test_an_object_without_a_dictionary_has_no_labels() -> None:
    """Asking anything at all for labels is safe."""
    assert () == labels(5, Mark)


def test_an_argument_that_a_label_does_not_have_is_refused() -> None:
    """``@Component(value="x")`` and ``@Bean(init_method="x")`` would else do nothing; what there is, is told."""
    with pytest.raises(TypeError, match=r"@Component has no argument 'value'; it has role, name"):
        Component(value="x")  # type: ignore[call-overload]  # the mistake
    with pytest.raises(TypeError, match=r"@Bean has no argument 'init_method'; it has name, provides, destroy"):
        Bean(init_method="x")  # type: ignore[call-overload]  # the mistake
    with pytest.raises(TypeError, match="scan_base_packages"):
        PyBootApplication(scan_base_packages=["x"])  # type: ignore[call-overload]  # the mistake


@pytest.mark.parametrize(
    ("target", "said"), [(9000, "@Mark(9000): its arguments have names: text"), ("x", "@Mark('x'): its arguments have names: text")]
)
def test_an_argument_where_the_class_belongs_is_told_that_arguments_have_names(target: object, said: str) -> None:
    """What ``@NettyServer(9000)`` gives."""
    with pytest.raises(DefinitionError) as refused:
        Mark("of the label")(target)

    assert said == str(refused.value)
