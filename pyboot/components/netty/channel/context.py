"""ChannelHandlerContext: one link of the chain, and a handler's view of its pipeline.

Theory of operation. How an event finds its next handler depends on how often it is paid for::

    read, read complete, write, flush    `next_read` and the like: the very context that handles it, worked out when the chain changes
    every other event or operation       `next` or `prev`, link by link, past all whose *mask* lacks the bit of that callback
    whatever a removed handler fires     as if it stood where it left: a relay, made for this one event, has walked the links

So nothing is searched for when a message passes, and a handler that does not override a callback costs it nothing. How the context that
was found is called, its *kind* says, one for each direction: a compiled class straight away, an interpreted one by a method that was
looked up once, one with coroutines through its mailbox. The ends, and a context that has left, have kinds of their own, or they would
have to be asked about at each message.

An error of a callback is caught here, where it was called, and never reaches the caller: an inbound one goes to exception_caught of the
handler that raised (`raising`), that of an operation to its promise (``flush`` and ``read`` have none, and are as inbound ones).
Source: Netty's ``AbstractChannelHandlerContext``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, final

from mypy_extensions import i32, u8

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.errors import PipelineDepthError

from .coroutines.letter import OperationLetter
from .coroutines.mailbox import Mailbox
from .event import tells_end
from .fault import note, tell_fault
from .handler import ChannelHandler
from .life.writability import KeptWrite, MailedWrite
from .loop_state import DEPTH_LIMIT
from .mask import BITS
from .outcome import run_outcome
from .promise import DONE, ChannelPromise, Completed
from .raising import callback_raised, catch
from .shown import shown

if TYPE_CHECKING:
    from pyboot.components.netty.buffer.allocator import ByteBufferAllocator

    from .attribute import Attribute, AttributeKey
    from .channel import Channel
    from .event import ChannelEvent
    from .loop_state import LoopState
    from .pipeline import ChannelPipeline

__all__ = ["ChannelHandlerContext"]

T = TypeVar("T")

# How a context is called. Who has left meets the kind GONE next for what is paid per message, and asks for the links then.
NATIVE: Final = 0
INTERPRETED: Final = 1
MAIL: Final = 2
HEAD: Final = 3
GONE: Final = 4
TAIL: Final = 5

_READ_COMPLETE: Final[int] = BITS["channel_read_complete"]
_AWAITED: Final = (ChannelPromise, Completed, Mailbox, MailedWrite, KeptWrite)  # a union would be made anew for each message
# What stands in the place of the callbacks of a handler that has none, or was removed.
PASS_ON: Final = ChannelHandler[Any]()
PASS_READ_ON: Final = PASS_ON.channel_read
PASS_READ_COMPLETE_ON: Final = PASS_ON.channel_read_complete
PASS_WRITE_ON: Final = PASS_ON.write


@final
class ChannelHandlerContext:
    """A handler in its place. ``ctx.fire_…`` goes on towards the tail, ``ctx.write`` and the like towards the head.

    Everything may be awaited and nothing must be: what is not awaited is done all the same, and so is what was awaited by a task that
    is cancelled. Awaiting a write waits until the channel is writable again and raises what the write raised. Use a context on the
    channel's loop only.
    """

    __dir__: ClassVar[Any] = shown

    def __init__(self, pipeline: ChannelPipeline, name: str, handler: ChannelHandler[Any]) -> None:
        self.channel: Channel = pipeline.channel
        self.name = name
        self.handler = handler
        # What the pipeline keeps: links, and the next contexts on the hot path.
        self.prev = self.next = self
        self.next_read = self.next_read_complete = self.next_write = self.next_flush = self
        self.mask: i32 = 0  # small numbers, side by side: a connection has a context for each handler and each end
        self.overrides: i32 = 0
        self.inbound_kind: u8 = NATIVE
        self.outbound_kind: u8 = NATIVE
        self.is_removed = False
        self.actor: ChannelHandler[Any] = handler  # whose callbacks are called: the handler, or who has it run in an executor
        self.target: ChannelHandler[Any] = handler  # the same, until it is removed
        self.read_function: Callable[..., Any] = PASS_READ_ON
        self.read_complete_function: Callable[..., Any] = PASS_READ_COMPLETE_ON
        self.write_function: Callable[..., Any] = PASS_WRITE_ON
        self.channel_write_promise: ChannelPromise | None = None  # of the write that channel_write is busy with
        self.inbox: Mailbox | None = None
        self.outbox: Mailbox | None = None

    def bind_callbacks(self) -> None:
        """Look up, once, what the interpreter is to call for the events that are paid per message or per read."""
        handler, mask = self.target, self.mask
        if mask & BITS["channel_read"]:
            self.read_function = handler.channel_read
        if mask & BITS["channel_read_complete"]:
            self.read_complete_function = handler.channel_read_complete
        if mask & BITS["write"]:
            self.write_function = handler.write

    # Where the handler stands.

    @property
    def pipeline(self) -> ChannelPipeline:
        """The pipeline that it stands in, or stood in."""
        return self.channel.pipeline()

    @property
    def loop_state(self) -> LoopState:
        """The state that the channels of its loop share."""
        return self.channel.loop_state

    @property
    def done(self) -> Completed:
        """The answer of what is over already."""
        return self.channel.done

    @property
    def allocator(self) -> ByteBufferAllocator:
        """The channel's allocator."""
        return self.channel.allocator

    def attr(self, key: AttributeKey[T]) -> Attribute[T]:
        """The same as `Channel.attr`."""
        return self.channel.attr(key)

    def new_promise(self) -> ChannelPromise:
        """A promise to pass to one operation of this channel."""
        return ChannelPromise(self.channel)

    # Inbound: on towards the tail.

    def fire_channel_read(self, msg: object) -> Awaitable[None]:
        """Hand *msg* to the next handler; awaiting waits until that handler has nothing left to do.

        What that handler raises goes to its exception_caught; so does the `PipelineDepthError` of an event that causes itself for ever.
        """
        # hot path: once for each message and each handler (tests/bench/test_framed.py).
        n = self.next_read
        kind = n.inbound_kind
        try:
            # The most frequent kinds come first. The depth is counted for compiled classes alone: Python counts frames of its own.
            if kind == INTERPRETED:
                outcome: object = n.read_function(n, msg)
            elif kind == NATIVE:
                state = n.loop_state
                state.steps += 1
                if state.steps > DEPTH_LIMIT:
                    raise PipelineDepthError(DEPTH_LIMIT)
                outcome = n.target.channel_read(n, msg)
                state.steps -= 1
            elif kind == MAIL:
                inbox = n.inbox
                assert inbox is not None
                outcome = inbox.deliver_read(msg)
            elif kind == TAIL:
                n.channel.unhandled_message(msg)
                outcome = None
            else:
                return self._relay().fire_channel_read(msg)
        except BaseException as error:  # noqa: BLE001  # any error of a user's callback goes to its exception_caught
            if kind == NATIVE:
                n.loop_state.steps -= 1
            n.callback_raised(error)
            return self.done
        # By identity: what callbacks give who make nobody wait. `settle` tells everything else apart, by type, and is paid for it.
        done = self.done
        return done if outcome is None or outcome is done or outcome is DONE else n.settle(outcome)

    def fire_channel_read_complete(self) -> Awaitable[None]:
        """Tell the next handlers that all messages of one read were handed on; errors go where those of `fire_channel_read` do."""
        # hot path: once for each read from the network and each handler.
        n = self.next_read_complete
        while n.inbound_kind == MAIL and n.overrides & _READ_COMPLETE == 0 and n.inbox is not None and n.inbox.is_idle:
            n = n.next_read_complete  # nothing is there that the event could overtake
        kind = n.inbound_kind
        try:
            if kind == TAIL:
                return self.done
            if kind == INTERPRETED:
                outcome: object = n.read_complete_function(n)
            elif kind == NATIVE:
                state = n.loop_state
                state.steps += 1
                if state.steps > DEPTH_LIMIT:
                    raise PipelineDepthError(DEPTH_LIMIT)
                outcome = n.target.channel_read_complete(n)
                state.steps -= 1
            elif kind == MAIL:
                inbox = n.inbox
                assert inbox is not None
                outcome = inbox.deliver_event("channel_read_complete", (n,))
            else:
                return self._relay().fire_channel_read_complete()
        except BaseException as error:  # noqa: BLE001  # as above
            if kind == NATIVE:
                n.loop_state.steps -= 1
            n.callback_raised(error)
            return self.done
        done = self.done
        return done if outcome is None or outcome is done or outcome is DONE else n.settle(outcome)

    def fire_channel_registered(self) -> Awaitable[None]:
        """Tell the next handlers that the channel belongs to its loop."""
        return self._inbound("channel_registered", ())

    def fire_channel_unregistered(self) -> Awaitable[None]:
        """Tell the next handlers that the channel has left its loop."""
        return self._inbound("channel_unregistered", ())

    def fire_channel_active(self) -> Awaitable[None]:
        """Tell the next handlers that the channel is connected or bound."""
        return self._inbound("channel_active", ())

    def fire_channel_inactive(self) -> Awaitable[None]:
        """Tell the next handlers that the channel is closed."""
        return self._inbound("channel_inactive", ())

    def fire_channel_writability_changed(self) -> Awaitable[None]:
        """Tell the next handlers that `channel.is_writable` has flipped."""
        return self._inbound("channel_writability_changed", ())

    def fire_user_event_triggered(self, event: object) -> Awaitable[None]:
        """Tell the next handlers something that is not a message."""
        return self._inbound("user_event_triggered", (event,))

    def fire_channel_event(self, event: ChannelEvent, *args: Any) -> Awaitable[None]:
        """Tell the next handlers a `ChannelEvent`."""
        return self._inbound("channel_event", (event, *args))

    def fire_channel_write_complete(self) -> Awaitable[None]:
        """Tell the next handlers that the network has taken everything that was flushed."""
        return self._inbound("channel_write_complete", ())

    def fire_exception_caught(self, error: Exception) -> Awaitable[None]:
        """Hand *error* to the next handler that catches exceptions."""
        note(error, self.channel)
        return catch(self._after("exception_caught"), error)

    def _inbound(self, name: str, arguments: tuple[Any, ...]) -> Awaitable[None]:
        if (self.channel.is_delivering or self.channel.reading.has_paused()) and tells_end(name, arguments):
            self.channel.reading.when_handed_on(partial(self._inbound, name, arguments))  # law 3 of `pausing`
            return self.done
        n = self._after(name)
        return self.done if n.inbound_kind == TAIL else n.call(name, arguments)

    def _after(self, name: str) -> ChannelHandlerContext:
        bit = BITS[name]
        n = self.next
        while n.mask & bit == 0:
            n = n.next
        return n

    def call(self, name: str, arguments: tuple[Any, ...]) -> Awaitable[None]:
        """Run an inbound callback of this very context, in its turn."""
        try:
            inbox, mine = self.inbox, (self, *arguments)
            outcome = self._call_natively(name, mine) if inbox is None else inbox.deliver_event(name, mine)
        except BaseException as error:  # noqa: BLE001  # as above
            self.callback_raised(error)
            return self.done
        return self.done if outcome is None else self.settle(outcome)

    def settle(self, outcome: Any) -> Any:
        """Return the outcome of a callback as something to await; a coroutine that nobody would await is run."""
        if outcome is DONE:
            return self.done
        if outcome is self.channel.writability or isinstance(outcome, _AWAITED):
            return outcome
        return run_outcome(self, outcome)

    def callback_raised(self, raised: BaseException) -> None:
        """An inbound callback of this handler raised: its own exception_caught comes first (`raising`)."""
        callback_raised(self, raised)

    # Outbound: on towards the head.

    def write(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[None]:
        """Write *msg* through the handlers before this one; it goes out with the next flush.

        Takes ownership of a ByteBuffer, also when it fails. The answer is about back-pressure: it waits until the channel is writable,
        raises what the write raised, and is the same shared object for all writes that did not fail. To wait
        for this very write, pass a *promise* and await that. A write that fails without one, and that nobody awaits, is reported to
        exception_caught.

        The write fails with what a handler raised, `ClosedChannelError` after the close, `OutboundOverflowError` past the hard limit,
        `UnsupportedMessageError` for what no handler has turned into bytes. Only a promise that does not fit raises ValueError at once.
        """
        # hot path: once for each message and each handler (tests/bench/test_framed.py).
        n = self.next_write
        kind = n.outbound_kind
        channel = self.channel
        # Outside of the try: a promise that does not fit is the caller's mistake and raises to him, whatever handlers there are.
        if promise is not None and not self._may_begin(msg, promise):
            return promise
        try:
            if kind == HEAD:
                channel.add_outbound(msg, promise)
                return channel.writability
            if kind == INTERPRETED:
                outcome: object = n.write_function(n, msg, promise)
            elif kind == NATIVE:
                state = n.loop_state
                state.steps += 1
                if state.steps > DEPTH_LIMIT:
                    raise PipelineDepthError(DEPTH_LIMIT)
                outcome = n.target.write(n, msg, promise)
                state.steps -= 1
            elif kind == MAIL:
                return n.mail_write(msg, promise)
            else:
                return self._relay().write(msg, promise)
        except BaseException as error:  # noqa: BLE001  # an encoder's error belongs to the write
            if kind == NATIVE:
                n.loop_state.steps -= 1
            return channel.writing.write_failed(n.loop_state.error_of(error, n.name), promise, n)
        if outcome is None or outcome is channel.writability:
            return channel.writability
        settled: Awaitable[None] = n.settle(outcome)
        return settled

    def _may_begin(self, msg: object, promise: ChannelPromise) -> bool:
        """True if *promise* may go with a write; if it was cancelled before, or is refused, the message is released."""
        may_begin = False
        try:
            may_begin = promise.check(self.channel)
            promise.holder = None  # passed on: a coroutine that held it, and is cancelled now, has nothing to fail any more
        finally:
            if not may_begin:
                release(msg)
        return may_begin

    def fire_channel_write(self, msg: object) -> Awaitable[None]:
        """Pass a write on from `ChannelHandler.channel_write`; the promise of that write goes with the first message."""
        promise, self.channel_write_promise = self.channel_write_promise, None
        return self.write(msg, promise)

    def mail_write(self, msg: object, promise: ChannelPromise | None) -> Awaitable[None]:
        """Run this handler's write in its turn; the answer ends when the handler is done with it, or raises."""
        outbox = self.outbox
        assert outbox is not None
        if outbox.is_held and self._asks_itself():
            return self.write(msg, promise)
        answer = ChannelPromise(self.channel)
        outbox.deliver_write(msg, promise, answer)
        return MailedWrite(self.channel, answer)

    def flush(self) -> Awaitable[None]:
        """Send what was written; awaiting waits until the channel is writable."""
        # hot path: once for each read from the network and each handler.
        n = self.next_flush
        try:
            if n.outbound_kind == HEAD:
                self.channel.flush_outbound()
                return self.channel.writability
            if n.outbound_kind == NATIVE:
                outcome: object = n._call_natively("flush", (n,))
            elif n.outbound_kind == INTERPRETED:
                outcome = n.target.flush(n)
            elif n.outbound_kind == MAIL:
                outbox = n.outbox
                assert outbox is not None
                if outbox.is_held and n._asks_itself():
                    return n.flush()
                self.channel.writing.flush_asked()
                outcome = outbox.deliver_event("flush", (n,))
            else:
                return self._relay().flush()
        except BaseException as error:  # noqa: BLE001  # a flush has no promise: Netty's rule
            n.callback_raised(error)
            return self.done
        return self.channel.writability if outcome is None else n.settle(outcome)

    def write_and_flush(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[None]:
        """Write *msg* and send it; what can be awaited is the write's, and its errors are."""
        # Flushed although the write has failed: what others wrote before it may wait for this.
        written = self.write(msg, promise)
        self.flush()
        return written

    def read(self) -> Awaitable[None]:
        """Ask for one more read from the network; needed only where ``auto_read`` is off."""
        n = self._before("read")
        try:
            n._operate("read", ())
        except BaseException as error:  # noqa: BLE001  # a read has no promise: Netty's rule for flush
            n.callback_raised(error)
        return self.done

    def bind(self, address: object, promise: ChannelPromise | None = None) -> ChannelPromise:
        """Listen on *address*; the promise fails with `BindError`."""
        return self._outbound("bind", (address,), promise)

    def connect(self, address: object, promise: ChannelPromise | None = None) -> ChannelPromise:
        """Connect to *address*; the promise fails with `ConnectTimeoutError`, or the OSError of the operating system."""
        return self._outbound("connect", (address,), promise)

    def disconnect(self, promise: ChannelPromise | None = None) -> ChannelPromise:
        """Give up the peer; on a connection-oriented channel that closes it."""
        # Netty's rule: where there is nothing but a close behind it, handlers are asked for the close.
        return self._outbound("disconnect" if self.channel.has_disconnect else "close", (), promise)

    def close(self, promise: ChannelPromise | None = None) -> ChannelPromise:
        """Close the channel: what was flushed is delivered within ``CLOSE_TIMEOUT`` (30 seconds by default), the rest fails."""
        return self._outbound("close", (), promise)

    def deregister(self, promise: ChannelPromise | None = None) -> ChannelPromise:
        """Leave the event loop without closing."""
        return self._outbound("deregister", (), promise)

    def _outbound(self, name: str, arguments: tuple[Any, ...], promise: ChannelPromise | None) -> ChannelPromise:
        answer = ChannelPromise(self.channel) if promise is None else promise
        if not answer.check(self.channel):
            return answer
        answer.holder = None
        n = self._before(name)
        try:
            outbox = n.outbox
            if outbox is None or (outbox.is_held and n._asks_itself()):
                n._operate(name, (*arguments, answer))
            else:
                outbox.deliver(OperationLetter(name, (*arguments, answer), answer))
                # A close that waits for a coroutine, or is one, could take for ever: from here on the close timeout bounds it.
                if name == "close" and not outbox.is_idle:
                    self.channel.closing.expect()
        except BaseException as error:  # noqa: BLE001  # Netty's rule: an outbound error fails the operation only
            if not answer.try_failure(n.loop_state.error_of(error, n.name)):
                tell_fault(self.channel, f"{name} of {n.name} raised after its promise was over", error)
        return answer

    def _before(self, name: str) -> ChannelHandlerContext:
        bit = BITS[name]
        n = self.prev
        while n.mask & bit == 0:
            n = n.prev
        return n

    def _operate(self, name: str, arguments: tuple[Any, ...]) -> None:
        outbox, mine = self.outbox, (self, *arguments)
        if outbox is None or (outbox.is_held and self._asks_itself()):
            outcome = self._call_natively(name, mine)
        else:
            outcome = outbox.deliver_event(name, mine)
        if outcome is not None:
            self.settle(outcome)

    def _asks_itself(self) -> bool:
        """True if it is a callback of this handler that asks, by way of the channel, while it leaves (law 2 of `leaving`)."""
        return self.inbox is not None and self.inbox.is_running

    def _call_natively(self, name: str, mine: tuple[Any, ...]) -> Any:
        """Call a callback that may be compiled, within the bound of depth (`loop_state`)."""
        state = self.loop_state
        state.steps += 1
        try:
            if state.steps > DEPTH_LIMIT:
                raise PipelineDepthError(DEPTH_LIMIT)
            return self.target.flush(self) if name == "flush" else getattr(self.target, name)(*mine)  # hot path: flushes
        finally:
            state.steps -= 1

    # What the pipeline does with its contexts.

    def mailboxes(self) -> Iterable[Mailbox]:
        """Its mailboxes, if it has coroutine callbacks."""
        return [mailbox for mailbox in (self.inbox, self.outbox) if mailbox is not None]

    def _relay(self) -> ChannelHandlerContext:
        """A context for one event that this one fires, which has left: it has the next contexts as they stand now."""
        relay = ChannelHandlerContext(self.pipeline, self.name, self.handler)
        relay.next_read = self._after("channel_read")
        relay.next_read_complete = self._after("channel_read_complete")
        relay.next_write = self._before("write")
        relay.next_flush = self._before("flush")
        return relay

    def __repr__(self) -> str:
        return f"<ChannelHandlerContext {self.name}>"
