"""Hearing: what a supervisor hears of its workers, by its loop: their messages, and their ends."""

from collections.abc import Callable
from typing import final

from .channel import Message
from .loop import Loop
from .process import ProcessState, WorkerProcess

__all__ = ["Hearing"]


@final
class Hearing:
    """Hears workers, each from `begin` until it is gone."""

    def __init__(
        self,
        loop: Loop,
        on_message: Callable[[WorkerProcess, Message], object],
        on_gone: Callable[[WorkerProcess, ProcessState], object],
    ) -> None:
        """Take the loop, and who is told: of each message, and of each end, with the state that it has ended."""
        self._loop, self._on_message, self._on_gone = loop, on_message, on_gone

    def begin(self, process: WorkerProcess) -> None:
        """Hear *process* from here on."""
        if process.is_heard:
            self._loop.hear(process.channel, lambda: self._read(process))
        if process.exit_descriptor >= 0:
            self._loop.hear(process.exit_descriptor, lambda: self.reap(process))

    def _read(self, process: WorkerProcess) -> None:
        """Pass on the messages that are there; at the end of the channel there will be no more, and its process is about to end."""
        was_heard = process.is_heard
        for message in process.messages():
            self._on_message(process, message)
        if was_heard and not process.is_heard:
            self._loop.forget(process.channel)

    def reap(self, process: WorkerProcess) -> None:
        """Go on without *process*, if it has ended, after its last words; what is left of it is closed behind the call that tells."""
        if process.process.poll() is None:
            return
        self._read(process)
        if process.is_heard:
            self._loop.forget(process.channel)
        if process.exit_descriptor >= 0:
            self._loop.forget(process.exit_descriptor)
        was = process.state
        process.move(ProcessState.GONE)
        self._on_gone(process, was)
        process.close()
