"""A day of reconnecting on a clock that is turned: 86,400 seconds in one or two of ours, whatever the peer does meanwhile."""

import asyncio
import gc
import logging
import random

import pytest

from pyboot.components.netty.transport.backoff import Backoff
from pyboot.netty.client.state import ClientState
from tests.netty.client.turned import Turned

DAY_SECONDS = 86_400.0
LONGEST_SECONDS = 30.0


def objects() -> int:
    """How many there are."""
    gc.collect()
    return len(gc.get_objects())


def moved(turned: Turned, chance: random.Random, up: float) -> None:
    """Answer what is asked, or lose what is there, or let time pass."""
    if turned.pending:
        turned.connect() if chance.random() < up else turned.refuse(
            ConnectionRefusedError("nobody there")
        )  # one object would keep its raises
    elif turned.client.state is ClientState.CONNECTED and chance.random() < 0.5:
        turned.lose()
    else:
        turned.loop.advance(chance.choice((0.2, 3.0, 40.0)))
    turned.events.clear()
    del turned.channels[:-1]


@pytest.mark.parametrize("up", [0.0, 0.5, 0.95], ids=["nobody is there", "every other attempt", "nearly every attempt"])
def test_a_day_of_reconnecting(up: float, caplog: pytest.LogCaptureFixture) -> None:
    """It never gives up, no two attempts run at once, none is later than the longest wait, and nothing is kept of those that were."""
    caplog.set_level(logging.CRITICAL)  # what is said is of no interest here, and a record of each would be kept
    chance = random.Random(f"a day, {up}")
    turned = Turned(Backoff(initial_seconds=0.5, max_seconds=LONGEST_SECONDS))
    turned.start()
    attempts, counts, waited_since = 0, list[int](), 0.0
    while (now := turned.loop.time()) < DAY_SECONDS:
        assert len(turned.pending) <= 1
        if turned.pending:
            assert now - waited_since <= LONGEST_SECONDS + 40.0, "an attempt was late"
            attempts += 1
        if turned.pending or turned.client.state is ClientState.CONNECTED:
            waited_since = now
        moved(turned, chance, up)
        if int(now // 3600) >= len(counts):
            counts.append(objects())

    assert DAY_SECONDS / (LONGEST_SECONDS + 40) <= attempts
    assert counts[-1] - counts[len(counts) // 2] <= 200, counts
    with turned.loop.as_running_loop():
        assert len(asyncio.all_tasks(turned.loop)) <= 2
    turned.stop()
    turned.loop.advance(3600)
    assert turned.is_at_rest
    assert turned.loop.next_timer() is None
