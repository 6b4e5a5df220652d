"""CloseNotify: how TLS ends on a channel that goes on to close: our close_notify, the peer's, and the deadlines of both.

Theory of operation. A close_notify says that this was all; without it a peer cannot tell an end from a cut (RFC 8446, 6.1). So ours leaves
behind everything that was flushed, and the channel closes when it has left, or after the peer's if that is waited for. The channel's
close timeout bounds all of it::

    close() ──> waits for the handshake, if something was flushed      `wait`, `take_waiting`
            ──> ours is written, behind what was flushed               `send`, bounded where nothing else is left to send
            ──> theirs is waited for, if that is wanted                `close`, bounded by the read timeout
            ──> the channel closes                                     `finish`, once for each who asked

Who asks to close meanwhile waits with the others. Whatever ends the wait, the peer's close_notify, a deadline, an error or the loss of the
connection, goes through `finish`, so no promise is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.life.closing import CLOSED
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.errors import CloseTimeoutError

from .machine import TlsMachine, TlsState

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["CloseNotify"]


@final
class CloseNotify:
    """The close_notify of one `SslHandler`, and the closes that wait for the handshake or for the peer's."""

    def __init__(self, machine: TlsMachine, flush_seconds: float, read_seconds: float) -> None:
        self._machine = machine
        self._flush_seconds = flush_seconds
        self._read_seconds = read_seconds
        self._waiting: list[ChannelPromise] = []
        self._timer: Deadline | None = None

    @property
    def is_waiting(self) -> bool:
        """True if somebody has asked to close and has to wait."""
        return len(self._waiting) > 0

    def wait(self, channel: Channel, promise: ChannelPromise) -> None:
        """Let a close wait; at the latest the channel's close timeout ends that."""
        self._waiting.append(promise)
        channel.expect_close()

    def take_waiting(self) -> list[ChannelPromise]:
        """Take the closes that waited, for whoever goes on with them."""
        waiting, self._waiting = self._waiting, []  # first, as what is done with them may ask to close again
        return waiting

    def send(self, ctx: ChannelHandlerContext) -> ChannelPromise:
        """Send ours; the promise tells when it has left."""
        channel, sent = ctx.channel, ctx.new_promise()
        is_alone = channel.outbound.pending == 0  # else it waits behind data, which the peer may take as slowly as it is allowed to
        ctx.write(self._machine.close(), sent)
        ctx.flush()
        if is_alone and not sent.is_done and self._flush_seconds > 0:
            self._timer = Deadline(channel.loop, self._flush_seconds, self._not_taken, channel, restores=True)
        return sent

    def _not_taken(self, channel: Channel) -> None:
        if channel.state != CLOSED:
            cut_off(channel, CloseReason.CLOSE_NOTIFY_TIMEOUT, CloseTimeoutError(int(channel.outbound.pending), self._flush_seconds))
            channel.abort()

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
        """Send ours, wait for the peer's if that is wanted and can still come, close."""
        sent = self.send(ctx)
        if self._read_seconds > 0 and self._machine.theirs is TlsState.OPEN:
            self.wait(ctx.channel, promise)
            sent.add_listener(lambda _: self._await_theirs(ctx))
        else:
            ctx.close(promise)

    def _await_theirs(self, ctx: ChannelHandlerContext) -> None:
        self.cancel()
        if self._waiting:
            self._timer = Deadline(ctx.channel.loop, self._read_seconds, self.finish, ctx, restores=True)

    def finish(self, ctx: ChannelHandlerContext) -> None:
        """End the wait: the closes that waited go on."""
        self.cancel()
        for promise in self.take_waiting():
            ctx.close(promise)

    def cancel(self) -> None:
        """Forget the deadline."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
