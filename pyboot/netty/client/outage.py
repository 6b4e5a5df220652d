"""OutageQueue: what was written while there was no connection, in order and within limits, until there is one.

Each message has a promise of its own. It is sent once: what was handed to a connection that broke then has failed, for nobody knows whether
it arrived; what never was handed to one waits for the next. A promise that is cancelled takes its message along: nobody wants it any more.
"""

from typing import final

from pyboot.components.netty import ChannelPromise
from pyboot.components.netty.buffer.message import release, size_of


@final
class OutageQueue:
    """Up to *max_messages* messages of *max_bytes* together; an object for an encoder, of no size in bytes, counts as a message only."""

    def __init__(self, max_messages: int, max_bytes: int) -> None:
        """Begin with none."""
        self.max_messages = max_messages
        self.max_bytes = max_bytes
        self._bytes = 0
        self._waiting: dict[ChannelPromise, tuple[object, int]] = {}

    def __len__(self) -> int:
        """Count the messages that wait."""
        return len(self._waiting)

    @property
    def bytes(self) -> int:
        """The number of bytes that they have together."""
        return self._bytes

    def add(self, msg: object, promise: ChannelPromise) -> bool:
        """Put *msg* behind the others; False where it is one too many.

        Raises ValueError for a promise that is over, or waits with another message.
        """
        if promise.is_done or promise in self._waiting:
            raise ValueError(
                f"{promise!r} is {'over' if promise.is_done else 'in use'} already: every operation wants a promise of its own"
            )
        size = _size(msg)
        if len(self._waiting) >= self.max_messages or self._bytes + size > self.max_bytes:
            return False
        self._waiting[promise] = msg, size
        self._bytes += size
        is_awaited = promise.is_awaited
        promise.add_listener(self.discard)
        promise.is_awaited = is_awaited  # this listener is nobody who wants to know
        return True

    def take(self) -> tuple[object, ChannelPromise]:
        """Take the message that waits longest."""
        promise = next(iter(self._waiting))
        return self._remove(promise), promise

    def discard(self, promise: ChannelPromise) -> None:
        """Let the message of *promise*, which nobody wants any more, go; without it, do nothing."""
        if promise in self._waiting:
            release(self._remove(promise))

    def fail_all(self, error: BaseException) -> int:
        """Let all messages go and tell their promises of *error*; return how many of these nobody waits for."""
        unheard = 0
        while self._waiting:
            msg, promise = self.take()
            release(msg)
            unheard += not promise.is_awaited
            promise.try_failure(error)
        return unheard

    def _remove(self, promise: ChannelPromise) -> object:
        msg, size = self._waiting.pop(promise)
        promise.remove_listener(self.discard)
        self._bytes -= size
        return msg


def _size(msg: object) -> int:
    return len(msg) if isinstance(msg, str) else size_of(msg)
