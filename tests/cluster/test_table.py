"""Tables: what is written in claims."""

from pyboot.cluster.table import Claim, Claimed, ClaimPolicy, Entry, Table


def test_names_are_those_of_engines_and_settings() -> None:
    """They stand in keys of servers: a change of one is a change of a protocol."""
    assert ["sessions", "presence"] == [table.value for table in Table]
    assert ["replace", "refuse", "many"] == [policy.value for policy in ClaimPolicy]


def test_a_claim_of_now_has_no_stamp() -> None:
    """The engine gives one."""
    assert Claim("k", "a/1", "a") == Claim("k", "a/1", "a", b"", None)
    assert Claimed(True, 5) == Claimed(True, 5, ())
    assert Entry("a/1", "a", 5).value == b""
