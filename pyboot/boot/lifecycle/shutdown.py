"""Signals: the first SIGINT or SIGTERM asks for an orderly stop, the second ends the process at once."""

import asyncio
import logging
import os
import signal
from types import TracebackType
from typing import Self

_log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class ShutdownSignals:
    """Listens for signals while it is entered; :meth:`wait` returns at the first one."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._previous: dict[int, object] = {}
        self.received: signal.Signals | None = None
        self.is_up = False

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            try:
                loop.add_signal_handler(number, self._on_signal, number)
            except (NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread: Python's own handling stays
                self._previous.pop(number, None)
            else:
                self._previous[number] = loop
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number in self._previous:
            asyncio.get_running_loop().remove_signal_handler(number)

    def _on_signal(self, number: signal.Signals) -> None:
        if self.received is not None:
            _log.warning("%s again: ending at once", number.name)
            os._exit(128 + number)
        self.received = number
        _log.info("%s: stopping", number.name)
        self._asked.set()

    def ask(self) -> None:
        """Ask for a stop without a signal."""
        self._asked.set()

    async def wait(self) -> None:
        """Return when a stop has been asked for."""
        await self._asked.wait()
