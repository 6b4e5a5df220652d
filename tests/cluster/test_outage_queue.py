"""The queue of an outage keeps to its three limits, the oldest goes first."""

from pyboot.cluster.outage_queue import OutageQueue


def test_it_is_first_in_first_out() -> None:
    """And counts its bytes."""
    queue = OutageQueue(10, 100, 5)
    queue.put(1, "x", b"12")
    queue.put(1, "y", b"345")
    assert (2, 5) == (len(queue), queue.bytes)
    assert [("x", b"12"), ("y", b"345"), None] == [queue.take(2) for _ in range(3)]
    assert (0, 0, 0) == (len(queue), queue.bytes, queue.dropped)


def test_each_limit_drops_the_oldest() -> None:
    """Messages, bytes, seconds."""
    queue = OutageQueue(3, 100, 5)
    for number in range(5):
        queue.put(number, "x", b"%d" % number)
    assert (3, 2) == (len(queue), queue.dropped)
    queue.put(5, "x", b"x" * 99)
    assert (2, 4, 100) == (len(queue), queue.dropped, queue.bytes)
    assert ("x", b"x" * 99) == queue.take(10)
    queue.put(20, "x", b"old")
    assert (None, 6) == (queue.take(25.1), queue.dropped)


def test_what_is_larger_than_all_room_is_dropped() -> None:
    """And everything before it."""
    queue = OutageQueue(3, 10, 5)
    queue.put(0, "x", b"1")
    queue.put(0, "x", b"x" * 11)
    assert (0, 0, 2) == (len(queue), queue.bytes, queue.dropped)


def test_it_can_be_cleared() -> None:
    """Counted like any loss."""
    queue = OutageQueue(3, 10, 5)
    queue.put(0, "x", b"1")
    assert (1, 0, 1, None) == (queue.clear(), queue.bytes, queue.dropped, queue.take(0))
