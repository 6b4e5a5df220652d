"""The endpoint ``threaddump``: threads, and asyncio's tasks as threads, as JSON or as text. Source: Spring Boot's ``ThreadDumpEndpoint``.

A task is told as Spring's tools know a thread: ``RUNNABLE`` where it has its turn, or waits for it, ``WAITING`` where it awaits something,
which is its lock. Its id is above a million, and stays its own. The answer is made and sent some tasks at a time: ten thousand of them
do not hold up the loop.

Nothing tells of a thread of Python whether it computes. One whose innermost frame is known to wait is ``WAITING``, any other ``RUNNABLE``.
"""

import asyncio
import itertools
import json
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NamedTuple, final

from pydantic import Field

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.invocation import InvocationContext, WebEndpointResponse
from pyboot.actuator.web.media import PRODUCED
from pyboot.boot import ApplicationContext
from pyboot.netty.groups import WorkGroups

from .stacks import Frame, frames_of_task, frames_of_thread

TEXT: Final = "text/plain;charset=UTF-8"
DEFAULT_TASKS: Final = 1000

_FIRST_TASK: Final = 1_000_001
_SLICE: Final = 100
_NOBODY: Final = -1
_WAITS: Final = frozenset(
    {
        ("threading", "Condition.wait"),
        ("threading", "Thread._wait_for_tstate_lock"),
        ("threading", "Thread.join"),
        ("concurrent.futures.thread", "_worker"),
        ("queue", "Queue.get"),
        *(("selectors", f"{kind}Selector.select") for kind in ("Select", "Poll", "Epoll", "Devpoll", "Kqueue")),
    }
)

type Limit = Annotated[int, Field(ge=0, le=1_000_000)]


class _Row(NamedTuple):
    """A thread or a task as it is told: what it waits for (*lock*), and who would end that (*owner*)."""

    id: int
    name: str
    state: str
    is_daemon: bool
    frames: Sequence[Frame]
    lock: object = None
    owner: asyncio.Task[Any] | None = None


