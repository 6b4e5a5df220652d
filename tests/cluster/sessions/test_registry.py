"""Sessions: one owner of a key, known everywhere, whatever happens."""

import asyncio
import random
from typing import Any

import pytest

from pyboot.cluster.engines.local.hub import LocalHub
from pyboot.cluster.envelope import Envelope, Kind, encode
from pyboot.cluster.errors import EngineLostError, TooLargeMessageError
from pyboot.cluster.events import Kicked, NodeLeft
from pyboot.cluster.node import inbox
from pyboot.cluster.sessions.registry import SessionRegistry
from pyboot.cluster.sessions.session import SendOutcome
from pyboot.cluster.state import NodeState
from pyboot.cluster.sweeper import Sweeper
from pyboot.cluster.table import Table
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from tests.cluster.groups.test_group import Ear
from tests.cluster.world import World, in_virtual_time

POLICIES = ("replace", "refuse", "many")


def channel() -> EmbeddedChannel:
    """A connection of this loop."""
    return EmbeddedChannel(Ear(), loop=asyncio.get_running_loop())


async def registry(world: World, name: str, **settings: Any) -> SessionRegistry:
    """The sessions of a new node."""
    node = await world.node(name, **settings)
    Sweeper(node)
    return SessionRegistry(node, calendar=asyncio.get_running_loop().time)


async def registries(world: World, names: str, **settings: Any) -> list[SessionRegistry]:
    """Those of some."""
    return [await registry(world, name, **settings) for name in names]


def rows(hub: LocalHub) -> list[tuple[str, str]]:
    """The keys in the engine with their owners' nodes."""
    return sorted((key, row[1]) for key, row in hub.board.scan(Table.SESSIONS))


@in_virtual_time
async def test_the_newest_claim_wins() -> None:
    """The former owner is kicked: an event, a user event, the end."""
    world = World()
    a, b = await registries(world, "ab")
    old, new = channel(), channel()
    first = await a.claim("kim", old)
    assert first is not None
    assert (first.node, first.channel_id, first.is_confirmed) == ("a", old.id, True)
    second = await b.claim("kim", new)
    await world.until(lambda: not old.is_active, 0.1)
    assert [Kicked("kim", old.id, "b")] == world.of("a", Kicked)
    assert second == await a.find("kim") == await b.find("kim")
    assert ([("kim", "b")], 0, 1, 1, True) == (rows(world.hub), len(a), len(b), a.kicked, bool(a))
    third = channel()
    await b.claim("kim", third)
    assert (False, True) == (new.is_active, third.is_active)
    await world.end()


@in_virtual_time
async def test_the_first_claim_may_win() -> None:
    """Until it is released, or its node is gone."""
    world = World()
    a, b = await registries(world, "ab")
    first, second = channel(), channel()
    assert await a.claim("kim", first, "refuse")
    assert await b.claim("kim", second, "refuse") is None
    assert second.is_active
    assert await a.release("kim", first)
    assert not await a.release("kim", first)
    assert await b.claim("kim", second, "refuse")
    await world.kill("b")
    world.hub.board.leave("b")
    world.nodes["a"].roster.remove("b")
    assert await a.claim("kim", first, "refuse")
    assert [("kim", "a")] == rows(world.hub)
    await world.end()


@in_virtual_time
async def test_a_key_may_have_many_sessions() -> None:
    """A message goes to all of them."""
    world = World()
    a, b = await registries(world, "ab")
    channels = [channel() for _ in range(3)]
    for owner, each in zip((a, a, b), channels, strict=True):
        assert await owner.claim("kim", each, "many")
    assert [each.id for each in channels] == [session.channel_id for session in await b.find_all("kim")]
    assert SendOutcome.DELIVERED is await a.send("kim", "hi", ack=2)
    assert [["hi"]] * 3 == [each.outbound_messages() for each in channels]
    assert 3 == await a.kick("kim")
    await world.until(lambda: not any(each.is_active for each in channels), 0.1)
    assert [] == rows(world.hub)
    await world.end()


