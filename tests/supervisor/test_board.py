"""The board: channels, leases, tables and limits, with a clock that is turned by hand."""

from pyboot.supervisor.board import Board, paid_until


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_who_hears_a_channel_is_known_until_it_leaves() -> None:
    """In the order of their coming."""
    board = Board()
    board.subscribe("a", ["x", "y"])
    board.subscribe("b", ["x"])
    board.subscribe("a", ["x"])
    assert (["a", "b"], ["a"], []) == (board.hearing("x"), board.hearing("y"), board.hearing("z"))
    board.unsubscribe("b", ["x", "z"])
    board.unsubscribe_all("a")
    assert ([], []) == (board.hearing("x"), board.hearing("y"))


def test_a_lease_lasts_as_long_as_it_was_given() -> None:
    """A renewal counts from when it comes, and needs the epoch."""
    clock = Clock()
    board = Board(clock)
    board.lease("a", 1, "facts", 10)
    clock.now += 9
    assert [("a", 1, "facts", 1.0)] == board.members()
    assert not board.refresh("a", 2, "new", 10)
    assert board.refresh("a", 1, "new", 10)
    clock.now += 10
    assert not board.refresh("a", 1, "new", 10)
    assert [] == board.members()


def test_a_name_belongs_to_one_until_its_time_is_over() -> None:
    """To the next that asks then."""
    clock = Clock()
    board = Board(clock)
    assert board.acquire("sweep", "a", 10)
    assert not board.acquire("sweep", "b", 10)
    clock.now += 10
    assert board.acquire("sweep", "b", 10)
    assert not board.acquire("sweep", "a", 10)


def test_stamps_rise_even_where_the_calendar_does_not() -> None:
    """Somebody may set it back."""
    calendar = Clock()
    board = Board(calendar=calendar)
    stamps = []
    for number, now in enumerate((100.0, 100.0, 50.0)):
        calendar.now = now
        ((is_owner, stamp, others),) = board.claim_all("t", [("k", f"o{number}", "n", "", None)], "replace")
        stamps.append(stamp)
        assert is_owner
        assert [f"o{number - 1}"] * (number > 0) == [row[0] for row in others]
    assert [100_000_000, 100_000_001, 100_000_002] == stamps


def test_of_two_claims_with_one_stamp_the_name_decides() -> None:
    """So that all nodes see the same one."""
    for order in (("a", "b"), ("b", "a")):
        board = Board()
        for owner in order:
            board.claim_all("t", [("k", owner, "n", "", 5)], "replace")
        assert ["b"] == [row[0] for row in board.find_all("t", ["k"])[0]]


def test_tokens_are_paid_for_by_time() -> None:
    """A burst at once, then one after the other."""
    clock = Clock()
    board = Board(clock)
    assert [(True, 0.0)] * 3 == [board.take("k", 1, 2.0, 3) for _ in range(3)]
    assert (False, 0.5) == board.take("k", 1, 2.0, 3)
    clock.now += 0.5
    assert (True, 0.0) == board.take("k", 1, 2.0, 3)
    clock.now += 60
    assert [True, True, True, False] == [board.take("k", 1, 2.0, 3)[0] for _ in range(4)]


def test_more_than_the_burst_is_never_given() -> None:
    """However long one waits; a refusal changes nothing."""
    assert (100.0, 1.0) == paid_until(100.0, 100.0, 4, 1.0, 3)
    assert (103.0, 0.0) == paid_until(50.0, 100.0, 3, 1.0, 3)


def test_limits_that_are_paid_for_are_forgotten() -> None:
    """A key for each address of the world would be a leak else."""
    clock = Clock()
    board = Board(clock)
    for number in range(10_000):
        board.take(f"k{number}", 1, 1.0, 1)
    clock.now += 2
    board.take("last", 1, 1.0, 1)
    assert 1 == len(board._paid)


def test_a_board_that_was_emptied_knows_who_hears() -> None:
    """A connection outlives FLUSHALL."""
    board = Board()
    board.subscribe("a", ["x"])
    board.lease("a", board.epoch(), "", 10)
    board.claim_all("t", [("k", "o", "n", "", None)], "many")
    board.forget()
    assert (["a"], [], [[]], [], 1) == (board.hearing("x"), board.members(), board.find_all("t", ["k"]), board.scan("t"), board.epoch())
    assert 0 == board.release_all("t", [("k", "o")])


def test_the_answer_to_a_claim_of_one_of_many_is_bounded() -> None:
    """A thousand claims of a topic must not be answered with a million rows."""
    board = Board()
    made = board.claim_all("presence", [("topic", f"o{number}", "a", None, None) for number in range(1000)], "many")

    assert 16 == max(len(others) for _, _, others in made)
    assert 1000 == len(board.find_all("presence", ["topic"])[0]) == board.size


def test_its_size_is_that_of_what_is_there() -> None:
    """Each kind counts, and what is gone does not."""
    board = Board()
    board.subscribe("a", ["x", "y"])
    board.subscribe("a", ["x"])
    board.claim_all("sessions", [("k", "o1", "a", None, None), ("k", "o2", "a", None, None)], "replace")
    board.lease("a", 1, None, 10)
    sizes = [board.size]
    board.release_all("sessions", [("k", "o1"), ("k", "o2")])
    board.unsubscribe_all("a")
    board.leave("a")

    assert [4, 0] == [*sizes, board.size]
