"""Who is there, on whichever node."""

import asyncio
import random

import pytest

from pyboot.cluster.errors import EngineLostError, UnserializableMessageError
from pyboot.cluster.events import PresenceJoined, PresenceLeft
from pyboot.cluster.presence.presence import Presence
from pyboot.cluster.presence.topic import Present
from pyboot.cluster.sweeper import Sweeper
from tests.cluster.sessions.test_registry import channel
from tests.cluster.world import World, in_virtual_time


async def present(world: World, names: str) -> list[Presence]:
    """The presence of some nodes."""
    nodes = [await world.node(name) for name in names]
    for node in nodes:
        Sweeper(node)
    return [Presence(node) for node in nodes]


@in_virtual_time
async def test_the_list_is_that_of_all_nodes() -> None:
    """Several connections of one key are one, with several metas."""
    world = World()
    a, b = await present(world, "ab")
    await b.watch("room")
    first, second, third = channel(), channel(), channel()
    await a.join("room", "kim", first, {"device": "phone"})
    await b.join("room", "kim", second, {"device": "desk"})
    await b.join("room", "lee", third)
    expected = [Present("kim", ({"device": "phone"}, {"device": "desk"})), Present("lee", (None,))]
    assert expected == list(await a.list("room")) == list(await b.list("room"))
    assert [] == list(await a.list("other"))
    first.close()
    await asyncio.sleep(0.2)
    assert Present("kim", ({"device": "desk"},)) == (await a.list("room"))[0]
    assert await b.leave("room", second)
    assert not await b.leave("room", second)
    await asyncio.sleep(6)
    assert ["kim", "lee"] == [event.key for event in world.of("b", PresenceJoined)]
    assert [PresenceLeft("room", "kim", {"device": "desk"})] == world.of("b", PresenceLeft)
    assert [] == world.of("a", PresenceJoined)
    await world.end()


@in_virtual_time
async def test_users_that_hop_between_nodes_make_no_news() -> None:
    """C14: and the list is right a second after each step."""
    world = World()
    nodes = await present(world, "ab")
    for each in nodes:
        await each.watch("room")
    chance = random.Random(14)
    where = {f"user{number}": (0, channel()) for number in range(100)}
    for key, (place, connection) in where.items():
        await nodes[place].join("room", key, connection)
    await asyncio.sleep(1)
    told = [len(world.of(name, PresenceJoined)) for name in "ab"]
    assert [100, 100] == told
    for _ in range(5):
        for key in chance.sample(sorted(where), 50):
            place, connection = where[key]
            connection.close()
            where[key] = (1 - place, channel())
            await nodes[1 - place].join("room", key, where[key][1])
        await asyncio.sleep(1)
        for each in nodes:
            assert where.keys() == {there.key for there in await each.list("room")}
    await asyncio.sleep(10)
    assert told == [len(world.of(name, PresenceJoined)) for name in "ab"]
    assert [[], []] == [world.of(name, PresenceLeft) for name in "ab"]
    await world.end()


@in_virtual_time
async def test_who_was_on_a_node_that_died_has_left() -> None:
    """After its lease and the linger; of an orderly stop, after the linger."""
    world = World()
    a, b, c = await present(world, "abc")
    await a.watch("room")
    await b.join("room", "kim", channel())
    await c.join("room", "lee", channel())
    await asyncio.sleep(1)
    await world.nodes.pop("c").stop()
    assert await world.until(lambda: world.of("a", PresenceLeft) == [PresenceLeft("room", "lee")]) <= 5.5
    await world.kill("b")
    assert await world.until(lambda: len(world.of("a", PresenceLeft)) == 2) <= 16.5
    assert [] == list(await a.list("room"))
    await world.end()


@in_virtual_time
async def test_an_engine_that_forgot_hears_of_everybody_again() -> None:
    """C15: and nobody is told to have left."""
    world = World()
    a, b = await present(world, "ab")
    await a.watch("room")
    for number in range(20):
        await (a, b)[number % 2].join("room", f"k{number}", channel())
    await asyncio.sleep(1)
    world.hub.stop(forget=True)
    gone = channel()
    await b.join("room", "late", gone)
    await b.join("room", "gone", channel())
    await b.leave("room", gone)
    await asyncio.sleep(1)
    world.hub.go_on()
    await world.until(lambda: all(node.is_up for node in world.nodes.values()))
    await asyncio.sleep(1)
    assert {*(f"k{number}" for number in range(20)), "gone"} == {there.key for there in await a.list("room")}
    await asyncio.sleep(20)
    assert [] == world.of("a", PresenceLeft)
    await world.end()


@in_virtual_time
async def test_news_that_was_not_heard_is_made_up_for() -> None:
    """By the comparison each thirty seconds."""
    world = World()
    a, b = await present(world, "ab")
    await a.watch("room")
    world.hub.drop = lambda node, name: name == "t:room"
    await b.join("room", "kim", channel())
    await asyncio.sleep(5)
    assert [] == world.of("a", PresenceJoined)
    await asyncio.sleep(30)
    assert [PresenceJoined("room", "kim")] == world.of("a", PresenceJoined)
    await world.end()


@in_virtual_time
async def test_without_the_engine_the_list_is_the_last_one() -> None:
    """For whoever says that this will do."""
    world = World()
    a, b = await present(world, "ab")
    await a.watch("room")
    await b.join("room", "kim", channel())
    await asyncio.sleep(1)
    world.hub.stop()
    await world.until(lambda: not world.nodes["a"].is_up)
    with pytest.raises(EngineLostError):
        await a.list("room")
    assert ([Present("kim", (None,))], []) == (list(await a.list("room", stale=True)), list(await a.list("other", stale=True)))
    with pytest.raises(UnserializableMessageError):
        await a.join("room", "lee", channel(), {1})
    await world.end()
