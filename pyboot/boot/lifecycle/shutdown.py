"""Shutdown: a bean or a signal requests the stop; a second signal, more than a moment later, ends the process at once.

A signal goes through three stages. Before the application serves, and after it, there is nothing to stop in order: the handler raises
``SystemExit`` in the main thread. While it serves, the handler only sets a flag, which the steps of a start look at even if they block
the loop, and wakes the loop, which then requests the shutdown as a bean would. Behind all of that the handler stays until the process
ends, so that a repeat of the signal does not kill an interpreter that is about to end well.
"""

import asyncio
import atexit
import logging
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

from pyboot.boot.console import say_and_end

_log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

# One wish can arrive twice: a process group is signalled, and a wrapper in it (uv run, a shell) passes the signal on as well.
_REPEAT_SECONDS = 1.0


class Shutdown:
    """The request to stop, as a bean: ``shutdown.request(3)`` stops the application in order and ends the process with code 3."""

    def __init__(self) -> None:
        self._requested = asyncio.Event()
        self._on_request: Callable[[], object] | None = None
        self.exit_code = 0
        self.is_requested = False
        """Whether somebody has asked: true from the moment a signal comes, even while the loop is blocked."""
        self.is_of_all = True
        """Whether the application ends with this process; false where it is one of several, and the others go on."""

    def request(self, exit_code: int = 0) -> None:
        """Request an orderly stop, on the application's loop; of several exit codes the first that is not 0 counts."""
        self.exit_code = self.exit_code or exit_code
        self.is_requested = True
        self._requested.set()
        call, self._on_request = self._on_request, None
        if call is not None:
            call()

    def on_request(self, call: Callable[[], object]) -> None:
        """Call *call* once, when a stop is requested or at once if it has been; one call is kept."""
        self._on_request = call
        if self._requested.is_set():
            self.request()

    async def wait(self) -> None:
        """Wait until a stop is requested."""
        await self._requested.wait()


class ShutdownSignals:
    """Takes the first SIGINT or SIGTERM inside the block as a request to stop; a second one ends the process at once.

    Inside of :meth:`handed_to` it requests the shutdown. Outside there is nothing to be stopped in order, since no bean has
    been made yet or none is left: ``SystemExit`` is raised in the main thread, with 128 and the signal's number.

    A repeat within a second of the first is the same wish, and changes nothing, not even after the block; later than that, what
    handled the signals before handles them again.
    """

    def __init__(self, numbers: Iterable[signal.Signals] = _SIGNALS) -> None:
        self._numbers = tuple(numbers)
        self._before: dict[signal.Signals, Any] = {}  # Any: a handler, or one of the constants of the signal module
        self._pass_on: Callable[[], object] | None = None
        self.received: signal.Signals | None = None
        self._received_at = 0.0

    def __enter__(self) -> Self:
        for number in self._numbers:
            try:
                before = signal.signal(number, self._on_signal)
            except ValueError:
                _log.debug("%s keeps its handling: this is not the main thread", number.name)
            else:
                self._before[number] = before or signal.SIG_DFL  # none: it was not set by Python, and cannot be set back
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, before in self._before.items():
            signal.signal(number, before if self.received is None else self._on_late_signal)
        if self.received is not None:
            atexit.register(_ignore, tuple(self._before))  # an ending interpreter would take what is handled in Python as fatal

    @contextmanager
    def handed_to(self, shutdown: Shutdown) -> Iterator[None]:
        """Request *shutdown* when a signal comes, for the time of the block, which the running loop runs."""
        loop = asyncio.get_running_loop()

        def pass_on() -> None:
            shutdown.is_requested = True
            loop.call_soon_threadsafe(self._request, shutdown)

        self._pass_on = pass_on
        try:
            yield
        finally:
            self._pass_on = None

    def _request(self, shutdown: Shutdown) -> None:
        if self.received is not None:
            _log.info("%s: stopping", self.received.name)
        shutdown.request()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal, between any two steps of the main thread, even one that does not come back to the loop."""
        if self.received is None:
            self.received, self._received_at = signal.Signals(number), time.monotonic()
            if self._pass_on is None:
                raise SystemExit(128 + number)
            self._pass_on()
        elif not self._is_repeat():
            say_and_end(_log, f"{signal.Signals(number).name} again: ending at once", 128 + number)

    def _is_repeat(self) -> bool:
        return time.monotonic() - self._received_at < _REPEAT_SECONDS

    def _on_late_signal(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal after the loop has ended, when the process is about to end."""
        if not self._is_repeat():
            for handled, before in self._before.items():
                signal.signal(handled, before)
            signal.raise_signal(number)


def _ignore(numbers: tuple[signal.Signals, ...]) -> None:
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
