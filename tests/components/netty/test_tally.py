"""Counts of what is rare."""

import threading

from pyboot.components.netty.tally import MOST_KINDS, OTHER, Tally


def test_things_are_counted_by_what_and_of_which_kind() -> None:
    """Nothing is known of what never happened."""
    tally = Tally()

    tally.add("refused", "no-loop")
    tally.add("refused", "no-loop")
    tally.add("refused", "fault")
    tally.add("seconds", "success", 0.5)

    assert {"no-loop": 2, "fault": 1} == tally.counts("refused")
    assert {"success": 0.5} == tally.counts("seconds")
    assert {} == tally.counts("error")


def test_kinds_without_end_are_counted_as_one() -> None:
    """A program that names kinds by what peers send makes no table without a bound, and no count is lost."""
    tally = Tally()

    for number in range(MOST_KINDS + 10):
        tally.add("error", f"kind {number}")
    tally.add("error", "kind 0")

    counts = tally.counts("error")
    assert MOST_KINDS + 1 == len(counts)
    assert 10 == counts[OTHER]
    assert 2 == counts["kind 0"]


def test_no_count_of_several_threads_is_lost() -> None:
    """Each adds for itself."""
    tally = Tally()
    threads = [threading.Thread(target=lambda: [tally.add("error", "handler") for _ in range(2000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {"handler": 8000} == tally.counts("error")
