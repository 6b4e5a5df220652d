"""Counters, gauges, timers and summaries."""

import sys
import threading

import pytest

from pyboot.actuator.meters.instruments import Counter, DistributionSummary, Gauge, Timer
from pyboot.actuator.meters.meter import Distribution


def test_a_counter_rises_and_refuses_to_fall() -> None:
    """By one, or by an amount; what is no number is refused too."""
    orders = Counter("orders.placed", {"region": "eu"})
    orders.increment()
    orders.increment(2.5)

    assert 3.5 == orders.value()
    for amount in (-1, float("nan")):
        with pytest.raises(ValueError, match="only rises"):
            orders.increment(amount)


def test_no_count_of_several_threads_is_lost() -> None:
    """They are switched as often as can be."""
    counter, timer, before = Counter("c"), Timer("t"), sys.getswitchinterval()

    def work() -> None:
        for _ in range(20_000):
            counter.increment()
            timer.record(1.0)

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)

    assert 60_000 == counter.value()
    assert (60_000, 60_000.0) == (timer.value().count, timer.value().total)


def test_a_gauge_is_read_when_somebody_asks() -> None:
    """Each time anew."""
    queue = [1, 2]
    gauge = Gauge("queue.size", lambda: len(queue))
    assert 2.0 == gauge.value()

    queue.append(3)
    assert 3.0 == gauge.value()


def test_a_summary_tells_how_often_how_much_and_the_largest() -> None:
    """What is below 0 or no number is left out."""
    sizes = DistributionSummary("sizes", unit="bytes")
    for amount in (3, 10, -1, float("nan"), 2):
        sizes.record(amount)

    assert Distribution(3, 15.0, 10.0, []) == sizes.value()


def test_buckets_count_all_up_to_their_bound() -> None:
    """Bounds in any order; one that is met exactly is within."""
    timer = Timer("t", bounds=[1.0, 0.1, 0.5])
    for seconds in (0.05, 0.1, 0.4, 2.0):
        timer.record(seconds)

    assert [(0.1, 2), (0.5, 3), (1.0, 3)] == list(timer.value().buckets)
    assert 4 == timer.value().count


@pytest.mark.parametrize("bound", [float("inf"), float("nan"), 0, -1])
def test_a_bound_must_be_a_number_above_0(bound: float) -> None:
    """Infinity is the last one of each histogram anyhow, and nothing below 0 is recorded."""
    with pytest.raises(ValueError, match="allowed are numbers above 0"):
        Timer("t", bounds=[1.0, bound])


def test_the_largest_is_forgotten_after_a_while() -> None:
    """It stays for a minute at least, and for two at most, where somebody asks."""
    now = [0.0]
    timer = Timer("t", clock=lambda: now[0])
    timer.record(5.0)
    now[0] = 59.0
    assert 5.0 == timer.value().maximum

    now[0] = 61.0
    assert 5.0 == timer.value().maximum
    timer.record(1.0)
    now[0] = 122.0
    assert 1.0 == timer.value().maximum


def test_the_largest_of_long_ago_is_not_told() -> None:
    """Nobody has asked for an hour."""
    now = [0.0]
    timer = Timer("t", clock=lambda: now[0])
    timer.record(5.0)
    timer.value()
    now[0] = 3600.0
    timer.value()
    now[0] = 3661.0

    assert 0.0 == timer.value().maximum


def test_a_block_is_timed_whatever_it_ends_with() -> None:
    """An error goes on."""
    now = [0.0]
    timer = Timer("t", clock=lambda: now[0])

    def fail() -> None:
        with timer.time():
            now[0] = 2.0
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail()

    assert (1, 2.0) == (timer.value().count, timer.value().total)
