"""Shutdown: asked for by a bean, or by a signal; a second signal, later than a moment, ends the process at once."""

import asyncio
import logging
import os
import signal
import time
from types import TracebackType
from typing import Self

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

    A repeat within a second of the first is the same wish, and changes nothing.
    """

    def __init__(self, shutdown: Shutdown) -> None:
        self._shutdown = shutdown
        self._handled: list[signal.Signals] = []
        self.received: signal.Signals | None = None
        self._received_at = 0.0

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            try:
                loop.add_signal_handler(number, self._on_signal, number)
            except (NotImplementedError, RuntimeError, ValueError):
                _log.debug("%s keeps Python's own handling: not the main thread, or no such thing on this system", number.name)
            else:
                self._handled.append(number)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number in self._handled:
            asyncio.get_running_loop().remove_signal_handler(number)

    def _on_signal(self, number: signal.Signals) -> None:
        if self.received is None:
            self.received, self._received_at = number, time.monotonic()
            _log.info("%s: stopping", number.name)
            self._shutdown.request()
        elif time.monotonic() - self._received_at < _REPEAT_SECONDS:
            _log.debug("%s again, within %s s of the first: the same wish", number.name, _REPEAT_SECONDS)
        else:
            _log.warning("%s again: ending at once", number.name)
            logging.shutdown()
            os._exit(128 + number)
