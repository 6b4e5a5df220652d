"""Events are published in order, whatever their listeners do."""

import asyncio
import logging

import pytest

from pyboot.cluster.outlet import EventOutlet


async def test_events_keep_their_order(caplog: pytest.LogCaptureFixture) -> None:
    """Slow listeners are waited for, and one that fails is logged."""
    heard: list[object] = []

    async def listen(event: object) -> None:
        await asyncio.sleep(0)
        if event == 1:
            raise ValueError("mine")
        heard.append(event)

    outlet = EventOutlet(listen)
    with caplog.at_level(logging.ERROR, "pyboot.cluster"):
        for number in range(4):
            outlet.tell(number)
        await outlet.close()
        outlet.tell(4)
        await outlet.close()
    assert [0, 2, 3, 4] == heard
    assert ["a listener failed, told of 1"] == [record.message for record in caplog.records]


async def test_listeners_that_stand_still_cost_no_memory() -> None:
    """What they do not hear is counted."""
    go_on = asyncio.Event()

    async def listen(event: object) -> None:
        await go_on.wait()

    outlet = EventOutlet(listen)
    for number in range(1_500):
        outlet.tell(number)
    assert 500 == outlet.dropped
    go_on.set()
    await outlet.close()


async def test_nothing_told_is_nothing_to_wait_for() -> None:
    """At an end without events."""
    await EventOutlet(lambda event: asyncio.sleep(0)).close()
