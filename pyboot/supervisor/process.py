"""WorkerProcess: one worker from its start to its end, with its states as a table."""

import os
import random
import signal
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final, Protocol, final

from .channel import Channel, Message
from .settings import WorkerSettings
from .timers import Timer

__all__ = ["MOVES", "Child", "ProcessState", "WorkerProcess", "ending"]


class ProcessState(Enum):
    """The state of a worker."""

    BOOTING = "booting"
    READY = "ready"
    DRAINING = "draining"
    GONE = "gone"


MOVES: Final[dict[ProcessState, frozenset[ProcessState]]] = {
    ProcessState.BOOTING: frozenset({ProcessState.READY, ProcessState.DRAINING, ProcessState.GONE}),
    ProcessState.READY: frozenset({ProcessState.DRAINING, ProcessState.GONE}),
    ProcessState.DRAINING: frozenset({ProcessState.GONE}),
    ProcessState.GONE: frozenset(),
}
"""The legal moves; whatever is not in the table raises."""


class Child(Protocol):
    """The part of `subprocess.Popen` that is needed of a child."""

    @property
    def pid(self) -> int:
        """The id of the process."""

    @property
    def returncode(self) -> Any:  # Any: typeshed has it for Popen
        """The exit code, below 0 for a signal; ``None`` until it is known that it has ended."""

    def poll(self) -> int | None:
        """Return the exit code; ``None`` while it lives."""

    def send_signal(self, number: int, /) -> None:
        """Send a signal, unless it has ended."""

    def kill(self) -> None:
        """End it without a word."""


@final
class WorkerProcess:
    """One process of a slot: the system's view of it, what it has told, and how long it may stay in its state."""

    def __init__(self, process: Child, channel: Channel, *, slot: int, generation: int, now: float) -> None:
        """Begin with a process that has just been started."""
        self.process = process
        self.channel = channel
        self.slot = slot
        self.generation = generation
        self.state = ProcessState.BOOTING
        self.began = now
        self.beaten = now
        """When it was heard of last."""
        self.deadline: Timer | None = None
        """What ends the state that it is in: a boot, a silence or a drain that takes too long."""
        self.chance = random.random()  # noqa: S311  # no secret
        """A number below 1 by which it differs from its neighbours, so that not all reach a limit at once."""
        self.settings: WorkerSettings | None = None
        """The settings that it has told, which are in effect once it serves."""
        self.adopted: set[int] = set()
        """The slots without a worker whose queues it empties as well."""
        self.totals = -1
        """The memory file of what it has counted, as it told last."""
        self.is_heard = True
        """Whether the channel has not come to its end."""
        self.exit_descriptor = _exit_descriptor(process.pid)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self.process.pid

    def move(self, state: ProcessState) -> None:
        """Change the state; the deadline of the one before is over. Raises RuntimeError for a move that is not in the table."""
        if state not in MOVES[self.state]:
            raise RuntimeError(f"{self!r} cannot become {state.value}")
        self.state = state
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def ask_to_end(self, delay_seconds: float, *, is_end: bool) -> None:
        """Ask it to finish what it has begun, and to end after a delay; *is_end*: all workers will. One that boots gets a signal."""
        was_ready = self.state is ProcessState.READY
        self.move(ProcessState.DRAINING)
        if not (was_ready and self.tell("drain", {"delay": delay_seconds, "is_end": is_end})):
            self.signal(signal.SIGTERM)  # it does not read messages yet, or no more

    def tell(self, kind: str, fields: dict[str, Any] | None = None, descriptors: tuple[int, ...] = ()) -> bool:
        """Send a message; tell whether it was taken. A worker that is gone takes none, and one that does not read is stuck."""
        try:
            self.channel.send(kind, fields, descriptors)
        except OSError:
            return False
        return True

    def messages(self) -> Iterator[Message]:
        """Iterate over the messages that are there, and note the end of the channel. Whoever wants a descriptor for longer copies it."""
        while self.is_heard and self.state is not ProcessState.GONE:
            try:
                message = self.channel.receive()
            except BlockingIOError:
                return
            if message is None:
                self.is_heard = False
                return
            yield message
            for descriptor in message.descriptors:
                os.close(descriptor)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it is gone."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()

    def close(self) -> None:
        """Give up what the supervisor has of a process that is gone."""
        self.channel.close()
        if self.totals >= 0:
            os.close(self.totals)
            self.totals = -1
        if self.exit_descriptor >= 0:
            os.close(self.exit_descriptor)
            self.exit_descriptor = -1

    def __repr__(self) -> str:
        return f"<worker {self.slot} of generation {self.generation}, process {self.pid}, {self.state.value}>"


def _exit_descriptor(pid: int) -> int:
    """Return a descriptor that can be read once the process has ended; -1 where there is none to be had, and ``SIGCHLD`` has to do."""
    try:
        return os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
    except OSError:  # no descriptor is left, or a sandbox knows no such call
        return -1


def ending(code: int) -> str:
    """Return what the exit *code* of `subprocess` means."""
    if code >= 0:
        return f"ended with {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
