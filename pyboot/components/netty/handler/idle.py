"""IdleStateHandler: tells when nothing was read, written, or either, for a while.

Theory of operation. One deadline each, re-armed lazily: a read notes the time and nothing more; when the deadline is over, the handler
looks at that note, and sleeps for what is left. So a busy channel pays a clock for each read, and not a timer.
Source: Netty's class of that name, and its tests.

Written is what the network took, not what was handed over: an empty flush is no write, a backlog that a slow peer takes steadily is
no idleness. While there is such a backlog the handler asks every now and then how far it is, for no loop tells of itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.event import ChannelEvent
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.compat13.keywords import keyword_aliases
from pyboot.components.netty.errors import ReadTimeoutError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["IdleState", "IdleStateEvent", "IdleStateHandler", "give_up"]


class IdleState(Enum):
    """The kind of event that did not happen in time."""

    READER_IDLE = "reader idle"
    WRITER_IDLE = "writer idle"
    ALL_IDLE = "all idle"


class IdleStateEvent(NamedTuple):
    """The user event; *is_first* is the first one since something was read (or written)."""

    state: IdleState
    is_first: bool


_EVENTS: Final = {state: (IdleStateEvent(state, False), IdleStateEvent(state, True)) for state in IdleState}
_SHORTEST: Final = 0.001  # Netty's: less than a millisecond would be a busy loop

# How often in a writer's idle time a backlog is asked how far it is: an event is late by so much at most.
_LOOKS_AT_BACKLOG: Final = 8


@keyword_aliases(
    readerIdleTimeSeconds="reader_idle_seconds", writerIdleTimeSeconds="writer_idle_seconds", allIdleTimeSeconds="all_idle_seconds"
)
class IdleStateHandler(ChannelHandler[Any]):
    """Fires an `IdleStateEvent` as a user event, and a `ChannelEvent` to handlers that override `channel_event`.

    Args:
        reader_idle_seconds: without a read that is over; 0, the default, for never.
        writer_idle_seconds: without the network having taken anything of what was written; 0 for never.
        all_idle_seconds: without either; 0 for never.
        observe_output: Netty's: only a message that is taken whole counts as written. The first event is told though a long message is
            on its way, and then no further one as long as bytes of it go out, or what is pending changes.

    While a read is being handled, the reader is not idle. Times are those of the channel's loop, and `Deadline` judges. Raises ValueError
    for a time below 0.
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
        self.observes_output = observe_output
        self._is_reading = False
        self._last_read = 0.0
        self._last_write = 0.0  # that the channel's outbound buffer does not know of
        self._progress = (0, 0)
        states = (IdleState.READER_IDLE, IdleState.WRITER_IDLE, IdleState.ALL_IDLE)
        self._watches = [_Watch(self, state, max(each, _SHORTEST)) for state, each in zip(states, seconds, strict=True) if each > 0]
        self._watches_output = max(writer_idle_seconds, all_idle_seconds) > 0
        self._output_watcher: Callable[[], object] | None = None

    # The life of the timers.

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._start(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._start(ctx)
        return ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._stop(ctx)
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._stop(ctx)
        return None

    def _start(self, ctx: ChannelHandlerContext) -> None:
        self._last_read = self._last_write = ctx.channel.loop.time()
        if self._watches_output and self._output_watcher is None:
            self._output_watcher = lambda: self._backlog_begins(ctx)
            ctx.channel.outbound.watch(self._output_watcher)
            self._progress = ctx.channel.output_progress()
        for watch in self._watches:
            watch.start(ctx, self._progress)

    def _stop(self, ctx: ChannelHandlerContext) -> None:
        if self._output_watcher is not None:
            ctx.channel.outbound.unwatch(self._output_watcher)
            self._output_watcher = None
        for watch in self._watches:
            watch.stop()

    # What is noted.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        self._begin_reading()
        return ctx.fire_channel_read(msg)

    def _begin_reading(self) -> None:
        if not self._is_reading:
            self._is_reading = True
            self._was_active(IdleState.READER_IDLE)

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._is_reading:
            self.reset_read_timeout(ctx)
        return ctx.fire_channel_read_complete()

    def reset_read_timeout(self, ctx: ChannelHandlerContext, /) -> None:
        """Count from now, as if something had been read; the next event is no first one because of that."""
        self._last_read = ctx.channel.loop.time()
        self._is_reading = False

    def reset_write_timeout(self, ctx: ChannelHandlerContext, /) -> None:
        """Count from now, as if something had been written; the next event is no first one because of that."""
        self._last_write = ctx.channel.loop.time()

    def _was_active(self, state: IdleState) -> None:
        for watch in self._watches:
            if watch.state in (state, IdleState.ALL_IDLE):
                watch.is_first = True

    # What the deadlines ask.

    def active_since(self, ctx: ChannelHandlerContext, state: IdleState, now: float, /) -> float:
        """The time, by the loop's clock, at which the kind of event of *state* happened last."""
        read = now if self._is_reading else self._last_read
        if state is IdleState.READER_IDLE:
            return read
        written = max(self._last_write, ctx.channel.outbound.last_taken)
        return written if state is IdleState.WRITER_IDLE else max(read, written)

    def look_at_output(self, ctx: ChannelHandlerContext, now: float, /) -> tuple[int, int]:
        """Note and return how much of the output the network has taken; the answer never changes where no output is watched."""
        if not self._watches_output:
            return self._progress
        progress = ctx.channel.output_progress()
        if progress != self._progress:
            moved_within = progress[1] > 0 and not self.observes_output
            if moved_within:
                self._last_write = now  # or a little earlier: since the last look
            if moved_within or progress[0] != self._progress[0]:
                self._was_active(IdleState.WRITER_IDLE)
            self._progress = progress
        return progress

    def _backlog_begins(self, ctx: ChannelHandlerContext) -> None:
        self.look_at_output(ctx, ctx.channel.loop.time())
        for watch in self._watches:
            watch.look_often(ctx)

    def channel_idle(self, ctx: ChannelHandlerContext, event: IdleStateEvent, /) -> None:
        """Tell the next handlers that the time is over. Override to do something else; what that raises goes to exception_caught."""
        ctx.fire_user_event_triggered(event)
        if event.state is IdleState.READER_IDLE:
            ctx.fire_channel_event(ChannelEvent.READ_IDLE)
        elif event.state is IdleState.WRITER_IDLE:
            ctx.fire_channel_event(ChannelEvent.WRITE_IDLE)
        else:
            ctx.fire_channel_event(ChannelEvent.UDF_EVENT, self.ALLIDLE_EVENT_TYPE)


def give_up(ctx: ChannelHandlerContext, error: ReadTimeoutError, reason: CloseReason = CloseReason.READ_TIMEOUT) -> None:
    """Give up the peer: tell the next handlers *error*, and close the channel because of it."""
    cut_off(ctx.channel, reason, error)
    ctx.fire_exception_caught(error)
    ctx.close()


@final
class _Watch:
    """The deadline of one state."""

    def __init__(self, handler: IdleStateHandler, state: IdleState, seconds: float) -> None:
        self.state = state
        self.is_first = True
        self._handler = handler
        self._seconds = seconds
        self._over_at = 0.0  # when the time was over last
        self._output = (0, 0, 0)  # how far it was then, and what was pending
        self._looks_often = False
        self._deadline: Deadline | None = None

    def start(self, ctx: ChannelHandlerContext, progress: tuple[int, int]) -> None:
        """Begin to count, unless that was done."""
        if self._deadline is None:
            self._over_at = ctx.channel.loop.time()
            self._output = (*progress, int(ctx.channel.outbound.pending))
            self._sleep(ctx, self._seconds)

    def stop(self) -> None:
        """Count no more."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def look_often(self, ctx: ChannelHandlerContext) -> None:
        """Look often from here on, as there is a backlog."""
        if self.state is not IdleState.READER_IDLE and self._deadline is not None and not self._looks_often:
            self._deadline.cancel()
            self._sleep(ctx, self._seconds)

    def _sleep(self, ctx: ChannelHandlerContext, seconds: float) -> None:
        self._looks_often = self.state is not IdleState.READER_IDLE and ctx.channel.outbound.run_bytes > 0
        if self._looks_often:
            seconds = min(seconds, max(self._seconds / _LOOKS_AT_BACKLOG, _SHORTEST))
        self._deadline = Deadline(ctx.channel.loop, seconds, self._look, ctx)

    def _look(self, ctx: ChannelHandlerContext) -> None:
        now = ctx.channel.loop.time()
        progress = self._handler.look_at_output(ctx, now)
        if self._deadline is None or not ctx.channel.is_open:
            return  # whoever was told that his write is complete has ended all this
        left = max(self._handler.active_since(ctx, self.state, now), self._over_at) + self._seconds - now
        if left > 0:
            self._sleep(ctx, left)
            return
        # The next deadline first: whoever is told below may remove the handler, or close, and that is to end it.
        self._over_at = now
        self._sleep(ctx, self._seconds)
        is_first, self.is_first = self.is_first, False
        if self._handler.observes_output and self.state is not IdleState.READER_IDLE:
            output = (*progress, int(ctx.channel.outbound.pending))
            has_changed, self._output = output != self._output, output
            if has_changed and not is_first:
                return
        try:
            self._handler.channel_idle(ctx, _EVENTS[self.state][is_first])
        except Exception as error:  # noqa: BLE001  # a user's override, called by a timer
            ctx.callback_raised(error)
