"""The events say what happened."""

from pyboot.cluster import events
from pyboot.cluster.events import ClusterEvent, ClusterGap, NodeLeft


def test_all_are_events_of_the_cluster() -> None:
    """So that one listener can hear them all."""
    for name in events.__all__:
        assert issubclass(getattr(events, name), ClusterEvent)


def test_events_are_told_by_their_facts() -> None:
    """And are equal by them."""
    assert ClusterGap("room", "a", 3) == ClusterGap(group="room", node="a", missed=3)
    assert "NodeLeft(node='a', sessions=0, is_orderly=False)" == repr(NodeLeft("a"))
