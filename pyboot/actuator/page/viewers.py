"""Viewers: those who look at the page, each with its stream of events.

::

    event: hello       what the application is, which sections there are, and why others are not shown
    event: section     {"section": "servers", "at": 1234.5, "body": ...}: what its endpoint answers, when that has changed;
                       or "failure" instead of "body"
    event: errors      what was logged since; ``id`` tells how far, in each worker, so that a stream that was cut goes on there
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
_OF_ALL: Final = "workers"  # the section that tells of all of them, whichever is looked at
_RUNS: Final = 64  # of workers, those that are gone included, up to whose last error a viewer is known to know
_DIGITS: Final = 18


@final
class Wanted(NamedTuple):
    """What a viewer looks at: sections by their ids, with the parameters of some of them, the last errors that it knows, and whom.

    *worker* is the one that is looked at; None: all of them.
    """

    sections: tuple[str, ...]
    given: dict[str, dict[str, object]]
    last_event: str = ""
    worker: int | None = None


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
            yield b"retry: 2000\n" + event("hello", encoded(await self._hello(context)))
            async for pieces in self._news(wanted, context):
                yield pieces
            yield event("bye", b"{}")
        finally:
            self.count -= 1
            if not self.count:
                self._snapshots.close()

    async def _hello(self, context: InvocationContext) -> dict[str, Any]:
        user = None if context.principal is None else context.principal.name
        return {"run": self._errors.family, **await self._facts.told(), "user": user, "sections": self._sections.told(context)}

    async def _news(self, wanted: Wanted, context: InvocationContext) -> AsyncIterator[bytes]:
        sent: dict[str, bytes] = {}
        shown = [id for id in wanted.sections if self._sections.why_hidden(id, context) is None]
        questions = [(self._question(id, wanted, context), context) for id in shown if id != ERRORS]
        errors = _News(self._errors, wanted) if ERRORS in shown else None
        loop = asyncio.get_running_loop()
        try:
            while not self._ended.is_set():
                if errors is not None:
                    errors.ask()
                pieces = list(_changed(await self._snapshots.look(questions, _PATIENCE), sent))
                if errors is not None:
                    pieces.extend(await errors.told())
                yield b"".join(pieces) or event("tick", b"{}")
                with suppress(TimeoutError):  # all at the same moments, so that they share what is asked
                    await asyncio.wait_for(self._ended.wait(), PERIOD - loop.time() % PERIOD)
        finally:
            if errors is not None:
                errors.close()

    def _question(self, id: str, wanted: Wanted, context: InvocationContext) -> Question:
        given = dict(wanted.given.get(id, {}))
        if wanted.worker is not None and id != _OF_ALL:
            given["worker"] = wanted.worker
        return Question(id, tuple(given.items()), context.principal, context.is_authorized)


@final
class _News:
    """The errors that one viewer does not know: asked one question after the other, none of which holds up what else it looks at."""

    def __init__(self, errors: RecentErrors, wanted: Wanted) -> None:
        self._errors = errors
        self._worker = wanted.worker
        self._known = known(wanted.last_event)
        self._task: asyncio.Task[list[dict[str, Any]]] | None = None

    def ask(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._errors.news(self._known, self._worker), name=f"page: {ERRORS}")

    async def told(self) -> Iterator[bytes]:
        """Iterate over the event for what has been found, if anything was by now."""
        assert self._task is not None
        await asyncio.wait({self._task}, timeout=_PATIENCE)
        if not self._task.done():
            return iter(())
        records, self._task = self._task.result(), None
        if not records:
            return iter(())
        for each in records:
            self._known[each["run"]] = max(each["number"], self._known.pop(each["run"], 0))  # the last run that was heard of comes last
        while len(self._known) > _RUNS:
            del self._known[next(iter(self._known))]
        return iter((event("errors", encoded(records), ".".join(f"{run}-{number}" for run, number in self._known.items())),))

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()


def known(last_event: str) -> dict[str, int]:
    """Return up to which number a viewer knows the errors of each run; what is none of that is left out."""
    pairs = [each.partition("-") for each in last_event.split(".")[-_RUNS:]]
    return {run: int(number) for run, _, number in pairs if run and len(number) < _DIGITS and number.isdecimal()}


def event(name: str, data: bytes, id: str = "") -> bytes:
    """Return one event of a stream; *data* has no line breaks, as our JSON has none."""
    return b"".join((f"id: {id}\n".encode() if id else b"", f"event: {name}\ndata: ".encode(), data, b"\n\n"))


def _changed(told: Iterable[tuple[Question, bytes]], sent: dict[str, bytes]) -> Iterator[bytes]:
    """Iterate over the events for what is not *sent* yet, and note it there."""
    for question, data in told:
        if sent.get(question.section) is not data:
            sent[question.section] = data
            yield event("section", data)
