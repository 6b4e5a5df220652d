"""A node: how it joins, stays, is lost, is out, and leaves."""

import asyncio
import logging

import pytest

from pyboot.cluster.envelope import Envelope, Kind, encode
from pyboot.cluster.errors import EngineLostError, EngineUnreachableError, SharedPrefixError
from pyboot.cluster.events import ClusterStateChanged, EngineLost, NodeJoined, NodeLeft
from pyboot.cluster.node import CONTROL, inbox
from pyboot.cluster.state import NodeState
from tests.cluster.world import World, in_virtual_time


@in_virtual_time
async def test_nodes_know_each_other_at_once() -> None:
    """Each is told once of each other."""
    world = World()
    a = await world.node("a")
    b = await world.node("b")
    assert (a.is_up, b.is_up, a.epoch < b.epoch) == (True, True, True)
    await world.until(lambda: "b" in a.roster and "a" in b.roster, 0.1)
    await asyncio.sleep(30)
    assert [NodeJoined("b")] == world.of("a", NodeJoined)
    assert [NodeJoined("a")] == world.of("b", NodeJoined)
    await world.end()


@in_virtual_time
async def test_an_orderly_leave_is_known_at_once() -> None:
    """C5: and told once."""
    world = World()
    a = await world.node("a")
    b = await world.node("b")
    b.told["sessions"] = lambda: 7
    await asyncio.sleep(10)
    await b.stop()
    world.nodes.pop("b")
    await world.until(lambda: "b" not in a.roster, 0.1)
    await asyncio.sleep(30)
    assert [("b", True)] == [(event.node, event.is_orderly) for event in world.of("a", NodeLeft)]
    assert NodeState.CLOSED is b.state
    await world.end()


@in_virtual_time
async def test_a_node_that_dies_is_missed_within_eleven_seconds() -> None:
    """C4: once by each survivor, with the sessions that it had told of."""
    world = World()
    a, b, c = [await world.node(name) for name in "abc"]
    b.told["sessions"] = lambda: 1000
    await asyncio.sleep(20)
    await world.kill("b")
    took = await world.until(lambda: "b" not in a.roster and "b" not in c.roster)
    assert took <= 11
    await asyncio.sleep(30)
    for name in "ac":
        assert [NodeLeft("b", 1000, False)] == world.of(name, NodeLeft)
    await world.end()


@in_virtual_time
async def test_a_lost_engine_is_told_and_comes_back() -> None:
    """A state, an event and a log line for each change."""
    world = World()
    a = await world.node("a")
    world.hub.stop()
    await world.until(lambda: a.state is NodeState.LOST, 0.1)
    with pytest.raises(EngineLostError, match="the engine has ended"):
        a.check_up()
    await asyncio.sleep(3)
    world.hub.go_on()
    took = await world.until(lambda: a.is_up)
    assert took <= 5
    assert [NodeState.UP, NodeState.LOST, NodeState.UP] == [event.state for event in world.of("a", ClusterStateChanged)]
    assert ["is away: the engine has ended"] == [event.reason.partition("cluster ")[2] for event in world.of("a", EngineLost)]
    assert (1, 1) == (a.losses, a.epoch)
    await world.end()


@in_virtual_time
async def test_a_silent_network_is_noticed_within_six_seconds() -> None:
    """C9: packets that vanish are no error of any call but a timeout."""
    world = World()
    a = await world.node("a")
    for begin in (0.0, 0.7, 1.9, 2.9):
        await world.until(lambda: a.is_up)
        await asyncio.sleep(9 + begin)
        world.hub.partition("a", silent=True)
        assert await world.until(lambda: a.state is NodeState.LOST) <= 6.01
        world.hub.heal()
        assert await world.until(lambda: a.is_up) <= 7.1
    await world.end()


@in_virtual_time
async def test_frames_that_do_not_come_back_are_a_loss() -> None:
    """One direction only: commands are answered, and nothing is heard."""
    world = World()
    a = await world.node("a")
    await asyncio.sleep(5)
    world.hub.drop = lambda node, channel: channel == inbox("a")
    assert await world.until(lambda: a.state is NodeState.LOST) <= 6.01
    assert "its own heartbeat was not heard for 5 s" in a.reason
    world.hub.drop = lambda node, channel: False
    await world.until(lambda: a.is_up)
    await world.end()


