"""Timeouts: a peer that sends nothing, or takes nothing, for too long loses its connection."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.compat13.keywords import keyword_aliases
from pyboot.components.netty.errors import ReadTimeoutError, WriteTimeoutError

from .idle import IdleStateEvent, IdleStateHandler, give_up

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["ReadTimeoutHandler", "WriteTimeoutHandler"]


class ReadTimeoutHandler(IdleStateHandler):
    """Closes the channel when nothing was read for *seconds*; `ReadTimeoutError` goes into the next handlers' exception_caught first.

    Raises ValueError for 0 seconds and less. Source: Netty's class of that name.
    """

    def __init__(self, seconds: float) -> None:
        if seconds <= 0:
            raise ValueError(f"read timeout of {seconds} s, must be more than 0")
        super().__init__(reader_idle_seconds=seconds)
        self._timeout = seconds
        self._is_over = False

    def channel_idle(self, ctx: ChannelHandlerContext, event: IdleStateEvent, /) -> None:
        """The time is over."""
        if not self._is_over:
            self._is_over = True
            give_up(ctx, ReadTimeoutError(self._timeout))


@keyword_aliases(writerTimeout="seconds", fastFail="fail_fast")
class WriteTimeoutHandler(ChannelHandler[Any]):
    """Closes the channel at once when a write is not delivered to the network *seconds* after it was made.

    Each write counts for itself, from its call, waiting in the pipeline included. Undelivered writes fail then.

    Args:
        seconds: allowed for each write; raises ValueError for 0 and less.
        fail_fast: also raise `WriteTimeoutError` into the next handlers' exception_caught. The published package's second
            parameter; without it the log of the closing says why.

    Source: Netty's class of that name.
    """

    def __init__(self, seconds: float, fail_fast: bool = True) -> None:
        if seconds <= 0:
            raise ValueError(f"write timeout of {seconds} s, must be more than 0")
        self._seconds = seconds
        self._fail_fast = fail_fast
        self._writes: deque[tuple[float, ChannelPromise]] = deque()  # when each is due, oldest first
        self._timer: Deadline | None = None
        self._is_reported = False  # one error for the channel, however many writes it takes with it

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # A write without a promise gets one, for nothing else tells when it was delivered; what it then fails with is ours to report.
        watched = promise
        if watched is None:
            watched = ctx.new_promise().add_listener(lambda done: self._report(ctx, done))
        self._writes.append((ctx.channel.loop.time() + self._seconds, watched))
        if self._timer is None:
            self._timer = Deadline(ctx.channel.loop, self._seconds, self._look, ctx, restores=True)
        return ctx.write(msg, watched)

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._writes.clear()
        return None

    def _look(self, ctx: ChannelHandlerContext) -> None:
        self._timer = None
        ctx.channel.output_progress()  # completes what has gone out since the loop told last
        writes = self._writes
        while writes and writes[0][1].is_done:
            writes.popleft()
        if not writes:
            return
        left = writes[0][0] - ctx.channel.loop.time()
        if left > 0:
            self._timer = Deadline(ctx.channel.loop, left, self._look, ctx, restores=True)
            return
        writes.clear()
        self._is_reported = True  # before the abort: it fails the other writes, whose listeners would tell each of theirs
        error = WriteTimeoutError(self._seconds)
        cut_off(ctx.channel, CloseReason.WRITE_TIMEOUT, error)
        if self._fail_fast:
            ctx.fire_exception_caught(error)
        ctx.channel.abort()

    def _report(self, ctx: ChannelHandlerContext, done: ChannelPromise) -> None:
        """A write that nobody asked the end of has failed: say so, once, for it has a promise only because of us."""
        if isinstance(done.error, Exception) and not self._is_reported:
            self._is_reported = True
            ctx.fire_exception_caught(done.error)
