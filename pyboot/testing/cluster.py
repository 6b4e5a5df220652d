"""The contract of the cluster's engines: one suite that every engine passes, ours and yours.

::

    class TestMyEngine(ClusterEngineContract):
        def engine(self, node: str) -> ClusterEngine:
            return MyEngine.create(EngineSetup(self.prefix, node, bind=lambda model: model()))

All engines of one test get the same `prefix`, another one in each test. Where `cut` is overridden, what becomes of a lost connection is
asked for, too.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pyboot.cluster.engine import ClusterEngine, EngineState
from pyboot.cluster.errors import EngineLostError
from pyboot.cluster.member import Member
from pyboot.cluster.rate import Rate
from pyboot.cluster.table import Claim, ClaimPolicy, Entry, Table

from .engine_node import EngineNode

__all__ = ["ClusterEngineContract"]

_SECONDS = 10.0  # of patience; what is well takes milliseconds
_LARGEST = (1 << 20) + 512
ODD_NAMES = ("a b", "room.*", "x>", "a:b{c}", "ü·语", "%41", "n" * 150)


class ClusterEngineContract:
    """Base of the tests of an engine; each method is a test, and a subclass says what is tested.

    ``lease_seconds`` is the shortest lease that the engine keeps to within as much again.
    """

    lease_seconds = 0.3
    prefix = "pb:contract:"

    @pytest.fixture(autouse=True)
    def own_prefix(self) -> None:
        """Let no test see what another has left."""
        self.prefix = f"pb:test-{uuid.uuid4().hex[:12]}:"

    # What a subclass says.

    def engine(self, node: str) -> ClusterEngine:
        """Return a new engine for *node*, not connected; all of one test share ``self.prefix``."""
        raise NotImplementedError

    async def cut(self, node: EngineNode) -> None:
        """Cut the connection of *node*, as the network would, so that a new one can be made at once."""
        pytest.skip(f"{type(self).__name__} does not say how to cut a connection (override cut)")

    @asynccontextmanager
    async def nodes(self, *names: str) -> AsyncIterator[list[EngineNode]]:
        """Connect an engine for each of *names*, and close them in the end."""
        nodes = [EngineNode(self.engine(name)) for name in names]
        try:
            for node in nodes:
                await node.engine.connect(node)
            yield nodes
        finally:
            for node in nodes:
                await node.engine.close()

    async def eventually(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Ask *condition* until it is true."""
        async with asyncio.timeout(_SECONDS + 3 * self.lease_seconds):
            while not await condition():  # noqa: ASYNC110  # it changes on a server, which tells nobody
                await asyncio.sleep(0.01)

    # The connection.

    async def test_without_a_connection_everything_is_refused_at_once(self) -> None:
        """Before the first one, and after the end."""
        engine = self.engine("a")
        states = [engine.state]
        await _refuses_everything(engine)
        await engine.connect(EngineNode(engine))
        states.append(engine.state)
        await engine.close()
        await engine.close()
        assert [*states, engine.state] == [EngineState.LOST, EngineState.UP, EngineState.CLOSED]
        await _refuses_everything(engine)

    async def test_a_lost_connection_is_told_once_and_made_again(self) -> None:
        """Nothing is subscribed on the new one until somebody does."""
        async with self.nodes("a", "b") as (a, b):
            await a.engine.subscribe(["x"])
            await self.cut(a)
            await a.until(lambda: a.engine.state is EngineState.LOST and bool(a.losses))
            await _refuses_everything(a.engine)
            await a.engine.connect(a)
            assert a.engine.state is EngineState.UP
            assert len(a.losses) == 1
            assert not await b.engine.deliver("x", b"nobody hears this")
            await a.engine.subscribe(["x"])
            b.engine.publish("x", [b"1"])
            await a.until(lambda: ("x", b"1") in a.frames)
            assert a.channel_frames("x") == [b"1"]

    async def test_a_connection_that_is_given_up_is_not_told(self) -> None:
        """It was known to the one that dropped it."""
        async with self.nodes("a") as (a,):
            await a.engine.subscribe(["x"])
            a.engine.drop()
            assert a.engine.state is EngineState.LOST
            await _refuses_everything(a.engine)
            await a.engine.connect(a)
            await a.engine.subscribe(["y"])
            a.engine.publish("y", [b"1"])
            await a.until(lambda: bool(a.frames))
            assert a.losses == []

    async def test_a_cancelled_call_leaves_the_engine_usable(self) -> None:
        """Answers stay with their questions."""
        async with self.nodes("a") as (a,):
            await a.engine.claim(Table.SESSIONS, [Claim("k", "o", "a", b"v")], ClaimPolicy.MANY)
            for _ in range(20):
                task = asyncio.ensure_future(a.engine.find(Table.SESSIONS, ["nothing"]))
                await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                ((entry,),) = await a.engine.find(Table.SESSIONS, ["k"])
                assert (entry.owner, entry.value) == ("o", b"v")

    # Messages.

    async def test_frames_come_to_all_subscribers_in_order(self) -> None:
        """To the one that publishes as well, byte for byte, and to nobody else."""
        async with self.nodes("a", "b", "c") as (a, b, c):
            for node in (a, b):
                await node.engine.subscribe(["x"])
            a.engine.publish("x", [b"\x00\r\n\xff", b"2"])
            a.engine.publish("x", [b"3"])
            expected = [b"\x00\r\n\xff", b"2", b"3"]
            for node in (a, b):
                await node.until(lambda node=node: len(node.frames) == 3)  # type: ignore[misc]  # bound now
                assert node.channel_frames("x") == expected
            await c.hears()

    async def test_frames_are_not_heard_inside_of_publish(self) -> None:
        """A listener is called by the loop."""
        async with self.nodes("a") as (a,):
            await a.engine.subscribe(["x"])
            a.engine.publish("x", [b"1"])
            assert a.frames == []
            await a.until(lambda: bool(a.frames))

    async def test_order_holds_across_channels_and_kinds(self) -> None:
        """The frames that were published before an answer was asked for come before."""
        async with self.nodes("a", "b") as (a, b):
            await b.engine.subscribe(["x", "y"])
            a.engine.publish("x", [b"1"])
            a.engine.publish("y", [b"2"])
            assert await a.engine.deliver("x", b"3")
            a.engine.publish("y", [b"4"])
            await b.until(lambda: len(b.frames) == 4)
            assert [frame for _, frame in b.frames] == [b"1", b"2", b"3", b"4"]

    async def test_a_channel_is_heard_once_while_it_is_subscribed(self) -> None:
        """Subscribing twice is once; unsubscribing ends it."""
        async with self.nodes("a", "b") as (a, b):
            await a.engine.subscribe(["x", "y"])
            await a.engine.subscribe(["x"])
            b.engine.publish("x", [b"1"])
            await a.until(lambda: bool(a.frames))
            await a.engine.unsubscribe(["x", "never"])
            b.engine.publish("x", [b"2"])
            b.engine.publish("y", [b"3"])
            await a.until(lambda: ("y", b"3") in a.frames)
            assert a.frames == [("x", b"1"), ("y", b"3")]

    async def test_what_is_published_after_a_subscription_comes(self) -> None:
        """By whomever: to have subscribed means that the engine knows."""
        async with self.nodes("a", "b") as (a, b):
            for number in range(50):
                await a.engine.subscribe([f"x{number}"])
                b.engine.publish(f"x{number}", [b"1"])
            await a.until(lambda: len(a.frames) == 50)

    @pytest.mark.parametrize("name", ODD_NAMES)
    async def test_a_channel_may_be_called_anything(self, name: str) -> None:
        """No name is a pattern, and none is another's."""
        async with self.nodes("a", "b") as (a, b):
            await a.engine.subscribe([name])
            b.engine.publish("room.1", [b"no"])
            b.engine.publish("xy", [b"no"])
            assert await b.engine.deliver(name, b"yes")
            await a.hears((name, b"yes"))

    async def test_thousands_of_channels_are_subscribed_at_once(self) -> None:
        """After a reconnect they are."""
        async with self.nodes("a", "b") as (a, b):
            await a.engine.subscribe([f"x{number}" for number in range(5_000)])
            assert await b.engine.deliver("x4999", b"1")
            await a.engine.unsubscribe([f"x{number}" for number in range(5_000)])
            assert not await b.engine.deliver("x4999", b"2")

    async def test_the_largest_frame_comes_whole(self) -> None:
        """1 MiB and its header."""
        async with self.nodes("a", "b") as (a, b):
            await a.engine.subscribe(["x"])
            frame = bytes(range(256)) * (_LARGEST // 256)
            b.engine.publish("x", [frame, b"after"])
            await a.until(lambda: len(a.frames) == 2)
            assert a.channel_frames("x") == [frame, b"after"]

    async def test_many_frames_come_all_and_in_order(self) -> None:
        """In turns, as somebody writes who keeps to the water marks."""
        async with self.nodes("a", "b") as (a, b):
            await a.engine.subscribe(["x"])
            expected = [b"%d" % number for number in range(10_000)]
            for begin in range(0, len(expected), 200):
                await b.until(lambda: b.engine.is_writable)
                b.engine.publish("x", expected[begin : begin + 200])
                await asyncio.sleep(0)
            await a.until(lambda: len(a.frames) == len(expected))
            assert a.channel_frames("x") == expected

    async def test_a_delivery_tells_whether_anybody_hears(self) -> None:
        """A channel that nobody has tells that its node is gone."""
        async with self.nodes("a", "b") as (a, b):
            assert not await b.engine.deliver("x", b"1")
            await a.engine.subscribe(["x"])
            assert await b.engine.deliver("x", b"2")
            await a.engine.close()

            async def is_gone() -> bool:
                return not await b.engine.deliver("x", b"3")

            await self.eventually(is_gone)

    # Nodes.

    async def test_each_epoch_is_above_all_before(self) -> None:
        """For any of them."""
        async with self.nodes("a", "b") as (a, b):
            epochs = [await node.engine.epoch() for node in (a, b, a, b)]
            assert sorted(set(epochs)) == epochs

    async def test_members_are_the_nodes_with_a_lease(self) -> None:
        """Each with what it tells of itself."""
        async with self.nodes("a", "b") as (a, b):
            assert list(await a.engine.members()) == []
            await a.engine.lease(Member("a", 1, b"of a"), 30)
            await b.engine.lease(Member("b", 2, b"\x00\xff"), 30)
            found = sorted(await b.engine.members())
            assert [member[:3] for member in found] == [("a", 1, b"of a"), ("b", 2, b"\x00\xff")]
            assert all(20 < member.seconds_left <= 30 for member in found)
            assert await a.engine.refresh(Member("a", 1, b"new"), 60)
            (member,) = [member for member in await b.engine.members() if member.node == "a"]
            assert (member.info, member.seconds_left > 40) == (b"new", True)
            await b.engine.leave("a")
            await b.engine.leave("a")
            assert [member.node for member in await a.engine.members()] == ["b"]

    async def test_a_lease_is_renewed_by_its_own_epoch_alone(self) -> None:
        """One that is gone is not made again by who had it."""
        async with self.nodes("a") as (a,):
            await a.engine.lease(Member("a", 1), 30)
            assert not await a.engine.refresh(Member("a", 2), 30)
            assert not await a.engine.refresh(Member("z", 1), 30)
            await a.engine.lease(Member("a", 2), 30)
            assert not await a.engine.refresh(Member("a", 1), 30)
            assert await a.engine.refresh(Member("a", 2), 30)
            await a.engine.leave("a")
            assert not await a.engine.refresh(Member("a", 2), 30)

    async def test_a_lease_that_is_not_renewed_ends(self) -> None:
        """By itself."""
        async with self.nodes("a", "b") as (a, b):
            await a.engine.lease(Member("a", 1), self.lease_seconds)
            await b.engine.lease(Member("b", 2), 60)

            async def has_ended() -> bool:
                return [member.node for member in await b.engine.members()] == ["b"]

            await self.eventually(has_ended)
            assert not await a.engine.refresh(Member("a", 1), 30)

    async def test_a_name_is_acquired_by_one(self) -> None:
        """Until its time is over; who has it keeps it."""
        async with self.nodes("a", "b") as (a, b):
            assert await a.engine.acquire("sweep", "a", self.lease_seconds)
            assert not await b.engine.acquire("sweep", "b", 30)
            assert await b.engine.acquire("other", "b", 30)
            assert await a.engine.acquire("sweep", "a", self.lease_seconds)

            async def gets_it() -> bool:
                return await b.engine.acquire("sweep", "b", 30)

            await self.eventually(gets_it)
            assert not await a.engine.acquire("sweep", "a", 30)

    # Tables.

    async def test_the_newest_claim_replaces_the_others(self) -> None:
        """And tells whom."""
        async with self.nodes("a", "b") as (a, b):
            (first,) = await a.engine.claim(Table.SESSIONS, [Claim("k", "a/1", "a", b"one")], ClaimPolicy.REPLACE)
            assert (first.is_owner, first.others) == (True, ())
            (second,) = await b.engine.claim(Table.SESSIONS, [Claim("k", "b/1", "b", b"\x00two")], ClaimPolicy.REPLACE)
            assert (second.is_owner, second.others) == (True, (Entry("a/1", "a", first.stamp, b"one"),))
            assert second.stamp > first.stamp > 0
            assert [[Entry("b/1", "b", second.stamp, b"\x00two")], []] == [
                list(each) for each in await a.engine.find(Table.SESSIONS, ["k", "x"])
            ]

    async def test_a_claim_is_refused_while_there_is_another_owner(self) -> None:
        """Under the policy for that."""
        async with self.nodes("a", "b") as (a, b):
            (first,) = await a.engine.claim(Table.SESSIONS, [Claim("k", "a/1", "a", b"1")], ClaimPolicy.REFUSE)
            (second,) = await b.engine.claim(Table.SESSIONS, [Claim("k", "b/1", "b", b"2")], ClaimPolicy.REFUSE)
            assert (second.is_owner, second.others) == (False, (Entry("a/1", "a", first.stamp, b"1"),))
            (again,) = await a.engine.claim(Table.SESSIONS, [Claim("k", "a/1", "a", b"3")], ClaimPolicy.REFUSE)
            assert (again.is_owner, again.others) == (True, ())
            assert await a.engine.release(Table.SESSIONS, [("k", "a/1")]) == 1
            (third,) = await b.engine.claim(Table.SESSIONS, [Claim("k", "b/1", "b", b"2")], ClaimPolicy.REFUSE)
            assert third.is_owner

    @pytest.mark.parametrize("table", Table)
    async def test_a_key_may_have_many_owners(self, table: Table) -> None:
        """The earliest first."""
        async with self.nodes("a", "b") as (a, b):
            for node, engine in (("b", b.engine), ("a", a.engine)):
                (claimed,) = await engine.claim(table, [Claim("k", f"{node}/1", node, node.encode())], ClaimPolicy.MANY)
                assert claimed.is_owner
            (claimed,) = await a.engine.claim(table, [Claim("k", "c/1", "c", b"c")], ClaimPolicy.MANY)
            ((*found,),) = await a.engine.find(table, ["k"])
            assert [entry.owner for entry in found] == ["b/1", "a/1", "c/1"]
            assert [entry.owner for entry in claimed.others] == ["b/1", "a/1"]
            assert await b.engine.release(table, [("k", "a/1"), ("k", "a/1"), ("k", "z"), ("none", "a/1")]) == 1
            ((*found,),) = await a.engine.find(table, ["k"])
            assert [(entry.owner, entry.node, entry.value) for entry in found] == [("b/1", "b", b"b"), ("c/1", "c", b"c")]

    async def test_a_claim_with_a_stamp_gives_way_to_a_later_one(self) -> None:
        """It is how a claim is settled that was made while the engine was away, and how one is repeated."""
        async with self.nodes("a", "b") as (a, b):
            (first,) = await a.engine.claim(Table.SESSIONS, [Claim("k", "a/1", "a")], ClaimPolicy.REPLACE)
            (second,) = await b.engine.claim(Table.SESSIONS, [Claim("k", "b/1", "b")], ClaimPolicy.REPLACE)
            (again,) = await a.engine.claim(Table.SESSIONS, [Claim("k", "a/1", "a", b"", first.stamp)], ClaimPolicy.REPLACE)
            assert (again.is_owner, [entry.owner for entry in again.others]) == (False, ["b/1"])
            (same,) = await b.engine.claim(Table.SESSIONS, [Claim("k", "b/1", "b", b"v", second.stamp)], ClaimPolicy.REPLACE)
            assert (same.is_owner, same.stamp, same.others) == (True, second.stamp, ())
            (later,) = await a.engine.claim(Table.SESSIONS, [Claim("k", "a/2", "a", b"", second.stamp + 1)], ClaimPolicy.REPLACE)
            assert (later.is_owner, later.stamp, [entry.owner for entry in later.others]) == (True, second.stamp + 1, ["b/1"])
            (newest,) = await b.engine.claim(Table.SESSIONS, [Claim("k", "b/2", "b")], ClaimPolicy.REPLACE)
            assert newest.is_owner
            assert newest.stamp > later.stamp

    async def test_a_claim_with_a_stamp_brings_back_what_was_forgotten(self) -> None:
        """With that stamp."""
        async with self.nodes("a") as (a,):
            stamp = 1_700_000_000_000_000
            for policy in ClaimPolicy:
                (claimed,) = await a.engine.claim(Table.SESSIONS, [Claim(policy.value, "a/1", "a", b"v", stamp)], policy)
                assert (claimed.is_owner, claimed.stamp) == (True, stamp)
                assert [[Entry("a/1", "a", stamp, b"v")]] == [list(each) for each in await a.engine.find(Table.SESSIONS, [policy.value])]

    async def test_claims_come_back_in_their_order(self) -> None:
        """Some thousand at once, some of one key."""
        async with self.nodes("a") as (a,):
            claims = [Claim(f"k{number % 1500}", f"a/{number}", "a", b"%d" % number) for number in range(2_000)]
            made = await a.engine.claim(Table.SESSIONS, claims, ClaimPolicy.REPLACE)
            assert [len(claimed.others) for claimed in made] == [0] * 1_500 + [1] * 500
            found = await a.engine.find(Table.SESSIONS, [f"k{number}" for number in range(1_500)])
            assert [entry.value for (entry,) in found] == [b"%d" % (number + 1_500 if number < 500 else number) for number in range(1_500)]
            assert await a.engine.release(Table.SESSIONS, [(claim.key, claim.owner) for claim in claims]) == 1_500

    @pytest.mark.parametrize("table", Table)
    async def test_a_scan_goes_through_everything_once(self, table: Table) -> None:
        """All keys of the table, and of no other."""
        async with self.nodes("a") as (a,):
            other = Table.PRESENCE if table is Table.SESSIONS else Table.SESSIONS
            await a.engine.claim(other, [Claim("other", "a/1", "a")], ClaimPolicy.MANY)
            claims = [Claim(f"k{number // 2}", f"a/{number}", "a") for number in range(1_000)]
            await a.engine.claim(table, claims, ClaimPolicy.MANY)
            found = [(key, entry.owner) async for key, entry in a.engine.scan(table)]
            assert sorted(found) == sorted((claim.key, claim.owner) for claim in claims)

    @pytest.mark.parametrize("name", ODD_NAMES)
    async def test_a_key_may_be_called_anything(self, name: str) -> None:
        """And an owner as well."""
        async with self.nodes("a") as (a,):
            for table in Table:
                await a.engine.claim(table, [Claim(name, name, "a", name.encode())], ClaimPolicy.MANY)
                ((entry,),) = await a.engine.find(table, [name])
                assert (entry.owner, entry.value) == (name, name.encode())
                assert [(name, entry)] == [found async for found in a.engine.scan(table)]
                assert await a.engine.release(table, [(name, name)]) == 1

    async def test_claims_of_one_key_have_one_order(self) -> None:
        """Of many at a time each replaces the one before, and one stays."""
        async with self.nodes("a", "b", "c") as nodes:

            async def claim_often(node: EngineNode, name: str) -> list[tuple[str, tuple[str, ...], int]]:
                made = []
                for number in range(60):
                    owner = f"{name}/{number}"
                    (claimed,) = await node.engine.claim(Table.SESSIONS, [Claim("k", owner, name)], ClaimPolicy.REPLACE)
                    made.append((owner, tuple(entry.owner for entry in claimed.others), claimed.stamp))
                return made

            of_each = await asyncio.gather(*(claim_often(node, name) for node, name in zip(nodes, "abc", strict=True)))
            made = [claim for claims in of_each for claim in claims]
            made.sort(key=lambda each: each[2])
            assert len({stamp for _, _, stamp in made}) == len(made)
            assert [others for _, others, _ in made] == [(), *((owner,) for owner, _, _ in made[:-1])]
            ((entry,),) = await nodes[0].engine.find(Table.SESSIONS, ["k"])
            assert entry.owner == made[-1][0]

    # Limits.

    async def test_tokens_are_given_up_to_the_burst(self) -> None:
        """To all nodes together, whole wishes only; then at the rate."""
        async with self.nodes("a", "b") as (a, b):
            rate = Rate(0.5, 5)
            given = [(await node.engine.take("k", 2, rate)).is_granted for node in (a, b, a)]
            assert given == [True, True, False]
            refused = await b.engine.take("k", 2, rate)
            assert not refused.is_granted
            assert 0.5 < refused.retry_after_seconds <= 2.0
            assert (await b.engine.take("k", 1, rate)).is_granted
            assert (await b.engine.take("other", 5, rate)).is_granted
            assert not (await b.engine.take("never", 6, rate)).is_granted

    async def test_tokens_grow_again(self) -> None:
        """After the time that was told."""
        async with self.nodes("a") as (a,):
            rate = Rate(20, 1)
            assert (await a.engine.take("k", 1, rate)).is_granted

            async def is_given() -> bool:
                return (await a.engine.take("k", 1, rate)).is_granted

            await self.eventually(is_given)


async def _refuses_everything(engine: ClusterEngine) -> None:
    assert not engine.is_writable
    with pytest.raises(EngineLostError):
        engine.publish("x", [b"1"])

    async def scanned() -> list[Any]:
        return [entry async for entry in engine.scan(Table.SESSIONS)]

    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: engine.deliver("x", b"1"),
        lambda: engine.subscribe(["x"]),
        lambda: engine.unsubscribe(["x"]),
        engine.epoch,
        lambda: engine.lease(Member("a", 1), 1),
        lambda: engine.refresh(Member("a", 1), 1),
        lambda: engine.leave("a"),
        engine.members,
        lambda: engine.acquire("x", "a", 1),
        lambda: engine.claim(Table.SESSIONS, [Claim("k", "o", "a")], ClaimPolicy.MANY),
        lambda: engine.release(Table.SESSIONS, [("k", "o")]),
        lambda: engine.find(Table.SESSIONS, ["k"]),
        scanned,
        lambda: engine.take("k", 1, Rate(1, 1)),
    ]
    for call in calls:
        async with asyncio.timeout(_SECONDS):
            with pytest.raises(EngineLostError):
                await call()
