"""Traffic shaping: no more bytes a second than allowed, of one channel, or of all that share a handler.

What comes in is passed on at once, and reading stops for as long as it was too much. What goes out is queued, in order, each message
for its time; a queue that grows too long, or waits too long, makes the channel unwritable. Source: Netty's package ``traffic``.
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
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["ChannelTrafficShapingHandler", "GlobalTrafficShapingHandler"]

_SHORTEST_WAIT: Final = 0.01  # Netty's: shorter ones cost more than they save


@final
class _Meter:
    """When so many bytes have gone by at the rate allowed. Loops in several threads may ask: their clocks are one."""

    def __init__(self, bytes_per_second: int) -> None:
        if bytes_per_second < 0:
            raise ValueError(f"limit of {bytes_per_second} bytes/s: allowed is 0, for none, or more")
        self.bytes_per_second = bytes_per_second
        self._free_at = 0.0
        self._lock = threading.Lock()

    def count(self, size: int, now: float) -> tuple[float, float]:
        """*size* bytes go as soon as they may: the seconds until they do, and until the next ones may."""
        if not self.bytes_per_second:
            return 0.0, 0.0
        with self._lock:
            begin = max(self._free_at, now)
            self._free_at = begin + size / self.bytes_per_second
            return begin - now, self._free_at - now


class _Queued(NamedTuple):
    due: float
    msg: Any
    promise: ChannelPromise | None
    size: int


@final
class _Queue:
    """What one channel has still to write."""

    def __init__(self) -> None:
        self.messages: deque[_Queued] = deque()
        self.bytes = 0
        self.timer: asyncio.TimerHandle | None = None
        self.flush_wanted = False


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
        self._writes = _Meter(write_limit)
        self._reads = _Meter(read_limit)
        self._max_wait = max_wait_seconds
        self._max_write_delay = max_write_delay_seconds
        self._max_write_bytes = max_write_bytes
        self._queues: dict[str, _Queue] = {}  # by the id of the channel

    # Reading.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Awaitable[None] | None:
        _, until_next = self._reads.count(size_of(msg), ctx.channel.loop.time())
        wait = min(until_next, self._max_wait)
        if wait >= _SHORTEST_WAIT:
            # A hold of our own beside those of others: whoever pauses reading for reasons of his own is not disturbed.
            ctx.channel.hold_reading()
            ctx.channel.loop.call_later(wait, ctx.channel.release_reading)
        return ctx.fire_channel_read(msg)

    # Writing.

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Awaitable[None] | None:
        now = ctx.channel.loop.time()
        size = size_of(msg)
        until_sent, _ = self._writes.count(size, now)
        wait = min(until_sent, self._max_wait)
        queue = self._queues.get(ctx.channel.id)
        if queue is None and wait < _SHORTEST_WAIT:
            return ctx.write(msg, promise)
        if queue is None:
            queue = self._queues[ctx.channel.id] = _Queue()
        queue.messages.append(_Queued(now + wait, msg, promise, size))
        queue.bytes += size
        if queue.bytes > self._max_write_bytes or wait > self._max_write_delay:
            ctx.channel.outbound.set_user_defined_writability(self.writability_index, writable=False)
        if queue.timer is None:
            queue.timer = ctx.channel.loop.call_later(wait, self._send_due, ctx)
        return None

    def flush(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        queue = self._queues.get(ctx.channel.id)
        if queue is not None:
            queue.flush_wanted = True
        return ctx.flush()

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> Awaitable[None] | None:
        self._send_all(ctx)
        return ctx.close(promise)

    def handler_removed(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._send_all(ctx)
        else:
            self._fail_all(ctx)
        return None

    def channel_inactive(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        self._fail_all(ctx)
        return ctx.fire_channel_inactive()

    def _send_due(self, ctx: ChannelHandlerContext) -> None:
        queue = self._queues[ctx.channel.id]
        now = ctx.channel.loop.time()
        messages = queue.messages
        while messages and messages[0].due <= now + _SHORTEST_WAIT:
            self._send_first(ctx, queue)
        if queue.flush_wanted:
            ctx.flush()
        if messages:
            queue.timer = ctx.channel.loop.call_later(messages[0].due - now, self._send_due, ctx)
        else:
            del self._queues[ctx.channel.id]
        if queue.bytes <= self._max_write_bytes and (not messages or messages[-1].due - now <= self._max_write_delay):
            self._allow(ctx)

    def _send_all(self, ctx: ChannelHandlerContext) -> None:
        queue = self._forget(ctx)
        if queue is not None:
            while queue.messages:
                self._send_first(ctx, queue)
            if queue.flush_wanted:
                ctx.flush()
            self._allow(ctx)

    def _send_first(self, ctx: ChannelHandlerContext, queue: _Queue) -> None:
        first = queue.messages.popleft()
        queue.bytes -= first.size
        ctx.write(first.msg, first.promise)

    def _fail_all(self, ctx: ChannelHandlerContext) -> None:
        queue = self._forget(ctx)
        for waiting in queue.messages if queue is not None else ():
            if waiting.promise is not None:
                waiting.promise.try_failure(ClosedChannelError(f"{ctx.channel!r} closed while the write waited for its time"))
            release(waiting.msg)

    def _forget(self, ctx: ChannelHandlerContext) -> _Queue | None:
        queue = self._queues.pop(ctx.channel.id, None)
        if queue is not None and queue.timer is not None:
            queue.timer.cancel()
        return queue

    def _allow(self, ctx: ChannelHandlerContext) -> None:
        ctx.channel.outbound.set_user_defined_writability(self.writability_index, writable=True)


class ChannelTrafficShapingHandler(_TrafficShapingHandler):
    """Bounds the bytes a second of one channel.

    Args:
        write_limit: bytes a second out; 0, the default, for no limit.
        read_limit: bytes a second in; 0 for no limit.
        max_wait_seconds: that anything is made to wait.
        max_write_delay_seconds: a longer wait of a write makes the channel unwritable.
        max_write_bytes: more than that waiting makes it unwritable too.

    What is no bytes is passed on in its turn and counts for nothing. Closing sends what waits at once.
    """

    writability_index: ClassVar[int] = 1


class GlobalTrafficShapingHandler(_TrafficShapingHandler):
    """The same bounds for all channels together that one object stands in, on whichever loops of this process they are."""

    sharable: ClassVar[bool] = True
    writability_index: ClassVar[int] = 2
