"""A group with members on all nodes: who gets what, in which order, and what is told where something is missing."""

import asyncio
from typing import Any

import pytest

from pyboot.boot import labels
from pyboot.cluster.errors import TooLargeMessageError, UnserializableMessageError
from pyboot.cluster.events import ClusterGap
from pyboot.cluster.groups.group import ClusterChannelGroup
from pyboot.cluster.groups.groups import ClusterGroups
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.matcher import ChannelMatchers
from tests.cluster.world import World, in_virtual_time


class Ear(ChannelHandler[Any]):
    """Notes user events."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.events.append(event)


class Member:
    """A channel with what was written on it."""

    def __init__(self, group: ClusterChannelGroup) -> None:
        self.ear = Ear()
        self.channel = EmbeddedChannel(self.ear, loop=asyncio.get_running_loop())
        group.add(self.channel)

    @property
    def got(self) -> list[Any]:
        return self.channel.outbound_messages()


async def grouped(world: World, name: str, **options: Any) -> ClusterChannelGroup:
    """The group "room" of a new node."""
    return ClusterGroups(await world.node(name)).group(ClusterChannelGroup("room", **options))


async def settled(world: World) -> None:
    """Let everything come that is under way."""
    for node in world.nodes.values():
        await node.subscribed()
    await asyncio.sleep(0.5)


@in_virtual_time
async def test_everybody_gets_everything_once_and_in_the_order_of_its_sender() -> None:
    """C2: 3 nodes with 20 channels each, 100 messages of each node."""
    world = World()
    groups = [await grouped(world, name) for name in "abc"]
    members = [Member(group) for group in groups for _ in range(20)]
    await settled(world)
    for number in range(100):
        for name, group in zip("abc", groups, strict=True):
            await group.write_and_flush(f"{name}{number}")
    await settled(world)
    for member in members:
        got = member.got
        assert 300 == len(got)
        for name in "abc":
            assert [f"{name}{number}" for number in range(100)] == [text for text in got if text[0] == name]
    assert [0] * 3 == [group.missed for group in groups]
    await world.end()


@in_virtual_time
async def test_by_way_of_the_engine_all_see_one_order() -> None:
    """C3: members here included."""
    world = World()
    groups = [await grouped(world, name, order="engine") for name in "abc"]
    members = [Member(group) for group in groups for _ in range(2)]
    await settled(world)
    for number in range(100):
        for name, group in zip("abc", groups, strict=True):
            group.write_and_flush(f"{name}{number}")
        assert [] == members[0].got if number == 0 else True
        await asyncio.sleep(0)
    await settled(world)
    sequences = [tuple(member.got) for member in members]
    assert (300, 1) == (len(sequences[0]), len(set(sequences)))
    await world.end()


@in_virtual_time
async def test_members_here_get_it_at_once() -> None:
    """Whatever the engine does."""
    world = World()
    group = await grouped(world, "a")
    member = Member(group)
    group.write_and_flush("1")
    assert ["1"] == member.got
    world.hub.partition("a", silent=True)
    group.write_and_flush("2")
    world.hub.partition("a")
    await asyncio.sleep(1)
    await group.write_and_flush("3")
    assert ["1", "2", "3"] == member.got
    await world.end()


@in_virtual_time
async def test_a_loss_is_told_exactly() -> None:
    """C8: to listeners and to the members, also where nothing follows it."""
    world = World()
    a, b = await grouped(world, "a"), await grouped(world, "b")
    member = Member(b)
    await settled(world)
    a.write_and_flush("0")
    await settled(world)
    world.hub.drop = lambda node, channel: node == "b" and channel == "g:room"
    for number in range(1, 4):
        a.write_and_flush(str(number))
    world.hub.drop = lambda node, channel: False
    a.write_and_flush("4")
    await settled(world)
    assert ["0", "4"] == member.got
    assert [ClusterGap("room", "a", 3)] == world.of("b", ClusterGap) == member.ear.events
    world.hub.partition("b")
    for number in range(7):
        a.write_and_flush(str(number))
    world.hub.heal()
    await world.until(lambda: b.missed == 10)
    assert [ClusterGap("room", "a", 3), ClusterGap("room", "a", 7)] == world.of("b", ClusterGap)
    await world.end()


@in_virtual_time
async def test_what_an_outage_drops_at_the_sender_is_told_at_the_receiver() -> None:
    """Even where the node counted as gone meanwhile."""
    world = World(queue={"messages": 5})
    a, b = await grouped(world, "a"), await grouped(world, "b")
    member = Member(b)
    await settled(world)
    a.write_and_flush("0")
    await settled(world)
    world.hub.partition("a")
    await asyncio.sleep(60)
    for number in range(1, 21):
        a.write_and_flush(str(number))
    await asyncio.sleep(1)
    world.hub.heal()
    await world.until(lambda: world.nodes["a"].is_up)
    await settled(world)
    got = member.got
    assert got[0] == "0"
    assert 20 == len(got) - 1 + b.missed
    assert got[1:] == [str(number) for number in range(21 - len(got[1:]), 21)]
    await world.end()


@in_virtual_time
async def test_who_joins_late_gets_nothing_of_the_past_and_misses_nothing() -> None:
    """A group without members hears nothing after two seconds, and that is no gap."""
    world = World()
    a, b = await grouped(world, "a"), await grouped(world, "b")
    a.write_and_flush("0")
    member = Member(b)
    await settled(world)
    a.write_and_flush("1")
    await settled(world)
    assert ["1"] == member.got
    member.channel.close()
    await asyncio.sleep(1)
    another = Member(b)
    await asyncio.sleep(0)
    a.write_and_flush("2")
    await settled(world)
    assert ["2"] == another.got
    another.channel.close()
    await asyncio.sleep(3)
    assert [] == world.hub.board.hearing("g:room")
    for _ in range(5):
        a.write_and_flush("3")
    last = Member(b)
    await settled(world)
    a.write_and_flush("4")
    await settled(world)
    assert (["4"], 0) == (last.got, b.missed)
    await world.end()


@in_virtual_time
async def test_the_size_elsewhere_is_told() -> None:
    """And goes with the nodes."""
    world = World()
    groups = [await grouped(world, name) for name in "abc"]
    for count, group in enumerate(groups):
        for _ in range(count + 1):
            Member(group)
    await asyncio.sleep(12)
    assert [5, 4, 3] == [group.remote_size() for group in groups]
    await world.kill("c")
    await asyncio.sleep(12)
    assert [2, 1] == [group.remote_size() for group in groups[:2]]
    await world.end()


@in_virtual_time
async def test_a_member_that_does_not_read_slows_nobody() -> None:
    """C12: it is left out, counted; or closed."""
    world = World()
    a, b = await grouped(world, "a"), await grouped(world, "b", slow="close")
    slow, quick, closed = Member(a), Member(a), Member(b)
    await settled(world)
    for member in (slow, closed):
        member.channel.write(b"x" * 100_000)  # above the high water mark, and never flushed
    for number in range(10):
        a.write_and_flush(str(number))
    await settled(world)
    assert ([], 10, 10) == (slow.got, len(quick.got), a.dropped)
    assert (False, 1) == (closed.channel.is_active, b.dropped)
    await world.end()


@in_virtual_time
async def test_messages_arrive_as_what_they_were() -> None:
    """Bytes, text, buffers, and what the serializer knows; a matcher picks among members here."""
    world = World()
    a, b = await grouped(world, "a", serializer="json"), await grouped(world, "b", serializer="json")
    here, there = Member(a), Member(b)
    await settled(world)
    buffer = ByteBuffer(b"buffer")
    for message in (b"bytes", "téxt", buffer, {"an": ["object"]}):
        a.write_and_flush(message, ChannelMatchers.is_not(here.channel))
    await settled(world)
    assert ([], [b"bytes", "téxt", b"buffer", {"an": ["object"]}]) == (here.got, there.got)
    assert 0 == buffer.ref_count
    await world.end()


@in_virtual_time
async def test_what_cannot_go_fails_here() -> None:
    """Before anybody got it."""
    world = World()
    a = await grouped(world, "a")
    member = Member(a)
    with pytest.raises(TooLargeMessageError, match="1048577 bytes is too large for other nodes, the limit is 1048576"):
        a.write_and_flush(b"x" * ((1 << 20) + 1))
    with pytest.raises(UnserializableMessageError, match="type dict"):
        a.write({"an": "object"})
    buffer = ByteBuffer(b"x" * ((1 << 20) + 1))
    with pytest.raises(TooLargeMessageError):
        a.write_and_flush(buffer)
    assert ([], 0) == (member.got, buffer.ref_count)
    await world.end()


@in_virtual_time
async def test_the_set_is_that_of_the_members_here() -> None:
    """With the methods of a local group."""
    world = World()
    a = await grouped(world, "a")
    member = Member(a)
    channel = member.channel
    assert (1, [channel], True, channel) == (len(a), list(a), channel in a, a.find(channel.id))
    assert not a.add(channel)
    a.write("waits")
    a.flush()
    assert ["waits"] == member.got
    assert a.discard(channel)
    assert not a.discard(channel)
    a.add(channel)
    await a.close()
    assert (0, True) == (len(a), bool(a))
    assert {"members": 0, "order": "sender"}.items() <= a.facts().items()
    await world.end()


def test_a_label_is_no_group() -> None:
    """It says how to get one."""
    room = ClusterChannelGroup("room", slow="close")

    @room
    class Server: ...

    assert (room,) == labels(Server, ClusterChannelGroup)
    assert "ClusterChannelGroup('room', order='sender', slow='close')" == repr(room)
    with pytest.raises(RuntimeError, match="this is the label of the group 'room'"):
        room.write("x")
