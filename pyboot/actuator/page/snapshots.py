"""Snapshots: what sections have told last, once for all who look at the same, and nothing while nobody does.

Theory. A viewer names what it looks at, a `Question`, once a second. The first one to name it when its time has come has it asked, in a
task of its own; whoever names the same meanwhile gets what that finds. An endpoint that takes long holds up no viewer and no other section:
its answer comes with a later look. Who asks is part of the question, since an endpoint may tell one more than another.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, NamedTuple, final

from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.invocation import InvocationContext, Principal
from pyboot.actuator.web.body import encoded
from pyboot.actuator.web.refusal import RefusedRequestError

from .sections import SECONDS

_log = logging.getLogger(__name__)

_EARLY: Final = 0.1  # seconds by which a look may come before its time: timers of viewers are not exact
_FORGOTTEN: Final = 30.0  # seconds without a look


@final
class Question(NamedTuple):
    """What is asked: a section, its parameters, and by whom."""

    section: str
    given: tuple[tuple[str, object], ...]
    principal: Principal | None
    is_authorized: bool


@final
class Snapshot:
    """What a question has found: *data* is the event's, as JSON; none before the first answer."""

    def __init__(self) -> None:
        self.data: bytes | None = None
        self.begun = self.asked = float("-inf")
        self.task: asyncio.Task[None] | None = None
        self.failure: str | None = None


@final
class Snapshots:
    """The snapshots of all viewers. On one loop."""

    def __init__(
        self, ask: Callable[[str, dict[str, object], InvocationContext], Awaitable[bytes]], clock: Callable[[], float] | None = None
    ) -> None:
        """Take what asks sections, and answers in JSON, and a *clock* in seconds; default: the loop's."""
        self._ask = ask
        self._clock = clock
        self._kept: dict[Question, Snapshot] = {}

    async def look(self, questions: Iterable[tuple[Question, InvocationContext]], seconds: float) -> list[tuple[Question, bytes]]:
        """Have asked what is due, wait for it up to *seconds*, and return what there is by then. If cancelled, what is asked goes on."""
        now, found = self._now(), list[tuple[Question, Snapshot]]()
        for question, context in questions:
            snapshot = self._kept.setdefault(question, Snapshot())
            snapshot.asked = now
            if snapshot.task is None and now - snapshot.begun >= SECONDS[question.section] - _EARLY:
                snapshot.begun = now
                snapshot.task = asyncio.create_task(self._fill(snapshot, question, context), name=f"page: {question.section}")
            found.append((question, snapshot))
        waiting = {each.task for _, each in found if each.task is not None}
        if waiting:
            await asyncio.wait(waiting, timeout=seconds)
        for question in [each for each, snapshot in self._kept.items() if now - snapshot.asked > _FORGOTTEN and snapshot.task is None]:
            del self._kept[question]
        return [(question, snapshot.data) for question, snapshot in found if snapshot.data is not None]

    def close(self) -> None:
        """Forget everything: nobody looks."""
        for snapshot in self._kept.values():
            if snapshot.task is not None:
                snapshot.task.cancel()
        self._kept.clear()

    async def _fill(self, snapshot: Snapshot, question: Question, context: InvocationContext) -> None:
        told = {"section": question.section, "at": self._now()}
        try:
            body = await self._ask(question.section, dict(question.given), context)
            data, failure = b'%s,"body":%s}' % (encoded(told)[:-1], body), None
        except (InvalidEndpointRequestError, RefusedRequestError) as error:
            failure = error.reason
            data = encoded({**told, "failure": failure})
        except Exception as error:  # noqa: BLE001  whatever an endpoint raises
            failure = f"{type(error).__name__}: {error}"
            data = encoded({**told, "failure": "it could not be answered; the log says why"})
            if failure != snapshot.failure:  # once, not once a second
                _log.exception("the section %s of the page could not be answered", question.section)
        finally:
            snapshot.task = None
        snapshot.failure = failure
        snapshot.data = data

    def _now(self) -> float:
        return asyncio.get_running_loop().time() if self._clock is None else self._clock()
