"""ChannelPipeline: the chain of handlers of one channel.

::

                                            your code: channel.write(msg)
                                                        |
     +--------------------------------------------------v---------+
     |  head   <->   handler A   <->   handler B   <->   tail      |
     |                                                             |
     |   inbound events      ──────────────────────────────────>  |
     |   outbound operations <──────────────────────────────────  |
     +--^----------------------------------------------------------+
        |
     the network

An inbound event visits only the handlers that override its callback, head to tail; an outbound operation only those
that override its own, from where it started to the head. Which these are is worked out when the pipeline changes (`chain`).
What reaches the end of the chain unhandled is released and logged once. Source: Netty's ``DefaultChannelPipeline``.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Iterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast, final

from pyboot.components.netty.compat13.methods import ChannelPipeline13, give_methods
from pyboot.components.netty.errors import (
    ChannelPipelineError,
    DuplicateHandlerNameError,
    HandlerNotFoundError,
    NotSharableError,
)

from .chain import Chain
from .context import GONE, HEAD, TAIL, ChannelHandlerContext
from .coroutines.executor import ExecutorHandler
from .handler import ChannelHandler
from .head_tail import HEAD_HANDLER, TAIL_HANDLER
from .mask import BITS, INBOUND, OUTBOUND
from .membership import Membership
from .shown import shown
from .variable import H

if TYPE_CHECKING:
    from .channel import Channel
    from .coroutines.mailbox import Mailbox
    from .event import ChannelEvent
    from .promise import ChannelPromise

__all__ = ["ChannelPipeline"]

_log = logging.getLogger(__name__)

_CHANNEL_EVENT: Final[int] = BITS["channel_event"]
_CHANNEL_WRITE_COMPLETE: Final[int] = BITS["channel_write_complete"]

# What the first handler of a class is called, by the name of the class; programs that make classes without end have a bound.
_FIRST_NAMES: Final[dict[str, str]] = {}
_MOST_NAMES: Final = 1024

type AnyHandler = ChannelHandler[Any]
type Wanted = str | AnyHandler | type[Any]


@final
class ChannelPipeline:
    """The handlers of *channel*, in order; change it at any time, from inside a callback too."""

    __dir__: ClassVar[Any] = shown

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.head = ChannelHandlerContext(self, "head", HEAD_HANDLER)
        self.tail = ChannelHandlerContext(self, "tail", TAIL_HANDLER)
        # The head is nobody's next of those that read, nor the tail of those that write, but of contexts that have left (`Chain.leave`).
        self.head.mask, self.head.inbound_kind, self.head.outbound_kind = OUTBOUND, GONE, HEAD
        self.tail.mask, self.tail.inbound_kind, self.tail.outbound_kind = INBOUND, TAIL, GONE
        self.is_apart = False  # see `take_apart`
        self.has_coroutines = False  # whether any context ever had a mailbox
        # Whether any handler overrides these events of the published package: they are not fired for nobody.
        self.wants_events = False
        self.wants_write_complete = False
        self.revision = 0  # another one after each change: who goes by the handlers beside it looks again
        self._chain = Chain(self.head, self.tail)
        self.rules_reading = False  # whether any handler has a say in whether the network is read
        self.membership = Membership(self, self._chain)
        self.link()

    # Changing the chain.

    def add_first(self, *handlers: AnyHandler | Executor, name: str | None = None) -> ChannelPipeline:
        """Put *handlers* next to the network, the first of them nearest; an executor as `add_last`."""
        present = self.contexts()
        return self._insert(present[0] if present else self.tail, handlers, name)

    def add_last(self, *handlers: AnyHandler | Executor, name: str | None = None) -> ChannelPipeline:
        """Put *handlers* at the end. Without a name each is called ``SimpleName#0``, the first number that is free.

        If the first is an executor, the callbacks of the others run there, one of each at a time (`channel.coroutines.executor`).
        Raises `DuplicateHandlerNameError`, and `NotSharableError` for an object that stood in a pipeline before.
        """
        return self._insert(self.tail, handlers, name)

    def add_before(self, base: Wanted, handler: AnyHandler, name: str | None = None) -> ChannelPipeline:
        """Put *handler* before (nearer the network than) the handler with that name, of that type, or itself."""
        return self._insert(self.context(base), (handler,), name)

    def add_after(self, base: Wanted, handler: AnyHandler, name: str | None = None) -> ChannelPipeline:
        """Put *handler* after the handler with that name, of that type, or itself."""
        return self._insert(self.context(base).next, (handler,), name)

    def remove(self, wanted: type[H] | str | AnyHandler) -> H:
        """Take a handler out, by name, type or object; raises `HandlerNotFoundError`.

        A callback of it that is suspended is cancelled, unless it is the one that asks for the removal; what waits in
        its mailbox is passed on in order.
        """
        ctx = self.context(wanted)
        self.membership.leave(ctx)
        return cast(H, ctx.handler)

    def remove_if_exists(self, wanted: type[H] | str | AnyHandler) -> H | None:
        """Take a handler out if it is there; None if not."""
        return self.remove(wanted) if self.find(wanted) is not None else None

    def remove_first(self) -> AnyHandler:
        """Take out the handler next to the network."""
        return self.remove(self._any_context(0).name)

    def remove_last(self) -> AnyHandler:
        """Take out the last handler."""
        return self.remove(self._any_context(-1).name)

    def replace(self, wanted: type[H] | str | AnyHandler, handler: AnyHandler, name: str | None = None) -> H:
        """Put *handler* in the place of another and return that.

        The new one's handler_added runs before the old one's handler_removed, and what the old one still forwards,
        a decoder its unread bytes for instance, flows into the new one.
        """
        old = self.context(wanted)
        new = self._new_context(handler, name, old)
        self._chain.insert_behind(old, new)
        self.link()
        # First the old one sees nothing more, then the new one is told that it came, then the old one that it went: what either of them
        # fires in these callbacks meets the chain as it will be.
        self.membership.retire(old)
        self.membership.add(new)
        self.membership.leave(old)
        return cast(H, old.handler)

    def _insert(self, follower: ChannelHandlerContext, handlers: tuple[Any, ...], name: str | None) -> ChannelPipeline:
        if self.is_apart:
            self._put_together()
        executor: Executor | None = None
        if handlers and isinstance(handlers[0], Executor):
            executor, handlers = handlers[0], handlers[1:]
        if name is not None and len(handlers) != 1:
            raise ChannelPipelineError(f"name {name!r} for {len(handlers)} handlers: add them one by one to name them")
        last: Any = handlers[-1] if handlers else None
        for handler in handlers:
            try:
                ctx = self._new_context(handler, name, None)
            except Exception:
                self.link()  # those before it may have been left for it to link
                raise
            if executor is not None:
                ctx.actor = ctx.target = ExecutorHandler(executor, handler, ctx)
            self._chain.insert(ctx, follower)
            self.membership.add(ctx, handler is not last)
        return self

    def _new_context(self, handler: Any, name: str | None, instead_of: ChannelHandlerContext | None) -> ChannelHandlerContext:
        if not isinstance(handler, ChannelHandler):
            raise ChannelPipelineError(f"{handler!r} is not a ChannelHandler; add an object of a class derived from it")
        if name is None:
            chosen = self._free_name(handler)
        else:
            chosen = name
            if any(ctx.name == name and ctx is not instead_of for ctx in self.contexts()):
                raise DuplicateHandlerNameError(name)
        if not handler.sharable:
            if handler.was_added:
                raise NotSharableError(handler)
            handler.was_added = True
        return ChannelHandlerContext(self, chosen, handler)

    def _free_name(self, handler: AnyHandler) -> str:
        # hot path: once for each handler of a stream of HTTP/2. Most are the only one of their class in the pipeline.
        of_class = type(handler).__name__
        first = _FIRST_NAMES.get(of_class)
        if first is None:
            first = sys.intern(f"{of_class}#0")  # one string for all channels
            if len(_FIRST_NAMES) < _MOST_NAMES:
                _FIRST_NAMES[of_class] = first
        if not self._chain.has_name(first):
            return first
        number = 1
        while self._chain.has_name(name := f"{of_class}#{number}"):
            number += 1
        return sys.intern(name)

    def link(self) -> None:
        """The chain has changed, or what a context of it wants to see."""
        self.revision += 1
        present = self._chain.link()
        self.wants_events = present & _CHANNEL_EVENT != 0
        self.wants_write_complete = present & _CHANNEL_WRITE_COMPLETE != 0
        self.rules_reading = self._chain.reader is not None

    def destroy(self) -> None:
        """Remove every handler, last to first, as the channel is gone."""
        self.membership.destroy()

    def take_apart(self, stranger: ChannelPipeline) -> None:
        """Let the ends and the membership know *stranger* instead of each other: all handlers have left, and nobody is to find a circle."""
        self.is_apart = True
        self._chain.take_apart(stranger.head, stranger.tail)
        self.membership.serve(stranger)

    def _put_together(self) -> None:
        self.is_apart = False
        self.membership.serve(self)
        self.link()

    # Looking.

    def find(self, wanted: Wanted) -> ChannelHandlerContext | None:
        """The context of the handler with that name, of that type, or of that object; None if it is not here."""
        for ctx in self.contexts():
            if ctx.handler is wanted or ctx.name == wanted or (isinstance(wanted, type) and isinstance(ctx.handler, wanted)):
                return ctx
        return None

    def context(self, wanted: Wanted) -> ChannelHandlerContext:
        """The same as `find`; raises `HandlerNotFoundError`."""
        ctx = self.find(wanted)
        if ctx is None:
            raise HandlerNotFoundError(wanted, self.names())
        return ctx

    def get(self, wanted: type[H] | str | AnyHandler) -> H | None:
        """The handler with that name or of that type; None if it is not here."""
        ctx = self.find(wanted)
        return None if ctx is None else cast(H, ctx.handler)

    def first(self) -> AnyHandler | None:
        """The handler next to the network, or None."""
        return next((ctx.handler for ctx in self.contexts()), None)

    def last(self) -> AnyHandler | None:
        """The last handler, or None."""
        return next((ctx.handler for ctx in reversed(self.contexts())), None)

    def names(self) -> list[str]:
        """The names of the handlers, head to tail."""
        return [ctx.name for ctx in self.contexts()]

    def contexts(self) -> list[ChannelHandlerContext]:
        """The contexts, head to tail; a copy."""
        return self._chain.present()

    def mailboxes(self) -> list[Mailbox]:
        """The mailboxes of all contexts, of those too that leave when theirs are empty."""
        return self._chain.mailboxes() if self.has_coroutines else []

    def handlers_at_work(self) -> list[str]:
        """The names of the handlers that have a coroutine callback under way."""
        return list(dict.fromkeys([mailbox.ctx.name for mailbox in self.mailboxes() if not mailbox.is_idle]))

    def has_mail(self) -> bool:
        """True if any coroutine callback is under way, any event waits for one, or what was read is not handed on yet."""
        if self.channel.reading.has_paused():
            return True
        return self.has_coroutines and any(not mailbox.is_idle for mailbox in self.mailboxes())

    def has_outbound_mail(self) -> bool:
        """True if any operation is on its way through a coroutine handler."""
        return self.has_coroutines and self._chain.has_outbound_mail()

    def _any_context(self, position: int) -> ChannelHandlerContext:
        contexts = self.contexts()
        if not contexts:
            raise HandlerNotFoundError("first or last", [])
        return contexts[position]

    def __iter__(self) -> Iterator[tuple[str, AnyHandler]]:
        return iter([(ctx.name, ctx.handler) for ctx in self.contexts()])

    def __len__(self) -> int:
        return len(self.contexts())

    def __contains__(self, wanted: Wanted) -> bool:
        return self.find(wanted) is not None

    def __repr__(self) -> str:
        return f"<ChannelPipeline {' -> '.join(self.names()) or 'empty'}>"

    # Starting events at the head.

    def fire_channel_registered(self) -> Awaitable[None]:
        """Send the event through the pipeline from its head."""
        return self.head.fire_channel_registered()

    def fire_channel_unregistered(self) -> Awaitable[None]:
        """Send the event through the pipeline from its head."""
        return self.head.fire_channel_unregistered()

    def fire_channel_active(self) -> Awaitable[None]:
        """Send the event through the pipeline from its head."""
        return self.head.fire_channel_active()

    def fire_channel_inactive(self) -> Awaitable[None]:
        """Send the event through the pipeline from its head."""
        return self.head.fire_channel_inactive()

    def fire_channel_read(self, msg: object) -> Awaitable[None]:
        """Send *msg* through the pipeline from its head."""
        return self.head.fire_channel_read(msg)

    def fire_channel_read_complete(self) -> Awaitable[None]:
        """Send the event through the pipeline from its head."""
        return self.head.fire_channel_read_complete()

    def fire_channel_writability_changed(self) -> Awaitable[None]:
        """Send the event through the pipeline from its head."""
        return self.head.fire_channel_writability_changed()

    def fire_user_event_triggered(self, event: object) -> Awaitable[None]:
        """Send *event* through the pipeline from its head."""
        return self.head.fire_user_event_triggered(event)

    def fire_channel_event(self, event: ChannelEvent, *args: Any) -> Awaitable[None]:
        """Send a `ChannelEvent` through the pipeline from its head."""
        return self.head.fire_channel_event(event, *args)

    def fire_channel_write_complete(self) -> Awaitable[None]:
        """Send the event through the pipeline from its head."""
        return self.head.fire_channel_write_complete()

    def fire_exception_caught(self, error: Exception) -> Awaitable[None]:
        """Send *error* through the pipeline from its head."""
        return self.head.fire_exception_caught(error)

    # Starting operations at the tail.

    def write(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[None]:
        """Write *msg* through all handlers; as `ChannelHandlerContext.write`."""
        return self.tail.write(msg, promise)

    def flush(self) -> Awaitable[None]:
        """Send what was written."""
        return self.tail.flush()

    def write_and_flush(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[None]:
        """Write *msg* through all handlers and send it."""
        return self.tail.write_and_flush(msg, promise)

    def read_by_itself(self) -> None:
        """Let all handlers that have a say pass on that the channel reads by itself; the others are left alone, busy or not."""
        # Not from the tail, as a read that somebody asks for: it would wait in the mailbox of each coroutine handler on the way, behind
        # writes that may wait for what is to be read.
        reader = self._chain.reader or self.head
        try:
            if reader is self.head:
                self.channel.begin_read()
            else:
                reader._operate("read", ())
        except BaseException as error:  # noqa: BLE001  # as of a read that somebody asks for
            reader.callback_raised(error)

    def read(self) -> Awaitable[None]:
        """Ask for one more read from the network."""
        return self.tail.read()

    def bind(self, address: object, promise: ChannelPromise | None = None) -> ChannelPromise:
        """Listen on *address*."""
        return self.tail.bind(address, promise)

    def connect(self, address: object, promise: ChannelPromise | None = None) -> ChannelPromise:
        """Connect to *address*."""
        return self.tail.connect(address, promise)

    def disconnect(self, promise: ChannelPromise | None = None) -> ChannelPromise:
        """Give up the peer."""
        return self.tail.disconnect(promise)

    def close(self, promise: ChannelPromise | None = None) -> ChannelPromise:
        """Close the channel through all handlers."""
        return self.tail.close(promise)

    def deregister(self, promise: ChannelPromise | None = None) -> ChannelPromise:
        """Leave the event loop."""
        return self.tail.deregister(promise)


give_methods(ChannelPipeline, ChannelPipeline13)
