"""IdleStateHandler: tells when nothing was read, written, or either, for a while.

One timer each, re-armed lazily: a read notes the time and nothing more; the timer looks at that note when it goes off, and
sleeps for what is left. Source: Netty's class of that name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, final

from pyboot.components.netty.channel.event import ChannelEvent
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.published import published_keywords

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["IdleState", "IdleStateEvent", "IdleStateHandler", "give_up"]


class IdleState(Enum):
    """What did not happen."""

    READER_IDLE = "reader idle"
    WRITER_IDLE = "writer idle"
    ALL_IDLE = "all idle"


class IdleStateEvent(NamedTuple):
    """The user event; *is_first* until something was read (or written) again."""

    state: IdleState
    is_first: bool


_EVENTS: Final = {state: (IdleStateEvent(state, False), IdleStateEvent(state, True)) for state in IdleState}
_SHORTEST: Final = 0.001  # Netty's: less than a millisecond would be a busy loop


@published_keywords(
    readerIdleTimeSeconds="reader_idle_seconds", writerIdleTimeSeconds="writer_idle_seconds", allIdleTimeSeconds="all_idle_seconds"
)
class IdleStateHandler(ChannelHandler[Any]):
    """Fires an `IdleStateEvent` as a user event, and a `ChannelEvent` to handlers that override `channel_event`.

    Args:
        reader_idle_seconds: without a read that is over; 0, the default, for never.
        writer_idle_seconds: without everything written having been taken by the network; 0 for never.
        all_idle_seconds: without either; 0 for never.
        observe_output: count it as writing when some of what is pending has gone out since the last look.

    While a read is being handled, the reader is not idle. Times are those of the channel's loop.
    """

    ALLIDLE_EVENT_TYPE: ClassVar[str] = "ALLIDLE_EVENT_TYPE"  # the published package's argument of UDF_EVENT

    def __init__(
        self,
        reader_idle_seconds: float = 0,
        writer_idle_seconds: float = 0,
        all_idle_seconds: float = 0,
        observe_output: bool = False,
    ) -> None:
        seconds = (reader_idle_seconds, writer_idle_seconds, all_idle_seconds)
        if min(seconds) < 0:
            raise ValueError(f"idle seconds {seconds}: allowed is 0, for never, or more")
        self._observe_output = observe_output
        self._is_reading = False
        self._last_read = 0.0
        self._last_write = 0.0
        states = (IdleState.READER_IDLE, IdleState.WRITER_IDLE, IdleState.ALL_IDLE)
        self._watches = [_Watch(self, state, max(each, _SHORTEST)) for state, each in zip(states, seconds, strict=True) if each > 0]

    # The life of the timers.

    def handler_added(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._start(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        self._start(ctx)
        return ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        self._stop()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        self._stop()
        return None

    def _start(self, ctx: ChannelHandlerContext) -> None:
        self._last_read = self._last_write = ctx.channel.loop.time()
        for watch in self._watches:
            watch.start(ctx)

    def _stop(self) -> None:
        for watch in self._watches:
            watch.stop()

    # What is noted.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Awaitable[None] | None:
        self._is_reading = True
        return ctx.fire_channel_read(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        if self._is_reading:
            self._is_reading = False
            self.reset_read_timeout(ctx)
        return ctx.fire_channel_read_complete()

    def channel_write_complete(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        self.reset_write_timeout(ctx)
        return ctx.fire_channel_write_complete()

    def reset_read_timeout(self, ctx: ChannelHandlerContext) -> None:
        """Count from now, as if something had been read."""
        self._last_read = ctx.channel.loop.time()
        self._was_active(IdleState.READER_IDLE)

    def reset_write_timeout(self, ctx: ChannelHandlerContext) -> None:
        """Count from now, as if something had been written."""
        self._last_write = ctx.channel.loop.time()
        self._was_active(IdleState.WRITER_IDLE)

    def _was_active(self, state: IdleState) -> None:
        for watch in self._watches:
            if watch.state in (state, IdleState.ALL_IDLE):
                watch.is_first = True

    # What the timers ask.

    def active_since(self, state: IdleState, now: float) -> float:
        """When that what *state* is about happened last."""
        read = now if self._is_reading else self._last_read
        return {IdleState.READER_IDLE: read, IdleState.WRITER_IDLE: self._last_write, IdleState.ALL_IDLE: max(read, self._last_write)}[
            state
        ]

    def channel_idle(self, ctx: ChannelHandlerContext, event: IdleStateEvent) -> None:
        """The time is over: tell the next handlers. Override to do something else."""
        ctx.fire_user_event_triggered(event)
        if event.state is IdleState.READER_IDLE:
            ctx.fire_channel_event(ChannelEvent.READ_IDLE)
        elif event.state is IdleState.WRITER_IDLE:
            ctx.fire_channel_event(ChannelEvent.WRITE_IDLE)
        else:
            ctx.fire_channel_event(ChannelEvent.UDF_EVENT, self.ALLIDLE_EVENT_TYPE)

    def output_moved(self, ctx: ChannelHandlerContext, watch: _Watch) -> bool:
        """Whether some of what is pending has gone out since *watch* looked last."""
        if not self._observe_output:
            return False
        pending = int(ctx.channel.outbound.pending)
        before, watch.pending = watch.pending, pending
        return pending != before and pending > 0


def give_up(ctx: ChannelHandlerContext, error: Exception) -> None:
    """The peer is of no use any more: the next handlers are told of *error*, and the channel closes because of it."""
    ctx.channel.close_cause = error
    ctx.fire_exception_caught(error)
    ctx.close()


@final
class _Watch:
    """The timer of one state."""

    def __init__(self, handler: IdleStateHandler, state: IdleState, seconds: float) -> None:
        self.state = state
        self.is_first = True
        self.pending = 0
        self._handler = handler
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def start(self, ctx: ChannelHandlerContext) -> None:
        """Begin to count, unless that was done."""
        if self._timer is None:
            self.pending = int(ctx.channel.outbound.pending)
            self._sleep(ctx, self._seconds)

    def stop(self) -> None:
        """Count no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sleep(self, ctx: ChannelHandlerContext, seconds: float) -> None:
        look: Callable[[ChannelHandlerContext], None] = self._look
        self._timer = ctx.channel.loop.call_later(seconds, look, ctx)

    def _look(self, ctx: ChannelHandlerContext) -> None:
        if not ctx.channel.is_open:
            return
        now = ctx.channel.loop.time()
        left = self._handler.active_since(self.state, now) + self._seconds - now
        if left > 0:
            self._sleep(ctx, left)
            return
        self._sleep(ctx, self._seconds)
        if self.state is not IdleState.READER_IDLE and self._handler.output_moved(ctx, self):
            return
        event = _EVENTS[self.state][self.is_first]
        self.is_first = False
        try:
            self._handler.channel_idle(ctx, event)
        except Exception as error:  # noqa: BLE001  # a user's override, called by a timer
            ctx.callback_raised(error)
