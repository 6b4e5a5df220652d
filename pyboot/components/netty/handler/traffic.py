"""Traffic shaping: no more bytes a second than allowed, of one channel, of all that share a handler, or of both.

Law: however much is written at once, until any time *t* no more has been passed on than ``limit * t`` and one message. Each message
is given the time at which those before it have had theirs, and goes then or a little later, never earlier::

    write_limit = 1000    written at 0 s    a 500   b 500   c 1000   d 100
                          passed on at      0       0.5     1.0      2.0

Theory of operation. A meter keeps two times: when its last message goes, and when the bytes of that have had their time. A message is
counted where it is written, so its time is known at once and never changes; a channel that has a meter of its own beside the global one
takes the later of the two. Its messages stay in order, though the meters would let a short one go before a long one.

What goes out is queued; a queue that grows too long, or whose end waits too long, makes the channel unwritable. What comes in is passed
on at once, and reading stops until its bytes have had their time: to hold it back as well would need memory, and the peer would learn
nothing of it. So the system's buffers fill up, and TCP slows the peer down.

Two things bound what a mistake in the limits can do: no message waits longer than *max_wait_seconds* behind the one before it, and what is
queued is sent at once when the channel closes, for a close has a deadline of its own. Source: Netty's package ``traffic``.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, final

from pyboot.components.netty.buffer.message import release, size_of
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["ChannelTrafficShapingHandler", "GlobalChannelTrafficShapingHandler", "GlobalTrafficShapingHandler"]

# Netty's: timers for less cost more than they bring. Messages wait for them together.
_SHORTEST_WAIT: Final = 0.01
_ROUNDING: Final = 1e-9


@final
class _Meter:
    """The schedule of bytes at the rate allowed. Loops in several threads may ask: their clocks are one."""

    def __init__(self, bytes_per_second: int, max_wait_seconds: float) -> None:
        if bytes_per_second < 0:
            raise ValueError(f"limit of {bytes_per_second} bytes/s: allowed is 0, for none, or more")
        self._bytes_per_second = bytes_per_second
        self._max_wait = max_wait_seconds
        self._last = 0.0  # when the last message goes
        self._free_at = 0.0  # when its bytes have had their time
        self._lock = threading.Lock()

    def count(self, size: int, now: float) -> tuple[float, float]:
        """Return when *size* bytes may go and when the next ones may; each at most the longest wait after those before."""
        if not self._bytes_per_second:
            return now, now
        with self._lock:
            # From now at the earliest: time that nobody used is not saved up, or who was quiet for long could send all of it at once.
            begin = min(max(self._free_at, now), max(self._last, now) + self._max_wait)
            self._last = begin
            self._free_at = begin + size / self._bytes_per_second
            return begin, min(self._free_at, begin + self._max_wait)


class _Queued(NamedTuple):
    due: float
    msg: Any
    promise: ChannelPromise | None
    size: int


@final
class _Shaped:
    """The state of one channel: its own limits, what it has still to write, and whether its reading is held."""

    def __init__(self, channel: Channel, writes: _Meter, reads: _Meter) -> None:
        self.writes = writes
        self.reads = reads
        self.messages: deque[_Queued] = deque()
        self.bytes = 0
        self.timer: asyncio.TimerHandle | None = None
        self.is_flush_wanted = False  # once what is queued now has been written
        self._channel = channel
        self._read_timer: asyncio.TimerHandle | None = None

    def pause_reading(self, until: float) -> None:
        """Pause reading until *until*, by the loop's clock, beside whoever else has paused it."""
        # The timer is replaced, never the pause: what meters say only grows, so the later one ends last.
        if self._read_timer is None:
            self._channel.pause_reading()
        else:
            self._read_timer.cancel()
        self._read_timer = self._channel.loop.call_at(until, self.resume_reading)

    def resume_reading(self) -> None:
        """Take back the pause, if there is one; whoever else has paused reading still has."""
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None
            self._channel.resume_reading()


