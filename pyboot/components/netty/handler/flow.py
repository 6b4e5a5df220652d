"""FlowControlHandler: one message for each read that is asked for, however many a read from the network gave.

Law 1: while ``auto_read`` is off, each read gets one message and the end of it (`channel_read_complete`): whoever asks for the next
one in either of them, at once or later, never waits for messages that are here. Law 2: a read that found no message is remembered, also
when ``auto_read`` is turned off meanwhile, and the network is asked. Law 3: however much is asked for from inside, messages go on one
after the other and not one inside the other. Law 4: they go on within the budget of a turn (see `channel.budget`): the rest waits for
a later one, and so does the network.
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
    """The end of a read, as far as the handlers behind know it: told, or owed, for what they got since the last read of the network."""

    NONE = "they got nothing"
    OWED = "they got messages, and wait for the end"
    TOLD = "they got messages, and the end"


class FlowControlHandler(ChannelHandler[Any]):
    """Keeps messages back while ``auto_read`` is off: each ``ctx.read()`` behind it gets one, and a `channel_read_complete`.

    Put it behind a decoder, which may make many messages of one read. Messages kept back are released when the channel closes, and go on
    at once when the handler is removed, whatever ``auto_read`` says: nobody would be left to ask for them (Netty's rule).
    Source: Netty's class of that name, which tells the end only when nothing is kept back.
    """

    def __init__(self) -> None:
        self._queue: deque[Any] = deque()
        self._is_wanted = False  # somebody asked for a message and has not got it
        self._is_passing = False
        self._is_paused = False  # the rest of what is wanted goes on in a later turn
        self._end = _End.NONE

    @property
    def is_queue_empty(self) -> bool:
        """True if no message is kept back."""
        return not self._queue

    def read(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._is_wanted = True
        if self._is_passing or self._is_paused:
            return None  # whoever passes messages on sees it
        self._pass_all(ctx)
        return ctx.read() if self._lacks_messages or ctx.channel.auto_read else None

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        self._queue.append(msg)
        if not (self._is_passing or self._is_paused):
            self._pass(ctx)
            if self._lacks_messages and not ctx.is_removed:
                ctx.read()  # by one who got this message, and wants another
        return None

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        end, self._end = self._end, _End.NONE
        # Also where they got nothing because there was nothing: a read that a decoder made no message of has an end all the same.
        if end is _End.OWED or (end is _End.NONE and not self._queue):
            return ctx.fire_channel_read_complete()
        return DONE

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        while self._queue:
            release(self._queue.popleft())
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._queue:
            while self._queue:
                ctx.fire_channel_read(self._queue.popleft())
            ctx.fire_channel_read_complete()
        return None

    @property
    def _lacks_messages(self) -> bool:
        """True if somebody asked for a message, and there is none."""
        return self._is_wanted and not self._queue

    def _pass_all(self, ctx: ChannelHandlerContext) -> None:
        """Hand on what is wanted, and the end of it; this is no read from the network, which would bring an end of its own."""
        self._pass(ctx)
        end, self._end = self._end, _End.NONE
        if end is _End.OWED and not ctx.is_removed:
            ctx.fire_channel_read_complete()

    def _pass(self, ctx: ChannelHandlerContext) -> None:
        """Hand on one message for a read, or all where the channel reads by itself, as far as a turn reaches."""
        channel = ctx.channel
        self._is_passing = True  # who asks for more from inside is served by this loop, or the stack would grow with the queue (law 3)
        try:
            while self._queue and (self._is_wanted or channel.auto_read) and not ctx.is_removed:
                if self._end is not _End.NONE and not self._may_go_on(ctx):
                    return
                self._is_wanted = False
                self._end = _End.OWED
                ctx.fire_channel_read(self._queue.popleft())
                if not channel.auto_read:
                    self._end = _End.TOLD
                    ctx.fire_channel_read_complete()
        finally:
            self._is_passing = False

    def _may_go_on(self, ctx: ChannelHandlerContext) -> bool:
        """True if one more message fits into this turn, and into the mailboxes behind; if not, a later turn goes on."""
        channel = ctx.channel
        if channel.may_go_on() and channel.full_mailboxes == 0:
            return True
        self._is_paused = True
        channel.pause_read(lambda: self._go_on(ctx))
        return False

    def _go_on(self, ctx: ChannelHandlerContext) -> None:
        self._is_paused = False
        if not ctx.is_removed:
            self._pass_all(ctx)
            if self._lacks_messages:
                ctx.read()
