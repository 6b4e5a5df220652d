"""The process of an application: from the command line to the exit code.

:func:`run` is what ``pyboot run`` and ``python -m app`` call. It prepares the application, sets logging up, gives the loop to
:mod:`.application`, and turns what becomes of it into an exit code: 0 after an orderly end, the code of the failure after its report,
128 and the number of a signal that has ended a start. Nothing here knows how beans are made.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from .application import Start, running
from .banner import banner
from .blueprint import Blueprint, prepare
from .config.load import Given
from .config.loggers import check_file, levels
from .console import open_missing_streams
from .container.breakable import Breakable
from .container.callbacks import called
from .container.teardown import PATIENCE_SECONDS, Callback
from .discovery.importing import importing_now
from .discovery.report import ConditionReport
from .errors import NestedRunError, UnguardedRunError
from .lifecycle.main_loop import run_on
from .lifecycle.shutdown import Shutdown, ShutdownSignals
from .lifecycle.threads import tell_of_lasting
from .log import configure
from .loop import is_running, loop_factory
from .model.origin import Origin, short_path
from .model.timeline import StartupTimeline
from .properties import BannerMode
from .startup_log import duration, introduction

_log = logging.getLogger("pyboot.boot.application")  # one name for all that is said of its life

_IMPORTED = time.perf_counter()

type Beside = Callable[[Blueprint], object]


class Host:
    """The surroundings of the process: a terminal or a service manager, which want nothing; a supervisor derives from it."""

    signals: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)
    """The signals that ask for the stop."""
    keeps_alive = False
    """Whether the application lives until it is asked to stop, even one that has nothing to do."""
    shows_banner = True
    shares_log_file = False
    """Whether other processes write to the log file as well."""

    def on_prepared(self, blueprint: Blueprint) -> None:
        """Take the application once it is checked, before logging is set up and anything is made."""

    def on_up(self, blueprint: Blueprint) -> None:
        """Take the application when everything is up. On its loop."""

    def report(self, error: Exception, given: Given) -> int:
        """Print the report of a start that failed; return the exit code."""
        from .diagnostics.failure import report_failure  # a start that works does not pay for the reports of those that fail

        return report_failure(error, with_trace="--debug" in given.arguments, masked=given.secrets.masked)


ALONE = Host()


def run(
    application: type | Callable[[], type],
    args: Sequence[str] | None = None,
    *,
    beside: Beside | None = None,
    host: Host = ALONE,
) -> None:
    """Run *application* until it is asked to stop: what ``pyboot run`` and ``python -m app`` call.

    Returns after an orderly end.

    Args:
        application: the application class, or a function that finds it, so that a failure to find it is reported as well.
        args: the command line after the program's name; default: ``sys.argv[1:]``.
        beside: called on the loop when everything is up; the application then lives until it is asked to stop, even one
            that has nothing to do.
        host: what the process runs in, where that has a say in its life.

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
        with ShutdownSignals(host.signals) as signals:
            blueprint = _introduce(application, given, host)
            shutdown = blueprint.framework_bean(Shutdown)
            seconds = blueprint.settings.task.shutdown_timeout.total_seconds()
            loop = loop_factory(blueprint.settings.main.loop)()
            start = Served(blueprint, began)
            start.tells_all = "--debug" in given.arguments
            code = run_on(loop, _serve(blueprint, signals, start, beside, host), seconds)
    except Exception as error:  # noqa: BLE001  whatever it is becomes a report
        code = host.report(error, given)
        code = code if shutdown is None else shutdown.exit_code or code
    tell_of_lasting(threads, PATIENCE_SECONDS)
    if code:
        raise SystemExit(code)


def _introduce(application: type | Callable[[], type], given: Given, host: Host) -> Blueprint:
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
        host.on_prepared(blueprint)
        _configure_logging(blueprint, shares_file=host.shares_log_file)
        if host.shows_banner and blueprint.settings.main.banner_mode is BannerMode.CONSOLE:
            with contextlib.suppress(OSError):  # standard error takes nothing: a full disk, say, which keeps no application from serving
                print(banner(blueprint.name), file=sys.stderr)
        if blueprint.settings.main.log_startup_info:
            for line in introduction(blueprint.environment):
                _log.info("%s", line)
    finally:  # what is wrong with the graph may come from what a condition left out
        if "--debug" in given.arguments:
            print(given.secrets.masked(str(report)), file=sys.stderr)
    return blueprint


def _configure_logging(blueprint: Blueprint, *, shares_file: bool) -> None:
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
        shares_file=shares_file,
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


async def _serve(blueprint: Blueprint, signals: ShutdownSignals, start: Served, beside: Beside | None, host: Host) -> int:
    """Start, wait until a stop is requested, and stop; a request during the start undoes the start."""
    with signals.handed_to(start.shutdown):
        work = asyncio.ensure_future(_live(blueprint, start, beside, host))
        start.shutdown.on_request(partial(start.break_off, work))
        try:
            return await work
        except asyncio.CancelledError:
            if not start.shutdown.is_requested:
                return 1
            return start.shutdown.exit_code or (128 + signals.received if signals.received and start.owes_work else 0)


async def _live(blueprint: Blueprint, start: Served, beside: Beside | None, host: Host) -> int:
    shutdown = start.shutdown
    try:
        async with running(blueprint, start) as phases:
            start.is_up = True
            host.on_up(blueprint)
            if beside is not None:
                beside(blueprint)
            if beside is not None or host.keeps_alive or phases.keeps_alive or blueprint.settings.main.keep_alive:
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


def process_seconds() -> float:
    """Return the seconds since the process started; where the system does not tell, since this module was imported."""
    try:
        fields = Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, AttributeError, ValueError, IndexError):
        return time.perf_counter() - _IMPORTED
