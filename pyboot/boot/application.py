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
from .container.context import ApplicationContext
from .container.override import Wiring
from .container.teardown import undo
from .diagnostics.failure import report_failure
from .lifecycle.events import ApplicationReadyEvent, ApplicationStartedEvent, ContextClosedEvent, ContextRefreshedEvent
from .lifecycle.phases import Phases
from .lifecycle.shutdown import ShutdownSignals
from .lifecycle.uptime import process_seconds
from .log import configure
from .loop import loop_factory
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
        parent: a running context whose singletons can be injected here as well.

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
    began = time.perf_counter()
    context, settings = blueprint.context, blueprint.settings.lifecycle
    start_timeout = settings.start_timeout.total_seconds() if settings.start_timeout else None
    phases = Phases(context, start_timeout, settings.timeout_per_shutdown_phase.total_seconds())
    await context.refresh(blueprint.graph)
    try:
        await phases.start()
        await context.publish(ContextRefreshedEvent(context))
        await context.publish(ApplicationStartedEvent(context, time.perf_counter() - began))
        await context.publish(ApplicationReadyEvent(context, time.perf_counter() - began))
        yield phases
    except BaseException as error:
        await undo(error, _stop(context, phases))
        raise
    await _stop(context, phases)


async def _stop(context: ApplicationContext, phases: Phases) -> None:
    """Announce the end, stop the phases, destroy the beans; a failure of one step does not keep the next from its turn."""
    failures: list[Exception] = []
    for step in (context.publish(ContextClosedEvent(context)), phases.stop(), context.aclose()):
        try:
            await step
        except ExceptionGroup as group:
            failures += group.exceptions
        except Exception as error:  # noqa: BLE001  reported below, together with the others
            failures.append(error)
    if failures:
        raise ExceptionGroup("the application did not stop cleanly", failures)


def run(application: type | Callable[[], type], args: Sequence[str] | None = None) -> None:
    """Run *application* until it is asked to stop: what ``pyboot run`` and ``python -m app`` call.

    Returns after an orderly end.

    Args:
        application: the application class, or a function that finds it, so that a failure to find it is reported as well.
        args: the command line after the program's name; default: ``sys.argv[1:]``.

    Raises:
        SystemExit: with code 1 after a failed start, whose report has been printed to standard error.
    """
    began = time.perf_counter()
    arguments = tuple(sys.argv[1:] if args is None else args)
    try:
        blueprint = _begin(application, arguments)
        with asyncio.Runner(loop_factory=loop_factory(blueprint.settings.main.loop)) as runner:
            code = runner.run(_serve(blueprint, began))
    except Exception as error:  # noqa: BLE001  whatever it is becomes a report
        code = report_failure(error, with_trace="--debug" in arguments)
    if code:
        raise SystemExit(code)


def _begin(application: type | Callable[[], type], arguments: Sequence[str]) -> Blueprint:
    """Prepare the application, set logging up, and show the banner."""
    found = application if isinstance(application, type) else application()
    configure()
    blueprint = prepare(found, Given(arguments=arguments))
    if blueprint.settings.main.banner_mode is BannerMode.CONSOLE:
        print(banner(blueprint.name), file=sys.stderr)
    if "--debug" in arguments:
        print(blueprint.registry.report, file=sys.stderr)
    return blueprint


async def _serve(blueprint: Blueprint, began: float) -> int:
    """Start, wait for a signal where something runs, and stop. A signal during the start undoes it."""
    with ShutdownSignals() as signals:
        work = asyncio.ensure_future(_live(blueprint, signals, began))
        asked = asyncio.ensure_future(signals.wait())
        await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not work.done() and not signals.is_up:
            work.cancel()
        try:
            return await work
        except asyncio.CancelledError:
            return 128 + signals.received if signals.received else 1


async def _live(blueprint: Blueprint, signals: ShutdownSignals, began: float) -> int:
    async with running(blueprint) as phases:
        signals.is_up = True
        if blueprint.settings.main.log_startup_info:
            seconds = time.perf_counter() - began
            _log.info("Started %s in %.2f seconds (process running for %.2f)", blueprint.name, seconds, process_seconds())
        if phases.running or blueprint.settings.main.keep_alive:
            await signals.wait()
    return 0
