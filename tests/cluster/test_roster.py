"""The roster: who came, who left, and when nobody counts as gone."""

from pyboot.cluster.member import Member
from pyboot.cluster.roster import Changes, Roster

A, B, C = Member("a", 1), Member("b", 2), Member("c", 3)


def test_changes_are_told_once() -> None:
    """Those of others; this node knows of itself."""
    roster = Roster("a")
    assert Changes((B, C), ()) == roster.update([A, B, C], 0)
    assert Changes((), ()) == roster.update([A, B, C], 1)
    assert Changes((), (B,)) == roster.update([A, C], 2)
    assert (2, True, False, C, None) == (len(roster), "a" in roster, "b" in roster, roster.get("c"), roster.get("b"))


def test_nobody_is_gone_while_patience_lasts() -> None:
    """An engine that has forgotten everybody hears of each again."""
    roster = Roster("a")
    roster.update([A, B], 0)
    roster.be_patient(10)
    assert Changes((C,), ()) == roster.update([A, C], 5)
    assert "b" in roster
    assert Changes((), (B,)) == roster.update([A, C], 10)


def test_who_speaks_for_itself_is_believed() -> None:
    """To have joined, and to leave; a newer epoch stays."""
    roster = Roster("a")
    assert [True, False] == [roster.add(B), roster.add(B._replace(epoch=9))]
    assert B._replace(epoch=9) == roster.get("b")
    assert [B._replace(epoch=9), None] == [roster.remove("b"), roster.remove("b")]
    assert () == roster.members
