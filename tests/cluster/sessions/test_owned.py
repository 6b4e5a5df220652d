"""The sessions of a node, by key and owner."""

from typing import Any

from pyboot.cluster.sessions.owned import Owned, OwnedSessions
from pyboot.cluster.sessions.session import Session
from pyboot.cluster.table import Claim, ClaimPolicy
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel


def owned(key: str, owner: str) -> Owned:
    """One that is claimed."""
    channel: Any = EmbeddedChannel()
    return Owned(key, owner, channel, ClaimPolicy.MANY, 1.5)


def test_each_owner_is_there_once() -> None:
    """One that was replaced cannot remove the other."""
    sessions = OwnedSessions()
    first, second, other = owned("k", "a/1"), owned("k", "a/1"), owned("k", "a/2")
    for each in (first, second, other):
        sessions.add(each)
    assert (2, [second, other], second, None) == (len(sessions), sessions.of("k"), sessions.get("k", "a/1"), sessions.get("x", "a/1"))
    assert [False, True, False, True] == [sessions.remove(each) for each in (first, second, second, other)]
    assert (0, [], []) == (len(sessions), list(sessions), sessions.of("k"))


def test_it_says_itself_to_others() -> None:
    """As a claim, again with its stamp, and as a session."""
    each = owned("k", "a/1")
    assert Claim("k", "a/1", "a", b"1.5", None) == each.claim("a")
    each.stamp = 7
    assert 7 == each.claim("a").stamp
    assert Session("k", "a", each.channel.id, 1.5, False) == each.session("a")
