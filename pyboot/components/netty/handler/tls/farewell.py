"""Farewell: the end of TLS on a connection that goes on to close: our last word, the peer's, and the deadlines of both.

A close_notify says that this was all; without it a peer cannot tell an end from a cut (RFC 8446, 6.1). So it leaves behind
everything that was flushed, and the channel closes when it has left, or after the peer's own if that is waited for. The
channel's close timeout bounds all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, final

from pyboot.components.netty.channel.deadline import Deadline

from .engine import TlsEngine

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["Farewell", "when_handled"]


@final
class Farewell:
    """Of one `SslHandler`. *is_said*: our close_notify was made. *is_waiting*: a close waits for something of the peer."""

    def __init__(self, engine: TlsEngine, flush_seconds: float, read_seconds: float) -> None:
        self.is_said = False
        self.is_heard = False
        self._engine = engine
        self._flush_seconds = flush_seconds
        self._read_seconds = read_seconds
        self._waiting: list[ChannelPromise] = []
        self._timer: Deadline | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has asked to close and has to wait."""
        return len(self._waiting) > 0

    def wait(self, channel: Channel, promise: ChannelPromise) -> None:
        """A close has to wait; at the latest the channel's close timeout ends it."""
        self._waiting.append(promise)
        channel.expect_close()

    def take_waiting(self) -> list[ChannelPromise]:
        """The closes that waited; they go on now."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def say(self, ctx: ChannelHandlerContext) -> ChannelPromise:
        """Send a close_notify; the promise tells when it has left."""
        self.is_said = True
        channel, sent = ctx.channel, ctx.new_promise()
        is_alone = channel.outbound.pending == 0
        self._engine.say_goodbye()
        ctx.write(self._engine.take_outgoing(), sent)
        ctx.flush()
        if is_alone and not sent.is_done and self._flush_seconds > 0:
            self._timer = Deadline(channel.loop, self._flush_seconds, channel.abort, restores=True)
        return sent

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
        """Say it, hear it if that is wanted, close."""
        sent = self.say(ctx)
        if self._read_seconds > 0 and not self.is_heard:
            self.wait(ctx.channel, promise)
            sent.add_listener(lambda _: self._listen(ctx))
        else:
            ctx.close(promise)

    def _listen(self, ctx: ChannelHandlerContext) -> None:
        self.cancel()
        if self._waiting:
            self._timer = Deadline(ctx.channel.loop, self._read_seconds, self.finish, ctx, restores=True)

    def finish(self, ctx: ChannelHandlerContext) -> None:
        """Nothing is waited for any more."""
        self.cancel()
        for promise in self.take_waiting():
            ctx.close(promise)

    def cancel(self) -> None:
        """Forget the deadline."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def when_handled(channel: Channel, act: Callable[[], object]) -> None:
    """Call *act* when what came before was handed on, and no coroutine handler of *channel* is busy with it; now, if none is."""
    if channel.has_paused():
        channel.when_handed_on(lambda: when_handled(channel, act))
        return
    for mailbox in channel.pipeline().mailboxes():
        if not mailbox.is_idle:
            mailbox.new_idle_waiter().add_done_callback(lambda _: when_handled(channel, act))
            return
    act()