@final
@Endpoint("threaddump")
class ThreadDumpEndpoint:
    """Tells where all threads and tasks are at the moment."""

    def __init__(self, groups: WorkGroups, context: ApplicationContext) -> None:
        """Take the groups, whose loops have tasks too, and the application, which masks secrets."""
        self._groups = groups
        self._masked = context.environment.secrets.masked
        self._ids: weakref.WeakKeyDictionary[asyncio.Task[Any], int] = weakref.WeakKeyDictionary()
        self._next_id = itertools.count(_FIRST_TASK)

    @ReadOperation(produces=PRODUCED)
    def threads(self, limit: Limit = DEFAULT_TASKS) -> WebEndpointResponse:
        """Answer with all threads, and with *limit* tasks, 1,000 by default; ``tasks`` says how many there are."""
        return WebEndpointResponse(self._json(limit))

    @ReadOperation(produces=[TEXT])
    def text(self, context: InvocationContext, limit: Limit = DEFAULT_TASKS) -> WebEndpointResponse:
        """Answer with the same as text."""
        return WebEndpointResponse(self._text(limit), media_type=context.produces)

    async def _json(self, limit: int) -> AsyncIterator[str]:
        tasks, separator = self._tasks(), ""
        yield '{"threads":['
        async for some in _some(itertools.chain(_threads(), self._rows(tasks[:limit]))):
            yield separator + ",".join(json.dumps(self._told(row), separators=(",", ":")) for row in some)
            separator = ","
        yield f'],"tasks":{{"total":{len(tasks)},"shown":{min(limit, len(tasks))}}}}}'

    async def _text(self, limit: int) -> AsyncIterator[str]:
        tasks = self._tasks()
        yield f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\nFull thread dump Python {sys.version.split()[0]}:\n\n"
        async for some in _some(itertools.chain(_threads(), self._rows(tasks[:limit]))):
            yield "".join(self._lines(row) for row in some)
        if len(tasks) > limit:
            yield f"{len(tasks) - limit} more tasks\n"

    def _tasks(self) -> list[asyncio.Task[Any]]:
        loops = [asyncio.get_running_loop(), *(loop for _, loop in self._groups.loops() if not loop.is_closed())]
        return sorted((task for loop in loops for task in asyncio.all_tasks(loop)), key=self._id)

    def _id(self, task: asyncio.Task[Any]) -> int:
        found = self._ids.get(task)
        if found is None:
            found = self._ids[task] = next(self._next_id)
        return found

    def _rows(self, tasks: Sequence[asyncio.Task[Any]]) -> Iterator[_Row]:
        for task in tasks:
            if task.done():
                continue
            awaited: object = getattr(task, "_fut_waiter", None)
            is_waiting = isinstance(awaited, asyncio.Future) and not awaited.done()
            lock = awaited if is_waiting else None
            owner = lock if isinstance(lock, asyncio.Task) else None
            name = self._masked(task.get_name())
            yield _Row(self._id(task), name, "WAITING" if is_waiting else "RUNNABLE", True, frames_of_task(task), lock, owner)

    def _told(self, row: _Row) -> dict[str, Any]:
        """Return the row in Spring's form."""
        told: dict[str, Any] = {
            "threadName": row.name,
            "threadId": row.id,
            "blockedTime": _NOBODY,
            "blockedCount": 0,
            "waitedTime": _NOBODY,
            "waitedCount": 0,
            "lockOwnerId": _NOBODY if row.owner is None else self._id(row.owner),
            "daemon": row.is_daemon,
            "inNative": False,
            "suspended": False,
            "threadState": row.state,
            "priority": 5,
            "stackTrace": [_frame(frame) for frame in row.frames],
            "lockedMonitors": [],
            "lockedSynchronizers": [],
        }
        if row.lock is not None:
            kind, number = _name_of(type(row.lock)), id(row.lock)
            told |= {"lockName": f"{kind}@{number:x}", "lockInfo": {"className": kind, "identityHashCode": number}}
        if row.owner is not None:
            told["lockOwnerName"] = self._masked(row.owner.get_name())
        return told

    def _lines(self, row: _Row) -> str:
        waits = "" if row.lock is None else f"\n\t- waiting for <{id(row.lock):x}> (a {_name_of(type(row.lock))})"
        owner = "" if row.owner is None else f' owned by "{self._masked(row.owner.get_name())}" t@{self._id(row.owner)}'
        frames = [f"\tat {each.module}.{each.function}({each.file.rpartition('/')[2]}:{each.line})" for each in row.frames]
        frames[:1] = [f"{frame}{waits}{owner}" for frame in frames[:1]]
        return "\n".join([f'"{row.name}" - Thread t@{row.id}', f"   Thread.State: {row.state}", *frames]) + "\n\n"


def _threads() -> Iterator[_Row]:
    known = {thread.ident: thread for thread in threading.enumerate()}
    here = threading.get_ident()
    for ident, frame in sys._current_frames().items():
        thread, frames = known.get(ident), frames_of_thread(frame)
        waits = ident != here and bool(frames) and (frames[0].module, frames[0].function) in _WAITS
        name = f"Thread-{ident}" if thread is None else thread.name
        yield _Row(ident, name, "WAITING" if waits else "RUNNABLE", True if thread is None else thread.daemon, frames)


async def _some(rows: Iterator[_Row]) -> AsyncIterator[tuple[_Row, ...]]:
    """Iterate over *rows*, some at a time, with a turn of the loop between."""
    for some in itertools.batched(rows, _SLICE):
        yield some
        await asyncio.sleep(0)


def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "moduleName": frame.module.partition(".")[0],
        "className": frame.module,
        "methodName": frame.function,
        "fileName": frame.file,
        "lineNumber": frame.line,
        "nativeMethod": False,
    }


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
