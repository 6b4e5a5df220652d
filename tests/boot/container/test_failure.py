"""What a failed making is called."""

from pyboot.boot.container.failure import failure
from pyboot.boot.errors import BeanCreationError, CircularDependencyError, MissingBeanError
from pyboot.boot.model.definition import BeanDefinition


class Part: ...


class Whole: ...


PART, WHOLE = (BeanDefinition(name=kind.__name__.lower(), provides=kind, factory=kind, target=kind) for kind in (Part, Whole))


def test_an_error_of_the_users_code_is_worded_with_the_bean() -> None:
    """Its type and its message stay readable."""
    error = failure(PART, ValueError("no"))

    assert isinstance(error, BeanCreationError)
    assert ("part", "ValueError: no") == (error.bean, error.reason)


def test_the_way_to_what_failed_is_noted() -> None:
    """Each bean that wanted it, the nearest first."""
    error = failure(WHOLE, failure(PART, ValueError("no")))

    assert isinstance(error, BeanCreationError)
    assert ("part", (f"'whole' ({WHOLE.origin})",)) == (error.bean, tuple(error.path))


def test_an_error_of_the_container_speaks_for_itself() -> None:
    """It names what it is about."""
    error = MissingBeanError("Part")

    assert error is failure(WHOLE, error)


def test_prototypes_that_ask_for_each_other_are_a_circle() -> None:
    """The stack that was full by then tells who they were."""
    error: Exception = RecursionError("too deep")
    for definition in (PART, WHOLE, PART, WHOLE):
        error = failure(definition, error)

    assert isinstance(error, CircularDependencyError)


def test_an_error_without_a_message_tells_where_it_was_raised() -> None:
    """A TimeoutError for one says nothing else."""
    try:
        raise TimeoutError
    except TimeoutError as raised:
        error = failure(PART, raised)

    assert isinstance(error, BeanCreationError)
    assert error.reason.startswith("TimeoutError (at ")
    assert error.reason.endswith(", in test_an_error_without_a_message_tells_where_it_was_raised)")
