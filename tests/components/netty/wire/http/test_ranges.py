"""Ranges of bytes: the examples of RFC 9110 14.1.2, and what is done about the others."""

import pytest

from pyboot.components.netty.wire.http.ranges import byte_ranges


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("bytes=0-499", [(0, 500)]),
        ("bytes=500-999", [(500, 500)]),
        ("bytes=-500", [(9500, 500)]),
        ("bytes=9500-", [(9500, 500)]),
        ("bytes=0-0,-1", [(0, 1), (9999, 1)]),
        ("bytes=0-0, 2-2 ,\t4-4", [(0, 1), (2, 1), (4, 1)]),
        ("BYTES=0-0", [(0, 1)]),
        ("bytes=9999-20000", [(9999, 1)]),
        ("bytes=-20000", [(0, 10000)]),
        ("bytes=10000-", []),
        ("bytes=-0", []),
        ("bytes=10000-,0-0", [(0, 1)]),
        ("bytes=5-4", None),
        ("bytes=", None),
        ("bytes", None),
        ("bytes=a-b", None),
        ("bytes=-", None),
        ("bytes=0-1,", None),
        ("bytes=+0-1", None),
        ("bytes=1_0-20", None),
        ("bytes=\u0660-\u0661", None),
        ("bytes=0--1", None),
        ("lines=0-1", None),
        ("bytes=0-,0-", None),
        ("bytes=" + ",".join(f"{n}-{n}" for n in range(8)), [(n, 1) for n in range(8)]),
        ("bytes=" + ",".join(f"{n}-{n}" for n in range(9)), None),
        ("bytes=" + "9" * 19 + "-", None),
    ],
)
def test_ranges_are_read_or_the_whole_is_sent(field: str, expected: list[tuple[int, int]] | None) -> None:
    """None of them can be satisfied: an empty list."""
    assert expected == byte_ranges(field, 10000)


def test_an_empty_file_has_no_range() -> None:
    """Whatever is asked for."""
    assert ([], []) == (byte_ranges("bytes=0-", 0), byte_ranges("bytes=-5", 0))
