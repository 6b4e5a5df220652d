"""WorkGroups: the event loops that servers accept and serve on, in threads of their own where settings ask for that."""

import asyncio
from typing import final

from pyboot.components.netty import EventLoopGroup

from .properties import NettyProperties

type Group = EventLoopGroup | asyncio.AbstractEventLoop


@final
class WorkGroups:
    """The groups of ``netty.boss``, ``netty.worker`` and ``netty.groups``, each made when it is first asked for."""

    def __init__(self, properties: NettyProperties) -> None:
        """Take the settings of the groups."""
        self._properties = properties
        self._made: dict[tuple[str, str], EventLoopGroup] = {}

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

    def _group(self, kind: str, name: str, threads: int) -> EventLoopGroup:
        made = self._made.get((kind, name))
        if made is None:
            made = self._made[kind, name] = EventLoopGroup(threads, f"netty-{name}", self._properties.loop)
        return made

    async def shutdown_gracefully(self, patience_seconds: float) -> None:
        """End all groups that were made; what still runs on them after *patience_seconds* is cut off."""
        groups = list(self._made.values())
        self._made.clear()
        await asyncio.gather(*(group.shutdown_gracefully(0, patience_seconds) for group in groups))
