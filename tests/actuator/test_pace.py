"""Pace: pieces of work, and turns of the loop between them."""

import asyncio

import pytest

from pyboot.actuator.pace import Pace, paced


async def turns_during(pieces: int) -> int:
    """Work off so many pieces, and return how many turns others had."""
    turns = -1  # the first one is the beginning

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await asyncio.sleep(0)
    assert list(range(pieces)) == [each async for each in paced(range(pieces))]
    counting.cancel()
    return turns


async def test_work_that_is_short_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn costs more than it."""
    monkeypatch.setattr("pyboot.actuator.pace.HELD_SECONDS", 1000.0)
    assert 0 == await turns_during(100)


async def test_work_that_is_long_lets_others_go_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind each piece at which it is due."""
    monkeypatch.setattr("pyboot.actuator.pace.HELD_SECONDS", 0.0)
    assert 100 == await turns_during(100)


async def test_after_a_turn_the_time_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others took is not held against the work."""
    now = [0.0]
    monkeypatch.setattr("pyboot.actuator.pace.time.perf_counter", lambda: now[0])
    pace = Pace()
    assert not pace.is_due
    now[0] = 1.0
    assert pace.is_due
    await pace.turn()
    assert not pace.is_due
