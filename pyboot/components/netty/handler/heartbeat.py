"""HeartbeatHandler: says something when nothing was said for a while, and gives up a peer that says nothing at all.

TCP alone does not find out: a connection on which nobody writes stays open for as long as nobody writes, whatever became of the peer
(RFC 1122, 4.2.3.6, leaves keep-alives off, and two hours apart).
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.message import bytes_of, release, size_of
from pyboot.components.netty.errors import ReadTimeoutError

from .idle import IdleState, IdleStateEvent, IdleStateHandler, give_up

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HeartbeatHandler"]


class HeartbeatHandler(IdleStateHandler):
    """Writes `heartbeat()` after *interval_seconds* without a write; closes after *timeout_seconds* without a read.

    Put it where messages are what `heartbeat` makes and `is_heartbeat` knows: behind a frame decoder. Heartbeats of the peer go no
    further. Derive to change the frame::

        class Ping(HeartbeatHandler):
            def heartbeat(self): return b"ping"
            def is_heartbeat(self, msg): return msg == b"ping"

    Args:
        interval_seconds: 30 by default; raises ValueError for 0 and less.
        timeout_seconds: three intervals by default; 0 for never.
        frame: what `heartbeat` gives and `is_heartbeat` knows unless they are overridden.
        end: what `heartbeat` puts behind the frame, as a line end; of the peer's heartbeats the frame decoder has cut it off.
    """

    def __init__(
        self, interval_seconds: float = 30.0, timeout_seconds: float | None = None, frame: bytes = b"\0", end: bytes = b""
    ) -> None:
        if interval_seconds <= 0:
            raise ValueError(f"heartbeat interval of {interval_seconds} s, must be more than 0")
        self._timeout = 3 * interval_seconds if timeout_seconds is None else timeout_seconds
        super().__init__(reader_idle_seconds=self._timeout, writer_idle_seconds=interval_seconds)
        self._frame = frame
        self._written = frame + end

    def heartbeat(self) -> Any:  # Any: whatever the handlers nearer the network take
        """The message to write."""
        return self._written

    def is_heartbeat(self, msg: Any) -> bool:
        """True if *msg* of the peer is a heartbeat, which says nothing but that it lives."""
        return size_of(msg) == len(self._frame) and bytes_of(msg) == self._frame

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if not self.is_heartbeat(msg):
            return super().channel_read(ctx, msg)
        self._begin_reading()
        self.reset_read_timeout(ctx)
        release(msg)
        if not ctx.channel.config.auto_read:
            ctx.read()  # whoever asked for a message has not got one yet
        return None

    def channel_idle(self, ctx: ChannelHandlerContext, event: IdleStateEvent, /) -> None:
        """Write, or give the peer up."""
        if event.state is IdleState.WRITER_IDLE:
            ctx.write_and_flush(self.heartbeat())
        else:
            give_up(ctx, ReadTimeoutError(self._timeout))
