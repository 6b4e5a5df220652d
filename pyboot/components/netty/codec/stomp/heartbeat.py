"""StompHeartbeatHandler: keeps what this side promised in its first frame, and asks the peer for what it promised.

::

    CONNECT ──>  noted        <── CONNECTED   noted, with our heart-beat in it      the later of the two begins
                 a line end is written where nothing else was for as long as agreed
                 a peer of whom nothing is heard for twice as long as agreed is given up
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ReadTimeoutError
from pyboot.components.netty.wire.stomp.frame import StompCommand, StompFrame
from pyboot.components.netty.wire.stomp.heartbeat import StompHeartbeat

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["StompHeartbeatHandler"]

_FIRST: Final = frozenset((StompCommand.CONNECT, StompCommand.STOMP, StompCommand.CONNECTED))
_HEADER: Final = "heart-beat"
_BEAT: Final = b"\n"
# A beat leaves before its time is over, since it must have arrived by then; and the peer is given as much again for the way.
_EARLY: Final = 0.8
_PATIENCE: Final = 2


class StompHeartbeatHandler(ChannelHandler[Any]):
    """Agrees upon heart-beats with the peer, a server's or a client's, and keeps to them; it stands behind the codec.

    The first frame that this side writes, CONNECT, STOMP or CONNECTED, gets the header ``heart-beat`` unless it has one. From whom nothing
    came for twice the time that was agreed, of him `ReadTimeoutError` is told, and the channel is closed.

    Args:
        send_seconds: how often this side can send, 10 by default; 0 for not at all.
        expect_seconds: how often it wants to hear of the peer, 10 by default; 0 for not at all.

    Raises:
        ValueError: for a time below 0.
    """

    def __init__(self, send_seconds: float = 10.0, expect_seconds: float = 10.0) -> None:
        if min(send_seconds, expect_seconds) < 0:
            raise ValueError(f"heart-beats of {send_seconds} s and {expect_seconds} s, must not be below 0")
        self._own = StompHeartbeat(round(send_seconds * 1000), round(expect_seconds * 1000))
        self._said: StompHeartbeat | None = None
        self._peer: StompHeartbeat | None = None
        self._written = 0.0  # when something was, last
        self._heard = 0.0
        self._sends_after = 0.0
        self._hears_within = 0.0
        self._send: Deadline | None = None
        self._judge: Deadline | None = None

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if isinstance(msg, StompFrame) and msg.command in _FIRST and self._peer is None:
            self._peer = StompHeartbeat.parsed(msg.headers.get(_HEADER))
            self._begin(ctx)
        return ctx.fire_channel_read(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._heard = ctx.channel.loop.time()  # whatever it was: a heart-beat is a line end, which the decoder keeps to itself
        return ctx.fire_channel_read_complete()

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        self._written = ctx.channel.loop.time()
        if isinstance(msg, StompFrame) and msg.command in _FIRST and self._said is None:
            header = msg.headers.get(_HEADER)
            if header is None and any(self._own):
                msg = StompFrame(msg.command, {**msg.headers, _HEADER: str(self._own)}, msg.body)
                header = str(self._own)
            self._said = StompHeartbeat.parsed(header)
            self._begin(ctx)
        return ctx.write(msg, promise)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._stop()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._stop()
        return super().handler_removed(ctx)

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        """Both sides have said what they can and want."""
        if self._said is None or self._peer is None:
            return
        send, hear = self._said.agreed(self._peer)
        self._written = self._heard = ctx.channel.loop.time()
        if send:
            self._sends_after = send / 1000 * _EARLY
            self._send = Deadline(ctx.channel.loop, self._sends_after, self._beat, ctx)
        if hear:
            self._hears_within = hear / 1000 * _PATIENCE
            self._judge = Deadline(ctx.channel.loop, self._hears_within, self._judge_peer, ctx, restores=True)

    def _beat(self, ctx: ChannelHandlerContext) -> None:
        """Write a beat if nothing else was written for as long as agreed, and wait for the next time."""
        left = self._written + self._sends_after - ctx.channel.loop.time()
        if left <= 0:
            left = self._sends_after
            self._written = ctx.channel.loop.time()
            if ctx.channel.is_writable:  # else there is enough under way that says as much
                ctx.write_and_flush(_BEAT)
        self._send = Deadline(ctx.channel.loop, left, self._beat, ctx)

    def _judge_peer(self, ctx: ChannelHandlerContext) -> None:
        left = self._heard + self._hears_within - ctx.channel.loop.time()
        if not ctx.channel.reading.is_on:
            left = self._hears_within  # it is this side that does not listen
        if left > 0:
            self._judge = Deadline(ctx.channel.loop, left, self._judge_peer, ctx, restores=True)
            return
        error = ReadTimeoutError(self._hears_within, f"no heart-beat for {self._hears_within:g} s, which is twice the time agreed upon")
        self._stop()
        cut_off(ctx.channel, CloseReason.READ_TIMEOUT, error)
        ctx.fire_exception_caught(error)
        ctx.close()

    def _stop(self) -> None:
        for deadline in (self._send, self._judge):
            if deadline is not None:
                deadline.cancel()
        self._send = self._judge = None
