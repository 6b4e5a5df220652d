"""The hub of a process, and its knobs."""

from collections.abc import Sequence

import pytest

from pyboot.cluster.engines.local.hub import LocalHub


class Ear:
    """Notes what comes."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, list[bytes], float]] = []
        self.cuts: list[str] = []

    def receive(self, channel: str, frames: Sequence[bytes], delay_seconds: float) -> None:
        self.heard.append((channel, list(frames), delay_seconds))

    def cut(self, reason: str) -> None:
        self.cuts.append(reason)


async def attached(hub: LocalHub, *nodes: str) -> list[Ear]:
    """Ears of nodes that hear x."""
    ears = []
    for node in nodes:
        ears.append(Ear())
        await hub.attach(node, ears[-1])
        await hub.call(node, "subscribe", node, ["x"])
    return ears


async def test_frames_go_to_who_hears_the_channel() -> None:
    """With the delay that is set."""
    hub = LocalHub()
    a, b = await attached(hub, "a", "b")
    hub.delay_seconds = 0.5
    hub.publish("a", "x", [b"1"])
    hub.publish("a", "y", [b"2"])
    assert [[("x", [b"1"], 0.5)]] * 2 == [a.heard, b.heard]
    assert hub.nodes == ("a", "b")


async def test_a_knob_loses_frames() -> None:
    """Those for which it is true, counted."""
    hub = LocalHub()
    a, b = await attached(hub, "a", "b")
    hub.drop = lambda node, channel: node == "b"
    hub.publish("a", "x", [b"1", b"2"])
    assert (1, 0, 2) == (len(a.heard), len(b.heard), hub.dropped_frames)


async def test_a_partition_cuts_and_refuses() -> None:
    """Until it is healed; the others go on."""
    hub = LocalHub()
    a, b = await attached(hub, "a", "b")
    hub.partition("a")
    assert ["the network was cut"] == a.cuts
    with pytest.raises(ConnectionRefusedError, match="the network was cut"):
        await hub.attach("a", a)
    with pytest.raises(ConnectionError, match="the connection was cut"):
        await hub.call("a", "epoch")
    assert await hub.deliver("b", "x", b"1")
    hub.heal("a")
    await hub.attach("a", a)
    assert [1, 0] == [len(b.heard), len(a.heard)]


async def test_a_silent_partition_tells_nobody() -> None:
    """Frames vanish both ways."""
    hub = LocalHub()
    a, b = await attached(hub, "a", "b")
    hub.partition("a", silent=True)
    hub.publish("a", "x", [b"1"])
    hub.publish("b", "x", [b"2"])
    hub.heal()
    hub.publish("b", "x", [b"3"])
    assert ([("x", [b"3"], 0.0)], []) == (a.heard, a.cuts)
    assert [[b"2"], [b"3"]] == [frames for _, frames, _ in b.heard]


async def test_an_engine_that_ends_may_forget() -> None:
    """As a server does that was not told to keep anything."""
    hub = LocalHub()
    (a,) = await attached(hub, "a")
    assert 1 == await hub.call("a", "epoch")
    hub.stop(forget=True)
    with pytest.raises(ConnectionRefusedError, match="the engine has ended"):
        await hub.attach("a", a)
    hub.go_on()
    await hub.attach("a", a)
    assert 1 == await hub.call("a", "epoch")
    assert ["the engine has ended"] == a.cuts


def test_one_name_is_one_hub() -> None:
    """Of the process, or the one that a test has put there."""
    assert LocalHub.named("p") is LocalHub.named("p")
    own = LocalHub()
    LocalHub.use("p", own)
    assert LocalHub.named("p") is own
    LocalHub.use("p", None)
    assert LocalHub.named("p") is not own
    LocalHub.use("p", None)
