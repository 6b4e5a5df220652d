"""The leak detector: what is lost is told, once for each place, and nothing is kept alive."""

import gc
import logging
from collections.abc import Iterator

import pytest

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.buffer.leak import LEAK_DETECTOR, Leak, LeakLevel


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
