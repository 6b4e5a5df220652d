"""The start-up sequence, top to bottom: prepare, make, start, announce; and back."""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

from .banner import banner
from .blueprint import Blueprint, prepare
from .config.load import Given
from .config.loggers import check_file, levels
from .container.context import ApplicationContext
from .container.override import Wiring
from .container.teardown import undo
from .discovery.importing import importing_now
from .discovery.report import ConditionReport
from .errors import StartupBudgetError, UnguardedRunError
from .lifecycle.availability import ApplicationAvailability, LivenessState, ReadinessState
from .lifecycle.events import (
    ApplicationFailedEvent,
    ApplicationReadyEvent,
    ApplicationStartedEvent,
    ContextClosedEvent,
    ContextRefreshedEvent,
)
from .lifecycle.phases import Phases
from .lifecycle.runners import call_runners
from .lifecycle.scheduling import Scheduler
from .lifecycle.shutdown import Shutdown, ShutdownSignals
from .lifecycle.tasks import BackgroundMethods, TaskExecutor
from .lifecycle.uptime import process_seconds
from .log import configure
from .loop import loop_factory
from .model.timeline import StartupTimeline
from .properties import BannerMode

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


@asynccontextmanager
async def running(blueprint: Blueprint) -> AsyncIterator[Phases]:
    """Make and start the beans of *blueprint* for the time of the block."""
    deadlines = blueprint.settings.lifecycle
    start_seconds = deadlines.start_timeout.total_seconds() if deadlines.start_timeout else None
    stop_seconds = deadlines.timeout_per_shutdown_phase.total_seconds()
    phases = Phases(blueprint.context, start_seconds, stop_seconds, blueprint.timeline)
    blueprint.context.end_within(stop_seconds)
    try:
        await _begin(blueprint, phases)
    except BaseException as error:
        await undo(error, _announce_failure(blueprint, error), _end(blueprint, phases))
        raise
    try:
        yield phases
    except BaseException as error:
        await undo(error, _end(blueprint, phases))
        raise
    await _end(blueprint, phases)


async def _begin(blueprint: Blueprint, phases: Phases) -> None:
    """Make the beans, start them by phase, call the runners; tell the listeners after each step."""
    context, timeline, started = blueprint.context, blueprint.timeline, time.perf_counter()
    executor = blueprint.framework_bean(TaskExecutor)
    executor.bind(asyncio.get_running_loop())
    availability = blueprint.framework_bean(ApplicationAvailability)
    with timeline.step("beans"):
        processors = [BackgroundMethods(executor)]
        await context.refresh(blueprint.graph, processors=processors, timeline=timeline, deadline_seconds=phases.start_seconds)
        phases.include("scheduler", Scheduler(context, executor))
    with timeline.step("start"):
        await phases.start()
    await context.publish(ContextRefreshedEvent(context))
    await context.publish(ApplicationStartedEvent(context, time.perf_counter() - started))
    await availability.change(LivenessState.CORRECT)
    with timeline.step("runners"):
        await call_runners(context)
    await context.publish(ApplicationReadyEvent(context, time.perf_counter() - started))
    await availability.change(ReadinessState.ACCEPTING_TRAFFIC)
    _check_budget(blueprint)


def _check_budget(blueprint: Blueprint) -> None:
    budget, timeline = blueprint.settings.startup.budget, blueprint.timeline
    if blueprint.settings.startup.timeline:
        _log.info("the start, step by step:\n%s", timeline)
    if budget is not None and timeline.seconds > budget.total_seconds():
        slowest = [f"{seconds * 1000:.1f} ms  {step.name}" for step, seconds in timeline.slowest()]
        raise StartupBudgetError(timeline.seconds, budget.total_seconds(), slowest)


async def _end(blueprint: Blueprint, phases: Phases) -> None:
    """Announce the end, stop the phases, the tasks, the beans; a failure of one step does not keep the next from its turn."""
    context, failures = blueprint.context, list[Exception]()
    executor = blueprint.framework_bean(TaskExecutor)
    for step in (_announce_end(blueprint), phases.stop(), executor.aclose(), context.aclose()):
        try:
            await step
        except ExceptionGroup as group:
            failures += group.exceptions
        except Exception as error:  # noqa: BLE001  reported below, together with the others
            failures.append(error)
    if failures:
        raise ExceptionGroup("the application did not stop cleanly", failures)


