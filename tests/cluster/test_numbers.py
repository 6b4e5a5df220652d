"""Numbers: what is new, what was seen, what is missing."""

from pyboot.cluster.numbers import Heard, Numbers


def test_a_jump_is_what_was_missed() -> None:
    """Once."""
    numbers = Numbers()
    assert [Heard(True), Heard(True), Heard(True, 2), Heard(False), Heard(True)] == [
        numbers.hear("a", number) for number in (7, 8, 11, 10, 12)
    ]


def test_senders_count_for_themselves() -> None:
    """So does this node."""
    numbers = Numbers()
    assert [1, 2, 3] == [numbers.next() for _ in range(3)]
    assert [Heard(True), Heard(True), Heard(False)] == [numbers.hear(*each) for each in (("a", 1), ("b", 1), ("a", 1))]


def test_a_mark_tells_of_the_end() -> None:
    """Of a sender that was not heard before it is where one came in."""
    numbers = Numbers()
    assert [0, 0, 3, 0] == [numbers.hear_mark("a", number) for number in (5, 5, 8, 2)]
    assert Heard(True) == numbers.hear("a", 9)


def test_who_does_not_listen_misses_nothing() -> None:
    """What was heard before is forgotten, what was sent is not."""
    numbers = Numbers()
    numbers.next()
    numbers.hear("a", 1)
    numbers.forget_all()
    assert (Heard(True), 2) == (numbers.hear("a", 50), numbers.next())


def test_senders_that_were_are_forgotten_in_the_end() -> None:
    """Each start of a node is another one."""
    numbers = Numbers()
    for sender in range(1_030):
        numbers.hear(f"n{sender}", 1)
    assert 1_024 == len(numbers._heard)
