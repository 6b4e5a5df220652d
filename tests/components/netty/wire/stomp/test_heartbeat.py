"""What both sides agree upon."""

import pytest

from pyboot.components.netty.wire.stomp.errors import CorruptedStompFrameError
from pyboot.components.netty.wire.stomp.heartbeat import StompHeartbeat


@pytest.mark.parametrize(
    ("own", "peer", "agreed"),
    [
        ("10000,20000", "15000,0", (0, 20000)),
        ("10000,10000", "5000,20000", (20000, 10000)),
        ("0,0", "10000,10000", (0, 0)),
        ("10000,0", "10000,10000", (10000, 0)),
        ("0,10000", "0,10000", (0, 0)),
    ],
)
def test_the_slower_of_both_counts(own: str, peer: str, agreed: tuple[int, int]) -> None:
    """Where one does not want or cannot, there is none."""
    mine, theirs = StompHeartbeat.parsed(own), StompHeartbeat.parsed(peer)
    assert agreed == mine.agreed(theirs)
    assert agreed == theirs.agreed(mine)[::-1]
    assert own == str(mine)


def test_who_says_nothing_has_none() -> None:
    """Neither way."""
    assert StompHeartbeat(0, 0) == StompHeartbeat.parsed(None)


@pytest.mark.parametrize("header", ["", "1", "1,", "1,2,3", "-1,2", "+1,2", " 1,2", "1_0,2", "1000000000000,1", "\u0661,1", "a,b"])
def test_what_is_no_header(header: str) -> None:
    """Two plain numbers are."""
    with pytest.raises(CorruptedStompFrameError, match="where two numbers of milliseconds stand"):
        StompHeartbeat.parsed(header)
