"""Scheduling: runs the ``@Scheduled`` methods of all beans, each by a supervised task of its own.

A task sleeps until the next run is due, runs the method, and asks the trigger for the run after that. So two runs of one method never
overlap, and a run that takes too long delays its own schedule alone. Whatever a run raises is a failure of that run, ``SystemExit``
included, and the schedule goes on; a ``CancelledError`` ends the schedule only if the task itself has been cancelled, since a run
may raise one for reasons of its own. Beans are made in any thread, and lazy ones at any time: their schedules are begun on the loop
of the start, and none is begun once the stop has.
"""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pyboot.boot.container.context import ApplicationContext
from pyboot.boot.container.teardown import wait_for
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import get_origin
from pyboot.boot.model.label import labels
from pyboot.boot.model.method import labelled_methods
from pyboot.boot.model.origin import origin_of
from pyboot.boot.model.task import AsyncLabel, Scheduled

from .phases import Phase
from .tasks import TaskExecutor

if TYPE_CHECKING:
    from .trigger import Trigger

_log = logging.getLogger(__name__)


class ScheduleGuard(ABC):
    """Decides which of several processes runs a method that is scheduled with ``cluster_once``; a bean of who joins them."""

    @abstractmethod
    async def may_run(self, name: str, planned: float, following: float) -> bool:
        """Tell whether this process is the one for the run of *name* that is *planned*, a time in seconds since the epoch.

        *following* is when the next one would be; processes plan other times but for those of cron.
        """


class ScheduledTask:
    """One scheduled method and the record of its runs; times are seconds since the epoch.

    A method that is ``@Async`` as well ``is_background``: each run starts it, and its failures are the executor's to tell.
    """

    def __init__(self, name: str, method: Callable[[], Any], trigger: "Trigger", *, is_background: bool, is_once: bool = False) -> None:
        self.name = name
        self.method = method
        self.trigger = trigger
        self.is_background = is_background
        self.is_once = is_once
        self.runs = 0
        self.left_to_others = 0
        self.failures = 0
        self.next_run: float | None = None
        self.last_run: float | None = None
        self.last_error: BaseException | None = None


class ScheduledTasks:
    """All scheduled methods with the record of their runs, as a bean: for who looks into a running application."""

    def __init__(self) -> None:
        self.tasks: tuple[ScheduledTask, ...] = ()


