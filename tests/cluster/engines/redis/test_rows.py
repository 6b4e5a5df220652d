"""An owner of a key as bytes."""

import struct

import pytest

from pyboot.cluster.engines.redis.rows import entries_of, row_body
from pyboot.cluster.table import Entry


def stamped(stamp: int, body: bytes) -> bytes:
    """A row as the server keeps it."""
    return struct.pack(">d", stamp) + body


def test_a_row_says_a_node_once() -> None:
    """An owner begins with its node most often."""
    assert row_body("a1/7", "a1", b"v") == b"\x00\x02a1" + b"\x00\x02\x00\x02/7" + b"\x00\x00\x00\x01v"
    assert row_body("x", "a1", b"") == b"\x00\x02a1" + b"\x00\x00\x00\x01x" + b"\x00\x00\x00\x00"


@pytest.mark.parametrize("owner", ["a/1", "a", "", "ü·语", "\udc80", "b"])
@pytest.mark.parametrize("node", ["a", "", "ü"])
def test_rows_come_back_the_earliest_first(owner: str, node: str) -> None:
    """With names of any kind, and stamps to the microsecond."""
    first, second = Entry(owner, node, 1_796_000_000_000_001, b"\x00\xff"), Entry("z", "z", 1_796_000_000_000_002)
    rows = [stamped(entry.stamp, row_body(entry.owner, entry.node, entry.value)) for entry in (second, first)]
    assert [first, second] == entries_of(b"".join(rows))


def test_what_is_no_row_is_refused() -> None:
    """At every cut."""
    row = stamped(1, row_body("a/1", "a", b"value"))
    assert entries_of(b"") == []
    for size in range(1, len(row)):
        with pytest.raises((struct.error, ValueError)):
            entries_of(row[:size])
