"""The meters of what servers and clients share: clients, event loops, memory, allocators, lost buffers."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from typing import Any, final

from pyboot.boot import ApplicationContext
from pyboot.components.netty import CHANNEL_MEMORY, LEAK_DETECTOR, ByteBufferAllocator
from pyboot.components.netty.channel.loop_state import state_of
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.groups import WorkGroups

from .registry import MeterRegistry
from .table import spec_of

type Values = Iterable[tuple[dict[str, object], Any]]


@final
class NetworkMeters:
    """Observes them. A client's module is loaded by who has clients, and by nobody else."""

    def __init__(self, context: ApplicationContext, groups: WorkGroups, allocators: NettyAllocators) -> None:
        """Take what is observed."""
        self._context = context
        self._groups = groups
        self._allocators = allocators
        self._main: asyncio.AbstractEventLoop | None = None

    def bind_to(self, registry: MeterRegistry, /) -> None:
        """Observe it."""
        self._main = asyncio._get_running_loop()
        observe = registry.observe
        observe(spec_of("netty.client.connected"), lambda: self._clients(lambda client, _: [({}, int(client.is_connected))]))
        observe(spec_of("netty.client.connects"), lambda: self._clients(_connects))
        observe(spec_of("netty.client.reconnects"), lambda: self._clients(lambda _, told: [({}, max(told.connected - 1, 0))]))
        observe(spec_of("netty.client.lost"), lambda: self._clients(lambda _, told: [({}, told.lost)]))
        observe(spec_of("netty.client.queued"), lambda: self._clients(lambda _, told: [({}, told.queued)]))
        observe(spec_of("netty.client.queued.bytes"), lambda: self._clients(lambda _, told: [({}, told.queued_bytes)]))
        observe(spec_of("netty.eventloop.ready"), self._ready)
        observe(spec_of("netty.eventloop.tasks"), lambda: [({"loop": name}, _tasks(loop)) for name, loop in self.loops()])
        observe(
            spec_of("netty.eventloop.channels"), lambda: [({"loop": name}, len(state_of(loop).channels)) for name, loop in self.loops()]
        )
        observe(spec_of("netty.eventloop.blocked"), _blocked)
        observe(spec_of("netty.memory.held"), lambda: [({}, CHANNEL_MEMORY.held_bytes)])
        observe(spec_of("netty.memory.limit"), lambda: [({}, CHANNEL_MEMORY.limit_bytes)])
        observe(spec_of("netty.memory.stopped"), lambda: [({}, CHANNEL_MEMORY.stopped_channels)])
        observe(
            spec_of("netty.allocator.buffers"), lambda: [({"allocator": n}, told.statistics().buffers_in_use) for n, told in self._all()]
        )
        observe(spec_of("netty.allocator.cached"), lambda: [({"allocator": n}, told.statistics().cached_bytes) for n, told in self._all()])
        observe(spec_of("netty.allocator.blocks"), lambda: [each for name, told in self._all() for each in _blocks(name, told)])
        observe(spec_of("netty.leaks"), lambda: [({}, LEAK_DETECTOR.places)])

    def loops(self) -> Iterator[tuple[str, asyncio.AbstractEventLoop]]:
        """Iterate over the loops that turn: the application's, which is called main, and those of groups."""
        if self._main is not None and not self._main.is_closed():
            yield "main", self._main
        for name, loop in self._groups.loops():
            if not loop.is_closed():
                yield name, loop

    def _ready(self) -> Values:
        queues: list[tuple[str, Any]] = [(name, getattr(loop, "_ready", None)) for name, loop in self.loops()]
        return [({"loop": name}, len(queue)) for name, queue in queues if queue is not None]

    def _clients(self, read: Any) -> Values:
        module = sys.modules.get("pyboot.netty.client.clients")
        clients: Any = None if module is None else self._context.find(module.NettyClients)
        for name in () if clients is None else list(clients.names):
            for tags, value in read(clients[name], clients[name].statistics()):
                yield {"client": name, **tags}, value

    def _all(self) -> list[tuple[str, ByteBufferAllocator]]:
        return self._allocators.made()


def _connects(_: Any, told: Any) -> Values:
    return [({"outcome": "success"}, told.connected), ({"outcome": "failure"}, told.failed)]


def _tasks(loop: asyncio.AbstractEventLoop) -> int:
    return len(asyncio.all_tasks(loop))


def _blocked() -> Values:
    module = sys.modules.get("pyboot.components.netty.transport.loop_watchdog")
    return [] if module is None else [({"callback": name}, count) for name, count in dict(module.LOOP_WATCHDOG.counts).items()]


def _blocks(name: str, allocator: ByteBufferAllocator) -> Values:
    told = allocator.statistics()
    return [({"allocator": name, "source": "new"}, told.blocks_made), ({"allocator": name, "source": "reused"}, told.blocks_reused)]