class Scheduler:
    """Runs the scheduled methods of a context between :meth:`start` and :meth:`stop`.

    A run that fails is logged, and the schedule goes on. Two runs of one method never overlap, unless it is ``@Async``. A plain
    ``def`` runs in a worker thread of *executor*. The schedules of a lazy bean begin when it has been made.
    """

    def __init__(
        self,
        context: ApplicationContext,
        executor: TaskExecutor,
        *,
        record: ScheduledTasks | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.phase = Phase.TASKS
        self._executor = executor
        self._clock = clock
        self._sleep = sleep
        self._schedules: list[asyncio.Task[None]] = []
        self._context = context
        self._loop: asyncio.AbstractEventLoop | None = None
        self._guard: ScheduleGuard | None = None
        self._record = ScheduledTasks() if record is None else record
        for definition, bean in context.watch(self._on_late).items():
            self.tasks += _tasks_of(context, definition, bean)
        _check_lazy(context)

    @property
    def tasks(self) -> tuple[ScheduledTask, ...]:
        """The scheduled methods."""
        return self._record.tasks

    @tasks.setter
    def tasks(self, tasks: tuple[ScheduledTask, ...]) -> None:
        self._record.tasks = tasks

    @property
    def keeps_alive(self) -> bool:
        """Tell whether there is a schedule, for which an application is kept running."""
        return bool(self.tasks)

    async def start(self) -> None:
        """Begin all schedules."""
        self._loop = asyncio.get_running_loop()
        self._guard = self._context.find(ScheduleGuard)  # type: ignore[type-abstract]  # by its base
        self._begin(self.tasks)

    def _begin(self, tasks: Iterable[ScheduledTask]) -> None:
        for task in tasks:
            self._schedules.append(asyncio.create_task(self._run(task), name=f"schedule of {task.name}"))

    def _on_late(self, definition: BeanDefinition, bean: object) -> None:
        """Take up the schedules of a bean that has been made after the start, whichever thread made it."""
        tasks = _tasks_of(self._context, definition, bean)
        if tasks and self._loop is not None:
            self._loop.call_soon_threadsafe(self._add, tasks)
        else:
            self.tasks += tasks

    def _add(self, tasks: tuple[ScheduledTask, ...]) -> None:
        if self._loop is not None:  # else the stop has begun
            self.tasks += tasks
            self._begin(tasks)

    async def stop(self) -> None:
        """End all schedules: a run that waits is cancelled, one in a worker thread is waited for by the executor."""
        self._loop = None
        schedules, self._schedules = self._schedules, []
        for task in schedules:
            task.cancel()
        await wait_for(
            schedules, lambda: f"waiting for the {', the '.join(task.get_name() for task in schedules if not task.done())}", None
        )

    async def _run(self, task: ScheduledTask) -> None:
        task.next_run = task.trigger.first(self._clock())
        if task.is_once and self._guard is None:
            _log.warning("%s is scheduled with cluster_once, and there is no cluster: it runs in this process", task.name)
        while True:
            await self._sleep(max(0.0, task.next_run - self._clock()))
            if task.is_once and self._guard is not None and not await _is_ours(task, self._guard):
                task.left_to_others += 1
                task.next_run = task.trigger.following(task.next_run, self._clock())
                continue
            task.last_run = self._clock()
            task.runs += 1
            try:
                if task.is_background:
                    task.method()
                else:
                    await self._executor.call(task.method)
                task.last_error = None
            except GeneratorExit:
                raise  # the loop is gone
            except BaseException as error:
                if not (isinstance(error, asyncio.CancelledError) and _is_cancelled()):
                    task.failures += 1
                    task.last_error = error
                    _log.error("the scheduled method %s failed", task.name, exc_info=error)
                if _is_cancelled():
                    raise
            task.next_run = task.trigger.following(task.next_run, self._clock())


async def _is_ours(task: ScheduledTask, guard: ScheduleGuard) -> bool:
    assert task.next_run is not None
    try:
        return await guard.may_run(task.name, task.next_run, task.trigger.following(task.next_run, task.next_run))
    except Exception as error:  # noqa: BLE001  # of whoever joins the processes
        _log.error("nobody could say whether %s is to run here, so it does not", task.name, exc_info=error)
        return False


def _is_cancelled() -> bool:
    """Tell whether the running task itself has been cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _tasks_of(context: ApplicationContext, definition: BeanDefinition, bean: object) -> tuple[ScheduledTask, ...]:
    return tuple(
        ScheduledTask(f"{definition.name}.{name}", getattr(bean, name), trigger, is_background=is_background, is_once=is_once)
        for name, trigger, is_background, is_once in _schedules(context, definition, type(bean))
    )


def _schedules(context: ApplicationContext, definition: BeanDefinition, kind: type) -> Iterator[tuple[str, "Trigger", bool, bool]]:
    """Iterate over the scheduled methods of *kind*, each with its trigger, whether it runs in the background, and on one node alone."""
    for name in labelled_methods(kind, Scheduled):
        from .trigger import trigger_of  # an application without schedules does not pay for the reading of them

        method = getattr(kind, name)
        for mark in labels(method, Scheduled):
            trigger = trigger_of(mark, context.environment.resolve, f"{definition.name}.{name}", str(origin_of(method)))
            yield name, trigger, bool(labels(method, AsyncLabel)), mark.cluster_once


def _check_lazy(context: ApplicationContext) -> None:
    """Refuse wrong schedules of beans that are not made yet: whoever needs such a bean first could not mend them."""
    there = context.singletons
    for definition in context.graph.index.definitions:
        kind = get_origin(definition.provides) or definition.provides
        if isinstance(kind, type) and definition.inherited is None and definition not in there:
            for _ in _schedules(context, definition, kind):
                pass
