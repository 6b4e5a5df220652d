"""Scheduling: methods run again and again, on a clock that the test turns."""

import asyncio
from dataclasses import dataclass, field
from typing import override

import pytest

from pyboot.boot import ApplicationContext, Async, Component, Import, Lazy, PyBootApplication, Scheduled, TaskExecutor, prepare, start
from pyboot.boot.errors import DefinitionError
from pyboot.boot.lifecycle.scheduling import ScheduleGuard, Scheduler


@dataclass
class TurnedClock:
    """Time that goes on when it is turned."""

    now: float = 1000.0
    sleepers: list[tuple[float, asyncio.Event]] = field(default_factory=list)
    asleep: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self.sleepers.append((self.now + seconds, event))
        self.asleep.set()
        await event.wait()

    async def turn(self) -> None:
        """Go on to the next moment that somebody sleeps for, and wait until somebody sleeps again."""
        await self.asleep.wait()
        self.asleep.clear()
        until, event = self.sleepers.pop(0)
        self.now = until
        event.set()
        await self.asleep.wait()


async def refreshed(*targets: object) -> ApplicationContext:
    """The context of an application that imports *targets*."""

    @Import(*targets)
    @PyBootApplication
    class App: ...

    blueprint = prepare(App)
    await blueprint.context.refresh(blueprint.graph)
    return blueprint.context


async def test_a_method_runs_at_its_points_and_a_failure_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    """The failure is logged with the method's name."""
    clock = TurnedClock()
    runs: list[float] = []

    @Component
    class Poller:
        @Scheduled(every="10s", initial="1s")
        async def poll(self) -> None:
            runs.append(clock.now)
            if len(runs) == 2:
                raise OSError("gone")

    scheduler = Scheduler(await refreshed(Poller), TaskExecutor(), clock=clock, sleep=clock.sleep)
    await scheduler.start()
    for _ in range(3):
        await clock.turn()
    await scheduler.stop()
    (task,) = scheduler.tasks

    assert [1001.0, 1011.0, 1021.0] == runs
    assert ("poller.poll", 3, 1, 1031.0) == (task.name, task.runs, task.failures, task.next_run)
    assert ["the scheduled method poller.poll failed"] == caplog.messages


async def test_a_run_that_something_else_has_cancelled_has_failed(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the schedule goes on; the cancel of the schedule itself ends it."""
    clock = TurnedClock()

    @Component
    class Poller:
        @Scheduled(every="10s", initial="1s")
        async def poll(self) -> None:
            lost = asyncio.get_running_loop().create_future()
            lost.cancel()
            await lost

    scheduler = Scheduler(await refreshed(Poller), TaskExecutor(), clock=clock, sleep=clock.sleep)
    await scheduler.start()
    for _ in range(3):
        await clock.turn()
    await scheduler.stop()
    (task,) = scheduler.tasks

    assert (3, 3) == (task.runs, task.failures)
    assert ["the scheduled method poller.poll failed"] * 3 == caplog.messages


async def test_a_run_never_overlaps_the_one_before_it() -> None:
    """A slow run moves the next one on."""
    clock = TurnedClock()
    starts: list[float] = []

    @Component
    class Slow:
        @Scheduled(every="10s")
        async def work(self) -> None:
            starts.append(clock.now)
            clock.now += 25

    scheduler = Scheduler(await refreshed(Slow), TaskExecutor(), clock=clock, sleep=clock.sleep)
    await scheduler.start()
    for _ in range(2):
        await clock.turn()
    await scheduler.stop()

    assert [1000.0, 1030.0] == starts


async def test_an_application_runs_its_schedules_and_leaves_none_behind() -> None:
    """A plain method runs in a worker thread."""
    loop = asyncio.get_running_loop()
    ran = asyncio.Event()

    @Component
    class Poller:
        @Scheduled(every="${poll.every}")
        def poll(self) -> None:
            loop.call_soon_threadsafe(ran.set)

    @Import(Poller)
    @PyBootApplication
    class App: ...

    before = asyncio.all_tasks()
    async with start(App, properties={"poll.every": "1h"}):
        await ran.wait()

    assert before == asyncio.all_tasks()


async def test_the_schedule_of_a_lazy_bean_begins_when_it_is_made() -> None:
    """Whoever asks for it first, from a worker thread too."""
    ran = asyncio.Event()

    @Lazy
    @Component
    class Poller:
        @Scheduled(every="1h")
        async def poll(self) -> None:
            ran.set()

    @Import(Poller)
    @PyBootApplication
    class App: ...

    before = asyncio.all_tasks()
    async with start(App) as context:
        assert not ran.is_set()
        await asyncio.to_thread(context.get, Poller)
        await ran.wait()

    assert before == asyncio.all_tasks()


async def test_a_wrong_schedule_of_a_lazy_bean_is_refused_at_the_start() -> None:
    """Whoever needs the bean first could not mend it."""

    @Lazy
    @Component
    class Poller:
        @Scheduled(every="soon")
        async def poll(self) -> None: ...

    with pytest.raises(DefinitionError, match=r"poller\.poll"):
        Scheduler(await refreshed(Poller), TaskExecutor())


async def test_a_scheduled_method_in_the_background_is_started_and_not_waited_for() -> None:
    """``@Async`` beside ``@Scheduled``: a run may overlap the one before it, and its failure is told by the executor."""
    started: list[int] = []
    release = asyncio.Event()
    twice = asyncio.Event()

    @Component
    class Poller:
        @Scheduled(every="10ms")
        @Async
        async def poll(self) -> None:
            started.append(1)
            if len(started) == 2:
                twice.set()
            await release.wait()

    @Import(Poller)
    @PyBootApplication
    class App: ...

    async with start(App):
        await twice.wait()
        release.set()

    assert 2 <= len(started)


async def test_a_schedule_of_one_node_runs_where_a_guard_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """A guard that cannot say lets nobody run it; where there is none this process does, and says so."""
    answers: list[object] = [True, False, ValueError("nobody knows"), True]

    @Component
    class Guard(ScheduleGuard):
        @override
        async def may_run(self, name: str, planned: float, following: float) -> bool:
            assert ("once.run", 10) == (name, following - planned)
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return bool(answer)

    runs: list[float] = []
    clock = TurnedClock()

    @Component
    class Once:
        @Scheduled(every="10s", cluster_once=True)
        async def run(self) -> None:
            runs.append(clock.now)

    scheduler = Scheduler(await refreshed(Once, Guard), TaskExecutor(), clock=clock, sleep=clock.sleep)
    await scheduler.start()
    for _ in range(4):
        await clock.turn()
    await scheduler.stop()
    (task,) = scheduler.tasks
    assert (2, 30.0, 2) == (len(runs), runs[1] - runs[0], task.left_to_others)

    clock = TurnedClock()
    alone = Scheduler(await refreshed(Once), TaskExecutor(), clock=clock, sleep=clock.sleep)
    await alone.start()
    await clock.turn()
    await alone.stop()
    assert 3 == len(runs)
    assert "once.run is scheduled with cluster_once, and there is no cluster: it runs in this process" in caplog.text
