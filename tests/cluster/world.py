"""Nodes on one hub, in virtual time: what the tests of the cluster are made of."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

from pyboot.boot.lifecycle.events import ApplicationEvent
from pyboot.cluster.engines.local.engine import LocalEngine
from pyboot.cluster.engines.local.hub import LocalHub
from pyboot.cluster.events import ClusterEvent
from pyboot.cluster.node import ClusterNode
from pyboot.cluster.outlet import EventOutlet
from pyboot.cluster.properties import ClusterProperties
from pyboot.supervisor.board import Board
from pyboot.testing.virtual_time import run_in_virtual_time

__all__ = ["ApplicationEvent", "World", "in_virtual_time"]


class World:
    """A hub with nodes; each notes its events."""

    def __init__(self, **settings: Any) -> None:
        loop = asyncio.get_running_loop()
        self.hub = LocalHub(Board(loop.time, loop.time))
        self.nodes: dict[str, ClusterNode] = {}
        self.events: dict[str, list[object]] = {}
        self.settings = settings

    def made(self, name: str, **settings: Any) -> ClusterNode:
        """A node that has not been started."""
        events = self.events.setdefault(name, [])

        async def note(event: object) -> None:
            events.append(event)

        properties = ClusterProperties.model_validate(self.settings | settings)
        engine = LocalEngine(name, self.hub)
        node = ClusterNode(name, engine, properties, EventOutlet(note), chance=random.Random(name))
        self.nodes[name] = node
        return node

    async def node(self, name: str, **settings: Any) -> ClusterNode:
        """A node that is up."""
        node = self.made(name, **settings)
        await node.start()
        return node

    async def kill(self, name: str) -> None:
        """End a node as `kill -9` does: without a word, its connection reset."""
        node = self.nodes.pop(name)
        self.hub.partition(name)
        for task in [task for task in asyncio.all_tasks() if task is node._running or task in node._tasks]:
            task.cancel()
        node._running = None
        await asyncio.sleep(0)
        self.hub.heal(name)

    def of(self, name: str, kind: type[ClusterEvent]) -> list[Any]:
        """The events of a kind that a node has published."""
        return [event for event in self.events[name] if isinstance(event, kind)]

    async def until(self, condition: Callable[[], bool], seconds: float = 60) -> float:
        """Wait until *condition* is true; the seconds that took."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        while not condition():
            assert loop.time() - begin < seconds, f"not within {seconds} s"
            await asyncio.sleep(0.01)
        return loop.time() - begin

    async def end(self) -> None:
        """Stop all nodes."""
        self.hub.heal()
        self.hub.go_on()
        for node in self.nodes.values():
            await node.stop()


def in_virtual_time(main: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test that runs in virtual time."""

    def test() -> None:
        run_in_virtual_time(main())

    test.__name__, test.__doc__ = main.__name__, main.__doc__
    return test
