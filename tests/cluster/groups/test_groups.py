"""The groups of a node: one of each name, and what they ask and tell together."""

import asyncio

from pyboot.cluster.envelope import Envelope, Kind, encode
from pyboot.cluster.events import ClusterGap
from pyboot.cluster.groups.group import ClusterChannelGroup
from pyboot.cluster.groups.groups import ClusterGroups
from pyboot.cluster.node import CONTROL
from tests.cluster.groups.test_group import Member
from tests.cluster.world import World, in_virtual_time


@in_virtual_time
async def test_a_name_is_one_group() -> None:
    """However often it is asked for."""
    world = World()
    groups = ClusterGroups(await world.node("a"))
    room = groups.group(ClusterChannelGroup("room", order="engine"))
    assert room is groups.group("room")
    assert ("engine", (room,)) == (room.order, groups.groups)
    await world.end()


@in_virtual_time
async def test_who_comes_back_asks_for_the_ends_of_all_its_groups() -> None:
    """Of a thousand in a few messages; what cannot be read is nothing."""
    world = World()
    a, b = [ClusterGroups(await world.node(name)) for name in "ab"]
    for number in range(1_200):
        Member(b.group(f"room{number}"))
    await asyncio.sleep(1)
    for number in (0, 700, 1_199):
        a.group(f"room{number}").write_and_flush("0")
    await asyncio.sleep(1)
    asked: list[int] = []
    a.node.on_control(Kind.ASK_MARK, lambda envelope: (asked.append(len(envelope.payload)), a._on_asked(envelope))[0])
    world.hub.partition("b")
    for number in (0, 700, 1_199):
        a.group(f"room{number}").write_and_flush("1")
    world.hub.heal()
    await world.until(lambda: len(world.of("b", ClusterGap)) == 3)
    assert [("room0", 1), ("room1199", 1), ("room700", 1)] == sorted((gap.group, gap.missed) for gap in world.of("b", ClusterGap))
    assert 3 == len(asked)
    for payload in (b"\xff", b"{}", b'[1, "none"]'):
        b.node.engine.publish(CONTROL, [encode(Envelope(Kind.ASK_MARK, "b", 1, 0, payload))])
    await asyncio.sleep(1)
    await world.end()
