"""WorkGroups: the event loops that servers and clients live on, in threads of their own where settings ask for that."""

import asyncio
from collections.abc import Iterator
from typing import final

from pyboot.components.netty import EventLoopGroup

from .properties import NettyProperties

type Group = EventLoopGroup | asyncio.AbstractEventLoop


@final
class WorkGroups:
    """The groups of ``netty.boss``, ``netty.worker`` and ``netty.groups``, each made when it is first asked for.

    Law: a group outlives who lives on it. Servers end before clients, so what a client has is kept when the servers end the others.
    """

    def __init__(self, properties: NettyProperties) -> None:
        """Take the settings of the groups."""
        self._properties = properties
        self._made: dict[tuple[str, str], EventLoopGroup] = {}
        self._kept: set[tuple[str, str]] = set()

    def worker(self, name: str | None = None) -> Group:
        """Return the group *name*, or that of ``netty.worker``: without threads the running loop."""
        if name is not None:
            return self._group("group", name, self._properties.groups[name].threads)
        threads = self._properties.worker.threads
        return self._group("netty", "worker", threads) if threads else asyncio.get_running_loop()

    def boss(self, name: str | None, worker: Group) -> Group:
        """Return the group *name*, or that of ``netty.boss``: without threads *worker* accepts as well."""
        if name is not None:
            return self.worker(name)
        threads = self._properties.boss.threads
        return self._group("netty", "boss", threads) if threads else worker

    def loop_of_client(self, name: str) -> asyncio.AbstractEventLoop:
        """Return a loop of the group *name*, one after the other, and keep the group until `end_kept`."""
        group = self._group("group", name, self._properties.groups[name].threads)
        self._kept.add(("group", name))
        return group.next()

    def loops(self) -> Iterator[tuple[str, asyncio.AbstractEventLoop]]:
        """Iterate over the loops of all groups that were made, each with a name."""
        for (_, name), group in list(self._made.items()):
            for number, loop in enumerate(group.loops):
                yield f"{name}-{number}", loop

    def _group(self, kind: str, name: str, threads: int) -> EventLoopGroup:
        made = self._made.get((kind, name))
        if made is None:
            made = self._made[kind, name] = EventLoopGroup(threads, f"netty-{name}", self._properties.loop)
        return made

    async def shutdown_gracefully(self, patience_seconds: float) -> None:
        """End all groups that no client has; what still runs on them after *patience_seconds* is cut off."""
        groups = [self._made.pop(key) for key in self._made.keys() - self._kept]
        await asyncio.gather(*(group.shutdown_gracefully(0, patience_seconds) for group in groups))

    async def end_kept(self, patience_seconds: float) -> None:
        """End the groups of clients, too."""
        self._kept.clear()
        await self.shutdown_gracefully(patience_seconds)
