"""RecentErrors: what was logged at WARNING and above, the last of it, while the application runs and its page is exposed.

The law of memory. It keeps `KEPT` records at most, each of them text that was cut when it came: no arguments, no frames, nothing that
is kept alive by having been logged. Secrets are masked before anything is cut, so none is left by half.

Of several workers each keeps its own, and is asked for those that a viewer does not know yet: what it knows is a number for each *run*.
"""

import json
import logging
import os
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final, final

from pyboot.actuator.web.body import encoded
from pyboot.actuator.workers.fleet import SECONDS, Fleet
from pyboot.boot import ApplicationContext, Component

KEPT: Final = 200
TEXT: Final = 1000
"""So many characters of a message are kept."""
TRACE: Final = 4000
"""So many of a traceback, its last ones, which tell what happened and where."""


@final
@Component
class RecentErrors:
    """Keeps them; a lifecycle bean that hears of what goes wrong from the beginning of the start until the end."""

    phase = -(2**31)
    keeps_alive = False

    def __init__(self, context: ApplicationContext, fleet: Fleet) -> None:
        """Take the application, which knows its secrets, and its workers."""
        self.run = token_hex(4)
        self._fleet = fleet
        self._ring = Ring(context.environment.secrets.masked)

    @property
    def family(self) -> str:
        """What tells this run of the application from another one: the same in all of its workers."""
        return self.run if self._fleet.siblings is None else f"supervisor {os.getppid()}"

    def start(self) -> None:
        """Hear of what is logged, and tell siblings of it."""
        self._fleet.answer_with("errors", self._answer)
        logging.getLogger().addHandler(self._ring)

    def stop(self) -> None:
        """Hear of it no longer."""
        logging.getLogger().removeHandler(self._ring)

    def since(self, number: int) -> list[dict[str, Any]]:
        """Return the records behind the one of that *number*, 0 for all, as far as they are kept; the oldest first. In any thread."""
        return [each for each in list(self._ring.kept) if each["number"] > number]

    async def news(self, known: Mapping[str, int], worker: int | None = None) -> list[dict[str, Any]]:
        """Return the records of all workers, or of *worker*, that are not *known*, the oldest first.

        Each has its ``run``, an ``id``, and of several workers its ``worker``. One that does not answer in time has none, until it does.
        """
        siblings = self._fleet.siblings
        if siblings is None:
            return self._news(known)
        try:
            collected = await siblings.asking.ask({"kind": "errors", "known": dict(known)}, SECONDS, slot=worker)
        except OSError:  # the supervisor is away for a moment: these are known at least
            return self._news(known, siblings.slot)
        found = [{**each, "worker": told.slot} for told in collected.answers if told.data for each in json.loads(told.data)]
        return sorted(found, key=lambda each: str(each["time"]))

    async def _answer(self, what: Mapping[str, Any]) -> bytes:
        return encoded(self._news(what["known"]))

    def _news(self, known: Mapping[str, int], worker: int | None = None) -> list[dict[str, Any]]:
        own = {"run": self.run} if worker is None else {"run": self.run, "worker": worker}
        return [{**each, **own, "id": f"{self.run}-{each['number']}"} for each in self.since(known.get(self.run, 0))]


@final
class Ring(logging.Handler):
    """A handler that keeps the last `KEPT` records, as they are told."""

    def __init__(self, masked: Callable[[str], str]) -> None:
        """Begin with none; texts go through *masked*."""
        super().__init__(logging.WARNING)
        self.kept: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._masked = masked
        self._number = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep *record*; one that cannot be shown is `logging`'s to tell."""
        try:
            text = self._masked(record.getMessage())
            error = record.exc_info[1] if record.exc_info else None
            trace = "" if error is None else self._masked("".join(traceback.format_exception(error)))
        except Exception:  # noqa: BLE001  whatever an argument raises when it is shown
            self.handleError(record)
            return
        self._number += 1  # under the handler's lock
        self.kept.append(
            {
                "number": self._number,
                "time": datetime.fromtimestamp(record.created, UTC),
                "level": record.levelname,
                "logger": record.name,
                "thread": record.threadName,
                "text": text if len(text) <= TEXT else f"{text[:TEXT]}…",
                "trace": trace if len(trace) <= TRACE else f"…{trace[-TRACE:]}",
            }
        )
