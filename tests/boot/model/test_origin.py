"""Origins: the file and line of a class or a function."""

from dataclasses import dataclass

from pyboot.boot.model.origin import Origin, origin_of, origin_of_parameter


class Here: ...


def here() -> None: ...


def test_an_origin_reads_as_file_and_line() -> None:
    """The form is the one that editors and terminals make clickable."""
    assert "a/b.py:7" == str(Origin("a/b.py", 7))
    assert "environment variable A" == str(Origin("environment variable A"))


def test_a_class_knows_its_file_and_line() -> None:
    """The line is that of the ``class`` statement."""
    assert str(origin_of(Here)).endswith("test_origin.py:8")


def test_a_function_knows_its_file_and_line() -> None:
    """The line is that of the ``def`` statement."""
    assert str(origin_of(here)).endswith("test_origin.py:11")


def test_an_object_says_what_it_is() -> None:
    """A bean given as an object has no line; its class is named."""
    assert "builtins.int (given as an object)" == str(origin_of(5))


class Needing:
    def __init__(
        self,
        first: int,
        second: str,
    ) -> None: ...


@dataclass
class Data:
    one: int
    two: str


def test_a_parameter_has_a_line_of_its_own() -> None:
    """Of a constructor, of a function, of a dataclass's field; else the line of the whole."""
    found = [
        str(origin_of_parameter(Needing, "second")).rpartition(":")[2],
        str(origin_of_parameter(Data, "two")).rpartition(":")[2],
        str(origin_of_parameter(Data, "none")).rpartition(":")[2],
    ]
    first = Needing.__init__.__code__.co_firstlineno

    assert [str(first + 3), str(first + 10), str(origin_of(Data).line)] == found
    assert origin_of(int) == origin_of_parameter(int, "x")
