"""AwaitedHandlers: holds a channel's events until its handlers are made, where beans have to be awaited for them. No I/O here."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, final

from pyboot.components.netty import Channel, ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.channel.fault import tell_fault

from .codec import AnyHandler


@final
class AwaitedHandlers(ChannelHandler[Any]):
    """Stands last in a pipeline until the handlers behind it are made; whatever happens until then waits in its mailbox."""

    def __init__(self, make: Callable[[], Awaitable[Sequence[AnyHandler]]], filled: Callable[[Channel], object]) -> None:
        """Take what makes them, and who is to hear that they are in place."""
        self._make = make
        self._filled = filled

    async def channel_registered(self, ctx: ChannelHandlerContext, /) -> None:
        """Put the handlers behind this one, go on with what has waited, and leave."""
        making = self._make()
        try:
            handlers = await making
        except asyncio.CancelledError:
            ctx.close()
            if not (isinstance(making, asyncio.Task) and making.cancelled()):
                raise
            return  # the server stops, and has given it up
        except Exception as error:  # noqa: BLE001  whatever a user's factory raises closes this channel only
            tell_fault(ctx.channel, "its handlers could not be made: closing it", error)
            ctx.close()
            return
        ctx.pipeline.add_last(*handlers)
        self._filled(ctx.channel)
        ctx.fire_channel_registered()
        ctx.pipeline.remove(self)
