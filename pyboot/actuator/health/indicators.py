"""HealthIndicators: all indicators of an application by name, asked at once, each with a deadline.

Laws. Each indicator has an answer, whatever it does: one that raises, hangs, or tells what is no health or has no form in JSON is DOWN,
with the reason. One that hangs is cancelled, and nobody waits until it heeds that. The others do not wait for it beyond the deadline.
"""

import asyncio
import inspect
import logging
import time
from collections.abc import Mapping
from typing import Any, Final, final

from pyboot.boot import ApplicationContext, BeanDefinition
from pyboot.boot.config.names import uniform

from .health import Health
from .indicator import HealthIndicator, Told, component_name

_log = logging.getLogger("pyboot.actuator")

_left: Final[set[asyncio.Task[Told]]] = set()  # what did not heed its cancel yet: a task that nobody holds may vanish


@final
class HealthIndicators:
    """The indicators of *context*; one may take *timeout_seconds*, and the log tells of one that takes *slow_seconds*."""

    def __init__(self, context: ApplicationContext, timeout_seconds: float, slow_seconds: float) -> None:
        self._context = context
        self._timeout_seconds = timeout_seconds
        self._slow_seconds = slow_seconds
        found = (each for each in context.graph.index.definitions if issubclass(each.bean_class, HealthIndicator))
        self._definitions = {component_name(each): each for each in found}

    @property
    def names(self) -> list[str]:
        """The components, in the order of their names."""
        return sorted(self._definitions)

    def find(self, name: str) -> str | None:
        """Return the component that *name* means, however it is spelled; None if there is none."""
        return next((each for each in self._definitions if uniform(each) == uniform(name)), None)

    async def ask(self, names: list[str]) -> Mapping[str, Health]:
        """Return the health of each of *names*. If cancelled, what was asked is."""
        tasks = {name: asyncio.create_task(self._told(name, self._definitions[name]), name=f"health of {name}") for name in names}
        if not tasks:
            return {}
        try:
            await asyncio.wait(tasks.values(), timeout=self._timeout_seconds)
        finally:
            for task in tasks.values():
                if task.cancel():
                    _left.add(task)
                    task.add_done_callback(_forget)
        return {name: self._outcome(name, task) for name, task in tasks.items()}

    def _outcome(self, name: str, task: "asyncio.Task[Told]") -> Health:
        if not task.done():
            _log.warning("the health indicator '%s' did not answer within %g s", name, self._timeout_seconds)
            return Health.down(f"no answer within {self._timeout_seconds:g} s")
        if task.cancelled():
            return Health.down("it was cancelled")
        told: Any = task.result()  # Any: an indicator of a user's may tell anything
        if isinstance(told, Mapping) and all(isinstance(each, Health) for each in told.values()):
            told = Health.composed({str(part): each for part, each in told.items()})
        if not isinstance(told, Health):
            return Health.down(f"its indicator told a {type(told).__name__}, which is no Health")
        flaw = _flaw(told)
        return told if flaw is None else Health.down(f"its indicator told what cannot be shown: {flaw}")

    async def _told(self, name: str, definition: BeanDefinition) -> Told:
        begun = time.monotonic()
        try:
            indicator: HealthIndicator = await self._context.abean(definition)
            told: Any = indicator.health()
            answer: Told = await told if inspect.isawaitable(told) else told
        except Exception as error:  # noqa: BLE001  whatever an indicator raises, its part is down
            _log.warning("the health indicator '%s' raised", name, exc_info=error)
            answer = Health.down(error)
        if (seconds := time.monotonic() - begun) >= self._slow_seconds:
            _log.warning("the health indicator '%s' took %.1f s", name, seconds)
        return answer


def _flaw(told: Any) -> str | None:
    """Return why *told*, a health that anybody may have put together, cannot be shown; None if it can."""
    if not isinstance(told, Health):
        return f"a {type(told).__name__} as a component"
    status, details, components = tuple[Any, Any, Any](told)
    if not isinstance(status, str):
        return f"a {type(status).__name__} as status"
    if not isinstance(details, Mapping) or not isinstance(components, Mapping):
        return "details or components that are no mapping"
    if details:
        from pyboot.actuator.web.body import encoded  # it imports what the first request shall pay for

        try:
            encoded(details)
        except Exception as error:  # noqa: BLE001  what a model or an iterator among them raises, too
            return f"{type(error).__name__}: {error}"
    return next((flaw for each in components.values() if (flaw := _flaw(each)) is not None), None)


def _forget(task: "asyncio.Task[Told]") -> None:
    _left.discard(task)
    if not task.cancelled():
        task.exception()  # told of already
