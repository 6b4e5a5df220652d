"""ConnectionDeadlines: a peer that keeps a connection and sends nothing, or sends a message drop by drop, is cut off.

Theory of operation. A timer looks every now and then whether a message is under way in the decoder, and whether it is the one of the last
look (`FrameReader.begun`). What it sees for the first time begins then, so a time may be longer by one look, a quarter of it::

    what is seen                                  how long it may last       the reason that the log and the counter name
    nothing has come yet                          first_byte_seconds         first-byte-timeout
    a message that has begun and not ended        frame_seconds in all       frame-timeout
      ... and after `GRACE_SECONDS`                min_rate bytes a second    min-rate
    more than max_unread bytes of such a message  not at all, at each read   max-unread

Law 1. A peer is judged only for what it does while this side reads: a handler that lets bytes wait is not the peer's fault. Law 2. Nothing
is paid for a message. For a read it is one addition, where a rate or a limit of bytes is asked for; where only the first byte is, this
handler leaves the pipeline when that has come. Law 3. Of several decoders behind each other the first is watched that tells of
messages: what comes to the others is what it has made. HTTP has deadlines of its own, which know heads from content
(`HttpServerDeadlines`).
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.buffer.message import size_of
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.errors import NettyError, ReadTimeoutError, TooLongFrameError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["GRACE_SECONDS", "ConnectionDeadlines"]

GRACE_SECONDS: Final = 5.0
"""A message that is whole by then may have come at any rate."""


@final
class ConnectionDeadlines(ChannelHandler[Any]):
    """Ends connections whose peer takes too long, at once; put it in front of the decoders, behind TLS.

    Args:
        first_byte_seconds: from the connection's beginning to the first byte.
        frame_seconds: for one message, from its first byte to its last.
        min_rate: bytes a second that one message has to come with in the mean.
        max_unread: bytes that the decoder may keep of a message that is not whole.

    0, the default, stands for no end. Raises ValueError for a negative figure.
    """

    def __init__(self, *, first_byte_seconds: float = 0.0, frame_seconds: float = 0.0, min_rate: int = 0, max_unread: int = 0) -> None:
        if min(first_byte_seconds, frame_seconds, min_rate, max_unread) < 0:
            given = f"{first_byte_seconds=:g}, {frame_seconds=:g}, {min_rate=}, {max_unread=}"
            raise ValueError(f"{given}: allowed is 0, for no end, or more")
        self.first_byte_seconds: Final = first_byte_seconds
        self.frame_seconds: Final = frame_seconds
        self.min_rate: Final = min_rate
        self.max_unread: Final = max_unread
        times = [seconds / 4 for seconds in (first_byte_seconds, frame_seconds) if seconds > 0]
        self._interval = min([*times, *([GRACE_SECONDS / 4] if min_rate else [])], default=0.0)
        self._watches_frames = bool(frame_seconds or min_rate)
        self._deadline: Deadline | None = None
        self._decoder: Any = None  # Any: one by its methods `begun` and `held_bytes`
        self._received = 0
        self._seen: object = self  # what was under way at the last look: None between messages, this handler before the first byte
        self._since = 0.0
        self._received_then = 0

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._begin(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._begin(ctx)
        return ctx.fire_channel_active()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each read, where this handler is asked for.
        self._received += size_of(msg)
        outcome = ctx.fire_channel_read(msg)
        if self.max_unread:
            self._check_unread(ctx)
        elif not self._watches_frames:
            self._end()
            ctx.pipeline.remove(self)
        return outcome

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end()
        return None

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        if self._deadline is None and self._interval > 0:
            self._since = ctx.channel.loop.time()
            self._deadline = Deadline(ctx.channel.loop, self._interval, self._judge, ctx)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _find_decoder(self, ctx: ChannelHandlerContext) -> Any:  # Any: as `_decoder`
        """Return the first decoder behind this handler that is there still: pipelines change."""
        found = self._decoder
        if found is None or ctx.pipeline.find(found) is None:
            handlers = [handler for _, handler in ctx.pipeline]
            behind = handlers[handlers.index(self) + 1 :]
            found = self._decoder = next((handler for handler in behind if hasattr(handler, "begun")), None)
        return found

    def _look(self, ctx: ChannelHandlerContext) -> object:
        if not self._received:
            return self
        decoder = self._find_decoder(ctx) if self._watches_frames else None
        return None if decoder is None else decoder.begun()

    def _judge(self, ctx: ChannelHandlerContext) -> None:
        channel, self._deadline = ctx.channel, None
        if not channel.is_active:
            return
        now, seen = channel.loop.time(), self._look(ctx)
        is_same = seen is not None and _is_same(seen, self._seen)
        if not is_same or not (channel.reading.is_on and channel.reading.is_asked):
            self._seen, self._since, self._received_then = seen, now, self._received
        elif self._is_over(ctx, seen, now - self._since):
            return
        self._deadline = Deadline(channel.loop, self._interval, self._judge, ctx)

    def _is_over(self, ctx: ChannelHandlerContext, seen: object, seconds: float) -> bool:
        """Cut the peer off whose time is over; tell whether it was."""
        received = self._received - self._received_then
        if seen is self:
            if 0 < self.first_byte_seconds <= seconds:
                self._end_by(ctx, CloseReason.FIRST_BYTE_TIMEOUT, ReadTimeoutError(seconds, f"nothing has come for {seconds:.1f} s"))
                return True
            return False
        # Where it cannot be told which message it is, as between the fragments of one, only silence is the same one for certain.
        if 0 < self.frame_seconds <= seconds and (isinstance(seen, list | tuple) or received == 0):
            text = f"a message has begun and not ended for {seconds:.1f} s"
            self._end_by(ctx, CloseReason.FRAME_TIMEOUT, ReadTimeoutError(seconds, text))
        elif self.min_rate and seconds > GRACE_SECONDS and received < self.min_rate * seconds:
            text = f"{received} bytes of a message have come in {seconds:.1f} s, allowed are {self.min_rate} a second or more"
            self._end_by(ctx, CloseReason.MIN_RATE, ReadTimeoutError(seconds, text))
        else:
            return False
        return True

    def _check_unread(self, ctx: ChannelHandlerContext) -> None:
        decoder = self._find_decoder(ctx)
        held = 0 if decoder is None else decoder.held_bytes()
        if held > self.max_unread and ctx.channel.is_open:
            self._end_by(ctx, CloseReason.MAX_UNREAD, TooLongFrameError(held, self.max_unread, at_least=True))

    def _end_by(self, ctx: ChannelHandlerContext, reason: CloseReason, error: NettyError) -> None:
        """End the connection, with what was flushed before; a peer that does not take it has the close timeout."""
        cut_off(ctx.channel, reason, error)
        ctx.close()


def _is_same(seen: object, before: object) -> bool:
    """By identity: two messages may begin alike."""
    if isinstance(seen, tuple) and isinstance(before, tuple):
        return seen[0] is before[0] and seen[1] == before[1]
    return seen is before
