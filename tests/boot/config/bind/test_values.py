"""Typed values: durations and sizes."""

from datetime import timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from pyboot.boot.config.bind.values import DataSize, Duration, parse_duration

DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)
SIZE: TypeAdapter[int] = TypeAdapter(DataSize)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("5s", 5),
        ("1m30s", 90),
        ("1h 1m", 3660),
        ("2d", 172800),
        ("250us", 0.00025),
        ("10", 10),
        ("1.5", 1.5),
        ("-5s", -5),
        ("PT5S", 5),
        ("P1DT1H", 90000),
        (5, 5),
    ],
)
def test_durations_are_read_in_all_forms(text: object, seconds: float) -> None:
    """A bare number counts seconds; ISO-8601 works too."""
    assert timedelta(seconds=seconds) == DURATION.validate_python(text)


@pytest.mark.parametrize("text", ["", "s", "5 parsecs", "5s!", "1m30"])
def test_what_is_no_duration_is_refused_with_the_forms(text: str) -> None:
    """The message shows what would do."""
    with pytest.raises(ValidationError, match="500ms, 5s, 1m30s"):
        DURATION.validate_python(text)


@pytest.mark.parametrize(
    ("text", "size"), [("512", 512), ("64KiB", 65536), ("64KB", 65536), ("8 mb", 8388608), ("1GiB", 2**30), ("10B", 10), (7, 7)]
)
def test_sizes_are_read_in_all_forms(text: object, size: int) -> None:
    """Units are powers of 1024, as in Spring."""
    assert size == SIZE.validate_python(text)


@pytest.mark.parametrize("text", ["", "KiB", "1.5KB", "5 parsecs", "-1"])
def test_what_is_no_size_is_refused_with_the_forms(text: str) -> None:
    """The message shows what would do."""
    with pytest.raises(ValidationError, match="512, 64KiB"):
        SIZE.validate_python(text)


@pytest.mark.parametrize("text", ["9" * 400 + "d", "9" * 400, "99999999999999d"])
def test_a_duration_beyond_all_bounds_is_refused_like_any_other(text: str) -> None:
    """Not with an overflow."""
    with pytest.raises(ValueError, match="longer than a duration can be"):
        parse_duration(text)
