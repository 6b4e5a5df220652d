"""The reading half of a channel's life: what comes from the network, how much of it a turn, and where its callbacks run.

`ChannelLifecycle` derives from this. Everything here happens on the channel's loop.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mypy_extensions import i64, mypyc_attr

from .budget import TURN_BYTES, TURN_CALLS
from .event import ChannelEvent
from .mailbox import Mailbox
from .pausing import Pausing
from .state import ACTIVE, NEW

if TYPE_CHECKING:
    from .config import ChannelConfig
    from .context import ChannelHandlerContext
    from .loop_state import LoopState
    from .pipeline import ChannelPipeline

__all__ = ["ChannelReading"]


@mypyc_attr(allow_interpreted_subclasses=True)
class ChannelReading:
    """Whether the channel reads, and what it does with what it has read."""

    # Made by `Channel`, for itself.
    _pipeline: ChannelPipeline

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        self.loop = loop
        self.config = config
        self.state = NEW
        self.is_registered = False
        self.loop_state = loop_state
        self.in_context = False
        self._context: contextvars.Context | None = None
        # For the hot path: making a bound method, and calling one through `run_in_context`, costs more than a read does.
        self._run: Callable[..., Any] = self.run_in_context
        self._delivery: Callable[[object], None] = self._deliver
        self._is_reading = False
        self._read_wanted = False
        self._reading_pauses = 0
        # What was done since the loop had its turn (see `budget`), and whether decoders must leave the rest for a later one.
        self.turn_calls: i64 = 0
        self.turn_bytes: i64 = 0
        self._awaits: i64 = 0
        self.must_pause = False
        self.full_mailboxes = 0
        self.mailed_bytes = 0  # in those that are full
        self._pausing: Pausing | None = None

    # What a transport tells.

    def received(self, msg: object) -> None:
        """One read from the network: the message, the end of the read, and the next read if that is wanted."""
        # hot path: once for each read (tests/bench/test_raw.py).
        self.turn_calls = 0
        self.turn_bytes = 0
        pipeline = self._pipeline
        if not self.config.auto_read or pipeline.rules_reading:
            self.use_read()
        state = self.loop_state
        if pipeline.wants_events:
            self.run_in_context(pipeline.fire_channel_event, ChannelEvent.READ_DO, msg)
        if self.in_context:
            self._deliver(msg)
        elif state.in_burst or not pipeline.has_coroutines:
            self.in_context = True
            try:
                self._run(self._delivery, msg)
            finally:
                self.in_context = False
        else:
            self.run_in_context(self._received_in_burst, msg)

    def _deliver(self, msg: object) -> None:
        # hot path: once for each read.
        head = self._pipeline.head
        head.fire_channel_read(msg)
        head.fire_channel_read_complete()
        if self._pipeline.rules_reading:
            self.read_again()

    def _received_in_burst(self, msg: object) -> None:
        state = self.loop_state
        state.in_burst = True
        try:
            self._deliver(msg)
        finally:
            state.end_burst()

    # Whether to read. A read is wanted (`begin_read`), used up by what comes (`use_read`), and wanted again. Where the channel reads by
    # itself it asks anew at the end of each read (`read_again`), through all handlers: one that keeps the request to itself stops the
    # reading until it passes one on. In a pipeline where no handler has a say all of that would change nothing, and is left out.

    def use_read(self) -> None:
        """A read has brought something: the next one must be asked for."""
        self._read_wanted = False
        if not self.config.auto_read:
            self.update_reading()

    def read_again(self) -> None:
        """The read is over, or will be when all of it is handed on: where the channel reads by itself, ask for the next then."""
        if not self._pipeline.rules_reading:
            self._read_wanted = self._read_wanted or self.config.auto_read
        elif self.has_paused():
            self.when_handed_on(self.read_again)
        elif self.config.auto_read and self.state == ACTIVE:
            self._pipeline.read_by_itself()
            if not self._read_wanted and self._pipeline.has_outbound_mail():
                self._read_wanted = True  # the request waits behind writes, which may wait for what is to be read
            self.update_reading()

    def begin_read(self) -> None:
        """One more read is wanted."""
        self._read_wanted = True
        self.update_reading()

    def pause_reading(self) -> None:
        """Somebody cannot keep up: stop reading until `resume_reading` was called as often."""
        self._reading_pauses += 1
        self.update_reading()

    def resume_reading(self) -> None:
        """Somebody has caught up."""
        self._reading_pauses -= 1
        self.update_reading()

    def update_reading(self) -> None:
        """Start or stop reading, as it is wanted and possible now."""
        may_read = self.state == ACTIVE and self.is_registered and self._reading_pauses == 0 and not self.has_paused()
        if may_read and self.config.auto_read and not self._pipeline.rules_reading:
            self._read_wanted = True  # as nobody is asked
        wanted = may_read and self._read_wanted
        if wanted != self._is_reading:
            self._is_reading = wanted
            self.set_reading(wanted)

    def set_reading(self, wanted: bool) -> None:  # a state, not a switch
        """Start or stop reading from the network."""
        raise NotImplementedError

    # Turns (see `budget`).

    def begin_turn(self) -> None:
        """The loop had its turn."""
        self.turn_calls = 0
        self.turn_bytes = 0

    def may_go_on(self) -> bool:
        """Count a call that was over at once; tell whether the next may follow without a turn of the loop between them."""
        self.turn_calls += 1
        self._awaits += 1
        if self._awaits & 3 == 0 and self.is_carrier_gone():
            return False  # not asked each time, but before asyncio logs that nobody listens, which it does from the fifth write on
        return self.turn_calls < TURN_CALLS and self.turn_bytes < TURN_BYTES

    def pause_read(self, go_on: Callable[[], None]) -> None:
        """A decoder leaves the rest of a read for a later turn, in which *go_on* is called; nothing more is read before that is over."""
        if self._pausing is None:
            self._pausing = Pausing(self)
        self._pausing.add(go_on)

    def has_paused(self) -> bool:
        """Whether what was read is not handed on yet."""
        return self._pausing is not None and not self._pausing.is_over

    def when_handed_on(self, act: Callable[[], object]) -> None:
        """Call *act* once nothing that was read waits for a later turn."""
        assert self._pausing is not None
        self._pausing.when_over(act)

    def run_burst(self, go_on: Callable[[], None]) -> None:
        """Hand on more of a read, as `received` does."""
        if not self._pipeline.has_coroutines or self.loop_state.in_burst or self.in_context:
            self.run_in_context(go_on)
        else:
            self.run_in_context(self._burst, go_on)

    def _burst(self, go_on: Callable[[], None]) -> None:
        self.loop_state.in_burst = True
        try:
            go_on()
        finally:
            self.loop_state.end_burst()

    def mailbox_filled(self, size: int) -> None:
        """A mailbox has no room, with *size* bytes in it.

        Nothing is read, and decoders hand nothing on, until `mailbox_emptied` was called as often.
        """
        self.full_mailboxes += 1
        self.mailed_bytes += size
        self.must_pause = True
        self.pause_reading()
        self.account_memory()

    def mailbox_emptied(self, size: int) -> None:
        """There is room again."""
        self.full_mailboxes -= 1
        self.mailed_bytes -= size
        if self.full_mailboxes == 0:
            self.must_pause = self.has_paused()
            if self._pausing is not None:
                self._pausing.request()
        self.resume_reading()
        self.account_memory()

    def account_memory(self) -> None:
        """What this channel holds may have changed."""
        raise NotImplementedError

    def is_carrier_gone(self) -> bool:
        """Whether the transport has found the connection dead, and will tell with the next turn of the loop."""
        return False

    # Coroutines.

    def new_mailbox(self, ctx: ChannelHandlerContext) -> Mailbox:
        """A mailbox for one direction of *ctx*."""
        return Mailbox(ctx, self.loop_state, self.config.mailbox_limit)

    def own_context(self) -> contextvars.Context:
        """The context variables of this channel: what comes from its transport, and its coroutine callbacks, share them.

        The loops have rules of their own, asyncio one context for each handle and uvloop one for each transport; so every entry from
        the transport goes through `run_in_context`. What a task or a timer of a user starts has, as always, its own.
        """
        if self._context is None:
            self._context = contextvars.copy_context()
            self._run = self._context.run
        return self._context

    def run_in_context(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call *function* where the channel's context variables hold."""
        if self.in_context:
            return function(*arguments)
        self.in_context = True
        try:
            return self.own_context().run(function, *arguments)
        finally:
            self.in_context = False

    def mail_was_delivered(self) -> None:
        """Some mailbox of this channel has run empty, or all that was read was handed on."""
        raise NotImplementedError
