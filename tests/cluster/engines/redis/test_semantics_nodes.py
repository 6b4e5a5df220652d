"""Nodes over a real server: they come up, lose it, and are back with their sessions."""

import asyncio
import uuid
from collections.abc import Callable

import pytest

from pyboot.cluster.events import EngineLost
from pyboot.cluster.node import ClusterNode
from pyboot.cluster.outlet import EventOutlet
from pyboot.cluster.properties import ClusterProperties
from pyboot.cluster.state import NodeState
from tests.cluster.engines.redis.servers import RedisServer

pytestmark = pytest.mark.slow


async def until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* is true."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # nodes tell of most changes, not of all
            await asyncio.sleep(0.01)


async def test_nodes_are_back_after_the_server_was_killed(server: RedisServer) -> None:
    """It has forgotten both; each joins anew, and they know each other again."""
    prefix, events = f"pb:{uuid.uuid4().hex[:8]}:", []

    async def note(event: object) -> None:
        events.append(event)

    properties = ClusterProperties.model_validate({"lease": "3s", "engine_timeout": "1s"})
    nodes = [ClusterNode(name, server.engine(name, prefix), properties, EventOutlet(note)) for name in ("a", "b")]
    try:
        for node in nodes:
            await node.start()
        await until(lambda: all(len(node.roster) == 2 for node in nodes))
        server.kill()
        try:
            await until(lambda: all(node.state is NodeState.LOST for node in nodes))
        finally:
            server.start()
        await until(lambda: all(node.is_up and len(node.roster) == 2 for node in nodes))
        assert [type(event) for event in events].count(EngineLost) == 2
        assert all(node.losses == 1 for node in nodes)
    finally:
        for node in nodes:
            await node.stop()
