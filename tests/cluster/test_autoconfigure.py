"""The cluster of an application: which beans there are, and a chat on two nodes over real sockets."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pyboot.boot import ApplicationContext, Component, EventListener
from pyboot.cluster import ClusterChannelGroup, ClusterNode, ClusterProperties, NodeJoined, NodeLeft, SessionRegistry
from pyboot.cluster.autoconfigure import ClusterAutoConfiguration, ClusterRegistrar
from pyboot.cluster.engines.local.hub import LocalHub
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer, NettyServers
from pyboot.netty.autoconfigure import NettyAutoConfiguration
from pyboot.testing import ContextRunner, client

ROOT = Path(__file__).resolve().parents[2]


@NettyServer(port=0)
@ClusterChannelGroup("room")
class ChatServer:
    """Has lines of text."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(server="chat")
class ChatHandler(ChannelHandler[str]):
    """Says to everybody what anybody says, and to one what is for one."""

    def __init__(self, room: ClusterChannelGroup, sessions: SessionRegistry) -> None:
        self.room = room
        self.sessions = sessions

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        kind, _, text = msg.partition(" ")
        if kind == "name":
            await self.sessions.claim(text, ctx.channel)
            await ctx.write_and_flush(f"hello {text}\n")
        elif kind == "to":
            name, _, text = text.partition(" ")
            outcome = await self.sessions.send(name, f"{text}\n", ack=2)
            await ctx.write_and_flush(f"{outcome.value}\n")
        else:
            await self.room.write_and_flush(f"{text}\n")


@Component
class Ears:
    """Notes who comes and goes."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.has_two = asyncio.Event()

    @EventListener
    def heard_of(self, event: NodeJoined | NodeLeft) -> None:
        self.heard.append(event)
        if len(self.heard) == 2:
            self.has_two.set()


@asynccontextmanager
async def node(name: str, **settings: Any) -> AsyncIterator[ApplicationContext]:
    """A context of the chat."""
    runner = ContextRunner().with_beans(ChatServer, ChatHandler, Ears).with_auto(NettyAutoConfiguration, ClusterAutoConfiguration)
    for key, value in {"cluster.name": name, "cluster.application": "chat", **settings}.items():
        runner = runner.with_property(key, value)
    async with runner.run() as context:
        yield context


@pytest.fixture(autouse=True)
def forget_hubs() -> Any:
    """No test hears another."""
    yield
    LocalHub.use("pb:chat:", None)


async def test_a_chat_on_two_nodes() -> None:
    """Everybody hears everybody, one reaches another, a name moves, and who leaves says so."""
    async with node("a") as first:
        async with node("b") as second:
            await talk(*(context.get(NettyServers).address("chat") for context in (first, second)))
        assert first.get(ClusterNode).id.startswith("a-")
        ears = first.get(Ears)
        await asyncio.wait_for(ears.has_two.wait(), 10)
        joined, left = ears.heard
        assert isinstance(joined, NodeJoined)
        assert left == NodeLeft(joined.node, 0, True)


async def talk(first: tuple[str, int], second: tuple[str, int]) -> None:
    """One client of each node."""
    async with client(*first) as (in_a, out_a), client(*second) as (in_b, out_b):
        out_b.write(b"name kim\n")
        assert b"hello kim\n" == await in_b.readline()
        out_a.write(b"name lee\n")
        assert b"hello lee\n" == await in_a.readline()
        out_a.write(b"say good day\n")
        assert [b"good day\n"] * 2 == [await in_a.readline(), await in_b.readline()]
        out_a.write(b"to kim psst\n")
        assert (b"psst\n", b"delivered\n") == (await in_b.readline(), await in_a.readline())
        out_a.write(b"name kim\n")
        assert b"hello kim\n" == await in_a.readline()
        assert b"" == await in_b.read()


async def test_the_cluster_can_be_switched_off() -> None:
    """As a whole; then it is not there to be asked for."""

    @Component
    class Lone: ...

    runner = ContextRunner().with_beans(Lone).with_auto(NettyAutoConfiguration, ClusterAutoConfiguration)
    async with runner.with_property("cluster.enabled", "false").run() as context:
        assert context.find(ClusterNode) is None


def test_it_says_its_settings() -> None:
    """To editors."""
    assert ("cluster", ClusterProperties) in list(ClusterRegistrar().settings())


@pytest.mark.slow
def test_an_application_without_the_starter_imports_nothing_of_it() -> None:
    """Not a single module."""
    program = (
        "import asyncio, sys\n"
        "from pyboot.boot import PyBootApplication, start\n"
        "import pyboot.netty\n"
        "@PyBootApplication(scan=())\n"
        "class App: ...\n"
        "async def main():\n"
        "    async with start(App): pass\n"
        "asyncio.run(main())\n"
        "print([name for name in sorted(sys.modules) if name.startswith('pyboot.cluster') or name.startswith('pyboot.supervisor')])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert "[]" == ran.stdout.splitlines()[-1]
