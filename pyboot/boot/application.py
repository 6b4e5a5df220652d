"""The start-up sequence, from top to bottom: prepare, make, start, announce; and back."""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import MappingProxyType
from typing import Any

from .banner import banner
from .blueprint import Blueprint, prepare
from .config.load import Given
from .config.loggers import check_file, levels
from .console import open_missing_streams
from .container.breakable import Breakable
from .container.callbacks import called, take
from .container.context import ApplicationContext
from .container.override import Wiring
from .container.teardown import PATIENCE_SECONDS, Callback, Ending, Watchdog, undo
from .discovery.importing import importing_now
from .discovery.report import ConditionReport
from .errors import NestedRunError, StartupBudgetError, UnguardedRunError
from .lifecycle.availability import ApplicationAvailability, LivenessState, ReadinessState
from .lifecycle.events import (
    ApplicationFailedEvent,
    ApplicationReadyEvent,
    ApplicationStartedEvent,
    ContextClosedEvent,
    ContextRefreshedEvent,
)
from .lifecycle.main_loop import run_on
from .lifecycle.phases import Phases
from .lifecycle.runners import call_runners, has_runners
from .lifecycle.scheduling import Scheduler
from .lifecycle.shutdown import Shutdown, ShutdownSignals
from .lifecycle.tasks import BackgroundMethods, TaskExecutor
from .lifecycle.threads import tell_of_lasting
from .lifecycle.uptime import process_seconds
from .log import configure
from .loop import is_running, loop_factory
from .model.origin import Origin, short_path
from .model.timeline import StartupTimeline
from .properties import BannerMode
from .startup_log import duration, introduction

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
    context, timeline, started = blueprint.context, blueprint.timeline, time.perf_counter()
    executor = blueprint.framework_bean(TaskExecutor)
    executor.bind(asyncio.get_running_loop())
    availability = blueprint.framework_bean(ApplicationAvailability)
    with timeline.step("beans"):
        processors, seconds = [BackgroundMethods(executor)], phases.start_seconds
        await context.refresh(blueprint.graph, processors=processors, timeline=timeline, deadline_seconds=seconds, step=start.step)
        phases.include("scheduler", Scheduler(context, executor))
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
        await ending.step("refusing work", partial(blueprint.framework_bean(ApplicationAvailability).refuse, seconds))
        await ending.step("telling of the end", partial(blueprint.context.announce, ContextClosedEvent(blueprint.context), seconds))
        ending.finish("some listeners failed")


def run(application: type | Callable[[], type], args: Sequence[str] | None = None) -> None:
    """Run *application* until it is asked to stop: what ``pyboot run`` and ``python -m app`` call.

    Returns after an orderly end.

    Args:
        application: the application class, or a function that finds it, so that a failure to find it is reported as well.
        args: the command line after the program's name; default: ``sys.argv[1:]``.

    Raises:
        SystemExit: with code 1 after a failed start, whose report has been printed to standard error; with 128 and the number of
            a signal that has ended the start before it was up or had done its work.
    """
    began, shutdown, threads = time.perf_counter(), None, threading.enumerate()
    open_missing_streams()
    given = Given(arguments=tuple(sys.argv[1:] if args is None else args))
    try:
        place = importing_now(sys._getframe(1))
        if place is not None:
            raise UnguardedRunError(str(place))
        if is_running():
            caller = sys._getframe(1)
            raise NestedRunError(str(Origin(short_path(caller.f_code.co_filename), caller.f_lineno)))
        with ShutdownSignals() as signals:
            blueprint = _introduce(application, given)
            shutdown = blueprint.framework_bean(Shutdown)
            seconds = blueprint.settings.task.shutdown_timeout.total_seconds()
            code = run_on(
                loop_factory(blueprint.settings.main.loop)(),
                _serve(blueprint, signals, began, tells_all="--debug" in given.arguments),
                seconds,
            )
    except Exception as error:  # noqa: BLE001  whatever it is becomes a report
        from .diagnostics.failure import report_failure  # a start that works does not pay for the reports of those that fail

        code = report_failure(error, with_trace="--debug" in given.arguments, masked=given.secrets.masked)
        code = code if shutdown is None else shutdown.exit_code or code
    tell_of_lasting(threads, PATIENCE_SECONDS)
    if code:
        raise SystemExit(code)


