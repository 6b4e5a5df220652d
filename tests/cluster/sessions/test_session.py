"""Sessions as others see them."""

from pyboot.cluster.sessions.session import SendOutcome, Session


def test_a_session_is_confirmed_unless_it_says_otherwise() -> None:
    """An outcome is told by its name."""
    assert Session("k", "a", "1", 0.0).is_confirmed
    assert ["delivered", "forwarded", "absent", "unknown"] == [outcome.value for outcome in SendOutcome]
