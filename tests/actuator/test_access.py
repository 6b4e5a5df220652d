"""Access: how much of an endpoint may be used."""

from pyboot.actuator import Access


def test_a_cap_takes_away_and_never_gives() -> None:
    """The lesser of both holds."""
    assert [Access.NONE, Access.READ_ONLY, Access.READ_ONLY] == [each.capped(Access.READ_ONLY) for each in Access]
    assert list(Access) == [each.capped(Access.UNRESTRICTED) for each in Access]