async def _announce_failure(blueprint: Blueprint, error: BaseException) -> None:
    if blueprint.context.is_open:
        await blueprint.context.publish(ApplicationFailedEvent(blueprint.context, error))


async def _announce_end(blueprint: Blueprint) -> None:
    if blueprint.context.is_open:
        await blueprint.framework_bean(ApplicationAvailability).change(ReadinessState.REFUSING_TRAFFIC)
        await blueprint.context.publish(ContextClosedEvent(blueprint.context))


def run(application: type | Callable[[], type], args: Sequence[str] | None = None) -> None:
    """Run *application* until it is asked to stop: what ``pyboot run`` and ``python -m app`` call.

    Returns after an orderly end.

    Args:
        application: the application class, or a function that finds it, so that a failure to find it is reported as well.
        args: the command line after the program's name; default: ``sys.argv[1:]``.

    Raises:
        SystemExit: with code 1 after a failed start, whose report has been printed to standard error; with 128 and the number of
            a signal that has ended the start.
    """
    began = time.perf_counter()
    given = Given(arguments=tuple(sys.argv[1:] if args is None else args))
    try:
        place = importing_now(sys._getframe(1))
        if place is not None:
            raise UnguardedRunError(str(place))
        with ShutdownSignals() as signals:
            blueprint = _introduce(application, given)
            with asyncio.Runner(loop_factory=loop_factory(blueprint.settings.main.loop)) as runner:
                code = runner.run(_serve(blueprint, signals, began))
    except Exception as error:  # noqa: BLE001  whatever it is becomes a report
        from .diagnostics.failure import report_failure  # a start that works does not pay for the reports of those that fail

        code = report_failure(error, with_trace="--debug" in given.arguments, masked=given.secrets.masked)
    if code:
        raise SystemExit(code)


def _introduce(application: type | Callable[[], type], given: Given) -> Blueprint:
    """Prepare the application, set logging up, and show the banner."""
    timeline = StartupTimeline()
    with timeline.step("import the application"):
        found = application if isinstance(application, type) else application()
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
            _log.info("Active profiles: %s", ", ".join(blueprint.environment.active_profiles))
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


async def _serve(blueprint: Blueprint, signals: ShutdownSignals, began: float) -> int:
    """Start, wait where something runs until a stop is asked for, and stop. A signal during the start undoes it."""
    shutdown = blueprint.framework_bean(Shutdown)
    with signals.handed_to(shutdown):
        starting = asyncio.Event()
        work = asyncio.ensure_future(_live(blueprint, shutdown, starting, began))
        asked = asyncio.ensure_future(shutdown.wait())
        await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not work.done() and not starting.is_set():
            work.cancel()
        try:
            return await work
        except asyncio.CancelledError:
            return 128 + signals.received if signals.received else 1


async def _live(blueprint: Blueprint, shutdown: Shutdown, is_up: asyncio.Event, began: float) -> int:
    try:
        async with running(blueprint) as phases:
            is_up.set()
            if blueprint.settings.main.log_startup_info:
                seconds = time.perf_counter() - began
                _log.info("Started %s in %.2f seconds (process running for %.2f)", blueprint.name, seconds, process_seconds())
            if phases.keeps_alive or blueprint.settings.main.keep_alive:
                await shutdown.wait()
    except SystemExit as error:  # of a task it would tear the loop down, and be reported as a failure nobody has asked about
        return _exit_code(error)
    except ExceptionGroup as group:
        if not is_up.is_set():
            raise
        for failure in group.exceptions:
            _log.error("at the stop: %s", failure, exc_info=failure)
        return shutdown.exit_code or 1
    return shutdown.exit_code


def _exit_code(error: SystemExit) -> int:
    """The code that ``sys.exit`` means; a text is printed, as the interpreter does."""
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(error.code, file=sys.stderr)
    return 1
