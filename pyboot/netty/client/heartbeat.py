"""Heartbeat: asks a silent peer whether it is there, and gives up one that does not answer."""

from collections.abc import Awaitable
from typing import final

from pyboot.components.netty import ChannelHandlerContext, IdleState, IdleStateEvent, IdleStateHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.errors import ReadTimeoutError
from pyboot.components.netty.handler.idle import give_up


@final
class Heartbeat(IdleStateHandler):
    """Next to the network: sends *payload* when nothing was written for *interval_seconds*, as it is, past all encoders.

    Where nothing at all is read within *timeout_seconds* of it the peer is gone: the connection is closed because of a
    `ReadTimeoutError`. 0: no answer is expected. While nobody reads, for a handler cannot keep up, the peer is not judged.
    """

    def __init__(self, payload: bytes, interval_seconds: float, timeout_seconds: float) -> None:
        """Take the times, in seconds."""
        super().__init__(writer_idle_seconds=interval_seconds)
        self._payload = payload
        self._timeout = timeout_seconds
        self._asked_at = 0.0
        self._deadline: Deadline | None = None

    def channel_idle(self, ctx: ChannelHandlerContext, event: IdleStateEvent, /) -> None:
        """Ask; the time that an answer may take runs from the first question that has none."""
        ctx.write_and_flush(self._payload)
        if self._timeout and self._deadline is None:
            self._asked_at = ctx.channel.loop.time()
            self._deadline = Deadline(ctx.channel.loop, self._timeout, self._judge, ctx)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """Ask no more."""
        self._forget()
        return super().channel_inactive(ctx)

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """Ask no more."""
        self._forget()
        return super().handler_removed(ctx)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _judge(self, ctx: ChannelHandlerContext) -> None:
        self._deadline = None
        channel = ctx.channel
        now = channel.loop.time()
        # Clocks of loops are coarse: an answer may bear the time of its question.
        if not channel.is_open or self.active_since(ctx, IdleState.READER_IDLE, now) >= self._asked_at:
            return
        if not channel.is_reading:
            self._asked_at = now
            self._deadline = Deadline(channel.loop, self._timeout, self._judge, ctx)
            return
        give_up(ctx, ReadTimeoutError(self._timeout))


def payload_of(text: str, hexadecimal: str) -> bytes:
    """Return the bytes that settings say, as *text* or as *hexadecimal* digits."""
    return bytes.fromhex(hexadecimal) if hexadecimal else text.encode()
