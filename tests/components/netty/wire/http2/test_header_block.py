"""The pieces of a header block."""

import pytest

from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.errors import Http2ConnectionError
from pyboot.components.netty.wire.http2.header_block import HeaderBlock


def test_pieces_are_one_block() -> None:
    """In their order; taken, it is gone."""
    block = HeaderBlock(Http2Config())
    block.begin(1, True, False)
    block.hold(b"a")
    block.go_on(b"")
    block.go_on(b"bc")
    assert (True, 3, b"abc", False, 0) == (block.is_under_way, block.size, block.take(), block.is_under_way, block.size)


@pytest.mark.parametrize(("piece", "what"), [(b"", "more than 3 CONTINUATION"), (b"xx", "more than 5 bytes")])
def test_neither_many_pieces_nor_long_ones_are_kept(piece: bytes, what: str) -> None:
    """Empty ones count, since each costs us a look (CVE-2026-33871)."""
    block = HeaderBlock(Http2Config(max_continuations=3, max_header_block=5))
    block.hold(b"")

    def flood() -> None:
        for _ in range(4):
            block.go_on(piece)

    with pytest.raises(Http2ConnectionError, match=what):
        flood()
