"""A loop whose time jumps."""

import asyncio
import time

import pytest

from pyboot.testing import virtual_time
from pyboot.testing.virtual_time import run_in_virtual_time


def test_an_hour_takes_no_time() -> None:
    """And events come in the order of their times."""
    order: list[int] = []

    async def after(number: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        order.append(number)

    async def main() -> float:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        await asyncio.gather(after(2, 3600), after(1, 60), after(0, 0))
        return loop.time() - begin

    begin = time.process_time()
    assert run_in_virtual_time(main()) == pytest.approx(3600, abs=0.01)
    assert [0, 1, 2] == order
    assert time.process_time() - begin < 5


def test_a_deadline_is_kept() -> None:
    """Of what never ends."""

    async def main() -> None:
        async with asyncio.timeout(100):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        run_in_virtual_time(main())


def test_threads_are_waited_for() -> None:
    """Where there is nothing else."""

    async def main() -> int:
        return await asyncio.to_thread(lambda: 5)

    assert 5 == run_in_virtual_time(main())


def test_waiting_for_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would hang else."""
    monkeypatch.setattr(virtual_time, "_REAL_SECONDS", 0.01)

    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="nothing is going to happen any more"):
        run_in_virtual_time(main())
