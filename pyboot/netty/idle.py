"""IdleCloser: closes the connection of a peer that is silent for too long, where settings ask for that."""

import logging
from typing import final

from pyboot.components.netty import ChannelHandlerContext, IdleStateEvent, IdleStateHandler
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.errors import ClosedChannelError

from .properties import IdleProperties


@final
class IdleCloser(IdleStateHandler):
    """The first handler of a pipeline under ``netty.servers.<name>.idle``.

    The handlers behind it hear the `IdleStateEvent` first: what they write and flush then is delivered before the end.
    """

    def __init__(self, settings: IdleProperties) -> None:
        """Take the times of *settings*, in seconds; 0 is never."""
        super().__init__(settings.reader.total_seconds(), settings.writer.total_seconds(), settings.all.total_seconds())

    def channel_idle(self, ctx: ChannelHandlerContext, event: IdleStateEvent, /) -> None:
        """Tell the handlers, then close."""
        super().channel_idle(ctx, event)
        if ctx.channel.is_open:  # else one of them has closed it
            cut_off(ctx.channel, CloseReason.IDLE, ClosedChannelError(event.state.value), logging.INFO)
            ctx.close()