@in_virtual_time
async def test_a_slow_network_is_no_loss() -> None:
    """200 ms there, and the heartbeat tells how long it takes."""
    world = World()
    a = await world.node("a")
    world.hub.delay_seconds = 0.2
    await asyncio.sleep(60)
    assert (True, 0) == (a.is_up, a.losses)
    assert 0.2 == pytest.approx(a.echo_seconds, abs=0.01)
    await world.end()


@in_virtual_time
async def test_a_lease_that_is_gone_makes_a_node_out() -> None:
    """It takes another epoch, claims again before it is up, and nobody counts as gone meanwhile."""
    world = World()
    a, b = await world.node("a"), await world.node("b")
    await asyncio.sleep(10)
    claimed: list[NodeState] = []

    async def claim() -> None:
        claimed.append(a.state)

    a.claim_again.append(claim)
    world.hub.forget()
    await world.until(lambda: bool(claimed), 3.1)
    assert [NodeState.OUT] == claimed
    await world.until(lambda: a.is_up and b.is_up, 1)
    await asyncio.sleep(30)
    assert ([], []) == (world.of("a", NodeLeft), world.of("b", NodeLeft))
    assert {"a", "b"} == {member.node for member in a.roster.members}
    assert [NodeState.UP, NodeState.OUT, NodeState.UP] == [event.state for event in world.of("a", ClusterStateChanged)]
    await world.end()


@in_virtual_time
async def test_an_outage_longer_than_the_lease_makes_a_node_out() -> None:
    """Others have taken it for gone."""
    world = World()
    a, b = await world.node("a"), await world.node("b")
    await asyncio.sleep(10)
    world.hub.partition("a")
    await world.until(lambda: "a" not in b.roster, 11)
    world.hub.heal()
    await world.until(lambda: a.is_up)
    assert [NodeState.UP, NodeState.LOST, NodeState.OUT, NodeState.UP] == [event.state for event in world.of("a", ClusterStateChanged)]
    await world.until(lambda: "a" in b.roster, 0.1)
    await world.end()


@in_virtual_time
async def test_an_inbox_heeds_nodes_with_a_lease_alone() -> None:
    """One that is not known yet is looked up; a stranger is counted."""
    world = World()
    a, b = await world.node("a"), await world.node("b")
    heard: list[str] = []
    a.on_kind(Kind.KICK, lambda envelope: heard.append(envelope.sender))
    b.engine.publish(inbox("a"), [encode(Envelope(Kind.KICK, sender, 1)) for sender in ("b", "x")])
    await world.until(lambda: a.strangers == 1)
    assert ["b"] == heard
    await world.until(lambda: "b" in a.roster)
    a.roster.remove("b")
    b.engine.publish(inbox("a"), [encode(Envelope(Kind.KICK, "b", 1))])
    await world.until(lambda: len(heard) == 2)
    await world.end()


@in_virtual_time
async def test_what_is_not_known_is_counted() -> None:
    """A version or a kind of later nodes, and a handler that fails ends nothing."""
    world = World()
    a = await world.node("a")

    def fail(envelope: Envelope) -> None:
        raise ValueError("mine")

    a.hear("x", fail)
    await a.subscribed()
    known = encode(Envelope(Kind.MESSAGE, "b", 1))
    a.engine.publish("x", [b"\x20" + known[1:], b"", known])
    a.engine.publish(CONTROL, [encode(Envelope(Kind.MESSAGE, "b", 1))])
    a.engine.publish(inbox("a"), [encode(Envelope(Kind.MESSAGE, "b", 1))])
    await world.until(lambda: a.unknown_frames == 4)
    await asyncio.sleep(30)
    assert a.is_up
    await world.end()


