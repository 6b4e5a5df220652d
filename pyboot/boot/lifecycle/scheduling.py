"""Scheduling: the ``@Scheduled`` methods of all beans, run by one supervised task each."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyboot.boot.container.context import ApplicationContext
from pyboot.boot.model.generic import get_origin
from pyboot.boot.model.label import labels
from pyboot.boot.model.method import labelled_methods
from pyboot.boot.model.origin import origin_of
from pyboot.boot.model.scope import Scope
from pyboot.boot.model.task import Scheduled

from .phases import Phase
from .tasks import TaskExecutor

if TYPE_CHECKING:
    from .trigger import Trigger

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class ScheduledTask:
    """One scheduled method with what is known of its runs; times are seconds since the epoch."""

    name: str
    method: Callable[[], Any]
    trigger: "Trigger"
    runs: int = 0
    failures: int = 0
    next_run: float | None = None
    last_run: float | None = None
    last_error: BaseException | None = None


class Scheduler:
    """Runs the scheduled methods of a context between :meth:`start` and :meth:`stop`.

    A run that fails is logged, and the schedule goes on. Two runs of one method never overlap. A plain ``def`` runs in
    a worker thread of *executor*.
    """

    def __init__(
        self,
        context: ApplicationContext,
        executor: TaskExecutor,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.phase = Phase.TASKS
        self._executor = executor
        self._clock = clock
        self._sleep = sleep
        self._running: list[asyncio.Task[None]] = []
        self.tasks = tuple(_found(context))

    async def start(self) -> None:
        """Begin all schedules."""
        for task in self.tasks:
            self._running.append(asyncio.create_task(self._run(task), name=f"schedule of {task.name}"))

    async def stop(self) -> None:
        """End all schedules: a run that waits is cancelled, one in a worker thread is waited for by the executor."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        self._running.clear()

    async def _run(self, task: ScheduledTask) -> None:
        task.next_run = task.trigger.first(self._clock())
        while True:
            await self._sleep(max(0.0, task.next_run - self._clock()))
            task.last_run = self._clock()
            task.runs += 1
            try:
                await self._executor.call(task.method)
                task.last_error = None
            except Exception as error:  # noqa: BLE001  one failed run does not end the schedule
                self._failed(task, error)
            except asyncio.CancelledError as error:  # of something that the run has awaited, unless it is the end of this schedule
                if _is_cancelled():
                    raise
                self._failed(task, error)
            task.next_run = task.trigger.following(task.next_run, self._clock())

    def _failed(self, task: ScheduledTask, error: BaseException) -> None:
        task.failures += 1
        task.last_error = error
        _log.error("the scheduled method %s failed", task.name, exc_info=error)


def _is_cancelled() -> bool:
    """Whether somebody wants the running task itself to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _found(context: ApplicationContext) -> list[ScheduledTask]:
    marked = [
        (definition, bean, name, mark)
        for definition, bean in context.singletons.items()
        for name in labelled_methods(type(bean), Scheduled)
        for mark in labels(getattr(type(bean), name), Scheduled)
    ]
    _warn_of_idle(context)
    if not marked:
        return []
    from .trigger import trigger_of  # an application without schedules does not pay for the reading of them

    tasks = []
    for definition, bean, name, mark in marked:
        subject, location = f"{definition.name}.{name}", str(origin_of(getattr(type(bean), name)))
        tasks.append(ScheduledTask(subject, getattr(bean, name), trigger_of(mark, context.environment.resolve, subject, location)))
    return tasks


def _warn_of_idle(context: ApplicationContext) -> None:
    """Say which schedules never run, since their beans are not there when the application starts."""
    for definition in context.graph.index.definitions:
        kind = get_origin(definition.provides) or definition.provides
        if definition in context.singletons or definition.inherited is not None or not isinstance(kind, type):
            continue
        for name in labelled_methods(kind, Scheduled):
            reason = "lazy and nobody has needed it" if definition.scope == Scope.SINGLETON else f"of the scope {definition.scope}"
            _log.warning("the schedule of %s.%s does not run: the bean is %s", definition.name, name, reason)
