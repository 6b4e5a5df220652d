"""RecentErrors: what was logged at WARNING and above, the last of it, while the application runs and its page is exposed.

The law of memory. It keeps `KEPT` records at most, each of them text that was cut when it came: no arguments, no frames, nothing that
is kept alive by having been logged. Secrets are masked before anything is cut, so none is left by half.
"""

import logging
import traceback
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final, final

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

    def __init__(self, context: ApplicationContext) -> None:
        """Take the application, which knows its secrets."""
        self.run = token_hex(4)
        self._ring = Ring(context.environment.secrets.masked)

    def start(self) -> None:
        """Hear of what is logged."""
        logging.getLogger().addHandler(self._ring)

    def stop(self) -> None:
        """Hear of it no longer."""
        logging.getLogger().removeHandler(self._ring)

    def since(self, number: int) -> list[dict[str, Any]]:
        """Return the records behind the one of that *number*, 0 for all, as far as they are kept; the oldest first. In any thread."""
        return [each for each in list(self._ring.kept) if each["number"] > number]


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
