"""Collection: one worker asks all of them, and hears what each has answered, within a deadline that nobody can put off.

The supervisor carries questions and answers and reads neither; an answer is a memory file, whose descriptor it passes on::

    worker 1 ──collect──> supervisor ──collect──> workers 0, 1, 2      all that serve or drain; or the one of a slot
    worker 1 <─collected── supervisor <─collected── worker 0, …        each as it comes
    worker 1 <─complete─── supervisor                                  all have answered, are gone, or the deadline is over

Laws. Nobody is waited for: who does not answer in time is named in ``complete``. The one who asks is asked like the others. Where what is
asked for adds up (*totals*), what each worker told last is kept: it stands for a worker that is silent or has just gone, and is added to
the sums of those that are gone at its end. So each worker is in an answer once, and no sum falls.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol, final

from .channel import Message
from .process import ProcessState, WorkerProcess
from .renewal import resident_bytes
from .slot import Slot
from .timers import Timer
from .totals import Totals

__all__ = ["Collections"]

_LONGEST_SECONDS: Final = 30.0
_MOST_OPEN: Final = 64
_ASKED: Final = frozenset({ProcessState.READY, ProcessState.DRAINING})


class Collecting(Protocol):
    """The part of the supervisor that is needed here."""

    @property
    def slots(self) -> Iterable[Slot]:
        """All places of workers."""

    def later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Call *call* in so many seconds."""

    def warn(self, text: str) -> None:
        """Tell of what is odd."""


@final
class _Question:
    """One question that is not answered by all yet."""

    def __init__(self, asker: WorkerProcess, number: int, waiting: list[WorkerProcess]) -> None:
        self.asker, self.number = asker, number
        """Who asks, and what it calls its question."""
        self.waiting = waiting
        self.totals = -1
        """The sums of those that were gone when it was asked, where they are wanted."""
        self.deadline: Timer | None = None


@final
class Collections:
    """The questions that are open, and the sums of workers that are gone."""

    def __init__(self, collecting: Collecting) -> None:
        """Begin with none."""
        self._collecting = collecting
        self._open: dict[int, _Question] = {}
        self._next = 0
        self.totals = Totals()
        self.handlers: Mapping[str, Callable[[WorkerProcess, Message], None]] = {
            "collect": self._on_collect,
            "collected": self._on_collected,
            "totals": _keep,
        }

    def _on_collect(self, asker: WorkerProcess, message: Message) -> None:
        fields = message.fields
        processes = [each for slot in self._collecting.slots for each in slot.processes if each.state in _ASKED]
        if fields["slot"] is not None:
            processes = [each for each in processes if each.slot == fields["slot"] and each.state is ProcessState.READY][:1]
        question = _Question(asker, fields["id"], processes)
        if len(self._open) >= _MOST_OPEN:
            self._complete(question)
            return
        if fields["totals"]:
            with contextlib.suppress(OSError):  # no memory: what is gone is missed once
                question.totals = os.dup(self.totals.file().fileno())
        self._next = number = self._next + 1
        self._open[number] = question
        question.deadline = self._collecting.later(min(fields["seconds"], _LONGEST_SECONDS), lambda: self._end(number))
        for process in processes:
            process.tell("collect", {"id": number, "what": fields["what"]})  # one that takes nothing will not answer either
        self._end_if_answered(number)

    def _on_collected(self, process: WorkerProcess, message: Message) -> None:
        if message.fields.get("keeps"):
            _keep(process, message)
        number = message.fields["id"]
        question = self._open.get(number)
        if question is None or process not in question.waiting:
            return  # too late
        question.waiting.remove(process)
        _pass_on(question, process, message.descriptors, is_last=False)
        self._end_if_answered(number)

    def gone(self, process: WorkerProcess) -> None:
        """Go on without *process*, after its last words, and add what it had counted to the sums."""
        for number, question in list(self._open.items()):
            if question.asker is process:
                self._end(number)
            elif process in question.waiting:
                question.waiting.remove(process)
                if question.totals >= 0:  # which were taken while it lived
                    _pass_on_last(question, process)
                self._end_if_answered(number)
        if process.totals >= 0:
            try:
                self.totals.add_file(process.totals)
            except (ValueError, OSError) as error:
                self._collecting.warn(f"worker {process.slot}: what it has counted is lost: {error}")

    def _end_if_answered(self, number: int) -> None:
        if number in self._open and not self._open[number].waiting:
            self._end(number)

    def _end(self, number: int) -> None:
        question = self._open.pop(number)
        if question.deadline is not None:
            question.deadline.cancel()
        for process in question.waiting if question.totals >= 0 else ():
            _pass_on_last(question, process)
        self._complete(question)

    def _complete(self, question: _Question) -> None:
        silent = [_identity(each) for each in question.waiting]
        fields = {"id": question.number, "silent": silent, "workers": [row for slot in self._collecting.slots for row in _rows(slot)]}
        question.asker.tell("complete", fields, (question.totals,) if question.totals >= 0 else ())
        if question.totals >= 0:
            os.close(question.totals)


def _keep(process: WorkerProcess, message: Message) -> None:
    """Keep what a worker has counted so far, in place of what it had told before."""
    if message.descriptors:
        if process.totals >= 0:
            os.close(process.totals)
        process.totals = os.dup(message.descriptors[0])


def _pass_on_last(question: _Question, process: WorkerProcess) -> None:
    if process.totals >= 0:
        _pass_on(question, process, (process.totals,), is_last=True)


def _pass_on(question: _Question, process: WorkerProcess, descriptors: tuple[int, ...], *, is_last: bool) -> None:
    question.asker.tell("collected", {"id": question.number, **_identity(process), "is_last": is_last}, descriptors)


def _identity(process: WorkerProcess) -> dict[str, Any]:
    return {"slot": process.slot, "pid": process.pid, "generation": process.generation, "state": process.state.value}


def _rows(slot: Slot) -> list[dict[str, Any]]:
    """Return the processes of a slot, or that it has none."""
    now = time.monotonic()
    of_slot = {"slot": slot.index, "restarts": slot.restarts}
    told = [
        {
            **of_slot,
            **_identity(each),
            "uptime": round(now - each.began, 3),
            "beat": round(now - each.beaten, 3) if each.state is ProcessState.READY else None,
            "memory": resident_bytes(each.pid) or None,
        }
        for each in slot.processes
    ]
    return told or [{**of_slot, "pid": None, "generation": None, "state": "vacant", "uptime": None, "beat": None, "memory": None}]
