"""Siblings of this process that a test plays: itself, and another worker that is silent."""

import json
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple


class Said(NamedTuple):
    """What a worker says."""

    slot: int
    data: bytes | None
    pid: int = 1
    state: str = "ready"
    is_last: bool = False


class Heard(NamedTuple):
    """What all say."""

    answers: list[Said]
    silent: list[dict[str, Any]]
    workers: list[dict[str, Any]]
    totals: bytes | None = None


class Siblings:
    """Asks the one worker that there is, and plays another one that is silent."""

    slot = 0

    def __init__(self) -> None:
        self.asking = self
        self.is_away = False  # the supervisor
        self.told: list[bytes] = []
        self.wishes: list[signal.Signals] = []
        self.answering: Callable[[Mapping[str, Any]], Awaitable[bytes]] | None = None

    def answer_with(self, answering: Callable[[Mapping[str, Any]], Awaitable[bytes]]) -> None:
        """As a worker."""
        self.answering = answering

    async def ask(self, what: Mapping[str, Any], seconds: float, *, slot: int | None = None, totals: bool = False) -> Heard:
        """As a worker."""
        if self.is_away:
            raise OSError("the supervisor does not answer")
        assert self.answering is not None
        rows = [{"slot": 0, "pid": 1, "state": "ready", "restarts": 2}, {"slot": 1, "pid": 2, "state": "ready", "restarts": 0}]
        answers = [] if slot == 1 else [Said(0, await self.answering(json.loads(json.dumps(what))))]
        return Heard(answers, [{"slot": 1, "pid": 2}], rows, self.told[-1] if totals and self.told else None)

    def tell_totals(self, data: bytes) -> None:
        """As a worker."""
        self.told.append(data)

    def wish(self, number: signal.Signals, /) -> None:
        """As a worker."""
        self.wishes.append(number)
