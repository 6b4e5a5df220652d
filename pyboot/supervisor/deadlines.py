"""Deadlines: how long a worker may boot, be silent, and take to end; the rule of each state of a process."""

import signal
import time
from collections.abc import Callable
from typing import Final, final

from .log import SupervisorLog
from .loop import Loop
from .process import WorkerProcess

__all__ = ["Deadlines"]

_STACKS_SECONDS: Final = 1.0  # how long a stuck worker has to write where it stands


@final
class Deadlines:
    """Ends workers that stay in a state for too long. Each has one deadline, which is cancelled when it leaves the state."""

    def __init__(self, loop: Loop, log: SupervisorLog) -> None:
        """Take the loop that has the time, and who hears of it."""
        self._loop, self._log = loop, log

    def of_boot(self, process: WorkerProcess, seconds: float) -> None:
        """End a worker that is not ready so many seconds after it was started; called again, the last one counts."""
        self._set(process, process.began + seconds - time.monotonic(), lambda: self._on_late_boot(process, seconds))

    def of_silence(self, process: WorkerProcess, seconds: float) -> None:
        """End a worker whose loop is silent for so many seconds, after it was asked for its stacks."""
        silence = self._loop.now - process.beaten  # see the law of time in `loop`
        if silence < seconds:
            self._set(process, seconds - silence, lambda: self.of_silence(process, seconds))
            return
        self._log.error(f"worker {process.slot}: its loop has not turned for {silence:.1f} s: its stacks follow, then it is replaced")
        process.signal(signal.SIGQUIT)
        self._set(process, _STACKS_SECONDS, process.kill)

    def of_drain(self, process: WorkerProcess, seconds: float, on_late: Callable[[], object]) -> None:
        """End a worker that has not ended by itself in so many seconds."""

        def end() -> None:
            self._log.error(f"worker {process.slot}: not done {seconds:g} s after it was asked to end: ending it")
            on_late()
            process.kill()

        self._set(process, seconds, end)

    def _on_late_boot(self, process: WorkerProcess, seconds: float) -> None:
        self._log.error(f"worker {process.slot}: not ready after {seconds:g} s: ending it")
        process.kill()

    def _set(self, process: WorkerProcess, seconds: float, call: Callable[[], object]) -> None:
        if process.deadline is not None:
            process.deadline.cancel()
        process.deadline = self._loop.later(seconds, call)
