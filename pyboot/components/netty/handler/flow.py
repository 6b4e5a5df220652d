"""FlowControlHandler: one message for each read that is asked for, however many a read from the network gave.

Law 1: while ``auto_read`` is off, each read gets one message and the end of it (`channel_read_complete`): whoever asks for the next
one in either of them, at once or later, never waits for messages that are here. Law 2: a read that found no message is remembered, also
when ``auto_read`` is turned off meanwhile, and the network is asked. Law 3: however much is asked for from inside, messages go on one
after the other and not one inside the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable
from enum import Enum
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import DONE

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["FlowControlHandler"]


class _End(Enum):
    """What those behind know of the end of what they got since the last read from the network ended."""

    NONE = "they got nothing"
    OWED = "they got messages, and wait for the end"
    TOLD = "they got messages, and the end"


class FlowControlHandler(ChannelHandler[Any]):
    """Keeps messages back while ``auto_read`` is off: each ``ctx.read()`` behind it gets one, and a `channel_read_complete`.

    Put it behind a decoder, which may make many messages of one read. Messages kept back go on when the handler is removed, and are
    released when the channel closes. Source: Netty's class of that name, which tells the end only when nothing is kept back.
    """

    def __init__(self) -> None:
        self._queue: deque[Any] = deque()
        self._is_wanted = False  # somebody asked for a message and has not got it
        self._is_passing = False
        self._end = _End.NONE

    @property
    def is_queue_empty(self) -> bool:
        """Whether no message is kept back."""
        return not self._queue

    def read(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        self._is_wanted = True
        if self._is_passing:
            return None  # whoever passes messages on sees it
        self._pass(ctx)
        if self._end is _End.OWED:
            ctx.fire_channel_read_complete()
        self._end = _End.NONE
        return ctx.read() if self._is_wanted or ctx.channel.auto_read else None

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Awaitable[None] | None:
        self._queue.append(msg)
        if not self._is_passing:
            self._pass(ctx)
            if self._is_wanted and not ctx.is_removed:
                ctx.read()  # by one who got this message, and wants another
        return None

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        end, self._end = self._end, _End.NONE
        if end is _End.OWED or (end is _End.NONE and not self._queue):
            return ctx.fire_channel_read_complete()
        return DONE

    def channel_inactive(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        while self._queue:
            release(self._queue.popleft())
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        if self._queue:
            while self._queue:
                ctx.fire_channel_read(self._queue.popleft())
            ctx.fire_channel_read_complete()
        return None

    def _pass(self, ctx: ChannelHandlerContext) -> None:
        """Hand on one message for a read, or all where the channel reads by itself."""
        channel = ctx.channel
        self._is_passing = True
        try:
            while self._queue and (self._is_wanted or channel.auto_read) and not ctx.is_removed:
                self._is_wanted = False
                self._end = _End.OWED
                ctx.fire_channel_read(self._queue.popleft())
                if not channel.auto_read:
                    self._end = _End.TOLD
                    ctx.fire_channel_read_complete()
        finally:
            self._is_passing = False
