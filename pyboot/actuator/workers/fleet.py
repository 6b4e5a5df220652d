"""Fleet: this process and its siblings, as the management room sees them; a process that is alone is a fleet of one, and pays for nothing.

What several workers have is asked for when somebody asks, over their supervisor, within a deadline; a worker that does not answer in time
is named in the answer. What has been counted is told to the supervisor every few seconds besides, and at the end, so that a sum over all
workers never falls, whatever ends one of them: what somebody was shown is kept, and what was counted since then and was not told is lost
with a worker that is killed.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.meters.meter import Family, Sample
from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.actuator.meters.table import spec_of
from pyboot.actuator.pace import paced
from pyboot.netty.servers import NettyServers

from .given import Collected, Siblings, siblings

if TYPE_CHECKING:
    from pyboot.actuator.web.dispatcher import Dispatcher

SECONDS: Final = 2.0
"""How long workers may take to answer."""

_TOTALS_SECONDS: Final = 5.0
_GLANCE_SECONDS: Final = 0.25  # for the table alone, which needs no worker


@final
class Fleet:
    """The workers; a lifecycle bean that is begun first and ended last, when all has been counted."""

    phase = -2048
    keeps_alive = False

    def __init__(self, registry: MeterRegistry, servers: NettyServers) -> None:
        """Take the meters of this one, and its servers."""
        self._registry = registry
        self._servers = servers
        self.siblings: Siblings | None = siblings()
        self._dispatcher: Callable[[], Dispatcher] | None = None
        self._others: dict[str, Callable[[Mapping[str, Any]], Awaitable[bytes]]] = {}
        self._telling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Answer siblings, and tell what is counted, from here on."""
        if self.siblings is not None:
            self.siblings.asking.answer_with(self._answer)
            self._telling = asyncio.get_running_loop().create_task(self._tell(), name="tell what is counted")

    async def stop(self) -> None:
        """Tell it for the last time."""
        if self.siblings is None:
            return
        if self._telling is not None:
            self._telling.cancel()
        await self._tell_totals()

    def dispatch_with(self, dispatcher: "Callable[[], Dispatcher]") -> None:
        """Let *dispatcher*, which is made when it is needed, answer what siblings were asked."""
        self._dispatcher = cache(dispatcher)

    def answer_with(self, kind: str, answering: Callable[[Mapping[str, Any]], Awaitable[bytes]]) -> None:
        """Let *answering* answer what siblings ask of that *kind*."""
        self._others[kind] = answering

    async def slots(self) -> list[int] | None:
        """Return the places of all workers, whether they answer or not; None where this process is alone, or its supervisor is away."""
        if self.siblings is None:
            return None
        try:
            collected = await self.siblings.asking.ask({"kind": "brief"}, _GLANCE_SECONDS)
        except OSError:
            return None
        return sorted({int(row["slot"]) for row in collected.workers})

    async def families(self, context: InvocationContext) -> Iterable[Family]:
        """Return what the meters of all workers tell together; of this one alone, where that is asked for, or there is no other.

        Raises:
            OSError: the supervisor does not answer.
        """
        if self.siblings is None or context.is_alone:
            await self._registry.prepare()
            return self._registry.collect()
        collected = await self.siblings.asking.ask({"kind": "meters", "keeps": True}, SECONDS, totals=True)
        return await _merged(collected)

    async def brief(self) -> dict[str, Any]:
        """Return what this worker alone knows of itself: its open connections, and how late its loop is now, in seconds."""
        begun = time.perf_counter()
        await asyncio.sleep(0)
        late = round(time.perf_counter() - begun, 6)
        return {"connections": sum(len(each.connections) for each in self._servers.bound.values()), "lag": late}

    async def _answer(self, what: Mapping[str, Any]) -> bytes:
        if what["kind"] == "meters":
            return await self._snapshot()
        if what["kind"] == "brief":
            return json.dumps(await self.brief()).encode()
        if what["kind"] in self._others:
            return await self._others[what["kind"]](what)
        if self._dispatcher is None:
            raise LookupError(f"nothing here answers {what['kind']}: the management server is not up")
        from .forwarding import answered

        return await answered(self._dispatcher(), what)

    async def _snapshot(self) -> bytes:
        from .snapshot import snapshot

        await self._registry.prepare()
        return await snapshot(self._registry.collect())

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_TOTALS_SECONDS)
            await self._tell_totals()

    async def _tell_totals(self) -> None:
        assert self.siblings is not None
        with contextlib.suppress(OSError):  # the supervisor does not read at the moment; the next time may be better
            self.siblings.asking.tell_totals(await self._snapshot())


async def _merged(collected: Collected) -> list[Family]:
    from .snapshot import MergedMeters

    merged = MergedMeters()
    if collected.totals is not None:
        await merged.add(collected.totals, is_last=True)
    for answer in sorted(collected.answers, key=lambda each: each.is_last):  # what is of the moment says the name, the kind and the unit
        if answer.data is not None:
            await merged.add(answer.data, is_last=answer.is_last)
    states = [row["state"] for row in collected.workers]
    restarts = {row["slot"]: row["restarts"] for row in collected.workers}
    own = [
        Family(spec_of("pyboot.workers"), [Sample((("state", state),), states.count(state)) for state in sorted(set(states))]),
        Family(spec_of("pyboot.worker.restarts"), [Sample((("worker", str(slot)),), count) for slot, count in restarts.items()]),
        Family(spec_of("pyboot.worker.silent"), [Sample((("worker", str(each["slot"])),), 1) for each in collected.silent]),
    ]
    families = [family async for family in paced(merged.families())]
    return sorted([*families, *(each for each in own if each.samples)], key=lambda each: each.spec.name)
