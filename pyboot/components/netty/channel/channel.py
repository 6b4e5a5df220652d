"""Channel: one connection, whatever carries it: what its users ask and do, and what it and its transport tell each other.

::

                      Channel
       ┌─────────┬───────┴──┬──────────┐
    pipeline  reading    writing    closing        (each has its states, its laws and its deadline in its own file)
       └─────────┴───────┬──┴──────────┘
                     transport: a subclass

The parts are this package's own: handlers and codecs speak to the channel, a transport to the parts besides. What is paid for each read and
each message stands here, where the attributes are that it needs. Everything but what says otherwise happens on the channel's loop.
"""

from __future__ import annotations

import asyncio
import contextvars
import itertools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final

from mypy_extensions import i64, mypyc_attr, u8

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.compat13.methods import Channel13, give_methods
from pyboot.components.netty.errors import ClosedChannelError, NotYetConnectedError
from pyboot.components.netty.option import ChannelOption

from .attribute import Attribute, AttributeKey
from .config import ChannelConfig
from .coroutines.mailbox import Mailbox
from .event import ChannelEvent
from .farewell import close_with_farewell
from .fault import note, tell_error
from .head_tail import log_unhandled_message
from .life.budget import TURN_BYTES, TURN_CALLS
from .life.closing import ACTIVE, CLOSED, CLOSING, NEW, REGISTERED, STATE_NAMES, Closing
from .life.outbound import OutboundBuffer
from .life.reading import Reading
from .life.writability import Writability
from .life.writing import Writing
from .loop_state import LoopState
from .pipeline import ChannelPipeline
from .promise import ChannelProgressivePromise, ChannelPromise, Completed
from .shown import shown
from .threadsafe import ThreadsafeCall
from .transport import Transport
from .variable import T

if TYPE_CHECKING:
    from pyboot.components.netty.buffer.allocator import ByteBufferAllocator
    from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
    from pyboot.components.netty.limited_log import LimitedLog

    from .context import ChannelHandlerContext

__all__ = ["Channel"]

_numbers: Final = itertools.count(1)


