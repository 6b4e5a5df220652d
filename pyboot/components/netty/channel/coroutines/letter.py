"""Letters: what waits in a mailbox, a class for each kind, which knows what to call and what becomes of it if that is never called.

::

    letter             delivered: the handler's                lost, with its channel
    ReadLetter         channel_read                            the message is released
    EventLetter        callback of that name                   nothing, unless it tells the end: then it is delivered all the same
    WriteLetter        write, within `write_through`           the write fails, its message is released
    OperationLetter    callback, within `operate_through`      the operation fails; a close has happened
    CallLetter         (a function of ours)                    never: it is delivered all the same
    CoroutineLetter    (the coroutine that a callback gave)    never

A letter does not know its context: its mailbox does. Whoever is called is looked up when the letter is delivered, for a handler that was
removed meanwhile lets everything pass (`membership`). Nothing here is made for a callback that can run at once.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, final

from mypy_extensions import i64

from pyboot.components.netty.buffer.message import release, size_of
from pyboot.components.netty.errors import ReleasedBufferError

from .callback import operate_through, write_through

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["CallLetter", "CoroutineLetter", "EventLetter", "Letter", "OperationLetter", "ReadLetter", "WriteLetter"]

# Events that only say that something is to be looked at: one that waits says it for all that come behind it. They come without anything
# being read, so behind a callback that never ends there would be one letter more with each, for ever.
_SIGNALS: Final = frozenset({"channel_writability_changed", "channel_write_complete"})

# Events that tell a handler of the end: they reach it even if its mailbox was full of others when the channel was lost.
_TELLING_END: Final = frozenset({"channel_event", "channel_inactive", "channel_unregistered"})


class Letter:
    """Something that a handler is to be called for in its turn; *name* is that of the event or operation.

    *held*: the bytes that it counts for in its queue, which sets it.
    """

    held: i64

    def __init__(self, name: str) -> None:
        self.name = name

    def deliver(self, ctx: ChannelHandlerContext) -> Any:
        """Call what is to be called for the handler of *ctx*; what that returned, which may be a coroutine to run."""
        raise NotImplementedError

    def outlives_channel(self) -> bool:
        """True if it is delivered even if its channel is lost before its turn comes."""
        return True

    def lost(self, ctx: ChannelHandlerContext) -> None:
        """It will not be delivered, because its channel is lost: tell whoever waits for it, release what it holds."""

    def signal(self) -> object:
        """The meaning of the letter, if it says nothing else: a second one of the same meaning need not wait behind it; else None."""
        return None

    def size(self) -> int:
        """The number of bytes of the message that waits with it."""
        return 0


@final
class ReadLetter(Letter):
    """A message that has come in."""

    def __init__(self, msg: object) -> None:
        self.name = "channel_read"
        self.msg = msg

    def deliver(self, ctx: ChannelHandlerContext) -> Any:
        return ctx.read_function(ctx, self.msg)

    def outlives_channel(self) -> bool:
        return False

    def lost(self, ctx: ChannelHandlerContext) -> None:
        release(self.msg)

    def size(self) -> int:
        return _size_of(self.msg)


@final
class EventLetter(Letter):
    """An event, or an operation that has no promise; *arguments* begin with the context."""

    def __init__(self, name: str, arguments: tuple[Any, ...]) -> None:
        self.name = name
        self.arguments = arguments

    def deliver(self, ctx: ChannelHandlerContext) -> Any:
        # By name, and of the target: of a handler that was removed meanwhile it is the one that passes on.
        return getattr(ctx.target, self.name)(*self.arguments)

    def outlives_channel(self) -> bool:
        return self.name in _TELLING_END

    def signal(self) -> object:
        """Its name; of an event of the published package the `ChannelEvent`, where nothing comes with it."""
        if self.name in _SIGNALS:
            return self.name
        return self.arguments[1] if self.name == "channel_event" and len(self.arguments) == 2 else None


@final
class WriteLetter(Letter):
    """A write; *answer* ends with the handler's callback, *promise* with the write."""

    def __init__(self, msg: object, promise: ChannelPromise | None, answer: ChannelPromise) -> None:
        self.name = "write"
        self.msg = msg
        self.promise = promise
        self.answer = answer

    def deliver(self, ctx: ChannelHandlerContext) -> Any:
        return write_through(ctx, self.msg, self.promise, self.answer)

    def outlives_channel(self) -> bool:
        return False

    def lost(self, ctx: ChannelHandlerContext) -> None:
        ctx.channel.writing.write_lost(self.promise, self.answer)
        release(self.msg)

    def size(self) -> int:
        return _size_of(self.msg)


@final
class OperationLetter(Letter):
    """An operation with its *promise*, which is the last of the *arguments*."""

    def __init__(self, name: str, arguments: tuple[Any, ...], promise: ChannelPromise) -> None:
        self.name = name
        self.arguments = arguments
        self.promise = promise

    def deliver(self, ctx: ChannelHandlerContext) -> Any:
        return operate_through(ctx, self.name, self.arguments, self.promise)

    def outlives_channel(self) -> bool:
        return False

    def lost(self, ctx: ChannelHandlerContext) -> None:
        # The channel is closed, which is all that was asked for.
        if self.name == "close":
            self.promise.try_success()
        else:
            self.promise.try_failure(ctx.channel.closed_error())


@final
class CallLetter(Letter):
    """A call of ours in the handler's turn: that it came or went, that an error was raised."""

    def __init__(self, name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.name = name
        self.function = function
        self.arguments = arguments

    def deliver(self, ctx: ChannelHandlerContext) -> Any:
        return self.function(*self.arguments)


@final
class CoroutineLetter(Letter):
    """An awaitable that a plain callback returned while another callback was under way."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.name = "coroutine"
        self.coroutine = coroutine

    def deliver(self, ctx: ChannelHandlerContext) -> Any:
        return self.coroutine


def _size_of(msg: object) -> int:
    try:
        return size_of(msg)
    except ReleasedBufferError:
        return 0  # somebody has taken it back meanwhile
