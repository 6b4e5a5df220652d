"""RelayHandler: two channels become one, as in a proxy: what comes in here goes out there, as fast as it is taken there, and no faster.

Law 1. Nothing piles up: where the other side takes no more (its high water mark), this side is not read until it does (its low one). So
a relay holds, for each direction, a high water mark and one read. Law 2. An end is passed on behind what came before it: who finishes
sending ends that direction alone, where half-closure is allowed (``ALLOW_HALF_CLOSURE``); who leaves ends both, when what it sent is
delivered.
Source: the handlers of Netty's examples ``proxy`` and ``socksproxy``, which read without looking whether the other side takes it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, final

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.handler import ChannelHandler

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["RelayHandler"]


@final
class RelayHandler(ChannelHandler[Any]):
    """Stands last in a pipeline, and writes what comes there to *other*; `join` makes a pair."""

    def __init__(self, other: Channel) -> None:
        self._other = other
        self._partner: RelayHandler | None = None
        self._channel: Channel | None = None
        self._is_waiting = False  # for the other side to take what it has

    @classmethod
    def join(cls, one: Channel, other: Channel) -> None:
        """Put a relay at the end of both pipelines. Raises ValueError where they live on different loops."""
        if one.loop is not other.loop:
            raise ValueError("a relay joins channels of one loop: connect with Bootstrap().group(channel.loop)")
        there, back = cls(other), cls(one)
        there._partner, back._partner = back, there
        there._channel, back._channel = one, other
        one.pipeline().add_last(there)
        other.pipeline().add_last(back)
        there._look()
        back._look()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each read of a connection that is passed on.
        other = self._other
        if not other.is_open:
            release(msg)
            return None
        other.write(msg)
        if not other.is_writable:
            self._look()
        return None

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._other.flush()
        return None

    def channel_writability_changed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._partner is not None:
            self._partner._look()
        return ctx.fire_channel_writability_changed()

    def _look(self) -> None:
        """Read on this side as the other takes it."""
        channel, must_wait = self._channel, self._other.is_open and not self._other.is_writable
        if channel is None or must_wait is self._is_waiting:
            return
        self._is_waiting = must_wait
        if must_wait:
            self._other.flush()  # else nothing of it would ever be taken
            channel.pause_reading()
        else:
            channel.resume_reading()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        if event is INPUT_SHUTDOWN and self._other.is_active:
            self._other.flush()
            end: Any = getattr(self._other, "shutdown_output", self._other.close)  # a transport without halves ends as a whole
            end()
        return ctx.fire_user_event_triggered(event)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._other.is_open:
            self._other.flush()
            self._other.close()
        return ctx.fire_channel_inactive()
