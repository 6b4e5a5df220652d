"""What a node under test has heard."""

import pytest

from pyboot.cluster.engines.local.engine import LocalEngine
from pyboot.cluster.engines.local.hub import LocalHub
from pyboot.testing import engine_node
from pyboot.testing.engine_node import EngineNode


async def test_a_frame_too_many_is_found() -> None:
    """Nothing but what is expected may come."""
    node = EngineNode(LocalEngine("a", LocalHub()))
    await node.engine.connect(node)
    await node.engine.subscribe(["x"])
    node.engine.publish("x", [b"1", b"1"])
    with pytest.raises(AssertionError):
        await node.hears(("x", b"1"))
    assert node.channel_frames("x") == [b"1", b"1"]
    await node.engine.close()


async def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an error of its own."""
    monkeypatch.setattr(engine_node, "_SECONDS", 0.01)
    node = EngineNode(LocalEngine("a", LocalHub()))
    with pytest.raises(TimeoutError):
        await node.until(lambda: False)