def _introduce(application: type | Callable[[], type], given: Given) -> Blueprint:
    """Prepare the application, set logging up, and show the banner."""
    timeline = StartupTimeline()
    with timeline.step("import the application"):
        found = application if isinstance(application, type) or not callable(application) else application()
    configure()
    report = ConditionReport()
    try:
        blueprint = prepare(found, given, timeline=timeline, report=report)
        strange = blueprint.strange_options(given.arguments)
        if strange is not None:
            raise strange
        _configure_logging(blueprint)
        if blueprint.settings.main.banner_mode is BannerMode.CONSOLE:
            print(banner(blueprint.name), file=sys.stderr)
        if blueprint.settings.main.log_startup_info:
            for line in introduction(blueprint.environment):
                _log.info("%s", line)
    finally:  # what is wrong with the graph may come from what a condition left out
        if "--debug" in given.arguments:
            print(given.secrets.masked(str(report)), file=sys.stderr)
    return blueprint


def _configure_logging(blueprint: Blueprint) -> None:
    settings = blueprint.logging
    if settings.file.name is not None:
        check_file(blueprint.environment, settings.file.name)
    configure(
        levels(blueprint.environment),
        layout=settings.layout,
        color=settings.color,
        service=blueprint.name,
        file=settings.file.name,
        max_file_bytes=settings.file.max_size,
        kept_files=settings.file.max_history,
        masked=blueprint.environment.secrets.masked,
    )


class Served(Start):
    """A start that a request to stop breaks off: before its next step, or where it waits."""

    def __init__(self, blueprint: Blueprint, began: float) -> None:
        self._blueprint = blueprint
        self._began = began
        self.shutdown = blueprint.framework_bean(Shutdown)
        self.is_up = False
        self.owes_work = True
        """Whether a stop now would leave undone what the start is for; once servers listen, only runners are."""
        self._is_over = False
        self._step: Breakable[object] | None = None

    def on_phases(self, has_work: bool) -> None:
        """Make a request to stop an orderly one from now on, unless runners would be left out."""
        self.owes_work = has_work

    async def step(self, doing: str, work: Callback) -> None:
        """Take a step, or raise ``CancelledError`` if a stop has been requested."""
        if self.shutdown.is_requested:
            self.on_over()
            raise asyncio.CancelledError
        await self.take(doing, work)

    async def take(self, doing: str, work: Callback) -> None:
        """Take a step that :meth:`break_off` can reach."""
        self._step = Breakable(called(work), doing)
        await self._step

    def on_started(self) -> None:
        """Log how long the start took."""
        if self._blueprint.settings.main.log_startup_info:
            seconds = time.perf_counter() - self._began
            took = duration(self._blueprint.timeline)
            _log.info("Started %s in %.2f seconds (process running for %.2f): %s", self._blueprint.name, seconds, process_seconds(), took)

    def on_over(self) -> None:
        """Leave everything that follows alone."""
        self._is_over = True

    def break_off(self, work: "asyncio.Task[int]") -> None:
        """Cancel *work* where it waits; if *work* itself asks, cancel it at its next wait."""
        if asyncio.current_task() is work:
            asyncio.get_running_loop().call_soon(self.break_off, work)
        elif not self._is_over:
            work.cancel()
            if self._step is not None:
                self._step.insist(self._blueprint.settings.lifecycle.timeout_per_shutdown_phase.total_seconds())


async def _serve(blueprint: Blueprint, signals: ShutdownSignals, began: float, *, tells_all: bool) -> int:
    """Start, wait until a stop is requested, and stop; a request during the start undoes the start."""
    start = Served(blueprint, began)
    start.tells_all = tells_all
    with signals.handed_to(start.shutdown):
        work = asyncio.ensure_future(_live(blueprint, start))
        start.shutdown.on_request(partial(start.break_off, work))
        try:
            return await work
        except asyncio.CancelledError:
            if not start.shutdown.is_requested:
                return 1
            return start.shutdown.exit_code or (128 + signals.received if signals.received and start.owes_work else 0)


async def _live(blueprint: Blueprint, start: Served) -> int:
    shutdown = start.shutdown
    try:
        async with running(blueprint, start) as phases:
            start.is_up = True
            if phases.keeps_alive or blueprint.settings.main.keep_alive:
                await shutdown.wait()
    except SystemExit as error:  # of a task it would tear the loop down, and be reported as a failure nobody has asked about
        return shutdown.exit_code or _exit_code(error)
    except ExceptionGroup as group:
        if not start.is_up:
            raise
        for failure in group.exceptions:
            _log.error("at the stop: %s", failure, exc_info=failure)
        return shutdown.exit_code or 1
    return shutdown.exit_code


def _exit_code(error: SystemExit) -> int:
    """Return the code that ``sys.exit`` means; a text is printed and means 1, as the interpreter has it."""
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(error.code, file=sys.stderr)
    return 1
