"""Keys, deadlines and the limit of the store."""

import pytest
from store import OutOfMemoryError, Store


class Clock:
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_whose_time_is_over_is_gone() -> None:
    """Neither found nor counted; one that got another deadline, or none any more, stays."""
    clock = Clock()
    store = Store(clock=clock)
    for key in (b"short", b"longer", b"kept"):
        store.put(key, b"value", 10)
    store.expire(b"longer", 20)
    store.expire(b"kept", None)
    clock.now = 10

    assert (store.get(b"short"), store.get(b"longer"), len(store)) == (None, b"value", 2)
    assert (store.left(b"short"), store.left(b"longer"), store.left(b"kept")) == (-2, 10, None)
    clock.now = 20
    assert store.names() == [b"kept"]


def test_a_new_value_ends_a_deadline() -> None:
    """Unless it is kept."""
    store = Store(clock=Clock())
    store.put(b"a", b"1", 10)
    store.put(b"a", b"2", keeps_deadline=True)
    assert store.left(b"a") == 10
    store.put(b"a", b"3")
    assert store.left(b"a") is None


def test_what_does_not_fit_is_refused() -> None:
    """What was there stays; what is deleted makes room."""
    store = Store(max_bytes=10)
    store.put(b"a", b"12345678")
    with pytest.raises(OutOfMemoryError):
        store.put(b"b", b"1")
    store.put(b"a", b"1")
    store.put(b"b", b"1234567")
    assert (store.used_bytes, store.delete(b"b"), store.delete(b"b")) == (10, True, False)
    assert store.used_bytes == 2


def test_deadlines_that_are_set_again_and_again_hold_no_memory() -> None:
    """A key has one."""
    store = Store(clock=Clock())
    store.put(b"a", b"1")
    for _ in range(1000):
        store.expire(b"a", 100)

    assert len(store.due) < 100
    assert store.expire(b"a", 0)
    store.clear()
    assert store.used_bytes == 0
