"""The engine `redis` keeps the contract, on servers as processes."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from pyboot.cluster.engine import ClusterEngine, EngineState
from pyboot.cluster.engines.redis.engine import RedisEngine
from pyboot.cluster.errors import EngineLostError, EngineRefusedError, EngineUnreachableError
from pyboot.cluster.member import Member
from pyboot.cluster.rate import Rate
from pyboot.cluster.table import Claim, ClaimPolicy, Entry, Table
from pyboot.testing.cluster import ClusterEngineContract
from pyboot.testing.engine_node import EngineNode
from pyboot.testing.fault_proxy import FaultProxy
from pyboot.testing.faults import StreamFaults
from tests.cluster.engines.redis.servers import RedisServer

pytestmark = pytest.mark.slow


class TestContract(ClusterEngineContract):
    """The suite that all engines pass."""

    @pytest.fixture(autouse=True)
    def _server(self, server: RedisServer) -> None:
        self._server_of_test = server

    def engine(self, node: str) -> ClusterEngine:
        return self._server_of_test.engine(node, self.prefix)

    async def cut(self, node: EngineNode) -> None:
        clients = await self._server_of_test.ask("CLIENT", "LIST")
        assert isinstance(clients, bytes)
        (number,) = [line.split()[0].removeprefix(b"id=") for line in clients.splitlines() if b" name=a " in line]
        await self._server_of_test.ask("CLIENT", "KILL", "ID", number)


@pytest.fixture
def prefix() -> str:
    """What no other test uses."""
    return f"pb:{uuid.uuid4().hex[:12]}:"


@asynccontextmanager
async def connected(*engines: RedisEngine) -> AsyncIterator[list[EngineNode]]:
    """Connect *engines*, and close them in the end."""
    nodes = [EngineNode(engine) for engine in engines]
    try:
        for node in nodes:
            await node.engine.connect(node)
        yield nodes
    finally:
        for node in nodes:
            await node.engine.close()


async def test_a_server_that_was_killed_is_told_and_connected_to_again(server: RedisServer, prefix: str) -> None:
    """It has forgotten everything, the scripts as well, and what is claimed again is there again."""
    async with connected(server.engine("a", prefix)) as (a,):
        (claimed,) = await a.engine.claim(Table.SESSIONS, [Claim("k", "a/1", "a", b"v")], ClaimPolicy.REPLACE)
        await a.engine.lease(Member("a", await a.engine.epoch()), 30)
        server.kill()
        try:
            await a.until(lambda: bool(a.losses))
            with pytest.raises(EngineUnreachableError, match=r"127\.0\.0\.1"):
                await a.engine.connect(a)
        finally:
            server.start()
        await a.engine.connect(a)
        assert len(a.losses) == 1
        assert await a.engine.members() == []
        assert await a.engine.epoch() == 1
        assert await a.engine.find(Table.SESSIONS, ["k"]) == [[]]
        await a.engine.claim(Table.SESSIONS, [Claim("k", "a/1", "a", b"v", claimed.stamp)], ClaimPolicy.REPLACE)
        assert await a.engine.find(Table.SESSIONS, ["k"]) == [[Entry("a/1", "a", claimed.stamp, b"v")]]


async def test_scripts_that_the_server_forgets_are_sent_again(server: RedisServer, prefix: str) -> None:
    """In the middle of a connection."""
    async with connected(server.engine("a", prefix)) as (a,):
        for _ in range(2):
            assert await a.engine.acquire("x", "a", 30)
            made = await a.engine.claim(Table.SESSIONS, [Claim(f"k{number}", "o", "a") for number in range(2_000)], ClaimPolicy.MANY)
            assert [claimed.is_owner for claimed in made] == [True] * 2_000
            await server.ask("SCRIPT", "FLUSH")


async def test_a_path_that_is_silent_is_given_up(server: RedisServer, prefix: str) -> None:
    """By the first answer that does not come in time."""
    async with FaultProxy("127.0.0.1", server.port) as proxy:
        engine = server.engine("a", prefix, f"redis://127.0.0.1:{proxy.address[1]}", timeout=timedelta(seconds=0.2))
        async with connected(engine) as (a,):
            proxy.to_client = StreamFaults(partitioned=True)
            with pytest.raises(EngineLostError, match=r"no answer within 0\.2 s"):
                await engine.members()
            await a.until(lambda: bool(a.losses))
            assert engine.state is EngineState.LOST
            with pytest.raises(EngineUnreachableError, match=r"no answer within 0\.2 s"):
                await engine.connect(a)
            proxy.to_client = StreamFaults()
            await engine.connect(a)
            assert await engine.members() == []
            assert len(a.losses) == 1


async def test_a_path_that_takes_nothing_makes_it_full(server: RedisServer, prefix: str) -> None:
    """Until it takes again: then all arrives, and the listener is told that there is room."""
    async with (
        FaultProxy("127.0.0.1", server.port) as proxy,
        connected(
            server.engine("a", prefix, f"redis://127.0.0.1:{proxy.address[1]}", timeout=timedelta(seconds=9)), server.engine("b", prefix)
        ) as (a, b),
    ):
        await b.engine.subscribe(["x"])
        proxy.to_server = StreamFaults(partitioned=True)
        sent, room = 0, asyncio.Event()
        a.on_writable = room.set  # type: ignore[method-assign]
        while a.engine.is_writable:
            a.engine.publish("x", [b"%7d" % sent + bytes(65_536)])
            sent += 1
            await asyncio.sleep(0)
        assert 4 <= sent < 1_000
        assert not room.is_set()
        proxy.to_server = StreamFaults()
        await asyncio.wait_for(room.wait(), 10)
        await b.until(lambda: len(b.frames) == sent)
        assert [int(frame[:7]) for _, frame in b.frames] == list(range(sent))


async def test_a_reader_that_is_cut_off_by_the_server_is_told(server: RedisServer, prefix: str) -> None:
    """Servers drop who reads too slowly; a client that connects again by itself would not say so."""
    await server.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 0 0")
    async with (
        FaultProxy("127.0.0.1", server.port) as proxy,
        connected(server.engine("a", prefix, f"redis://127.0.0.1:{proxy.address[1]}"), server.engine("b", prefix)) as (a, b),
    ):
        await a.engine.subscribe(["x"])
        proxy.to_client = StreamFaults(partitioned=True)
        try:
            async with asyncio.timeout(20):
                while await b.engine.deliver("x", bytes(1 << 20)):
                    pass
        finally:
            await server.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 32mb 8mb 60")
        proxy.to_client = StreamFaults()
        await a.until(lambda: bool(a.losses))
        assert a.engine.state is EngineState.LOST


async def test_all_nodes_have_as_many_buckets(server: RedisServer, prefix: str) -> None:
    """Or one would not find what another one has claimed."""
    async with connected(server.engine("a", prefix)):
        other = server.engine("b", prefix, buckets=512)
        with pytest.raises(EngineRefusedError, match=r"1024 buckets.* 512: cluster\.sessions\.buckets"):
            await other.connect(EngineNode(other))
        assert other.state is EngineState.LOST


async def test_sessions_stay_small(server: RedisServer, prefix: str) -> None:
    """With names as nodes have them a bucket of hundreds is one block, not a table of pointers."""
    node = "node-server_17.example-12345-0a1b2c3d"
    async with connected(server.engine(node, prefix, buckets=1)) as (a,):
        claims = [Claim(f"user-{number}", f"{node}/{number}", node) for number in range(120)]
        await a.engine.claim(Table.SESSIONS, claims, ClaimPolicy.REPLACE)
        assert await server.ask("OBJECT", "ENCODING", f"{prefix}sessions:0") == b"listpack"


async def test_a_demoted_server_is_given_up(server: RedisServer, prefix: str) -> None:
    """After a failover the former master takes no writes; connecting finds it out as well."""
    async with connected(server.engine("a", prefix)) as (a,):
        await server.ask("REPLICAOF", "127.0.0.1", "1")
        try:
            with pytest.raises(EngineLostError, match=r"READONLY|MASTERDOWN"):
                await a.engine.epoch()
            await a.until(lambda: bool(a.losses))
            with pytest.raises(EngineUnreachableError, match="takes no writes"):
                await a.engine.connect(a)
        finally:
            await server.ask("REPLICAOF", "NO", "ONE")


async def test_nothing_stays_when_nobody_is_there(server: RedisServer, prefix: str) -> None:
    """Leases, locks and limits end by themselves."""
    async with connected(server.engine("a", prefix)) as (a,):
        await a.engine.lease(Member("a", 1), 0.05)
        await a.engine.acquire("x", "a", 0.05)
        await a.engine.take("x", 1, Rate(100, 1))
        async with asyncio.timeout(10):
            while await server.ask("KEYS", f"{prefix}*") != [f"{prefix}buckets".encode()]:  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0.01)
