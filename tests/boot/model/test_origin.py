"""Origins: the file and line of a class or a function."""

from pyboot.boot.model.origin import Origin, origin_of


class Here: ...


def here() -> None: ...


def test_an_origin_reads_as_file_and_line():
    """The form is the one that editors and terminals make clickable."""
    assert "a/b.py:7" == str(Origin("a/b.py", 7))
    assert "environment variable A" == str(Origin("environment variable A"))


def test_a_class_knows_its_file_and_line():
    """The line is that of the ``class`` statement."""
    assert str(origin_of(Here)).endswith("test_origin.py:6")


def test_a_function_knows_its_file_and_line():
    """The line is that of the ``def`` statement."""
    assert str(origin_of(here)).endswith("test_origin.py:9")


def test_an_object_says_what_it_is():
    """A bean given as an object has no line; its class is named."""
    assert "builtins.int (given as an object)" == str(origin_of(5))
