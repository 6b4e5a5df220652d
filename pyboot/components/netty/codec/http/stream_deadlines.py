"""HttpStreamDeadlines: what watches over a connection whose requests share it, of HTTP/2 or HTTP/3.

Theory of operation. The times are those of HTTP/1 (`codec.http.deadlines`), and they are watched as there: a timer looks every now and
then, and compares with its last look, so nothing is paid for a frame or a stream. A version of HTTP tells what is to be seen: what its
connection waits for (`look`), and which requests are not whole (`requests`); and how either ends.

Law. A peer is judged only for what it may do: where this side does not read a stream, or leaves its windows no room, its silence is ours.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.errors import ReadTimeoutError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HttpStreamDeadlines", "UnfinishedRequest"]


@final
class UnfinishedRequest(NamedTuple):
    """A request that has not come to its end: its stream, what is waited for, the bytes of content so far, and if more may come."""

    number: int
    stream: Channel
    wants: CloseReason
    received: int
    may_come: bool


class HttpStreamDeadlines(ChannelHandler[Any]):
    """Ends connections and streams whose client takes too long; each version of HTTP has its own, with these arguments.

    Args:
        first_byte_seconds: until the first stream begins, 30 by default.
        head_seconds: for a head, from its first byte, 10 by default.
        content_seconds: for the content of a request, 300 by default.
        content_rate: bytes a second that content has to come with in the mean, once ``head_seconds`` are over, 256 by default.
        keep_alive_seconds: without a stream, 15 by default.

    0 stands for no end. Raises ValueError for a negative figure.
    """

    wanted: ClassVar[Mapping[CloseReason, str]]
    """What is missing when a deadline is over, by its reason."""

    def __init__(
        self,
        *,
        first_byte_seconds: float = 30.0,
        head_seconds: float = 10.0,
        content_seconds: float = 300.0,
        content_rate: int = 256,
        keep_alive_seconds: float = 15.0,
    ) -> None:
        given = (first_byte_seconds, head_seconds, content_seconds, keep_alive_seconds)
        if min(*given, content_rate) < 0:
            raise ValueError(f"{given} seconds, {content_rate} bytes a second: allowed is 0, for no end, or more")
        self._seconds: Final = {
            CloseReason.FIRST_BYTE_TIMEOUT: first_byte_seconds,
            CloseReason.HEAD_TIMEOUT: head_seconds,
            CloseReason.CONTENT_TIMEOUT: content_seconds,
            CloseReason.KEEP_ALIVE_TIMEOUT: keep_alive_seconds,
        }
        self._content_rate: Final = content_rate
        self._interval = min((seconds for seconds in given if seconds > 0), default=0.0) / 2
        self._deadline: Deadline | None = None
        self._seen: tuple[CloseReason | None, object] = (None, None)
        self._since = 0.0
        self._waited: dict[int, tuple[CloseReason, float, int]] = {}  # by stream: for what, since when, what had come by then

    # What each version supplies.

    def find(self, ctx: ChannelHandlerContext, /) -> None:
        """Find what is to be watched, in the pipeline."""
        raise NotImplementedError

    def look(self) -> tuple[CloseReason | None, object]:
        """Return what the connection waits for, None for nothing, and which one of these."""
        raise NotImplementedError

    def requests(self) -> Iterable[UnfinishedRequest]:
        """Return the requests that are not whole."""
        raise NotImplementedError

    def is_read(self, channel: Channel, /) -> bool:
        """True if this side reads, whatever streams do."""
        return bool(channel.reading.is_on and channel.reading.is_asked)

    def end_connection(self, ctx: ChannelHandlerContext, reason: CloseReason, error: ReadTimeoutError, /) -> None:
        """Close the connection."""
        ctx.close()

    def end_stream(self, stream: Channel, /) -> None:
        """Answer, where nothing was answered yet, and end the stream."""
        raise NotImplementedError

    # The timer.

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._begin(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._begin(ctx)
        return ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end()
        return None

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        if self._deadline is None and self._interval > 0:
            self.find(ctx)
            self._since = ctx.channel.loop.time()
            self._seen = self.look()
            self._deadline = Deadline(ctx.channel.loop, self._interval, self._judge, ctx)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _judge(self, ctx: ChannelHandlerContext) -> None:
        channel = ctx.channel
        self._deadline = None
        if not channel.is_active:
            return
        now, seen, is_read = channel.loop.time(), self.look(), self.is_read(channel)
        reason = seen[0]
        if not is_read or reason is not self._seen[0] or (seen[1] is not self._seen[1] and seen[1] != self._seen[1]):
            self._seen, self._since = seen, now
        elif reason is not None and 0 < self._seconds[reason] <= now - self._since:
            error = ReadTimeoutError(now - self._since, f"{self.wanted[reason]} has not come within {now - self._since:.1f} s")
            # Connections that are kept for another request end like that all the time: no fault of anybody's.
            cut_off(channel, reason, error, logging.DEBUG if reason is CloseReason.KEEP_ALIVE_TIMEOUT else logging.WARNING)
            self.end_connection(ctx, reason, error)
            return
        if is_read:
            self._judge_requests(now)
        else:
            self._waited = {}
        self._deadline = Deadline(channel.loop, self._interval, self._judge, ctx)

    def _judge_requests(self, now: float) -> None:
        before, self._waited = self._waited, {}
        for number, stream, wants, received, may_come in self.requests():
            was_for, since, had_come = before.get(number, (wants, now, received))
            if not may_come or was_for is not wants:
                since, had_come = now, received
            reason = self._broken(wants, now - since, received - had_come)
            if reason is None:
                self._waited[number] = (wants, since, had_come)
            else:
                cut_off(stream, reason, ReadTimeoutError(now - since, f"{self.wanted[wants]} has not come within {now - since:.1f} s"))
                self.end_stream(stream)

    def _broken(self, wants: CloseReason, seconds: float, received: int) -> CloseReason | None:
        """Return the deadline of a request that is over, if one is."""
        if 0 < self._seconds[wants] <= seconds:
            return wants
        rate = self._content_rate if wants is CloseReason.CONTENT_TIMEOUT else 0
        return (
            CloseReason.CONTENT_RATE
            if rate > 0 and seconds > self._seconds[CloseReason.HEAD_TIMEOUT] and received < rate * seconds
            else None
        )
