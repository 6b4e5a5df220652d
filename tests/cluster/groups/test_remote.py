"""The members elsewhere: numbers that were seen, and how a group is left."""

import asyncio

from pyboot.cluster.envelope import Envelope, Kind, encode
from pyboot.cluster.groups.groups import ClusterGroups
from tests.cluster.groups.test_group import Member
from tests.cluster.world import World, in_virtual_time


@in_virtual_time
async def test_a_number_that_was_seen_is_dropped() -> None:
    """A message never comes twice."""
    world = World()
    a, b = [ClusterGroups(await world.node(name)) for name in "ab"]
    member = Member(b.group("room"))
    await asyncio.sleep(0.1)
    frames = [encode(Envelope(Kind.MESSAGE, "a", 1, number, b"%d" % number)) for number in (1, 2, 2, 1, 3)]
    a.node.engine.publish("g:room", frames)
    await asyncio.sleep(0.1)
    assert ([b"1", b"2", b"3"], 2) == (member.got, b.group("room").remote.duplicates)
    await world.end()


@in_virtual_time
async def test_a_message_of_another_version_of_the_application_breaks_nothing() -> None:
    """It is logged, and the next one comes."""
    world = World()
    a, b = [ClusterGroups(await world.node(name)) for name in "ab"]
    member = Member(b.group("room"))
    await asyncio.sleep(0.1)
    strange = encode(Envelope(Kind.MESSAGE, "a", 1, 1, b"?"))[:6] + b"\x02" + encode(Envelope(Kind.MESSAGE, "a", 1, 1, b"?"))[7:]
    a.node.engine.publish("g:room", [strange, encode(Envelope(Kind.MESSAGE, "a", 1, 2, b"2"))])
    await asyncio.sleep(0.1)
    assert [b"2"] == member.got
    await world.end()


@in_virtual_time
async def test_flapping_costs_no_subscription() -> None:
    """Two seconds are waited before the engine is told."""
    world = World()
    groups = ClusterGroups(await world.node("a"))
    room = groups.group("room")
    for _ in range(5):
        member = Member(room)
        await asyncio.sleep(0.5)
        assert ["a"] == world.hub.board.hearing("g:room")
        member.channel.close()
        await asyncio.sleep(1.5)
        assert room.remote.is_heard
    await asyncio.sleep(1)
    assert (False, []) == (room.remote.is_heard, world.hub.board.hearing("g:room"))
    room.remote.close()
    await world.end()
