"""The meters of the process and of the application."""

import asyncio
import gc
import logging
import os
import time
from typing import Any

import pytest

from pyboot.actuator.meters.process import ProcessMeters
from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.boot import Component, Scheduled, start
from tests.actuator.management_client import application

from .test_servers import told


def registry_sample(registry: MeterRegistry, name: str) -> Any:
    """The only value of that name."""
    return next(family.samples[0].value for family in registry.collect() if family.spec.name == name)


def numbers_of_the_process() -> dict[str, Any]:
    """Those without tags."""
    registry, process = MeterRegistry(), ProcessMeters()
    process.bind_to(registry)
    gc.collect()
    process.close()
    return {family.spec.name: {each.tags: each.value for each in family.samples} for family in registry.collect()}


def test_the_process_tells_what_it_uses() -> None:
    """In base units, and by the names that Spring Boot Admin shows."""
    numbers = numbers_of_the_process()

    assert 0 < numbers["process.uptime"][()] < 86_400 * 365
    assert 1_000_000 < numbers["process.memory.resident"][()] <= numbers["jvm.memory.max"][(("area", "heap"),)]
    assert all(0 < each <= numbers["process.memory.resident"][()] for each in numbers["jvm.memory.used"].values())
    assert numbers["jvm.memory.used"].keys() == numbers["jvm.memory.max"].keys() == numbers["jvm.memory.committed"].keys()
    assert 0 <= numbers["system.cpu.usage"][()] <= 1
    assert 3 <= numbers["process.files.open"][()] <= numbers["process.files.max"][()]
    assert 0 <= numbers["process.cpu.usage"][()] <= 1
    assert 1 <= numbers["jvm.threads.live"][()] <= numbers["jvm.threads.peak"][()]
    assert len(os.sched_getaffinity(0)) == numbers["system.cpu.count"][()]


def test_a_clock_that_is_set_changes_no_uptime(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day back; when it has begun stays what it was."""
    registry, process = MeterRegistry(), ProcessMeters()
    process.bind_to(registry)
    process.close()

    def told() -> list[Any]:
        return [registry_sample(registry, "process.uptime"), registry_sample(registry, "process.start.time")]

    uptime, began = told()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 86_400)
    later, still = told()

    assert uptime <= later < uptime + 3600
    assert began == still


def test_the_collector_is_told_by_generation() -> None:
    """As Python counts it."""
    gc.collect()

    assert numbers_of_the_process()["python.gc.collections"][(("generation", "2"),)] >= 1


def test_runs_of_the_collector_are_timed_while_somebody_looks() -> None:
    """And nobody is called afterwards."""
    before = list(gc.callbacks)
    pauses = numbers_of_the_process()["jvm.gc.pause"][()]

    assert 1 <= pauses.count
    assert 0 < pauses.total
    assert before == gc.callbacks


async def test_the_application_tells_of_its_start_its_work_and_its_log() -> None:
    """What is logged is counted by level, until the application ends."""
    properties = {"management.server.port": -1, "pyboot.application.name": "shop"}
    async with start(application(), properties=properties) as context:
        logging.getLogger("shop").error("one")
        numbers, registry = await told(context), context.get(MeterRegistry)

        assert "shop" in next(iter(numbers["application"]))
        assert 0 < numbers["application.started.time"][()] <= numbers["application.ready.time"][()]
        assert 1 <= len(numbers["application.startup.step.time"])
        assert 1 == numbers["logging.events"][("error",)]
        assert {(): 0} == numbers["executor.queued"]
    logging.getLogger("shop").error("two")
    (events,) = [family for family in registry.collect() if family.spec.name == "logging.events"]
    assert [1] == [each.value for each in events.samples if each.tags == (("level", "error"),)]


@Component
class Jobs:
    """Has a schedule."""

    def __init__(self) -> None:
        """Begin with none that ran."""
        self.ran = asyncio.Event()

    @Scheduled(every="1h")
    async def sweep(self) -> None:
        """Fail, once an hour."""
        self.ran.set()
        raise OSError("full")


async def test_schedules_tell_when_they_ran_and_how_it_ended() -> None:
    """And when they run next."""
    async with start(application(Jobs), properties={"management.server.port": -1}) as context:
        await context.get(Jobs).ran.wait()
        while (numbers := await told(context))["scheduled.runs"][("failure", "jobs.sweep")] == 0:  # noqa: ASYNC110  # the loop turns
            await asyncio.sleep(0)

        assert {("failure", "jobs.sweep"): 1, ("success", "jobs.sweep"): 0} == numbers["scheduled.runs"]
        assert time.time() - 60 < numbers["scheduled.last"][("jobs.sweep",)] <= time.time()
        assert numbers["scheduled.next"][("jobs.sweep",)] > time.time() + 1800
