"""Connections of a server come into its groups."""

from typing import Any

from pyboot.cluster.groups.feeder import GroupFeeder
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler


def test_a_connection_is_in_before_the_handlers_hear_of_it() -> None:
    """In each of the groups."""
    groups: list[list[object]] = [[], []]
    seen: list[int] = []

    class Group:
        def __init__(self, channels: list[object]) -> None:
            self.add = channels.append

    class Handler(ChannelHandler[Any]):
        def channel_active(self, ctx: ChannelHandlerContext, /) -> None:
            seen.append(sum(map(len, groups)))

    feeder = GroupFeeder([Group(channels) for channels in groups])  # type: ignore[misc]  # what it uses of one
    channel = EmbeddedChannel(feeder, Handler())
    assert ([[channel]] * 2, [2]) == (groups, seen)
