"""PendingWrites: plaintext that cannot leave yet, because the handshake is not over or nobody has flushed.

::

     pieces:   | flushed | written, not flushed |
                                 first in, first out

What waits here counts like what waits in the channel's own outbound buffer: past the high water mark the channel turns
unwritable, past the hard limit a write fails. Source: Netty's ``SslHandlerCoalescingBufferQueue``.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final, final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import release, take_bytes
from pyboot.components.netty.channel.life.outbound import MESSAGE_OVERHEAD
from pyboot.components.netty.channel.life.writability import KeptWrite
from pyboot.components.netty.errors import OutboundOverflowError, UnsupportedMessageError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["PendingWrites"]

type Piece = bytes | memoryview

# Of the user's bits of the outbound buffer (1 to 31), the one that says "too much waits for TLS".
_WRITABILITY_INDEX: Final = 31

# What a record adds to its plaintext, at most, and how much plaintext a record holds.
_RECORD_OVERHEAD: Final = 64
_RECORD_BYTES: Final = 16 * 1024

# A run is four records: small enough to stay in the processor's cache, and to be had without fresh pages of the system.
_RUN_BYTES: Final = 64 * 1024


@final
class PendingWrites:
    """The plaintext of one channel, with the promises of those who wrote it."""

    def __init__(self) -> None:
        self._flushed: deque[tuple[Piece, ChannelPromise | None]] = deque()
        self._unflushed: list[tuple[Piece, ChannelPromise | None]] = []
        self._size = 0  # of both, as ciphertext, about
        self._is_blocking = False
        self._is_due = False  # a flush by itself
        self._kept: KeptWrite | None = None

    def has_flushed(self) -> bool:
        """True if something was flushed, or is about to be, and waits all the same."""
        return len(self._flushed) > 0 or self._is_due

    def add(self, ctx: ChannelHandlerContext, msg: object, promise: ChannelPromise | None) -> KeptWrite:
        """Append a message; raises `UnsupportedMessageError` for one that is not bytes, `OutboundOverflowError` past the hard limit.

        What it returns can be awaited as what the channel's own writes return: waiting for room flushes by itself.
        """
        # hot path: once for each message that leaves.
        channel = ctx.channel
        piece = _plaintext(msg)
        size = self._size + _size_of(piece)
        config = channel.config
        # With what the channel's own buffer holds: the limit is one for the connection, wherever its bytes wait.
        pending = size + int(channel.outbound.pending)
        if pending > config.high_water_mark and pending > config.write_buffer_limit > 0:
            raise OutboundOverflowError(pending - _size_of(piece), len(piece), config.write_buffer_limit)
        self._unflushed.append((piece, promise))
        self._size = size
        if self._is_blocking or size > config.high_water_mark:
            self._update_writability(channel)
            self.flush_soon(ctx)  # whoever waits for room, in whatever way, would wait for ever
        kept = self._kept
        if kept is None:
            self._kept = kept = KeptWrite(channel, partial(self.flush_soon, ctx))
        return kept

    def flush_soon(self, ctx: ChannelHandlerContext) -> None:
        """Flush what was written at the end of this turn of the loop."""
        if not self._is_due and self._unflushed:
            self._is_due = True
            ctx.channel.loop.call_soon(self._flush_due, ctx)

    def _flush_due(self, ctx: ChannelHandlerContext) -> None:
        self._is_due = False
        if self._unflushed and ctx.channel.is_open:
            ctx.pipeline.flush()
        if self._unflushed and ctx.channel.is_open:
            ctx.handler.flush(ctx)  # the flush waits behind a coroutine callback that waits for room

    def mark_flushed(self) -> None:
        """Everything written so far is to go out. Cancelled writes leave, the others can no longer be cancelled."""
        written, self._unflushed = self._unflushed, []
        for piece, promise in written:
            if promise is None or promise.set_uncancellable():
                self._flushed.append((piece, promise))
            else:
                self._size -= _size_of(piece)

    def has_run(self) -> bool:
        """True if `next_run` has something to give."""
        return len(self._flushed) > 0

    def next_run(self, channel: Channel) -> tuple[Piece, list[ChannelPromise]] | None:
        """Take flushed plaintext, up to 64 KiB, with the promises that wait for it; None if nothing is flushed.

        Messages of less than a record are joined, a longer one comes alone, and in several runs if it is longer than that.
        """
        # hot path: once for each flush, and once more for its end.
        flushed = self._flushed
        if not flushed:
            if self._is_blocking:
                self._update_writability(channel)
            return None
        # Counted down before it is encrypted: from then on the channel's own buffer counts its ciphertext.
        piece, promise = flushed.popleft()
        length = len(piece)
        self._size -= _size_of(piece)
        if length > _RUN_BYTES:
            rest = memoryview(piece)[_RUN_BYTES:]
            flushed.appendleft((rest, promise))
            self._size += _size_of(rest)
            return memoryview(piece)[:_RUN_BYTES], []
        promises = [] if promise is None else [promise]
        if not flushed or length >= _RECORD_BYTES:
            return piece, promises
        return self._joined(piece, promises), promises

    def _joined(self, piece: Piece, promises: list[ChannelPromise]) -> Piece:
        flushed, pieces, length = self._flushed, [piece], len(piece)
        while flushed:
            piece, promise = flushed[0]
            length += len(piece)
            if length > _RUN_BYTES or len(piece) >= _RECORD_BYTES:
                break
            flushed.popleft()
            self._size -= _size_of(piece)
            pieces.append(piece)
            if promise is not None:
                promises.append(promise)
        return b"".join(pieces) if len(pieces) > 1 else pieces[0]

    def take_all(self, channel: Channel) -> list[tuple[Piece, ChannelPromise | None]]:
        """Everything, flushed or not, as it was written."""
        taken = [*self._flushed, *self._unflushed]
        self._flushed.clear()
        self._unflushed = []
        self._size = 0
        self._update_writability(channel)
        return taken

    def fail_unflushed(self, channel: Channel, error: Exception) -> int:
        """Forget what was written and not flushed; gives how many messages nobody waited for."""
        lost, self._unflushed = self._unflushed, []
        self._size -= sum(_size_of(piece) for piece, _ in lost)
        self._update_writability(channel)
        return _failed(lost, error)

    def fail(self, channel: Channel, error: Exception) -> int:
        """Forget everything, in the order it was written; gives how many messages nobody waited for."""
        return _failed(self.take_all(channel), error)

    def _update_writability(self, channel: Channel) -> None:
        config = channel.config
        if not self._is_blocking and self._size > config.high_water_mark:
            self._is_blocking = True
            channel.outbound.set_user_defined_writability(_WRITABILITY_INDEX, writable=False)
        elif self._is_blocking and self._size <= config.low_water_mark:
            self._is_blocking = False
            channel.outbound.set_user_defined_writability(_WRITABILITY_INDEX, writable=True)


def _failed(lost: list[tuple[Piece, ChannelPromise | None]], error: Exception) -> int:
    promises = [promise for _, promise in lost if promise is not None]
    for promise in promises:
        promise.try_failure(error)
    return len(lost) - len(promises)


def _size_of(piece: Piece) -> int:
    """The number of bytes that *piece* will take in the outbound buffer: its ciphertext, and the memory of a message."""
    return len(piece) + (len(piece) // _RECORD_BYTES + 1) * _RECORD_OVERHEAD + MESSAGE_OVERHEAD


def _plaintext(msg: object) -> Piece:
    """The bytes of a message, whose memory is released."""
    piece = msg.take_view() if isinstance(msg, ByteBuffer) else take_bytes(msg)
    if piece is None:
        release(msg)
        raise UnsupportedMessageError(msg)
    return piece
