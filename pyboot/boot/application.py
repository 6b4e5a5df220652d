"""The life of an application, from top to bottom: prepare, make, start, announce; and back.

:func:`start` runs one inside a program or a test. Whoever runs a process around it (:mod:`.process`) watches the start by a
:class:`Start`, which may break it off between its steps or inside one. What has begun is undone whatever breaks it off: each step of
an end has its turn (:mod:`.container.teardown`), and what the undoing raises is noted on the first error.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import MappingProxyType
from typing import Any

from .blueprint import Blueprint, prepare
from .config.load import Given
from .container.callbacks import take
from .container.context import ApplicationContext
from .container.override import Wiring
from .container.teardown import Callback, Ending, Watchdog, undo
from .errors import StartupBudgetError
from .lifecycle.availability import ApplicationAvailability, LivenessState, ReadinessState
from .lifecycle.events import (
    ApplicationFailedEvent,
    ApplicationReadyEvent,
    ApplicationStartedEvent,
    ContextClosedEvent,
    ContextRefreshedEvent,
)
from .lifecycle.phases import Phases
from .lifecycle.runners import call_runners, has_runners
from .lifecycle.scheduling import ScheduledTasks, Scheduler
from .lifecycle.tasks import BackgroundMethods, TaskExecutor

_log = logging.getLogger(__name__)

NO_BEANS: Mapping[Any, object] = MappingProxyType({})


@asynccontextmanager
async def start(
    application: type,
    *,
    properties: Mapping[str, object] | None = None,
    args: Sequence[str] = (),
    profiles: Sequence[str] = (),
    beans: Mapping[Any, object] = NO_BEANS,
    parent: ApplicationContext | None = None,
) -> AsyncIterator[ApplicationContext]:
    """Run *application* inside a program or a test: ``async with start(App, properties={...}) as context:``.

    It is up when the block begins and has stopped when it ends, however it ends.

    Args:
        application: a class labelled ``@PyBootApplication``.
        properties: settings that win over all others, by dotted key.
        args: a command line.
        profiles: the active profiles, instead of those that the settings name.
        beans: objects to put in place of beans, by type or by bean name, before anything is made.
        parent: a running context whose beans can be had here as well, and which hears the events of this one.

    Raises:
        BootError: it could not start; what had started was stopped again.
        ExceptionGroup: some of it could not be stopped.
    """
    given = Given(properties=properties or {}, arguments=args, profiles=profiles)
    blueprint = prepare(application, given, Wiring(beans, parent))
    async with running(blueprint):
        yield blueprint.context


class Start:
    """The view that a start takes of the outside: this one has none; :class:`Served` lets a request to stop break the start off."""

    tells_all = False
    """Whether the log gets every step of the start, as after ``--debug``."""

    async def step(self, doing: str, work: Callback) -> None:
        """Take a step of the start, which the log calls *doing*, or raise if the start is to be broken off."""
        await self.take(doing, work)

    async def take(self, doing: str, work: Callback) -> None:
        """Take a step that no request to stop leaves out, though one may break it off."""
        await take(doing, work)

    def on_phases(self, has_work: bool) -> None:
        """Note that all phases are up, so that servers listen; *has_work* tells whether runners follow."""

    def on_started(self) -> None:
        """Note that everything is up, before the runners are called."""

    def on_over(self) -> None:
        """Note that the start has ended, well or not, so that nothing is left to be broken off."""


UNHEEDING = Start()


@asynccontextmanager
async def running(blueprint: Blueprint, start: Start = UNHEEDING) -> AsyncIterator[Phases]:
    """Make and start the beans of *blueprint* for the time of the block, and stop and destroy them behind it."""
    deadlines = blueprint.settings.lifecycle
    start_seconds = deadlines.start_timeout.total_seconds() if deadlines.start_timeout else None
    stop_seconds = deadlines.timeout_per_shutdown_phase.total_seconds()
    phases = Phases(blueprint.context, start_seconds, stop_seconds, blueprint.timeline, start.step)
    blueprint.context.end_within(stop_seconds)
    try:
        await _begin(blueprint, phases, start)
    except BaseException as error:
        start.on_over()
        await undo(error, partial(_announce_failure, blueprint, error, stop_seconds), partial(_end, blueprint, phases))
        raise
    start.on_over()
    try:
        yield phases
    except BaseException as error:
        await undo(error, partial(_end, blueprint, phases))
        raise
    await _end(blueprint, phases)


async def _begin(blueprint: Blueprint, phases: Phases, start: Start) -> None:
    """Make the beans, start them by phase, call the runners; tell the listeners after each step."""
    context, timeline = blueprint.context, blueprint.timeline
    started = time.perf_counter() - timeline.seconds  # the application's import and its settings are part of a start
    executor = blueprint.framework_bean(TaskExecutor)
    executor.bind(asyncio.get_running_loop())
    availability = blueprint.framework_bean(ApplicationAvailability)
    with timeline.step("beans"):
        processors, seconds = [BackgroundMethods(executor)], phases.start_seconds
        await context.refresh(blueprint.graph, processors=processors, timeline=timeline, deadline_seconds=seconds, step=start.step)
        phases.include("scheduler", Scheduler(context, executor, record=blueprint.framework_bean(ScheduledTasks)))
    with timeline.step("start"):
        await phases.start()
    start.on_phases(has_runners(context))
    await start.step("telling of the refresh", lambda: context.publish(ContextRefreshedEvent(context)))
    await start.step("telling of the start", lambda: context.publish(ApplicationStartedEvent(context, time.perf_counter() - started)))
    await start.step("telling of the liveness", partial(availability.change, LivenessState.CORRECT))
    _check_budget(blueprint)
    start.on_started()
    with timeline.step("runners"):
        await call_runners(context, start.step)
    await start.take("telling that it is ready", lambda: context.publish(ApplicationReadyEvent(context, time.perf_counter() - started)))
    await start.take("telling of the readiness", partial(availability.change, ReadinessState.ACCEPTING_TRAFFIC))
    if blueprint.settings.startup.timeline or start.tells_all:
        _log.info("the start, step by step:\n%s", timeline)


def _check_budget(blueprint: Blueprint) -> None:
    """Refuse a start that took longer than ``pyboot.startup.budget``; the runners, whose work takes what it takes, are not counted."""
    budget, timeline = blueprint.settings.startup.budget, blueprint.timeline
    if budget is not None and timeline.seconds > budget.total_seconds():
        slowest = [f"{seconds * 1000:.1f} ms  {step.name}" for step, seconds in timeline.slowest()]
        raise StartupBudgetError(timeline.seconds, budget.total_seconds(), slowest)


async def _end(blueprint: Blueprint, phases: Phases) -> None:
    """Announce the end, then stop the phases, the tasks and the beans; whatever becomes of one step, the next one has its turn."""
    ending = Ending()
    with Watchdog():
        await ending.step("announcing the end", partial(_announce_end, blueprint, phases.stop_seconds))
        await ending.step("stopping beans", phases.stop)
        await ending.step("ending background tasks", blueprint.framework_bean(TaskExecutor).aclose)
        await ending.step("destroying beans", blueprint.context.aclose)
    ending.finish("the application did not stop cleanly")


async def _announce_failure(blueprint: Blueprint, error: BaseException, seconds: float | None) -> None:
    if blueprint.context.is_open:
        await blueprint.context.announce(ApplicationFailedEvent(blueprint.context, error), seconds)


async def _announce_end(blueprint: Blueprint, seconds: float | None) -> None:
    if blueprint.context.is_open:
        ending = Ending()
        availability = blueprint.framework_bean(ApplicationAvailability)
        await ending.step("refusing work", partial(availability.refuse, seconds))
        await ending.step("telling that the end has begun", partial(availability.drain, seconds))
        await ending.step("telling of the end", partial(blueprint.context.announce, ContextClosedEvent(blueprint.context), seconds))
        ending.finish("some listeners failed")
