"""Attempts: wrong credentials are counted by address, and forgotten in time."""

import pytest

from pyboot.actuator.web.attempts import ROOM, Attempts

NOW = [0.0]


def attempts(most: int = 3) -> Attempts:
    """Counts with a clock that tests turn."""
    NOW[0] = 100.0
    return Attempts(most, 60.0, lambda: NOW[0])


def test_behind_the_last_nobody_is_heard_until_the_window_is_over() -> None:
    """It began with the first one."""
    counted, waited = attempts(), list[int]()
    for _ in range(3):
        waited.append(counted.wait_seconds("10.0.0.1:5000"))
        counted.note("10.0.0.1:5000")
        NOW[0] += 1.5
    waited.append(counted.wait_seconds("10.0.0.1:6000"))
    NOW[0] = 159.9
    waited.append(counted.wait_seconds("10.0.0.1:6000"))
    NOW[0] = 160.0
    waited.append(counted.wait_seconds("10.0.0.1:6000"))
    counted.note("10.0.0.1:5000")
    waited.append(counted.wait_seconds("10.0.0.1:6000"))

    assert [0, 0, 0, 56, 1, 0, 0] == waited


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("10.0.0.1:1", "10.0.0.2:1", False),
        ("[2001:db8::1]:1", "[2001:db8::ffff:2]:2", True),
        ("[2001:db8::1]:1", "[2001:db8:0:1::1]:1", False),
        ("[::ffff:10.0.0.1]:1", "10.0.0.1:9", True),
        ("[fe80::1%eth0]:1", "[fe80::1%eth1]:1", True),
        ("somewhere:1", "somewhere:2", True),
    ],
)
def test_an_address_stands_for_its_machine(one: str, other: str, is_same: bool) -> None:
    """Whatever its port; a /64 of IPv6 is one."""
    counted = attempts(1)
    counted.note(one)

    assert is_same == bool(counted.wait_seconds(other))


def test_nothing_is_counted_where_nobody_asks_for_it() -> None:
    """Zero is no limit."""
    counted = attempts(0)
    counted.note("10.0.0.1:1")

    assert 0 == counted.wait_seconds("10.0.0.1:1")


def test_so_many_addresses_are_remembered_and_no_more() -> None:
    """The first is forgotten first."""
    counted = attempts(1)
    for number in range(ROOM + 1):
        counted.note(f"10.0.{number // 256}.{number % 256}:1")

    assert 0 == counted.wait_seconds("10.0.0.0:1")
    assert 60 == counted.wait_seconds("10.0.0.1:1") == counted.wait_seconds(f"10.0.{ROOM // 256}.{ROOM % 256}:1")
