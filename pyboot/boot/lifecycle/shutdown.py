"""Shutdown: asked for by a bean, or by a signal; a second signal, later than a moment, ends the process at once."""

import asyncio
import atexit
import logging
import os
import signal
import time
from types import FrameType, TracebackType
from typing import Any, Self

_log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

# One wish can arrive twice: a process group is signalled, and a wrapper in it (uv run, a shell) passes the signal on as well.
_REPEAT_SECONDS = 1.0


class Shutdown:
    """The wish to stop, as a bean: ``shutdown.request(3)`` stops the application in order and ends the process with code 3."""

    def __init__(self) -> None:
        self._requested = asyncio.Event()
        self.exit_code = 0

    @property
    def is_requested(self) -> bool:
        """Whether somebody has asked."""
        return self._requested.is_set()

    def request(self, exit_code: int = 0) -> None:
        """Ask for an orderly stop. Of several exit codes the first that is not 0 counts. Call it on the application's loop."""
        self.exit_code = self.exit_code or exit_code
        self._requested.set()

    async def wait(self) -> None:
        """Return when somebody has asked."""
        await self._requested.wait()


class ShutdownSignals:
    """While it is entered, the first SIGINT or SIGTERM requests the shutdown; a second one does not wait for it.

    A repeat within a second of the first is the same wish, and changes nothing, not even after the block; later than that, what
    handled the signals before handles them again.
    """

    def __init__(self, shutdown: Shutdown) -> None:
        self._shutdown = shutdown
        self._before: dict[signal.Signals, Any] = {}  # Any: a handler, or one of the constants of the signal module
        self.received: signal.Signals | None = None
        self._received_at = 0.0

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            before = signal.getsignal(number) or signal.SIG_DFL  # none: it was not set by Python, and cannot be set back
            try:
                loop.add_signal_handler(number, self._on_signal, number)
            except (NotImplementedError, RuntimeError, ValueError):
                _log.debug("%s keeps Python's own handling: not the main thread, or no such thing on this system", number.name)
            else:
                self._before[number] = before
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, before in self._before.items():
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, before if self.received is None else self._on_late_signal)
        if self.received is not None:
            atexit.register(_ignore, tuple(self._before))  # an ending interpreter would take what is handled in Python as fatal

    def _on_signal(self, number: signal.Signals) -> None:
        if self.received is None:
            self.received, self._received_at = number, time.monotonic()
            _log.info("%s: stopping", number.name)
            self._shutdown.request()
        elif self._is_repeat():
            _log.debug("%s again, within %s s of the first: the same wish", number.name, _REPEAT_SECONDS)
        else:
            _log.warning("%s again: ending at once", number.name)
            logging.shutdown()
            os._exit(128 + number)

    def _is_repeat(self) -> bool:
        return time.monotonic() - self._received_at < _REPEAT_SECONDS

    def _on_late_signal(self, number: int, frame: FrameType | None) -> None:
        """The loop has ended, and the process is about to."""
        if not self._is_repeat():
            _restore(self._before)
            signal.raise_signal(number)


def _restore(handlers: dict[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _ignore(numbers: tuple[signal.Signals, ...]) -> None:
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
