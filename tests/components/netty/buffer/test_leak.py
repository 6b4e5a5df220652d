"""The leak detector: what is lost is told, once for each place, and nothing is kept alive."""

import gc
import logging
from collections.abc import Iterator

import pytest

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.buffer.leak import LEAK_DETECTOR, Leak, LeakDetector, LeakLevel


@pytest.fixture
def leaks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Leak]]:
    """What the detector tells during a test, at the level paranoid unless the test says otherwise."""
    found: list[Leak] = []
    monkeypatch.setattr(LEAK_DETECTOR, "level", LeakLevel.PARANOID)
    monkeypatch.setattr(LEAK_DETECTOR, "on_leak", found.append)
    monkeypatch.setattr(LEAK_DETECTOR, "_reported", set())
    monkeypatch.setattr(LEAK_DETECTOR, "_handed_out", 0)
    yield found
    gc.collect()


def lose(times: int = 1) -> None:
    """Forget buffers."""
    for _ in range(times):
        PooledByteBufferAllocator().buffer(16).write_byte(1)


def test_a_lost_buffer_is_told_with_the_place_of_its_allocation(leaks: list[Leak]) -> None:
    """The innermost line outside of the buffers' own folder."""
    lose()

    assert [True] == ["test_leak.py" in leak.allocated[0] and leak.allocated[0].endswith("in lose") for leak in leaks]


def test_a_place_is_a_file_a_line_and_a_function(leaks: list[Leak]) -> None:
    """Of up to six callers, the innermost first: enough to find the way, few enough to read."""

    class Author:
        def forget(self, depth: int) -> None:
            if depth:
                self.forget(depth - 1)
            else:
                PooledByteBufferAllocator().buffer(16)

    Author().forget(8)
    first = Author.forget.__code__.co_firstlineno

    assert [f"{__file__}:{first + 4} in {Author.forget.__qualname__}"] + 5 * [
        f"{__file__}:{first + 2} in {Author.forget.__qualname__}"
    ] == [*leaks[0].allocated]


def test_two_places_are_both_told(leaks: list[Leak]) -> None:
    """Though one function calls them."""
    PooledByteBufferAllocator().buffer(16)
    PooledByteBufferAllocator().buffer(16)

    assert 2 == len(leaks)


def test_a_hint_is_told_with_the_place_of_the_touch(leaks: list[Leak]) -> None:
    """So that whoever reads it knows who gave it."""
    PooledByteBufferAllocator().buffer(16).touch("waiting for a reply")

    assert "touched: waiting for a reply" == leaks[0].last_used[0]
    assert leaks[0].last_used[1].endswith("in test_a_hint_is_told_with_the_place_of_the_touch")


def test_a_watched_buffer_uses_the_pool_as_any_other(leaks: list[Leak]) -> None:
    """Its first block, the one it grows into, and both when it has done with them."""
    allocator = PooledByteBufferAllocator()
    allocator.buffer(16).release()
    pooled = allocator.cached_bytes
    buffer = allocator.buffer(16)
    assert (pooled, 0) == (256, allocator.cached_bytes)

    buffer.write_bytes(bytes(1000))
    assert 256 == allocator.cached_bytes
    buffer.release()
    assert 256 + 1024 == allocator.cached_bytes
    buffer = allocator.buffer(16)
    buffer.write_bytes(bytes(1000))
    assert 256 == allocator.cached_bytes
    buffer.release()
    assert [] == leaks


def test_a_lost_buffer_is_told_with_the_place_of_its_last_use(leaks: list[Leak]) -> None:
    """Here it is another function that saw it last."""

    def look(buffer: object) -> None:
        bytes(buffer)  # type: ignore[call-overload]  # a ByteBuffer

    def keep_and_forget() -> None:
        buffer = PooledByteBufferAllocator().buffer(16)
        look(buffer)

    keep_and_forget()

    assert [True] == [leak.last_used[0].endswith("look") for leak in leaks]
    assert "last used:\n  " in str(leaks[0])


def test_a_released_buffer_is_not_told(leaks: list[Leak]) -> None:
    """Nor one that took references and gave them all back, nor one that grew."""
    buffer = PooledByteBufferAllocator().buffer(16).retain()
    buffer.write_bytes(bytes(1000))
    buffer.release()
    buffer.release()
    del buffer

    assert [] == leaks


def test_each_place_is_told_once(leaks: list[Leak], caplog: pytest.LogCaptureFixture) -> None:
    """A leak in a loop must not fill the log."""
    with caplog.at_level(logging.ERROR):
        lose(10)

    assert 1 == len(leaks)
    assert 1 == len(caplog.records)
    assert "a buffer was lost before its last release(); allocated:" in caplog.text


def test_the_buffer_is_gone_when_its_loss_is_told(leaks: list[Leak]) -> None:
    """Nothing is kept alive: the loss is told as soon as the last name for the buffer goes."""
    buffer = PooledByteBufferAllocator().buffer(16)
    assert [] == leaks

    del buffer
    assert 1 == len(leaks)


@pytest.mark.parametrize(
    ("level", "watched"), [(LeakLevel.SIMPLE, 2), (LeakLevel.ADVANCED, 2), (LeakLevel.PARANOID, 256), (LeakLevel.OFF, 0)]
)
def test_levels_differ_in_how_many_they_watch(leaks: list[Leak], level: LeakLevel, watched: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One in 128, all, or none."""

    class Forgetful(set[str]):
        """Counts what is told instead of remembering it."""

        def __contains__(self, place: object) -> bool:
            return False

    monkeypatch.setattr(LEAK_DETECTOR, "level", level)
    monkeypatch.setattr(LEAK_DETECTOR, "_reported", Forgetful())
    lose(256)

    assert watched == len(leaks)


def test_the_simple_level_records_no_use(leaks: list[Leak], monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs the accessors nothing."""
    monkeypatch.setattr(LEAK_DETECTOR, "level", LeakLevel.SIMPLE)
    monkeypatch.setattr(LEAK_DETECTOR, "sampling_interval", 1)
    lose()

    assert [()] == [leak.last_used for leak in leaks]


def test_the_advanced_level_records_uses(leaks: list[Leak], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those that it samples."""
    monkeypatch.setattr(LEAK_DETECTOR, "level", LeakLevel.ADVANCED)
    monkeypatch.setattr(LEAK_DETECTOR, "sampling_interval", 1)
    lose()

    assert [True] == [leak.last_used[0].endswith("in lose") for leak in leaks]


def test_a_leak_is_logged_where_nobody_else_wants_to_hear_of_it(
    leaks: list[Leak], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an error."""
    monkeypatch.setattr(LEAK_DETECTOR, "on_leak", None)
    with caplog.at_level(logging.ERROR):
        lose()

    assert [logging.ERROR] == [record.levelno for record in caplog.records]


def test_a_detector_that_is_off_watches_nothing() -> None:
    """Whatever it is given; that is what one does unless it is told otherwise."""
    detector = LeakDetector(sampling_interval=1)
    allocator = PooledByteBufferAllocator()
    buffer = allocator.buffer(16)
    detector.on_leak = lambda leak: pytest.fail(str(leak))
    detector.watch(buffer, allocator)
    del buffer

    assert LeakLevel.OFF is detector.level
