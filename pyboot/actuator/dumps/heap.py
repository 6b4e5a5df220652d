"""The endpoint ``heapdump``: what the memory is full of. It stands for the JVM's dump, which nothing of Python could read.

- A read counts the objects that the garbage collector knows (containers: not numbers nor texts), by type, with what each type has grown by
  since the read before. It counts on the application's loop, five thousand at a time with a turn between, so that whatever ends meanwhile
  ends where it would; to list them, which nothing can share, took 12 to 23 ms a million where it was measured. All who ask while it
  counts are answered with what it finds.
- A write begins ``tracemalloc`` for a while: the places where memory that is held was taken. Allocation is several times slower then. It
  ends by itself after its seconds, or where what is traced would take too long to read.

Nothing of this holds a value of the application, and still its access is none by itself: a census costs what it costs.
"""

import asyncio
import gc
import logging
import sys
import tracemalloc
from collections import Counter
from typing import Annotated, Any, Final, Literal, NamedTuple, final

from pydantic import Field

from pyboot.actuator.access import Access
from pyboot.actuator.annotations import Endpoint, ReadOperation, WriteOperation
from pyboot.actuator.invocation import InvocationContext

_log = logging.getLogger("pyboot.actuator")

MOST_SECONDS: Final = 3600
MOST_TRACE_BYTES: Final = 16 * 1024 * 1024
"""The memory of traces at which tracing ends: to read them holds up the process, 110 to 150 ms where it was measured."""

_SLICE: Final = 5000
_LOOK_SECONDS: Final = 1.0
_MOST_ROWS: Final = 1000

type Limit = Annotated[int, Field(ge=1, le=_MOST_ROWS)]
type Frames = Annotated[int, Field(ge=1, le=10)]
type Seconds = Annotated[float, Field(gt=0, le=MOST_SECONDS)]


class _Census(NamedTuple):
    """What was counted, what was the time before, and who takes memory, if that is traced."""

    counts: Counter[str]
    before: Counter[str]
    traced: dict[str, Any] | None


@final
@Endpoint("heapdump", access=Access.NONE)
class HeapDumpEndpoint:
    """Counts objects, and traces who takes memory."""

    def __init__(self) -> None:
        self._before: Counter[str] = Counter()
        self._tracing: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[_Census] | None = None

    @ReadOperation
    async def census(self, limit: Limit = 50) -> dict[str, Any]:
        """Answer with the *limit* most frequent types, the garbage collector's figures, and the places that hold most, if it traces.

        One census is made at a time, however many ask. If cancelled, it goes on, for others may wait for it too.
        """
        if self._counting is None:
            self._counting = asyncio.create_task(self._count(), name="heapdump: census")
            self._counting.add_done_callback(self._counted)
        counts, before, traced = await asyncio.shield(self._counting)
        return {
            "objects": {
                "total": counts.total(),
                "growth": counts.total() - before.total() if before else None,
                "types": [
                    {"type": name, "count": count, "growth": count - before[name] if before else None}
                    for name, count in counts.most_common(limit)
                ],
            },
            "gc": {
                "enabled": gc.isenabled(),
                "counts": gc.get_count(),
                "thresholds": gc.get_threshold(),
                "generations": gc.get_stats(),
                "frozen": gc.get_freeze_count(),
                "garbage": len(gc.garbage),
            },
            "blocks": sys.getallocatedblocks(),
            "tracemalloc": None if traced is None else {**traced, "places": traced["places"][:limit]},
        }

    async def _count(self) -> "_Census":
        counts = await _count()
        before, self._before = self._before, counts
        return _Census(counts, before, await _traced() if tracemalloc.is_tracing() else None)

    def _counted(self, task: "asyncio.Task[_Census]") -> None:
        self._counting = None
        if not task.cancelled():
            task.exception()  # told to those who wait; they may all have gone

    @WriteOperation
    async def trace(
        self, action: Literal["start", "stop"], context: InvocationContext, seconds: Seconds = 60.0, frames: Frames = 1
    ) -> dict[str, Any]:
        """Begin or end to trace.

        Args:
            action: which of them.
            context: who asks.
            seconds: until it ends by itself; 60 by default, 3,600 at most.
            frames: how many frames are kept of each place; 1 by default, 10 at most.
        """
        await self._end()
        if action == "start" and not tracemalloc.is_tracing():  # else somebody else traces, who ends it
            tracemalloc.start(frames)
            self._tracing = asyncio.create_task(self._watch(seconds), name="tracemalloc")
            self._tracing.add_done_callback(lambda _: tracemalloc.stop())  # also if it is cancelled before its first turn
        _log.warning("tracing of memory: %s, by management, from %s", action, context.remote)
        return {"tracing": tracemalloc.is_tracing()}

    async def aclose(self) -> None:
        """End to trace and to count with the application."""
        await self._end()
        if self._counting is not None:
            self._counting.cancel()
            await asyncio.wait([self._counting])

    async def _watch(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while tracemalloc.get_tracemalloc_memory() < MOST_TRACE_BYTES:  # noqa: ASYNC110  nobody tells of it
                    await asyncio.sleep(_LOOK_SECONDS)
            _log.warning("tracing of memory has ended: its traces take %d bytes", MOST_TRACE_BYTES)
        except TimeoutError:
            _log.info("tracing of memory has ended after %g s", seconds)

    async def _end(self) -> None:
        tracing, self._tracing = self._tracing, None
        if tracing is not None:
            tracing.cancel()
            await asyncio.wait([tracing])


async def _count() -> Counter[str]:
    """Return how many objects there are of each type."""
    counts: Counter[type] = Counter()
    objects = gc.get_objects()
    while objects:
        counts.update(map(type, objects[-_SLICE:]))
        del objects[-_SLICE:]
        await asyncio.sleep(0)
    named: Counter[str] = Counter()
    for kind, count in counts.items():
        named[f"{kind.__module__}.{kind.__qualname__}"] += count
    return named


async def _traced() -> dict[str, Any]:
    now, peak = tracemalloc.get_traced_memory()
    snapshot = tracemalloc.take_snapshot()
    statistics = await asyncio.to_thread(snapshot.statistics, "lineno")
    return {
        "bytes": now,
        "peakBytes": peak,
        "traceBytes": tracemalloc.get_tracemalloc_memory(),
        "places": [
            {"file": each.traceback[0].filename, "line": each.traceback[0].lineno, "bytes": each.size, "blocks": each.count}
            for each in statistics[:_MOST_ROWS]
        ],
    }