@in_virtual_time
async def test_a_session_ends_with_its_channel() -> None:
    """And never takes a later one with it."""
    world = World()
    a, b = await registries(world, "ab")
    old, new = channel(), channel()
    await a.claim("kim", old)
    world.hub.drop = lambda node, name: node == "a" and name == inbox("a")
    await b.claim("kim", new)
    old.close()
    await asyncio.sleep(0.1)
    assert [("kim", "b")] == rows(world.hub)
    new.close()
    await asyncio.sleep(0.1)
    assert ([], None) == (rows(world.hub), await b.find("kim"))
    world.hub.drop = lambda node, name: False
    gone = channel()
    gone.close()
    await b.claim("lee", gone)
    await asyncio.sleep(0.1)
    assert [] == rows(world.hub)
    await world.end()


@in_virtual_time
async def test_a_message_finds_the_owner() -> None:
    """And its outcome says what is known."""
    world = World()
    a, b = await registries(world, "ab")
    owner = channel()
    await b.claim("kim", owner)
    assert SendOutcome.FORWARDED is await a.send("kim", "1")
    assert SendOutcome.DELIVERED is await a.send("kim", b"2", ack=2)
    assert SendOutcome.DELIVERED is await b.send("kim", "3")
    assert SendOutcome.ABSENT is await a.send("lee", "4")
    assert ["1", b"2", "3"] == owner.outbound_messages()
    world.hub.drop = lambda node, name: name == inbox("b")
    assert SendOutcome.UNKNOWN is await a.send("kim", "5", ack=2)
    world.hub.drop = lambda node, name: False
    with pytest.raises(TooLargeMessageError):
        await a.send("kim", b"x" * (1 << 21))
    await world.end()


@in_virtual_time
async def test_a_node_that_is_gone_is_absent() -> None:
    """A message that reaches nobody says so at once; what it had is swept by one of the others."""
    world = World()
    a, b, c = await registries(world, "abc")
    for number in range(1_000):
        await b.claim(f"k{number}", channel())
    kept = channel()
    await a.claim("kept", kept)
    await asyncio.sleep(5)
    await world.kill("b")
    assert SendOutcome.ABSENT is await a.send("k1", "lost")
    back = channel()
    await c.claim("k2", back)
    assert "c" == (await a.find("k2")).node  # type: ignore[union-attr]  # it is there
    await world.until(lambda: bool(world.of("a", NodeLeft)) and bool(world.of("c", NodeLeft)), 11)
    assert await a.find("k1") is None
    await asyncio.sleep(1)
    assert [("k2", "c"), ("kept", "a")] == rows(world.hub)
    assert [NodeLeft("b", 1_000, False)] == world.of("a", NodeLeft)
    await world.end()


@in_virtual_time
async def test_an_orderly_stop_gives_everything_back() -> None:
    """Before it says that it leaves."""
    world = World()
    a, b = await registries(world, "ab")
    for number in range(1_200):
        await b.claim(f"k{number}", channel())
    await world.nodes.pop("b").stop()
    assert [] == rows(world.hub)
    assert SendOutcome.ABSENT is await a.send("k1", "late")
    await world.end()


@in_virtual_time
async def test_an_engine_that_forgot_hears_everything_again() -> None:
    """C15: within one pass, or as soon as the lease is missed."""
    world = World()
    a, b = await registries(world, "ab")
    for number in range(600):
        await (a, b)[number % 2].claim(f"k{number}", channel(), POLICIES[number % 3])
    expected = rows(world.hub)
    world.hub.forget()
    await asyncio.sleep(4)
    assert expected == rows(world.hub)
    world.hub.board._tables.clear()
    await asyncio.sleep(61)
    assert expected == rows(world.hub)
    await world.end()


@in_virtual_time
async def test_a_session_moves_while_its_node_is_cut_off() -> None:
    """C10: the old connection is ended when it is healed, within two seconds."""
    await _move("a", "b")


@in_virtual_time
async def test_a_session_moves_to_a_node_that_is_cut_off() -> None:
    """The claim that is not confirmed is the later one, and stays."""
    await _move("b", "a")


async def _move(begin: str, end: str) -> None:
    world = World()
    by_name = {name: await registry(world, name) for name in "ab"}
    old, new = channel(), channel()
    await by_name[begin].claim("kim", old)
    world.hub.partition("a")
    await world.until(lambda: not world.nodes["a"].is_up)
    await asyncio.sleep(30)
    claimed = await by_name[end].claim("kim", new)
    assert claimed is not None
    assert (end == "b", True) == (claimed.is_confirmed, old.is_active)
    world.hub.heal()
    await world.until(lambda: world.nodes["a"].is_up)
    await world.until(lambda: not old.is_active, 2)
    assert (True, end) == (new.is_active, (await by_name["b"].find("kim")).node)  # type: ignore[union-attr]  # it is there
    await world.end()


