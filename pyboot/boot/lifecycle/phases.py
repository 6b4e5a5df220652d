"""Phases: beans that run (servers, schedulers, pollers) are started in ascending phase and stopped in reverse.

::

    phase                 who                                             started    stopped
    below 0               infrastructure: metrics, tracing                first      last
    0                     what has no opinion
    Phase.MANAGEMENT      who answers for the application: before all connections, until all of them have ended
    Phase.CLIENTS         connections to others: before who uses them, until who uses them has ended
    Phase.TASKS           schedulers, consumers
    Phase.SERVERS         servers: bind at start, close at stop
    Phase.DRAIN           what waits for requests in flight at stop
    Phase.LAST            what needs everything else up                   last       first

A lazy bean that is made later is started then, in the background, and stopped before all others.
"""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping
from functools import partial
from typing import Final, Protocol, runtime_checkable

from pyboot.boot.container.breakable import in_time
from pyboot.boot.container.callbacks import Step, called, take
from pyboot.boot.container.context import ApplicationContext
from pyboot.boot.container.teardown import PATIENCE_SECONDS, Ending, undo, wait_for
from pyboot.boot.errors import LifecycleError
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.timeline import StartupTimeline

_log = logging.getLogger(__name__)


class Phase:
    """The phases that the framework itself uses."""

    LAST: Final = 2**31 - 1
    DRAIN: Final = LAST - 1024
    SERVERS: Final = LAST - 2048
    TASKS: Final = LAST - 4096
    CLIENTS: Final = LAST - 8192
    MANAGEMENT: Final = LAST - 16384
    DEFAULT: Final = 0


@runtime_checkable
class Lifecycle(Protocol):
    """A bean that runs between start and stop; ``phase`` gives its place in the order (:class:`Phase`).

    Both methods may be ``def`` or ``async def``.
    """

    phase: int

    def start(self) -> Awaitable[None] | None:
        """Begin, and return when the work is up (for a server: when it is bound)."""

    def stop(self) -> Awaitable[None] | None:
        """End, and return when the work is done; called once for each start that succeeded."""


