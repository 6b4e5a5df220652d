"""The indicator ``eventLoops``: whether the loops of groups turn. The application's own answers, so it does."""

import asyncio
from typing import Final, final

from pyboot.boot import Component
from pyboot.netty.groups import WorkGroups

from .health import Health
from .indicator import HealthIndicator

_SECONDS: Final = 1.0  # in which a loop that turns has called back long ago


@final
@Component
class EventLoopsHealthIndicator(HealthIndicator):
    """Is out of service where a loop does not call back within a second: a handler blocks it, and nobody else there is served."""

    def __init__(self, groups: WorkGroups) -> None:
        """Take the groups."""
        self._groups = groups

    async def health(self) -> Health:
        """Ask all loops to call back."""
        loops = list(self._groups.loops())
        asked = [asyncio.create_task(_call_back(loop)) for _, loop in loops]
        if asked:
            await asyncio.wait(asked, timeout=_SECONDS)
        stuck = [name for (name, _), task in zip(loops, asked, strict=True) if task.cancel()]
        return Health.out_of_service(blocked=stuck) if stuck else Health.up(loops=len(loops) + 1)


async def _call_back(loop: asyncio.AbstractEventLoop) -> None:
    here, heard = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.call_soon_threadsafe(lambda: here.call_soon_threadsafe(heard.set))
    except RuntimeError:  # it has ended: nothing waits for it
        return
    await heard.wait()
