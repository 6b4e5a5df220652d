"""Datagrams of one direction in memory, by a clock that is turned."""

import pytest

from pyboot.components.netty.channel.embedded.event_loop import EmbeddedEventLoop
from pyboot.testing.datagram_direction import DatagramDirection
from pyboot.testing.faults import DatagramFaults, chance_of


class Carried:
    """A direction, and what came out of it."""

    def __init__(self, faults: DatagramFaults, seed: int = 1) -> None:
        """Begin."""
        self.loop = EmbeddedEventLoop()
        self.got: list[int] = []
        self.direction = DatagramDirection(faults, chance_of(seed), lambda data: self.got.append(data[0]))

    def send(self, *numbers: int) -> None:
        """Send one after the other, in one moment."""
        with self.loop.as_running_loop():
            for number in numbers:
                self.direction.carry(bytes([number]))
        self.loop.run_ready()


def fates(faults: DatagramFaults, seed: int) -> list[int]:
    """How often each of 200 datagrams comes."""
    carried = Carried(faults, seed)
    for number in range(200):
        carried.send(number)
        carried.loop.advance(0.01)
    carried.loop.advance(100)
    return [carried.got.count(number) for number in range(200)]


def test_without_faults_everything_passes_at_once() -> None:
    """In its order."""
    carried = Carried(DatagramFaults())
    carried.send(*range(50))
    assert list(range(50)) == carried.got


@pytest.mark.parametrize("seed", range(5))
def test_what_becomes_of_one_does_not_depend_on_the_other_faults(seed: int) -> None:
    """The same are lost and the same are doubled, with and without delay, jitter and reordering."""
    alone = fates(DatagramFaults(loss=0.3, duplicate=0.3), seed)
    for faults in (
        DatagramFaults(loss=0.3, duplicate=0.3, delay=0.5),
        DatagramFaults(loss=0.3, duplicate=0.3, jitter=1.0, reorder=0.5),
    ):
        assert alone == fates(faults, seed)
    assert {0, 1, 2} == set(alone)
    assert [min(count, 1) for count in alone] == fates(DatagramFaults(loss=0.3), seed)


@pytest.mark.parametrize("delay", [0.0, 1.0])
def test_one_that_is_held_comes_behind_the_next_one(delay: float) -> None:
    """Also where both are under way for a while."""
    carried = Carried(DatagramFaults(reorder=1.0, delay=delay))
    carried.send(1)
    carried.direction.faults = DatagramFaults(delay=delay)
    carried.send(2, 3)
    carried.loop.advance(delay)
    assert [2, 1, 3] == carried.got


def test_one_that_nothing_follows_comes_all_the_same() -> None:
    """A twentieth of a second later, each by itself."""
    carried = Carried(DatagramFaults(reorder=1.0))
    carried.send(1)
    carried.loop.advance(0.03)
    carried.send(2)
    carried.loop.advance(0.02)
    assert [1] == carried.got
    carried.loop.advance(0.03)
    assert [1, 2] == carried.got


def test_a_delay_keeps_the_order_and_jitter_does_not() -> None:
    """Hundred in one moment."""
    late, mixed = Carried(DatagramFaults(delay=0.5)), Carried(DatagramFaults(jitter=0.5))
    for each in (late, mixed):
        each.send(*range(100))
    late.loop.advance(0.499)
    assert [] == late.got
    late.loop.advance(0.001)
    mixed.loop.advance(0.5)
    assert list(range(100)) == late.got == sorted(mixed.got) != mixed.got


def test_faults_may_be_changed_and_what_is_under_way_keeps_its_time() -> None:
    """A later one without a delay overtakes nobody who is due."""
    carried = Carried(DatagramFaults(delay=1.0))
    carried.send(1)
    carried.direction.faults = DatagramFaults(loss=1.0)
    carried.send(2)
    carried.direction.faults = DatagramFaults()
    carried.loop.advance(1)
    carried.send(3)
    assert [1, 3] == carried.got


def test_a_stop_loses_what_is_under_way_and_leaves_no_timer() -> None:
    """Held or delayed."""
    carried = Carried(DatagramFaults(delay=1.0))
    carried.send(1)
    carried.direction.faults = DatagramFaults(reorder=1.0)
    carried.send(2)
    with carried.loop.as_running_loop():
        carried.direction.stop()
    carried.loop.advance(10)
    assert [] == carried.got
    assert carried.loop.next_timer() is None
