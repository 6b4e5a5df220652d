"""Members: what a node tells of itself."""

import pytest

from pyboot.cluster.member import Member


def test_facts_are_a_document() -> None:
    """Of JSON."""
    assert {"name": "chat", "sessions": 3} == Member("a", 1, b'{"name": "chat", "sessions": 3}').facts


@pytest.mark.parametrize("info", [b"", b"\xff\x00", b"[1]", b"1"])
def test_a_node_that_tells_nothing_readable_has_no_facts(info: bytes) -> None:
    """It may be of another version."""
    assert {} == Member("a", 1, info).facts