@mypyc_attr(allow_interpreted_subclasses=True)
class Channel(Transport):
    """One connection with its pipeline. Its operations start at the tail; a context's start at the context."""

    __dir__: ClassVar[Any] = shown

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        self.loop = loop
        self.config = config
        self.loop_state = loop_state
        self._number = next(_numbers)
        self.parent: Channel | None = None
        self.state: u8 = NEW  # `Closing.move` alone changes it
        self.has_disconnect = self.is_registered = self.closed_here = self.ends_by_handler = False
        # Whether decoders must leave the rest for a later turn, and what happens on this stack: the channel's context, a read handed on.
        self.must_pause = self.in_context = self.is_delivering = False
        # Why the channel closes, where that is not simply because its user wants it; whoever gives a connection up says so here first.
        self.close_cause: Exception | None = None
        self.linger_seconds = 0.0
        self.faults: LimitedLog | None = None  # of the connections that a listening channel has accepted
        self._attributes: dict[Any, Any] | None = None
        self.turn_calls: i64 = 0  # since the loop had its turn (see `budget`)
        self.turn_bytes: i64 = 0
        self._awaits: i64 = 0
        self._context: contextvars.Context | None = None
        self.outbound = OutboundBuffer(self)
        self.writability = Writability(self)
        self.done = Completed(self)
        self.end: ChannelPromise | None = None  # the `close_future`, once somebody has asked for it
        self._pipeline = ChannelPipeline(self)
        self.reading = Reading(self)
        self.writing = Writing(self)
        self.closing = Closing(self)

    # What users ask.

    @property
    def id(self) -> str:
        """The name of this channel among all of the process, in eight digits."""
        return f"{self._number:08x}"

    @property
    def is_open(self) -> bool:
        """True if operations are accepted."""
        return self.state < CLOSING

    @property
    def is_active(self) -> bool:
        """True if the channel is connected, or bound if it listens."""
        return self.state == ACTIVE

    @property
    def is_writable(self) -> bool:
        """False from when more bytes are pending than the high water mark (64 KiB by default) until fewer are than the low one (32 KiB)."""
        return self.outbound.is_writable

    @property
    def allocator(self) -> ByteBufferAllocator:
        """The allocator that buffers for this channel come from."""
        return self.config.allocator

    def allocate_bytebuffer(self, capacity: int = 1024) -> ByteBuffer:
        """An empty buffer from the channel's allocator, with room for *capacity* bytes at first."""
        return self.config.allocator.buffer(capacity)

    @property
    def attributes(self) -> dict[Any, Any]:
        """The attributes that handlers of this channel keep for each other."""
        if self._attributes is None:
            self._attributes = {}
        return self._attributes

    def attr(self, key: AttributeKey[T]) -> Attribute[T]:
        """The attribute *key* of this channel, with its type; it lies in `attributes`."""
        return Attribute(self.attributes, key)

    @property
    def auto_read(self) -> bool:
        """True, the default, if the channel reads by itself; otherwise each `read()` asks for one read. Set it from any thread."""
        return self.config.auto_read

    @auto_read.setter
    def auto_read(self, wanted: bool) -> None:
        # A loop that does not run has nobody to race with, and may never come to a call that is left for it.
        if self.in_event_loop() or not self.loop.is_running():
            self.reading.set_auto_read(wanted)
        else:
            self.loop.call_soon_threadsafe(self.reading.set_auto_read, wanted)

    @property
    def is_reading(self) -> bool:
        """True if bytes are taken from the network as they come."""
        return self.reading.is_on

    def pipeline(self) -> ChannelPipeline:
        """The handlers of this channel."""
        return self._pipeline

    def own_config(self) -> ChannelConfig:
        """The rules of this channel alone, apart from those its server gave to all."""
        self.config = self.config.copy()
        return self.config

    def get_option(self, option: ChannelOption[Any]) -> Any:
        """The value of a rule of the framework, or what the operating system has for a socket option; None if unknown."""
        value = self.config.get(option)
        return self.get_socket_option(option) if value is None else value

    def set_option(self, option: ChannelOption[Any], value: Any) -> bool:
        """Set an option of this channel alone; False for one that it does not have. Raises ValueError for a bad value."""
        if option is ChannelOption.AUTO_READ:
            ChannelConfig().set(option, value)  # refuses what is not allowed
            self.auto_read = value
            return True
        return self.own_config().set(option, value) or self.set_socket_option(option, value)

    @property
    def close_future(self) -> ChannelPromise:
        """The promise that is done, with the channel, when the channel is closed."""
        if self.end is None:  # made for who asks: with the channel, its result, it is a circle that only the collector takes apart
            self.end = ChannelPromise(self)
            self.end.set_uncancellable()
            if self.state == CLOSED:
                self.end.try_success(self)
        return self.end

    def new_promise(self) -> ChannelPromise:
        """A promise to pass to one operation."""
        return ChannelPromise(self)

    def new_progressive_promise(self) -> ChannelProgressivePromise:
        """A promise to pass to one write of a file or a `ChunkedInput`, which tells how far it is."""
        return ChannelProgressivePromise(self)

    # What users do: operations from the tail, from any thread.

    def in_event_loop(self) -> bool:
        """True if the caller runs on the channel's loop."""
        return asyncio._get_running_loop() is self.loop

    def write(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[None]:
        """Write *msg* through all handlers; as `ChannelHandlerContext.write`."""
        if self.in_event_loop():
            return self.pipeline().tail.write(msg, promise)
        return ThreadsafeCall(self, self.pipeline().tail.write, msg, promise)

    def flush(self) -> Awaitable[None]:
        """Send what was written."""
        if self.in_event_loop():
            return self.pipeline().tail.flush()
        return ThreadsafeCall(self, self.pipeline().tail.flush)

    def write_and_flush(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[None]:
        """Write *msg* through all handlers and send it."""
        if self.in_event_loop():
            return self.pipeline().tail.write_and_flush(msg, promise)
        return ThreadsafeCall(self, self.pipeline().tail.write_and_flush, msg, promise)

    def read(self) -> Awaitable[None]:
        """Ask for one more read; needed only where `auto_read` is off."""
        if self.in_event_loop():
            return self.pipeline().tail.read()
        return ThreadsafeCall(self, self.pipeline().tail.read)

    def close(self, promise: ChannelPromise | None = None) -> Awaitable[Any]:
        """Close: what was flushed is delivered within ``CLOSE_TIMEOUT`` (30 seconds by default), the rest fails.

        Calling it again is harmless. If the awaiting is cancelled, the channel closes all the same.
        """
        if self.in_event_loop():
            return self.pipeline().tail.close(promise)
        return ThreadsafeCall(self, self.pipeline().tail.close, promise)

    def abort(self) -> None:
        """Close now: nothing more is delivered, the peer may see a reset."""
        if self.in_event_loop():
            self.closing.note_who_closes()
            self.closing.abort(self.close_cause or ClosedChannelError("the channel was aborted"))
        else:
            self.loop.call_soon_threadsafe(self.abort)

    def sync(self) -> Awaitable[Any]:
        """Await, on any loop, that the channel is closed, by whichever side."""
        return self.close_future if self.in_event_loop() else ThreadsafeCall(self, lambda: self.close_future)

    # What the head of the pipeline asks for, and the ends tell.

    def add_outbound(self, msg: object, promise: ChannelPromise | None) -> None:
        """Queue a message that went through all handlers; raises `ClosedChannelError` after close()."""
        # hot path: once for each message that leaves.
        if self.state >= CLOSING:
            self.refuse(msg)
        self.outbound.add(msg, promise)

    def refuse(self, msg: object) -> None:
        """Release *msg*, which came too late and which its writer has given away, and raise `ClosedChannelError`."""
        release(msg)
        raise self.closed_error()

    def flush_outbound(self) -> None:
        """Send what is queued, as far as the transport takes it; before there is a peer it fails."""
        # hot path: once for each flush.
        if self.state == ACTIVE:
            self.writing.flush()
        elif self.state < ACTIVE:
            self.outbound.mark_flushed()
            self.writing.report_lost(self.outbound.fail_all(NotYetConnectedError(f"{self!r} is not connected yet")))

    def begin_read(self) -> None:
        """One more read is wanted."""
        self.reading.ask()

    def begin_close(self, promise: ChannelPromise) -> None:
        """Start closing, or wait with the others for the end of it."""
        self.closing.begin(promise)

    def closed_error(self) -> ClosedChannelError:
        """The error for an operation that came too late; its cause is why the channel was closed."""
        error = ClosedChannelError(f"{self!r} is closed")
        error.__cause__ = self.close_cause
        note(error, self)
        return error

    def unhandled_message(self, msg: object) -> None:
        """A message went through all handlers; a transport for tests collects it instead."""
        log_unhandled_message(self._pipeline.tail, msg)

    def unhandled_error(self, error: Exception) -> None:
        """An error went through all handlers: it is logged and, unless CLOSE_ON_ERROR is off, closes the channel behind a farewell."""
        tell_error(self, error)
        if self.config.close_on_error and self.state < CLOSING:
            close_with_farewell(self, error)

    # What handlers ask for, beside the operations.

    def pause_reading(self) -> None:
        """Stop reading, for a handler that cannot keep up, until `resume_reading` was called as often."""
        self.reading.pause()

    def resume_reading(self) -> None:
        """Take one `pause_reading` back; the channel reads again when all are."""
        self.reading.resume()

    def pause_read(self, go_on: Callable[[], None]) -> None:
        """As `Reading.defer`: a decoder leaves the rest of a read for a later turn."""
        self.reading.defer(go_on)

    def when_handed_on(self, act: Callable[[], object]) -> None:
        """Call *act* once nothing that was read waits for a later turn."""
        self.reading.when_handed_on(act)

    @property
    def full_mailboxes(self) -> int:
        """The number of mailboxes of coroutine handlers that have no room."""
        return self.reading.full_mailboxes

    def output_progress(self) -> tuple[int, int]:
        """As `Writing.progress`: whole messages that the network has taken, and bytes of the next one."""
        return self.writing.progress()

    def expect_close(self) -> None:
        """A close is under way in a handler: if that has not let it through by the close timeout, abort."""
        self.closing.expect()

    def unsent(self) -> int:
        return self.outbound.run_bytes

    def do_disconnect(self, promise: ChannelPromise) -> None:
        self.begin_close(promise)

    def do_deregister(self, promise: ChannelPromise) -> None:
        """Stop events without closing; `register` takes them up again. Deferred to the next turn, as in Netty."""
        self.loop.call_soon(self.closing.deregister, promise)

    # What a transport tells.

    def register(self) -> None:
        """The channel belongs to its loop: handlers are added, then the event is fired. Active it gets only once."""
        self.is_registered = True
        if self.state == NEW:
            self.closing.move(REGISTERED)
            self.loop_state.channels.add(self)
            self.run_in_context(self._pipeline.membership.register)
        self.run_in_context(self._pipeline.fire_channel_registered)
        if self.state == ACTIVE:  # again; of a new one, `activate` sees to the reading
            self.reading.update()

    def activate(self) -> None:
        """The channel is connected or bound: the event is fired, then reading starts."""
        if self.state == REGISTERED:  # and not closed by a handler in channel_registered
            self.closing.move(ACTIVE)
            self.run_in_context(self._activated)

    def _activated(self) -> None:
        self._pipeline.fire_channel_active()
        if self._pipeline.wants_events:
            self._pipeline.fire_channel_event(ChannelEvent.CONNECTED)
        if self.config.auto_read:
            self._pipeline.read_by_itself()
        self.reading.start()  # last: no handler gets a read before it knows that there is a peer

    def received(self, msg: object) -> None:
        """One read from the network: the message, the end of the read, and the next read if that is wanted."""
        # hot path: once for each read (tests/bench/test_raw.py).
        # The loop has called, so it had its turn; a read that comes in the middle of another one has not been counted anyhow.
        self.turn_calls = self.turn_bytes = 0
        self.network_reads += 1
        pipeline = self._pipeline
        if not self.config.auto_read or pipeline.rules_reading:
            self.reading.use()
        state = self.loop_state
        if pipeline.wants_events:
            self.run_in_context(pipeline.fire_channel_event, ChannelEvent.READ_DO, msg)
        if self.in_context:  # the cheapest way first; a burst, for which the task is swapped once, where coroutine handlers may be reached
            self._deliver(msg)
        elif state.in_burst or not pipeline.has_coroutines:
            self.in_context = True
            try:
                context = self._context
                (self.own_context() if context is None else context).run(_DELIVER, self, msg)
            finally:
                self.in_context = False
        else:
            self.run_in_context(self.run_burst, _DELIVER, self, msg)

    def _deliver(self, msg: object) -> None:
        # hot path: once for each read. Put back, not switched off: a handler may cause the next read inside of this one, in memory.
        head = self._pipeline.head
        was_delivering, self.is_delivering = self.is_delivering, True
        try:
            head.fire_channel_read(msg)
            head.fire_channel_read_complete()
        finally:
            self.is_delivering = was_delivering
        if self._pipeline.rules_reading:
            self.reading.again()
        self.reading.delivered()

    def run_burst(self, deliver: Callable[..., object], *arguments: object) -> None:
        """Call *deliver* with one swap of the task for all coroutine handlers that it reaches (see `mailbox`)."""
        state = self.loop_state
        state.in_burst = True
        try:
            deliver(*arguments)
        finally:
            state.end_burst()

    def input_ended(self, close: Callable[[], object] | None = None) -> None:
        """The peer has finished sending: close when all that came before is handled, or tell, if half-closure is allowed.

        *close* is how; by default the channel closes past all handlers.
        """
        self.reading.end(close)

    def linger(self, seconds: float) -> None:
        """Go on receiving for up to *seconds* after the close, where the transport can: a reset might destroy what was sent last."""
        self.linger_seconds = max(self.linger_seconds, seconds)

    def drained(self) -> None:
        """The transport has sent everything it was given."""
        self.writing.drained()

    def lost(self, error: Exception | None) -> None:
        """The carrier is gone, because of *error* or because it was closed."""
        self.closing.lost(error)

    # What the parts tell.

    def writability_changed(self) -> None:
        """The outbound buffer has crossed a water mark, or a user's bit has changed."""
        if self.outbound.is_writable:
            self.writing.has_told_overflow = False
        self.account_memory()
        if self.state < CLOSING:
            self.writability.changed()
            self._pipeline.fire_channel_writability_changed()

    def mail_was_delivered(self) -> None:
        """A mailbox of this channel has run empty, or all that was read was handed on: whatever waits for the handlers goes on."""
        if self.writability.is_awaited and self.outbound.has_unflushed():
            self.writing.flush_soon()  # a coroutine handler was asked to flush, and has let it be
        self.reading.handled()
        self.closing.handled()

    def account_memory(self) -> None:
        """Count again what this channel holds, which may have changed: see `memory`."""
        held = int(self.outbound.pending) if self.writing.is_waiting or not self.outbound.is_writable else 0
        memory, size = self.loop_state.memory, 0 if self.state == CLOSED else held + self.reading.mailed_bytes
        if size or memory.held:  # where nobody holds anything, this channel has nothing to take back either
            memory.account(self, size)

    # Turns (see `budget`).

    def begin_turn(self) -> None:
        """The loop had its turn."""
        self.turn_calls = self.turn_bytes = 0

    def may_go_on(self) -> bool:
        """Count a call that was over at once; tell whether the next may follow without a turn of the loop between them."""
        self.turn_calls += 1
        self._awaits += 1
        if self._awaits & 3 == 0 and self.is_carrier_gone():
            return False  # not asked each time, but before asyncio logs that nobody listens, which it does from the fifth write on
        return self.turn_calls < TURN_CALLS and self.turn_bytes < TURN_BYTES

    # Coroutines, and the context variables that callbacks share.

    def new_mailbox(self, ctx: ChannelHandlerContext) -> Mailbox:
        """A mailbox for one direction of *ctx*."""
        self._pipeline.has_coroutines = True
        return Mailbox(ctx, self.loop_state, self.config.mailbox_limit)

    def own_context(self) -> contextvars.Context:
        """The context variables that what comes from its transport, through `run_in_context`, and its coroutine callbacks share."""
        if self._context is None:
            self._context = contextvars.copy_context()
        return self._context

    def run_in_context(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call *function* where the channel's context variables hold."""
        if self.in_context:  # asked first: entering a context that is entered raises RuntimeError
            return function(*arguments)
        self.in_context = True
        try:
            context = self._context
            return (self.own_context() if context is None else context).run(function, *arguments)
        finally:
            self.in_context = False

    def __repr__(self) -> str:
        link = "-" if self.state == ACTIVE else "!"
        return f"<{type(self).__name__} {self.id} {self.local_address()} {link} {self.remote_address()} {STATE_NAMES[self.state]}>"


# hot path: the function itself; making a bound method of it costs more than a read does.
_DELIVER: Final[Callable[[Channel, object], None]] = Channel._deliver

give_methods(Channel, Channel13)
