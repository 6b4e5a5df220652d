"""GroupFeeder: puts each connection of a server into the groups that its label names."""

from collections.abc import Sequence
from typing import Any, final

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.handler import ChannelHandler

from .group import ClusterChannelGroup

__all__ = ["GroupFeeder"]


@final
class GroupFeeder(ChannelHandler[Any]):
    """Puts each connection into *groups* when it becomes active; a group lets go of a channel by itself when that closes."""

    sharable = True

    def __init__(self, groups: Sequence[ClusterChannelGroup]) -> None:
        """Take the groups of one server."""
        self._groups = groups

    def channel_active(self, ctx: ChannelHandlerContext, /) -> None:
        """Put the connection in before the application's handlers hear of it, so that these find it in the group."""
        for group in self._groups:
            group.add(ctx.channel)
        ctx.fire_channel_active()