class _TrafficShapingHandler(ChannelHandler[Any]):
    writability_index: ClassVar[int]

    def __init__(
        self,
        write_limit: int = 0,
        read_limit: int = 0,
        *,
        max_wait_seconds: float = 15.0,
        max_write_delay_seconds: float = 4.0,
        max_write_bytes: int = 4 * 1024 * 1024,
    ) -> None:
        self._writes = _Meter(write_limit, max_wait_seconds)
        self._reads = _Meter(read_limit, max_wait_seconds)
        self._max_wait = max_wait_seconds
        self._max_write_delay = max_write_delay_seconds
        self._max_write_bytes = max_write_bytes
        self._channels: dict[str, _Shaped] = {}  # by the id of the channel
        self._queued_bytes = 0
        self._lock = threading.Lock()  # loops in several threads may queue

    def _shaped(self, ctx: ChannelHandlerContext) -> _Shaped:
        found = self._channels.get(ctx.channel.id)
        if found is None:
            found = self._channels[ctx.channel.id] = _Shaped(ctx.channel, *self._own_meters())
        return found

    def _own_meters(self) -> tuple[_Meter, _Meter]:
        """Return the meters of one channel, beside those of all of them: for writing, for reading."""
        return _UNLIMITED

    @property
    def queued_bytes(self) -> int:
        """The number of bytes, of all channels, that wait for their time."""
        return self._queued_bytes

    def _count_queued(self, shaped: _Shaped, size: int) -> None:
        shaped.bytes += size
        with self._lock:
            self._queued_bytes += size

    # Reading.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        size, now = size_of(msg), ctx.channel.loop.time()
        if size:
            shaped = self._shaped(ctx)
            until = max(self._reads.count(size, now)[1], shaped.reads.count(size, now)[1])
            if until - now >= _SHORTEST_WAIT:
                shaped.pause_reading(until)
        return ctx.fire_channel_read(msg)

    # Writing.

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        size, now = size_of(msg), ctx.channel.loop.time()
        shaped = self._shaped(ctx)
        due = max(self._writes.count(size, now)[0], shaped.writes.count(size, now)[0]) if size else now
        if not shaped.messages and due <= now + _ROUNDING:
            return ctx.write(msg, promise)
        if shaped.messages:
            due = max(due, shaped.messages[-1].due)
        shaped.messages.append(_Queued(due, msg, promise, size))
        self._count_queued(shaped, size)
        if shaped.timer is None:
            self._wake(ctx, shaped, now)
        if self._is_too_much(shaped, now):
            ctx.channel.outbound.set_user_defined_writability(self.writability_index, writable=False)
        return None

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        shaped = self._channels.get(ctx.channel.id)
        if shaped is not None and shaped.messages:
            shaped.is_flush_wanted = True
        return ctx.flush()  # what was passed on before the queue began is waiting for it

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        self._send_all(ctx)
        return ctx.close(promise)

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._send_all(ctx)
        self._forget(ctx)
        return None

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._forget(ctx)
        return ctx.fire_channel_inactive()

    def _is_too_much(self, shaped: _Shaped, now: float) -> bool:
        return shaped.bytes > self._max_write_bytes or (bool(shaped.messages) and shaped.messages[-1].due - now > self._max_write_delay)

    def _wake(self, ctx: ChannelHandlerContext, shaped: _Shaped, now: float) -> None:
        due = max(shaped.messages[0].due, now + _SHORTEST_WAIT)
        shaped.timer = ctx.channel.loop.call_at(due, self._send_due, ctx, shaped)

    def _send_due(self, ctx: ChannelHandlerContext, shaped: _Shaped) -> None:
        now = ctx.channel.loop.time()
        while shaped.messages and shaped.messages[0].due <= now + _ROUNDING:
            self._send_first(ctx, shaped)
        shaped.timer = None  # only now: a write from inside would set a second one
        if shaped.messages:
            self._wake(ctx, shaped, now)
        if shaped.is_flush_wanted:
            shaped.is_flush_wanted = bool(shaped.messages)
            ctx.flush()
        if not self._is_too_much(shaped, now):
            self._allow(ctx)

    def _send_all(self, ctx: ChannelHandlerContext) -> None:
        shaped = self._channels.get(ctx.channel.id)
        if shaped is not None:
            while shaped.messages:
                self._send_first(ctx, shaped)
            if shaped.is_flush_wanted:
                shaped.is_flush_wanted = False
                ctx.flush()
            self._allow(ctx)

    def _send_first(self, ctx: ChannelHandlerContext, shaped: _Shaped) -> None:
        first = shaped.messages.popleft()
        self._count_queued(shaped, -first.size)
        ctx.write(first.msg, first.promise)

    def _forget(self, ctx: ChannelHandlerContext) -> None:
        """Drop what is kept for the channel; what it has still to write fails."""
        shaped = self._channels.pop(ctx.channel.id, None)
        if shaped is None:
            return
        if shaped.timer is not None:
            shaped.timer.cancel()
        shaped.resume_reading()
        self._count_queued(shaped, -shaped.bytes)
        while shaped.messages:
            waiting = shaped.messages.popleft()
            if waiting.promise is not None:
                waiting.promise.try_failure(ClosedChannelError(f"{ctx.channel!r} closed while the write waited for its time"))
            release(waiting.msg)

    def _allow(self, ctx: ChannelHandlerContext) -> None:
        ctx.channel.outbound.set_user_defined_writability(self.writability_index, writable=True)


