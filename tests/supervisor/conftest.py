"""Processes that stand in for workers."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from pyboot.supervisor.channel import Channel
from pyboot.supervisor.process import WorkerProcess

type MakeProcess = Callable[[int], tuple[WorkerProcess, Channel]]


@pytest.fixture
def make_process() -> Iterator[MakeProcess]:
    """Make a worker's process of a slot, which does nothing but live, and the end of its channel."""
    made: list[tuple[WorkerProcess, Channel]] = []

    def make(slot: int) -> tuple[WorkerProcess, Channel]:
        ours, theirs = Channel.pair()
        other = Channel.inherited(theirs.detach())
        other.set_blocking(False)
        lasting = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
        made.append((WorkerProcess(lasting, ours, slot=slot, generation=1, now=0.0), other))
        return made[-1]

    yield make
    for process, other in made:
        process.kill()
        process.process.wait(10)
        process.close()
        other.close()
