"""docs/examples/cluster_chat: the chat of the page on two nodes, cut in two and healed."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pyboot.cluster import ClusterNode, NodeState
from pyboot.cluster.autoconfigure import ClusterAutoConfiguration
from pyboot.cluster.engines.local.hub import LocalHub
from pyboot.netty import NettyServers
from pyboot.netty.autoconfigure import NettyAutoConfiguration
from pyboot.testing import ContextRunner, client

APP = Path(__file__).resolve().parents[2] / "docs/examples/cluster_chat/app.py"


@pytest.fixture
def app() -> Iterator[ModuleType]:
    """The module of the example."""
    spec = importlib.util.spec_from_file_location("cluster_chat", APP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    LocalHub.use("pb:chat:", None)


async def test_the_chat_of_the_page(app: ModuleType) -> None:
    """What is said is heard on both nodes, a name moves, and what a cut lost is told."""
    runner = ContextRunner().with_beans(app.ChatServer, app.Guest, app.Watch).with_auto(NettyAutoConfiguration, ClusterAutoConfiguration)
    runner = runner.with_property("cluster.application", "chat").with_property("netty.servers.chat.port", 0)
    hub = LocalHub.named("pb:chat:")
    async with runner.run() as first, runner.run() as second:
        addresses = [context.get(NettyServers).address("chat") for context in (first, second)]
        async with client(*addresses[0]) as (in_a, out_a), client(*addresses[1]) as (in_b, out_b):
            for name, reading, writing in (("kim", in_a, out_a), ("lee", in_b, out_b)):
                writing.write(f"/name {name}\n".encode())
                assert f"you are {name}\n".encode() == await reading.readline()
            out_a.write(b"hello\n/to lee psst\n/to nobody psst\n")
            assert [b"hello\n", b"nobody does not answer\n"] == [await in_a.readline() for _ in range(2)]
            assert [b"hello\n", b"psst\n"] == [await in_b.readline() for _ in range(2)]
            hub.drop = lambda node, channel: channel == "g:room"
            out_a.write(b"lost\n")
            assert b"lost\n" == await in_a.readline()
            hub.drop = lambda node, channel: False
            out_a.write(b"there again\n")
            assert b"there again\n" == await in_a.readline()
            assert [b"(1 lines were lost)\n", b"there again\n"] == [await in_b.readline() for _ in range(2)]
            out_b.write(b"/name kim\n")
            assert b"you are kim\n" == await in_b.readline()
            assert b"kim is somewhere else now\n" == await in_a.read()
        assert [NodeState.UP] * 2 == [context.get(ClusterNode).state for context in (first, second)]
