"""A handler that writes down what becomes of its channel, for tests of its life."""

from typing import Any

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext


class Life(ChannelHandler[Any]):
    """Logs what becomes of the channel."""

    def __init__(self) -> None:
        self.log: list[Any] = []

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("active")

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("inactive")

    def channel_registered(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("registered")

    def channel_unregistered(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("unregistered")

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("removed")

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.log.append(error)

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.log.append(event)

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(f"writable={ctx.channel.is_writable}")


def kinds(log: list[Any]) -> list[Any]:
    """The log with errors by their types."""
    return [type(entry) if isinstance(entry, Exception) else entry for entry in log]
