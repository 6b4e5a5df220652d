"""The contract suite of engines finds what it is there to find."""

import pytest

from pyboot.cluster.engine import ClusterEngine
from pyboot.cluster.engines.local.engine import LocalEngine
from pyboot.cluster.engines.local.hub import LocalHub
from pyboot.testing import engine_node
from pyboot.testing.cluster import ClusterEngineContract
from pyboot.testing.engine_node import EngineNode


def suite(hub: LocalHub) -> ClusterEngineContract:
    """The suite for engines of *hub*."""

    class Suite(ClusterEngineContract):
        def engine(self, node: str) -> ClusterEngine:
            return LocalEngine(node, hub)

    return Suite()


async def test_an_engine_that_keeps_the_contract_passes() -> None:
    """Here as under pytest."""
    await suite(LocalHub()).test_frames_come_to_all_subscribers_in_order()


async def test_a_frame_that_is_lost_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """By who waits for it."""
    hub = LocalHub()
    hub.drop = lambda node, channel: node == "b"
    monkeypatch.setattr(engine_node, "_SECONDS", 0.05)
    with pytest.raises(TimeoutError):
        await suite(hub).test_frames_come_to_all_subscribers_in_order()


async def test_a_suite_has_to_say_its_engine() -> None:
    """There is no default; how to cut a connection may be left out."""
    with pytest.raises(NotImplementedError):
        ClusterEngineContract().engine("a")
    with pytest.raises(pytest.skip.Exception, match="does not say how to cut a connection"):
        await ClusterEngineContract().cut(EngineNode(LocalEngine("a", LocalHub())))
