"""One piece of work for all who want it."""

import asyncio

import pytest

from pyboot.components.netty.resolver.flights import Flights


async def test_all_get_what_one_makes() -> None:
    """It is made once; behind its end it is made anew."""
    flights: Flights[int] = Flights()
    made: list[int] = []
    gate = asyncio.Event()

    async def work() -> int:
        made.append(1)
        number = len(made)
        await gate.wait()
        return number

    tasks = [asyncio.create_task(flights.share("a", work)) for _ in range(3)]
    other = asyncio.create_task(flights.share("b", work))
    await asyncio.sleep(0)
    gate.set()

    assert [1, 1, 1, 2] == [await task for task in (*tasks, other)]
    assert (2, 0) == (flights.shared, len(flights))
    assert 3 == await flights.share("a", work)


async def test_one_who_goes_does_not_take_it_from_the_others() -> None:
    """The last one does."""
    flights: Flights[int] = Flights()
    begun = asyncio.Event()
    ended: list[str] = []

    async def work() -> int:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return 1

    one, other = (asyncio.create_task(flights.share("a", work)) for _ in range(2))
    await begun.wait()
    one.cancel()
    with pytest.raises(asyncio.CancelledError):
        await one
    assert ([], 1) == (ended, len(flights))
    other.cancel()
    with pytest.raises(asyncio.CancelledError):
        await other
    await asyncio.sleep(0)
    assert (["cancelled"], 0) == (ended, len(flights))


async def test_an_error_reaches_all() -> None:
    """And is not kept."""
    flights: Flights[int] = Flights()

    async def work() -> int:
        raise OSError("no")

    found = await asyncio.gather(flights.share("a", work), flights.share("a", work), return_exceptions=True)
    assert [OSError, OSError] == list(map(type, found))
    assert 0 == len(flights)


async def test_all_can_be_cancelled() -> None:
    """Who waits hears of it."""
    flights: Flights[None] = Flights()
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    waiting = asyncio.create_task(flights.share("a", work))
    await begun.wait()
    flights.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