@in_virtual_time
async def test_a_node_that_stood_still_closes_what_was_taken() -> None:
    """C7: and keeps the rest."""
    world = World()
    a, b = await registries(world, "ab")
    taken, kept, new = channel(), channel(), channel()
    await a.claim("taken", taken)
    await a.claim("kept", kept)
    node = world.nodes["a"]
    world.hub.partition("a", silent=True)
    running = node._running
    assert running is not None
    await world.until(lambda: "a" not in world.nodes["b"].roster, 11)
    await b.claim("taken", new)
    await asyncio.sleep(20)
    world.hub.heal()
    await world.until(lambda: node.is_up and node.epoch == 3, 10)
    await world.until(lambda: not taken.is_active, 1)
    assert (True, True) == (kept.is_active, new.is_active)
    assert [("kept", "a"), ("taken", "b")] == rows(world.hub)
    await world.end()


@in_virtual_time
async def test_claims_of_one_key_at_once_leave_one_owner() -> None:
    """C6: the engine and the connections agree, and every loser is kicked."""
    world = World()
    both = await registries(world, "ab")
    chance = random.Random(6)
    channels: list[EmbeddedChannel] = []

    async def claim_often(count: int) -> None:
        for _ in range(count):
            channels.append(channel())
            await chance.choice(both).claim("kim", channels[-1])
            if chance.random() < 0.3:
                await asyncio.sleep(chance.random() / 100)

    world.hub.delay_seconds = 0.001
    await asyncio.gather(*(claim_often(100) for _ in range(10)))
    await asyncio.sleep(1)
    (row,) = world.hub.board.find_all(Table.SESSIONS, ["kim"])[0]
    assert [row[0].partition("/")[2]] == [each.id for each in channels if each.is_active]
    assert (1, 999) == (sum(map(len, both)), sum(each.kicked for each in both))
    await world.end()


@in_virtual_time
async def test_without_the_engine_the_setting_decides() -> None:
    """Accept and settle, or refuse; what is known here goes on, the rest is refused at once."""
    world = World()
    a, b = await registry(world, "a"), await registry(world, "b", on_engine_loss="refuse")
    here, there, third = channel(), channel(), channel()
    await a.claim("here", here)
    await b.claim("there", there)
    assert (await a.find("there")) is not None
    world.hub.stop()
    await world.until(lambda: all(node.state is NodeState.LOST for node in world.nodes.values()))
    assert "here" == (await a.find("here")).key  # type: ignore[union-attr]  # it is there
    assert SendOutcome.DELIVERED is await a.send("here", "1")
    for call in (a.find("there"), a.send("there", "1"), b.claim("x", third), a.kick("here")):
        with pytest.raises(EngineLostError):
            await call
    assert ("b", None) == ((await a.find("there", stale=True)).node, await a.find("never", stale=True))  # type: ignore[union-attr]
    new, refused = channel(), channel()
    assert not (await a.claim("here", new)).is_confirmed  # type: ignore[union-attr]  # it is there
    assert (False, True) == (here.is_active, new.is_active)
    assert await a.claim("here", refused, "refuse") is None
    await a.claim("ended", third)
    third.close()
    world.hub.go_on()
    await world.until(lambda: world.nodes["a"].is_up)
    assert (await a.find("here")).is_confirmed  # type: ignore[union-attr]  # it is there
    assert [("here", "a"), ("there", "b")] == rows(world.hub)
    await world.end()


@in_virtual_time
async def test_letters_that_cannot_be_read_change_nothing() -> None:
    """They are logged."""
    world = World()
    a, b = await registries(world, "ab")
    owner = channel()
    await a.claim("kim", owner)
    for kind in (Kind.SEND, Kind.ACK, Kind.KICK):
        for payload in (b"", b"\xff" * 30):
            b._node.engine.publish(inbox("a"), [encode(Envelope(kind, "b", 1, 0, payload))])
    await asyncio.sleep(0.1)
    assert (True, []) == (owner.is_active, owner.outbound_messages())
    await world.end()