class Phases:
    """Starts and stops the ``Lifecycle`` beans of a context; a deadline of ``None`` waits as long as it takes.

    *step* takes each start as a step, and raises if there is to be none any more.
    """

    def __init__(
        self,
        context: ApplicationContext,
        start_seconds: float | None = None,
        stop_seconds: float | None = 30.0,
        timeline: StartupTimeline | None = None,
        step: Step = take,
    ) -> None:
        self.context = context
        self.start_seconds = start_seconds
        self.stop_seconds = stop_seconds
        self._step = step
        self.timeline = StartupTimeline() if timeline is None else timeline
        self._others: list[tuple[str, Lifecycle]] = []
        self._running: list[tuple[str, Lifecycle]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._late: list[tuple[str, Lifecycle]] = []
        self._late_start: asyncio.Task[None] | None = None

    @property
    def running(self) -> tuple[str, ...]:
        """The names of the beans that have been started, in the order of their start."""
        return tuple(name for name, _ in self._running)

    @property
    def keeps_alive(self) -> bool:
        """Tell whether anything runs that the application waits for; a bean with ``keeps_alive = False`` is not waited for."""
        return any(getattr(bean, "keeps_alive", True) for _, bean in self._running)

    def include(self, name: str, member: Lifecycle) -> None:
        """Start and stop *member*, which is no bean, together with the beans, by its phase."""
        self._others.append((name, member))

    async def start(self) -> None:
        """Start every lifecycle bean: lower phases first, and what a bean needs before it.

        If one fails, or the start is cancelled, those that had started are stopped again.

        Raises:
            LifecycleError: a bean failed or took too long; it is named.
        """
        try:
            self._loop = asyncio.get_running_loop()
            ordered = self._ordered(self.context.watch(self._on_late))
            for name, bean in ordered:
                with self.timeline.step(f"start {name}"):
                    await self._step(f"starting the bean '{name}'", partial(self._start, name, bean))
        except BaseException as error:
            await undo(error, self.stop)
            raise

    async def _start(self, name: str, bean: Lifecycle) -> None:
        deadline = asyncio.timeout(self.start_seconds)
        try:
            await in_time(called(bean.start), f"starting the bean '{name}'", deadline)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            if deadline.expired():
                reason = f"it was not up within {self.start_seconds} s (pyboot.lifecycle.start-timeout)"
            raise LifecycleError(name, bean.phase, reason) from error
        self._running.append((name, bean))

    def _on_late(self, definition: BeanDefinition, bean: object) -> None:
        """Note a bean that was made after the start was planned, whichever thread made it."""
        if self._loop is not None and isinstance(bean, Lifecycle):
            self._loop.call_soon_threadsafe(self._add_late, definition.name, bean)

    def _add_late(self, name: str, bean: Lifecycle) -> None:
        if self._loop is None:
            return  # the stop has begun: what never starts need not be stopped
        self._late.append((name, bean))
        if self._late_start is None or self._late_start.done():
            self._late_start = self._loop.create_task(self._start_late(), name="start of lazy beans")

    async def _start_late(self) -> None:
        """Start the beans that were made late, in the order of their making, which is that of their needs."""
        while self._late:
            name, bean = self._late.pop(0)
            try:
                await self._start(name, bean)
            except LifecycleError as error:
                _log.error("%s", error, exc_info=error)

    async def _end_late(self) -> None:
        """Take no more late beans; wait for the start of those that were taken, as long as a stop may take."""
        self._loop = None
        if self._late_start is not None:
            await asyncio.wait({self._late_start}, timeout=self.stop_seconds)
            self._late_start.cancel()
            await wait_for({self._late_start}, lambda: "", PATIENCE_SECONDS)
            if not self._late_start.done():
                _log.error("the start of lazy beans is left behind: it did not heed its cancel")

    async def stop(self) -> None:
        """Stop the running beans in reverse order of their start.

        Raises:
            ExceptionGroup: some failed or took too long; the others were stopped all the same.
        """
        ending = Ending()
        await ending.step("waiting for the start of lazy beans", self._end_late)
        while self._running:
            name, bean = self._running.pop()
            limit = f"{self.stop_seconds} s (pyboot.lifecycle.timeout-per-shutdown-phase)"
            late = f"the bean '{name}' (phase {bean.phase}) did not stop within {limit}"
            await ending.step(f"stopping the bean '{name}' (phase {bean.phase})", bean.stop, self.stop_seconds, late)
        ending.finish("some beans could not be stopped")

    def _ordered(self, singletons: Mapping[BeanDefinition, object]) -> list[tuple[str, Lifecycle]]:
        """Return the beans by phase, each after everything that it needs, whatever the phase of that."""
        ordered = [(definition.name, bean) for definition, bean in self._beans(singletons)]
        for name, member in self._others:
            later = [index for index, (_, bean) in enumerate(ordered) if bean.phase > member.phase]
            ordered.insert(later[0] if later else len(ordered), (name, member))
        return ordered

    def _beans(self, singletons: Mapping[BeanDefinition, object]) -> Iterable[tuple[BeanDefinition, Lifecycle]]:
        beans = {definition: bean for definition, bean in singletons.items() if isinstance(bean, Lifecycle)}
        for definition, bean in beans.items():
            if not isinstance(bean.phase, int):
                raise LifecycleError(definition.name, bean.phase, "its phase is no whole number")
        ordered: dict[BeanDefinition, Lifecycle] = {}
        for definition in sorted(beans, key=lambda entry: beans[entry].phase):
            for needed in self._needed(definition):
                if needed in beans:
                    ordered.setdefault(needed, beans[needed])
            ordered.setdefault(definition, beans[definition])
        return ordered.items()

    def _needed(self, definition: BeanDefinition) -> list[BeanDefinition]:
        """Return everything that *definition* needs, directly or not, in making order."""
        graph, found, waiting = self.context.graph, {definition}, [definition]
        while waiting:
            for needed in graph.needs(waiting.pop()):
                if needed not in found:
                    found.add(needed)
                    waiting.append(needed)
        return [entry for entry in graph.order if entry in found and entry is not definition]
