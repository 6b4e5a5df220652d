"""PendingWriteQueue: writes that a handler keeps until it may pass them on. Source: Netty's class of that name."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, final

from pyboot.components.netty.buffer.message import release, size_of
from pyboot.components.netty.channel.promise import ChannelPromise

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["PendingWriteQueue"]


@final
class PendingWriteQueue:
    """The writes of one context, oldest first, each with its promise; use it on the channel's loop only.

    It owns what it holds: whoever takes the queue away passes everything on or fails it, in ``handler_removed`` for instance. Its bytes do
    not count for the water marks of the channel: a handler that holds much says so with `OutboundBuffer.set_user_defined_writability`.
    """

    def __init__(self, ctx: ChannelHandlerContext) -> None:
        self._ctx = ctx
        self._writes: deque[tuple[Any, int, ChannelPromise | None]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._writes)

    @property
    def is_empty(self) -> bool:
        """True if nothing is kept."""
        return not self._writes

    @property
    def bytes(self) -> int:
        """The bytes of the kept messages, as `size_of` counts them."""
        return self._bytes

    @property
    def current(self) -> Any:
        """The oldest message, which stays; None if there is none."""
        return self._writes[0][0] if self._writes else None

    def add(self, msg: Any, promise: ChannelPromise | None = None) -> None:
        """Keep a write behind the others."""
        size = size_of(msg)  # kept: what it counts for when it goes is what it counted for when it came, whatever was read of it
        self._writes.append((msg, size, promise))
        self._bytes += size

    def remove(self) -> ChannelPromise | None:
        """Forget the oldest write and release its message; gives its promise, which is not ended."""
        msg, promise = self._take()
        release(msg)
        return promise

    def remove_and_write(self) -> Awaitable[None] | None:
        """Pass the oldest write on to the handler before this one; None if there is none."""
        return self._ctx.write(*self._take()) if self._writes else None

    def remove_and_write_all(self) -> None:
        """Pass all on, in their order; those too that are added meanwhile."""
        while self._writes:
            self._ctx.write(*self._take())

    def remove_and_fail(self, cause: BaseException) -> None:
        """Release the oldest message and fail its promise."""
        if self._writes:
            promise = self.remove()
            if promise is not None:
                promise.try_failure(cause)

    def remove_and_fail_all(self, cause: BaseException) -> None:
        """Release all messages and fail their promises, in their order."""
        while self._writes:
            self.remove_and_fail(cause)

    def _take(self) -> tuple[Any, ChannelPromise | None]:
        msg, size, promise = self._writes.popleft()
        self._bytes -= size
        return msg, promise
