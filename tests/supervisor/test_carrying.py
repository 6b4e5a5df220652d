"""The worker's end of the lines: the engine `local` over them keeps the contract, and everything is bounded."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from pyboot.cluster.engine import ClusterEngine, EngineState
from pyboot.cluster.engines.local.engine import LocalEngine
from pyboot.cluster.errors import EngineLostError, EngineUnreachableError
from pyboot.cluster.member import Member
from pyboot.cluster.table import Claim, ClaimPolicy, Table
from pyboot.supervisor import carrying
from pyboot.supervisor.carrying import WorkerCarrier
from pyboot.testing.cluster import ClusterEngineContract
from pyboot.testing.engine_node import EngineNode
from tests.supervisor.wired import Wired


@pytest_asyncio.fixture
async def wired() -> AsyncIterator[Wired]:
    """A switchboard."""
    made = Wired()
    yield made
    made.close()


class TestContract(ClusterEngineContract):
    """The suite that all engines pass."""

    lease_seconds = 0.05

    @pytest.fixture(autouse=True)
    def given(self, own_prefix: None, wired: Wired) -> None:
        """The supervisor of the test."""
        self._wired = wired

    def engine(self, node: str) -> ClusterEngine:
        return LocalEngine(node, WorkerCarrier(self._wired, self.prefix))

    async def cut(self, node: EngineNode) -> None:
        board = self._wired.switchboard
        board._close(board._lines[self.prefix]["a"])


def node(wired: Wired, name: str) -> EngineNode:
    """A node that is not connected."""
    return EngineNode(LocalEngine(name, WorkerCarrier(wired, "p")))


async def connected(wired: Wired, *names: str) -> list[EngineNode]:
    """Nodes that hear the channel x."""
    nodes = [node(wired, name) for name in names]
    for each in nodes:
        await each.engine.connect(each)
        await each.engine.subscribe(["x"])
    return nodes


async def until_it_is_lost(node: EngineNode) -> None:
    async with asyncio.timeout(10):
        while node.engine.state is EngineState.UP:  # noqa: ASYNC110  # the loop has to turn, and nothing else
            await asyncio.sleep(0)


async def test_long_frames_and_long_answers_come_whole(wired: Wired) -> None:
    """They go by memory files, of which none is left."""
    a, b = await connected(wired, "a", "b")
    before = wired.descriptors()
    frame = bytes(range(256)) * 4096
    a.engine.publish("x", [b"first", frame, b"last"])
    await b.until(lambda: len(b.frames) == 3)
    assert [b"first", frame, b"last"] == b.channel_frames("x")
    await a.engine.claim(Table.PRESENCE, [Claim("k", f"o{number}", "a", b"v" * 100) for number in range(2000)], ClaimPolicy.MANY)
    (found,) = await b.engine.find(Table.PRESENCE, ["k"])

    assert 2000 == len(found)
    assert b"v" * 100 == found[0].value
    assert before == wired.descriptors()
    for each in (a, b):
        await each.engine.close()


async def test_a_node_that_does_not_read_is_cut_off_and_the_others_hear_everything(wired: Wired) -> None:
    """Its backlog is bounded in messages, bytes and descriptors."""
    a, b, slow = await connected(wired, "a", "b", "slow")
    asyncio.get_running_loop().remove_reader(slow.engine._carrier._connections["slow"]._channel.fileno())  # type: ignore[attr-defined]
    frame = bytes(512 * 1024)
    sent = 0
    while not wired.warnings:
        a.engine.publish("x", [frame])
        sent += 1
        await b.until(lambda: len(b.frames) == sent)  # noqa: B023  # it is waited for here
        assert sent < 1000

    assert ["a", "b"] == wired.switchboard.nodes
    assert "its node slow is cut off" in wired.warnings[0]
    for each in (a, b, slow):
        await each.engine.close()


async def test_a_supervisor_that_stands_still_holds_up_nobody(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent waits up to the water mark, calls end in time, and the order stays when it goes on."""
    monkeypatch.setattr(carrying, "_COMMAND_SECONDS", 0.05)
    a, b = await connected(wired, "a", "b")
    wired.stand_still()
    sent = 0
    while a.engine.is_writable:
        a.engine.publish("x", [b"%06d" % sent + bytes(1000)])
        sent += 1
    wired.go_on()
    await b.until(lambda: len(b.frames) == sent)
    assert [b"%06d" % number + bytes(1000) for number in range(sent)] == b.channel_frames("x")
    assert a.engine.is_writable
    wired.stand_still()

    with pytest.raises(EngineLostError, match="not answered within"):
        await a.engine.epoch()
    assert EngineState.LOST is a.engine.state
    wired.is_away = True
    with pytest.raises(EngineUnreachableError, match="cannot be asked"):
        await a.engine.connect(a)
    for each in (a, b):
        await each.engine.close()


async def test_a_supervisor_that_is_executed_anew_is_noticed_and_found_empty(wired: Wired) -> None:
    """Its lines end with it; on the new one nobody has a lease, and so the node claims again."""
    (a,) = await connected(wired, "a")
    await a.engine.lease(Member("a", 1, b"i"), 10)
    wired.switchboard.close()
    wired.switchboard._boards.clear()
    await until_it_is_lost(a)
    await a.engine.connect(a)

    assert not await a.engine.refresh(Member("a", 1, b"i"), 10)
    await a.engine.close()


async def test_the_node_of_a_worker_that_is_gone_has_no_lease(wired: Wired) -> None:
    """Others need not wait until it ends."""
    a, b = await connected(wired, "a", "b")
    await a.engine.lease(Member("a", 1, b"i"), 1000)
    wired.switchboard.gone(wired.process)
    await until_it_is_lost(b)
    await b.engine.connect(b)

    assert [] == list(await b.engine.members())
    for each in (a, b):
        await each.engine.close()


async def test_a_board_is_bounded() -> None:
    """What makes it larger is refused then, and the reason is told."""
    wired = Wired(most_entries=2)
    (a,) = await connected(wired, "a")
    await a.engine.lease(Member("a", 1, b"i"), 1000)
    with pytest.raises(EngineLostError, match="keeps 2 entries at most"):
        await a.engine.claim(Table.SESSIONS, [Claim("k", "o", "a")], ClaimPolicy.REPLACE)
    await a.engine.close()
    wired.close()