@in_virtual_time
async def test_what_is_published_during_an_outage_waits_and_keeps_its_order() -> None:
    """C13: so many messages, none older than five seconds."""
    world = World(queue={"messages": 10_000})
    a, b = await world.node("a"), await world.node("b")
    heard: list[int] = []
    b.hear("x", lambda envelope: heard.append(envelope.number))
    await b.subscribed()
    world.hub.partition("a")
    await world.until(lambda: not a.is_up)
    for number in range(100_000):
        a.publish("x", Kind.MESSAGE, number=number)
    assert (10_000, 90_000) == (len(a.queue), a.queue.dropped)
    assert a.queue.bytes <= 8 * 1024 * 1024
    world.hub.heal()
    await world.until(lambda: a.is_up)
    a.publish("x", Kind.MESSAGE, number=100_000)
    await world.until(lambda: bool(heard) and heard[-1] == 100_000)
    assert list(range(90_000, 100_001)) == heard
    world.hub.partition("a")
    await world.until(lambda: not a.is_up)
    a.publish("x", Kind.MESSAGE, number=1)
    await asyncio.sleep(6)
    a.publish("x", Kind.MESSAGE, number=2)
    world.hub.heal()
    await world.until(lambda: heard[-1] == 2)
    assert 1 not in heard[-2:]
    await world.end()


@in_virtual_time
async def test_a_start_waits_for_the_engine() -> None:
    """And fails in the end, with what was wrong."""
    world = World()
    world.hub.stop()
    a = world.made("a")
    loop = asyncio.get_running_loop()
    begin = loop.time()
    with pytest.raises(EngineUnreachableError, match="the engine has ended"):
        await a.start()
    assert 30 == pytest.approx(loop.time() - begin, abs=0.1)
    b = world.made("b")
    starting = asyncio.ensure_future(b.start())
    await asyncio.sleep(10)
    world.hub.go_on()
    await starting
    assert b.is_up
    world.nodes.pop("a")
    await world.end()


@in_virtual_time
async def test_a_start_may_go_on_without_the_engine() -> None:
    """It joins when it is there."""
    world = World(start_policy="continue")
    world.hub.stop()
    a = world.made("a")
    await a.start()
    assert NodeState.CONNECTING is a.state
    await asyncio.sleep(100)
    world.hub.go_on()
    assert await world.until(lambda: a.is_up) <= 5
    await world.end()


@in_virtual_time
async def test_two_applications_on_one_prefix_are_refused() -> None:
    """At once, however long a start would wait."""
    world = World()
    await world.node("a")
    b = world.made("b")
    b.application = "other"
    with pytest.raises(SharedPrefixError, match=r"used by another application: 'application' \(node a\)"):
        await b.start()
    world.nodes.pop("b")
    await world.end()


@in_virtual_time
async def test_channels_are_heard_as_they_were_wanted_last() -> None:
    """However often that changes, and on each new connection."""
    world = World()
    a, b = await world.node("a"), await world.node("b")
    heard: list[str] = []
    for _ in range(5):
        a.hear("x", lambda envelope: heard.append("x"))
        a.ignore("x")
        a.ignore("y")
        a.hear("y", lambda envelope: heard.append("y"))
    await a.subscribed()
    world.hub.partition("a")
    await world.until(lambda: not a.is_up)
    world.hub.heal()
    await world.until(lambda: a.is_up)
    await a.subscribed()
    for channel in "xy":
        b.publish(channel, Kind.MESSAGE)
    await asyncio.sleep(1)
    assert ["y"] == heard
    await world.end()


def test_each_change_is_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A warning where something is lost."""

    async def main() -> None:
        world = World()
        a = await world.node("a")
        world.hub.stop()
        await world.until(lambda: not a.is_up)
        world.hub.go_on()
        await world.until(lambda: a.is_up)
        await world.end()

    with caplog.at_level(logging.INFO, "pyboot.cluster"):
        in_virtual_time(main)()
    told = [(record.levelname, record.message.partition(":")[0]) for record in caplog.records]
    assert [
        ("INFO", "the node a is UP"),
        ("WARNING", "the node a is LOST"),
        ("INFO", "the node a is UP"),
        ("INFO", "the node a is CLOSED"),
    ] == told