_UNLIMITED: Final = (_Meter(0, 0.0), _Meter(0, 0.0))


class ChannelTrafficShapingHandler(_TrafficShapingHandler):
    """Bounds the bytes a second of one channel.

    Args:
        write_limit: bytes a second out; 0, the default, for no limit.
        read_limit: bytes a second in; 0 for no limit.
        max_wait_seconds: the longest that a message waits after the one before it, and that one read, however large, stops reading;
            15 by default.
        max_write_delay_seconds: a longer wait of the last write makes the channel unwritable; 4 by default.
        max_write_bytes: more than that waiting makes it unwritable too; 4 MiB by default.

    A message that is not bytes is passed on in its turn and counts as nothing; of a datagram its content counts. Closing the channel,
    and removing the handler, send at once what waits.
    """

    writability_index: ClassVar[int] = 1


class GlobalTrafficShapingHandler(_TrafficShapingHandler):
    """The same bounds for all channels together that one object stands in, on whichever loops of this process they are.

    Args:
        max_global_write_bytes: more than that waiting in all of them makes those that write unwritable; 400 MiB by default.
    """

    sharable: ClassVar[bool] = True
    writability_index: ClassVar[int] = 2

    def __init__(
        self, write_limit: int = 0, read_limit: int = 0, *, max_global_write_bytes: int = 400 * 1024 * 1024, **limits: Any
    ) -> None:
        super().__init__(write_limit, read_limit, **limits)
        self._max_global_write_bytes = max_global_write_bytes

    def _is_too_much(self, shaped: _Shaped, now: float) -> bool:
        if super()._is_too_much(shaped, now):
            return True
        return shaped.bytes > 0 and self.queued_bytes > self._max_global_write_bytes


class GlobalChannelTrafficShapingHandler(GlobalTrafficShapingHandler):
    """Bounds all channels together, and each of them besides. Source: Netty's class of that name.

    Args:
        write_limit, read_limit: bytes a second of all channels together; 0, the default, for no limit.
        write_channel_limit, read_channel_limit: bytes a second of each; 0 for no limit.
    """

    writability_index: ClassVar[int] = 3

    def __init__(
        self,
        write_limit: int = 0,
        read_limit: int = 0,
        write_channel_limit: int = 0,
        read_channel_limit: int = 0,
        **limits: Any,
    ) -> None:
        super().__init__(write_limit, read_limit, **limits)
        self._channel_limits = (write_channel_limit, read_channel_limit)
        self._own_meters()  # refuses what is not allowed

    def _own_meters(self) -> tuple[_Meter, _Meter]:
        write_limit, read_limit = self._channel_limits
        return _Meter(write_limit, self._max_wait), _Meter(read_limit, self._max_wait)
