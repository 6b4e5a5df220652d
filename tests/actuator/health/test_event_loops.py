"""The indicator eventLoops."""

import threading

import pytest

from pyboot.actuator.health import event_loops
from pyboot.actuator.health.event_loops import EventLoopsHealthIndicator
from pyboot.netty.groups import WorkGroups
from pyboot.netty.properties import NettyProperties, WorkerProperties


async def test_a_loop_that_is_blocked_takes_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else on it is served; it is named, and well again when it turns."""
    groups = WorkGroups(NettyProperties(worker=WorkerProperties(threads=2)))
    groups.worker()
    indicator = EventLoopsHealthIndicator(groups)
    assert ("UP", {"loops": 3}) == (await indicator.health())[:2]

    _, (name, loop) = groups.loops()
    begun, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(event_loops, "_SECONDS", 0.05)
    loop.call_soon_threadsafe(lambda: (begun.set(), go_on.wait(20)))
    assert begun.wait(20)
    assert ("OUT_OF_SERVICE", {"blocked": [name]}) == (await indicator.health())[:2]

    go_on.set()
    monkeypatch.setattr(event_loops, "_SECONDS", 20)
    assert "UP" == (await indicator.health()).status
    await groups.shutdown_gracefully(5)


async def test_without_groups_the_loop_that_answers_is_the_only_one() -> None:
    """So it turns."""
    assert ("UP", {"loops": 1}) == (await EventLoopsHealthIndicator(WorkGroups(NettyProperties())).health())[:2]
