"""The endpoint ``eventloop``: how soon each loop gets to what is due, and what its tasks wait for."""

import asyncio
import time
from collections import Counter
from typing import Any, Final, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.dumps.stacks import frames_of_task
from pyboot.actuator.pace import Pace
from pyboot.netty.groups import WorkGroups

_PROBES: Final = 5
_SECONDS: Final = 1.0  # for a loop to answer
_GROUPS: Final = 50
_FRAMES: Final = 4


@final
@Endpoint("eventloop")
class EventLoopEndpoint:
    """Tells of the application's loop, ``main``, and of those of groups."""

    def __init__(self, groups: WorkGroups) -> None:
        """Take the groups."""
        self._groups = groups

    @ReadOperation
    async def event_loops(self) -> dict[str, Any]:
        """Answer with each loop; one that does not call back within a second is ``blocked``."""
        loops = [("main", asyncio.get_running_loop()), *self._groups.loops()]
        told = await asyncio.gather(*(_told(loop) for _, loop in loops))
        return {"loops": dict(zip([name for name, _ in loops], told, strict=True))}


async def _told(loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    kind = type(loop)
    lags = await _lags(loop)
    return {
        "implementation": kind.__module__.partition(".")[0],
        "blocked": lags is None,
        "lag": None if not lags else {"min": min(lags), "max": max(lags)},
        "ready": len(getattr(loop, "_ready", ())) or None,  # uvloop does not say
        "tasks": await _tasks(loop),
    }


async def _lags(loop: asyncio.AbstractEventLoop) -> list[float] | None:
    """Return the seconds that the loop took to call back, a few times; None if it did not."""
    here, lags = asyncio.get_running_loop(), list[float]()
    try:
        async with asyncio.timeout(_SECONDS):
            for _ in range(_PROBES):
                heard, asked = here.create_future(), time.perf_counter()
                loop.call_soon_threadsafe(_answer, here, heard)
                lags.append(round(await heard - asked, 6))
    except TimeoutError:
        return None
    except RuntimeError:  # it has ended
        return []
    return lags


def _answer(here: asyncio.AbstractEventLoop, heard: asyncio.Future[float]) -> None:
    def tell(at: float) -> None:
        if not heard.done():
            heard.set_result(at)

    here.call_soon_threadsafe(tell, time.perf_counter())


async def _tasks(loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    """Return how many tasks there are, and at which places they wait, the most frequent first."""
    tasks = asyncio.all_tasks(loop)
    places: Counter[tuple[str, ...]] = Counter()
    pace = Pace()
    for task in tasks:
        places[tuple(frame.short for frame in frames_of_task(task)[:_FRAMES])] += 1
        await pace.turn()
    return {
        "total": len(tasks),
        "groups": [{"count": count, "stack": list(stack)} for stack, count in places.most_common(_GROUPS)],
    }
