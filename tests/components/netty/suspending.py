"""Handlers that suspend when a test wants them to, and channels on the loop that runs the test."""

import asyncio
from collections.abc import Callable
from typing import Any

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel


def embedded(*handlers: ChannelHandler[Any], config: ChannelConfig | None = None) -> EmbeddedChannel:
    """A channel on the loop that runs the test."""
    return EmbeddedChannel(*handlers, config=config, loop=asyncio.get_running_loop())


async def turn() -> None:
    """Let everything run that is due, and what that makes due, a few times over."""
    for _ in range(10):
        await asyncio.sleep(0)


async def until(true: Callable[[], object]) -> None:
    """Let the loop turn until *true*() holds, asked once a turn."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110  # turns of the loop are what tests count
            await asyncio.sleep(0)


class Gate(ChannelHandler[Any]):
    """Waits in channel_read until the test opens the gate, and logs what it sees in order."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.gate = asyncio.Event()

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(f"+{msg}")
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.log.append(f"cancelled {msg}")
            raise
        self.log.append(f"-{msg}")
        ctx.fire_channel_read(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("complete")

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.log.append(event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.log.append(error)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("inactive")
        ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("removed")


class Sink(ChannelHandler[Any]):
    """Logs what comes behind another handler."""

    def __init__(self) -> None:
        self.log: list[Any] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(msg)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("inactive")

    def channel_unregistered(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("unregistered")

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.log.append(error)

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("removed")
