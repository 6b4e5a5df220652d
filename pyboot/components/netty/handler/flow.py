"""FlowControlHandler: one message for each read that is asked for, however many a read from the network gave."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import DONE

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["FlowControlHandler"]


class FlowControlHandler(ChannelHandler[Any]):
    """Keeps messages back while ``auto_read`` is off: each ``ctx.read()`` behind it gets one.

    Put it behind a decoder, which may make many messages of one read. Messages kept back go on when the handler is removed, and are
    released when the channel closes. Source: Netty's class of that name.
    """

    def __init__(self) -> None:
        self._queue: deque[Any] = deque()
        self._is_wanted = False  # somebody asked for a message and has not got it

    @property
    def is_queue_empty(self) -> bool:
        """Whether no message is kept back."""
        return not self._queue

    def read(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        passed = self._pass(ctx, 1)
        if passed and not self._queue:
            ctx.fire_channel_read_complete()
        self._is_wanted = passed == 0
        return ctx.read() if passed == 0 or ctx.channel.auto_read else None

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Awaitable[None] | None:
        self._queue.append(msg)
        wanted, self._is_wanted = self._is_wanted, False
        self._pass(ctx, 1 if wanted else 0)
        return None

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        # While messages wait, this read is not over for those behind: `read` tells them when it is.
        return ctx.fire_channel_read_complete() if not self._queue else DONE

    def channel_inactive(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        for msg in self._queue:
            release(msg)
        self._queue.clear()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        if self._queue:
            while self._queue:
                ctx.fire_channel_read(self._queue.popleft())
            ctx.fire_channel_read_complete()
        return None

    def _pass(self, ctx: ChannelHandlerContext, wanted: int) -> int:
        """Hand on *wanted* messages, or all where the channel reads by itself; tell how many that were."""
        passed = 0
        while self._queue and (passed < wanted or ctx.channel.auto_read) and not ctx.is_removed:
            passed += 1
            ctx.fire_channel_read(self._queue.popleft())
        return passed
