"""The engine `local` keeps the contract, and has the connection of its carrier."""

import asyncio

import pytest

from pyboot.cluster.engine import ClusterEngine, EngineSetup, EngineState
from pyboot.cluster.engines.local.engine import LocalEngine
from pyboot.cluster.engines.local.hub import LocalHub
from pyboot.cluster.errors import EngineLostError, EngineUnreachableError
from pyboot.cluster.table import Table
from pyboot.testing.cluster import ClusterEngineContract
from pyboot.testing.engine_node import EngineNode


class TestContract(ClusterEngineContract):
    """The suite that all engines pass."""

    lease_seconds = 0.05

    @pytest.fixture(autouse=True)
    def hub(self, own_prefix: None) -> LocalHub:
        """The hub of the test."""
        self._hub = LocalHub()
        return self._hub

    def engine(self, node: str) -> ClusterEngine:
        return LocalEngine(node, self._hub)

    async def cut(self, node: EngineNode) -> None:
        (name,) = [name for name in self._hub.nodes if name == "a"]
        self._hub.partition(name)
        self._hub.heal(name)


async def test_engines_of_one_prefix_share_a_hub() -> None:
    """That is what makes two contexts of one process two nodes; another prefix hears nothing."""
    engines = [
        LocalEngine.create(EngineSetup(prefix, node, bind=lambda model: None)) for prefix, node in (("p", "a"), ("p", "b"), ("q", "c"))
    ]
    nodes = [EngineNode(engine) for engine in engines]
    for node in nodes:
        await node.engine.connect(node)
        await node.engine.subscribe(["x"])
    engines[0].publish("x", [b"1"])
    await nodes[1].hears(("x", b"1"))
    await nodes[2].hears()
    for engine in engines:
        await engine.close()
    LocalHub.use("p", None)
    LocalHub.use("q", None)


async def test_a_silent_network_gives_up_a_call_in_time() -> None:
    """The loss is told then, and a new connection is not to be had."""
    hub = LocalHub(command_timeout_seconds=0.01)
    node = EngineNode(LocalEngine("a", hub))
    await node.engine.connect(node)
    hub.partition("a", silent=True)
    assert node.engine.state is EngineState.UP
    with pytest.raises(EngineLostError, match=r"no answer within 0\.01 s"):
        await node.engine.find(Table.SESSIONS, ["k"])
    await node.until(lambda: bool(node.losses))
    with pytest.raises(EngineUnreachableError, match="no answer"):
        await node.engine.connect(node)
    await node.engine.close()
    with pytest.raises(EngineLostError, match="it is closed"):
        await node.engine.connect(node)


async def test_frames_of_an_ended_connection_are_not_heard_on_the_next() -> None:
    """They are lost, as with a network."""
    hub = LocalHub()
    hub.delay_seconds = 0.01
    node = EngineNode(LocalEngine("a", hub))
    await node.engine.connect(node)
    await node.engine.subscribe(["x"])
    node.engine.publish("x", [b"lost"])
    node.engine.drop()
    await node.engine.connect(node)
    await node.engine.subscribe(["x"])
    node.engine.publish("x", [b"heard"])
    await node.until(lambda: bool(node.frames))
    assert node.frames == [("x", b"heard")]
    await node.engine.close()


async def test_order_stays_where_the_delay_becomes_less() -> None:
    """A frame never overtakes another."""
    hub = LocalHub()
    node = EngineNode(LocalEngine("a", hub))
    await node.engine.connect(node)
    await node.engine.subscribe(["x"])
    for number, delay in enumerate((0.02, 0.0, 0.01)):
        hub.delay_seconds = delay
        node.engine.publish("x", [b"%d" % number])
    await node.until(lambda: len(node.frames) == 3)
    assert node.channel_frames("x") == [b"0", b"1", b"2"]
    await node.engine.close()


async def test_frames_from_another_thread_are_heard_on_the_own_loop() -> None:
    """Nodes of one process may live on several loops."""
    hub = LocalHub()
    node = EngineNode(LocalEngine("a", hub))
    await node.engine.connect(node)
    await node.engine.subscribe(["x"])

    async def other() -> None:
        there = EngineNode(LocalEngine("b", hub))
        await there.engine.connect(there)
        there.engine.publish("x", [b"1"])
        await there.engine.close()

    await asyncio.to_thread(lambda: asyncio.run(other()))
    await node.until(lambda: bool(node.frames))
    assert node.frames == [("x", b"1")]
    await node.engine.close()
