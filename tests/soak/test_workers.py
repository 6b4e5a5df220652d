"""Several workers under load for minutes: rolls, kills and the end, one after the other."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.supervisor.running import Load, Running

from .conftest import sizes

pytestmark = pytest.mark.slow


@sizes(1, 12)
def test_rolls_lose_nothing_and_kills_only_what_the_dead_had_accepted(tmp_path: Path, size: int, tell: Callable[[str], None]) -> None:
    """A round is two rolls, with SIGKILL of a worker between them; SIGTERM ends it under load."""
    clients = 6
    # Waits grow with each worker that dies in a row, and rolls do not begin them anew; so many in a minute die in this test alone.
    waits = ("--pyboot.workers.restart.initial=100ms", "--pyboot.workers.restart.max=200ms")
    with Running(tmp_path, "--workers=2", "--pyboot.workers.settle=100ms", *waits) as running:
        running.ready(2)
        began, lost = time.monotonic(), 0
        for number in range(size):
            with Load(running.port, clients) as load:
                running.signal(signal.SIGHUP)
                running.wait(f"rolled to generation {2 * number + 2}")
            assert {"answered"} == set(load.results), load.results
            with Load(running.port, clients) as load:
                ready = len([line for line in running.lines if "ready" in line])
                os.kill(running.workers()[-1], signal.SIGKILL)
                running.wait("ready", ready + 1)
            lost += sum(load.results.values()) - load.results["answered"]
            assert lost <= clients * (number + 1), load.results
            with Load(running.port, clients) as load:
                running.signal(signal.SIGHUP)
                running.wait(f"rolled to generation {2 * number + 3}")
            assert {"answered"} == set(load.results), load.results
        with Load(running.port, clients) as load:
            running.signal(signal.SIGTERM)
            assert 0 == running.end()
        refused = {"answered", "ConnectionRefusedError"}
        tell(
            f"{2 * size} rolls and {size} kills in {time.monotonic() - began:.0f} s: {lost} lost by kills; at the end {dict(load.results)}"
        )
        assert set(load.results) <= refused | {"ConnectionResetError"}, load.results
