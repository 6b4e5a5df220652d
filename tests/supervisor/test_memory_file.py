"""Content that goes by a descriptor."""

import os

import pytest

from pyboot.supervisor import memory_file
from pyboot.supervisor.memory_file import content, written


def test_it_is_read_whole_by_each_who_has_a_descriptor() -> None:
    """Also where it is longer than one piece, and although both share one place in the file."""
    data = b"0123456789" * 200_000
    descriptor = written(data)
    other = os.dup(descriptor)
    try:
        assert (data, data, data) == (content(descriptor), content(other), content(descriptor))
    finally:
        os.close(descriptor)
        os.close(other)


def test_no_content_is_content() -> None:
    """An answer may be empty."""
    descriptor = written(b"")
    assert b"" == content(descriptor)
    os.close(descriptor)


def test_what_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how long it is, and what is allowed."""
    monkeypatch.setattr(memory_file, "LARGEST", 3)
    descriptor = written(b"four")
    with pytest.raises(ValueError, match="4 bytes, at most 3"):
        content(descriptor)
    os.close(descriptor)


def test_no_child_inherits_it() -> None:
    """Descriptors of a worker are its own."""
    descriptor = written(b"")
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)
