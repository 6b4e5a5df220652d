"""Viewers: those who look at the page, each with its stream of events.

::

    event: hello       what the application is, which sections there are, and why others are not shown
    event: section     {"section": "servers", "at": 1234.5, "body": ...}: what its endpoint answers, when that has changed;
                       or "failure" instead of "body"
    event: errors      what was logged since; ``id`` tells how far, so that a stream that was cut goes on there
    event: tick        a second has passed, and that is all
    event: bye         the application ends
    event: refused     too many look already

The laws. At most `MOST` look at once. Each waits for its own network, so one that is slow misses looks, and keeps no memory for them. While
nobody looks nothing is asked. The streams end right before the management server, so that the end of everything else can be watched.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple, final

from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.web.body import encoded
from pyboot.boot import Component, Phase

from .facts import Facts
from .recent_errors import RecentErrors
from .sections import ERRORS, Sections
from .snapshots import Question, Snapshots

MOST: Final = 8

PERIOD: Final = 1.0  # seconds between two looks
_PATIENCE: Final = 0.25  # seconds that a look waits for what it has asked


@final
class Wanted(NamedTuple):
    """What a viewer looks at: sections by their ids, with the parameters of some of them, and the last error that it knows."""

    sections: tuple[str, ...]
    given: dict[str, dict[str, object]]
    last_event: str = ""


@final
@Component
class Viewers:
    """All viewers; a lifecycle bean that is up right behind the management server, and down right before it."""

    phase = Phase.MANAGEMENT + 1
    keeps_alive = False

    def __init__(self, facts: Facts, sections: Sections, errors: RecentErrors) -> None:
        """Take what they are shown."""
        self._facts = facts
        self._sections = sections
        self._errors = errors
        self._snapshots = Snapshots(sections.ask)
        self._ended = asyncio.Event()
        self.count = 0

    def start(self) -> None:
        """Let them come."""
        self._ended.clear()

    def stop(self) -> None:
        """Say goodbye to all of them."""
        self._ended.set()

    async def stream(self, wanted: Wanted, context: InvocationContext) -> AsyncIterator[bytes]:
        """Iterate over the events for one viewer, until it goes or the application ends; closing it ends it."""
        if self.count >= MOST:
            yield event("refused", encoded({"reason": f"{MOST} look already, and more than that is a load: try again when one has gone"}))
            return
        self.count += 1
        try:
            yield b"retry: 2000\n" + event("hello", encoded(self._hello(context)))
            async for pieces in self._news(wanted, context):
                yield pieces
            yield event("bye", b"{}")
        finally:
            self.count -= 1
            if not self.count:
                self._snapshots.close()

    def _hello(self, context: InvocationContext) -> dict[str, Any]:
        user = None if context.principal is None else context.principal.name
        return {"run": self._errors.run, **self._facts.told(), "user": user, "sections": self._sections.told(context)}

    async def _news(self, wanted: Wanted, context: InvocationContext) -> AsyncIterator[bytes]:
        sent: dict[str, bytes] = {}
        shown = [id for id in wanted.sections if self._sections.why_hidden(id, context) is None]
        questions = [(self._question(id, wanted, context), context) for id in shown if id != ERRORS]
        known = self._known(wanted.last_event) if ERRORS in shown else None
        loop = asyncio.get_running_loop()
        while not self._ended.is_set():
            pieces = list(_changed(await self._snapshots.look(questions, _PATIENCE), sent))
            if known is not None and (records := self._errors.since(known)):
                known = records[-1]["number"]
                pieces.append(event("errors", encoded(records), f"{self._errors.run}-{known}"))
            yield b"".join(pieces) or event("tick", b"{}")
            with suppress(TimeoutError):  # all at the same moments, so that they share what is asked
                await asyncio.wait_for(self._ended.wait(), PERIOD - loop.time() % PERIOD)

    def _question(self, id: str, wanted: Wanted, context: InvocationContext) -> Question:
        return Question(id, tuple(wanted.given.get(id, {}).items()), context.principal, context.is_authorized)

    def _known(self, last_event: str) -> int:
        """Return the number of the last error that a viewer knows, of this run of the application; 0 for none."""
        run, _, number = last_event.partition("-")
        return int(number) if run == self._errors.run and number.isdecimal() else 0


def event(name: str, data: bytes, id: str = "") -> bytes:
    """Return one event of a stream; *data* has no line breaks, as our JSON has none."""
    return b"".join((f"id: {id}\n".encode() if id else b"", f"event: {name}\ndata: ".encode(), data, b"\n\n"))


def _changed(told: Iterable[tuple[Question, bytes]], sent: dict[str, bytes]) -> Iterator[bytes]:
    """Iterate over the events for what is not *sent* yet, and note it there."""
    for question, data in told:
        if sent.get(question.section) is not data:
            sent[question.section] = data
            yield event("section", data)
