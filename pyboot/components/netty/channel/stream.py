"""StreamChannel: a channel that one stream of another channel carries, as of HTTP/2 and QUIC.

::

    connection:  transport <──> Channel  [ … codec  multiplexer ]
                                                       │ stream 1 ──> StreamChannel [ your handlers ]
                                                       │ stream 3 ──> StreamChannel [ your handlers ]

Theory of operation. The connection is the stream's network. What comes for a stream waits in its *inbox*, and the connection says at the
end of its own read, to each stream that got something, `deliver`: then all of it is handed on as one read. A stream that does not read, for
whichever of the reasons that `Reading` knows, keeps its inbox, and nobody else waits for it. What a stream sends it gives to its connection
in `transmit`, which a protocol supplies; a peer that leaves no room for it makes it wait, and nobody else.

Law 1. Messages are handed on in the order they came, and the end of the input behind the last of them, whether the stream reads or not.
Law 2. A message is given back to the peer's window (`consumed`) when it was handed on, or dropped: what nobody reads stops the peer.
Law 3. Without `auto_read` each `read()` hands on one message. Law 4. A stream that is lost drops its inbox at once where the loss is an
error, as bytes of a connection that is reset are lost. Law 5. A stream that the peer gives no room for ``WRITE_STALL_TIMEOUT`` is
reset, however busy its connection is. Law 6. A stream lives on the loop of its connection, and never longer than that.

Source: Netty's ``AbstractHttp2StreamChannel`` and ``QuicheQuicStreamChannel``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mypy_extensions import i64, mypyc_attr, u8

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.errors import ClosedChannelError, WriteStallError

from .channel import Channel
from .close_reason import CloseReason
from .config import ChannelConfig
from .fault import cut_off
from .initializer import FunctionInitializer
from .life.budget import TURN_CALLS
from .life.closing import ACTIVE, CLOSED, CLOSING, NEW, REGISTERED
from .life.deadline import Deadline
from .life.writability import Writability
from .pipeline import ChannelPipeline
from .promise import Completed

if TYPE_CHECKING:
    from .handler import ChannelHandler

__all__ = ["StreamChannel"]

# The input of a stream.
_OPEN: Final = 0
_ENDING: Final = 1  # its end stands behind what is in the inbox
_ENDED: Final = 2


@mypyc_attr(allow_interpreted_subclasses=True)
class StreamChannel(Channel):
    """A stream of *parent*; a protocol supplies `transmit`, `unsent`, `finish_stream`, `reset_stream` and `consumed`."""

    def __init__(self, parent: Channel, config: ChannelConfig, stream_id: int) -> None:
        self._has_begun = self._is_alone = False  # first: its parts ask for the pipeline
        super().__init__(parent.loop, config, parent.loop_state)
        self.parent = parent
        self.connection: Channel = parent
        self.stream_id: i64 = stream_id
        self._inbox: list[tuple[object, int]] = []  # short, for the peer's window bounds it
        self._input: u8 = _OPEN
        self._is_due = False
        self._is_at_rest = False  # no handler is on the stack
        self._handler: ChannelHandler[Any] | None = None  # that the pipeline begins with
        self._stall: Deadline | None = None
        self._stalled_size = 0

    # What the connection tells.

    def begin(self, handler: ChannelHandler[Any] | None) -> None:
        """Let the stream live, with *handler* in its pipeline, an initializer as a rule."""
        self.begin_later(handler)
        self.has_to_live()

    def begin_later(self, handler: ChannelHandler[Any] | None) -> None:
        """As `begin`, but not before the first `deliver`, or whoever says before that that it has to live.

        A stream that begins, is served and ends in one go finds all that it needs where the one before has left it.
        """
        self.connection.closing.holds(self.closing)
        self._handler = handler

    def has_to_live(self) -> None:
        """Begin, unless that was done."""
        if not self._has_begun:
            self.run_in_context(self._begin)

    def _begin(self) -> None:
        self._has_begun = True
        handler = self._handler
        if handler is not None and type(handler) is not FunctionInitializer:
            self._pipeline.add_last(handler)
        self.register()
        self.activate()

    def register(self) -> None:
        handler, self._handler = self._handler, None
        # A function needs no place in the pipeline to fill it: putting it in and taking it out costs more than all that it adds.
        if type(handler) is FunctionInitializer and self.state == NEW:
            self.is_registered = True
            self.closing.move(REGISTERED)
            self.loop_state.channels.add(self)
            self._pipeline.membership.register()
            if not handler.fill(self, "FunctionInitializer#0"):
                self.closing.begin()
        super().register()

    def arrived(self, msg: object, size: int) -> None:
        """Keep *msg*, which takes *size* bytes of the peer's window, until `deliver`; of a stream that closes it is dropped."""
        if self.state >= CLOSING or self._input != _OPEN:
            release(msg)
            self.consumed(size)
        else:
            self._inbox.append((msg, size))

    def deliver(self) -> None:
        """Hand on what has come, as one read, if the stream reads; the end of the input behind the last of it."""
        # hot path: once for each stream that got something in a read of its connection.
        if self.in_context:
            self._deliver_here(False)
            return
        self.in_context = True
        try:
            context = self._context
            (self.own_context() if context is None else context).run(_DELIVER_HERE, self, True)
        finally:
            self.in_context = False

    def _deliver_here(self, is_outermost: bool) -> None:
        if not self._has_begun:
            self._begin()
        if self._inbox and self.reading.is_on and not self.is_delivering:
            self.begin_turn()
            if not self._pipeline.has_coroutines or not is_outermost or self.loop_state.in_burst:
                self._hand_on()
            else:
                self.run_burst(self._hand_on)
        if self._input == _ENDING and not self._inbox:
            self._input = _ENDED
            self._is_at_rest = is_outermost
            try:
                self.input_finished()
            finally:
                self._is_at_rest = False

    def ends_at_once(self) -> bool:
        return self._is_at_rest

    # The circle. A channel and its parts know each other, as contexts and their ends do, and the collector would have to take each stream
    # apart, which costs as much as half a request. So a stream that is over lets its parts know a stranger in its place, a closed channel
    # of the loop, and forgets those that its users may hold, which know it still. Who asks it for one of them gets a new one.

    def has_ended(self) -> None:
        if self._pipeline.has_coroutines or self.writability.is_awaited:
            return
        stranger: Channel | None = self.loop_state.stranger
        if stranger is None:
            stranger = self.loop_state.stranger = Channel(self.loop, ChannelConfig(), self.loop_state)
            stranger.state = CLOSED
        self._pipeline.take_apart(stranger._pipeline)
        self._know(stranger)
        self._pipeline, self.writability, self.done = stranger._pipeline, stranger.writability, stranger.done
        self._is_alone = True

    def _know(self, channel: Channel) -> None:
        self.outbound.channel = channel
        self.reading.serve(channel)
        self.writing.serve(channel)
        self.closing.serve(channel)

    def _come_back(self) -> None:
        self._is_alone = False
        self._pipeline = ChannelPipeline(self)
        self._pipeline.membership.register()
        self.writability = Writability(self)
        self.done = Completed(self)
        self._know(self)

    def pipeline(self) -> ChannelPipeline:
        if self._is_alone:
            self._come_back()
        return self._pipeline

    def flush_outbound(self) -> None:
        if self._is_alone:
            self._come_back()
        super().flush_outbound()

    def begin_read(self) -> None:
        if self._is_alone:
            self._come_back()
        super().begin_read()

    def _hand_on(self) -> None:
        reading = self.reading
        pipeline = self._pipeline
        head = pipeline.head
        inbox = self._inbox
        count: i64 = 0
        size: i64 = 0
        self.is_delivering = True
        try:
            while inbox and reading.is_on and count < TURN_CALLS:
                if not self.config.auto_read or pipeline.rules_reading:
                    reading.use()
                count += 1
                msg, length = inbox.pop(0)
                size += length
                head.fire_channel_read(msg)
            head.fire_channel_read_complete()
        finally:
            self.is_delivering = False
        if pipeline.rules_reading:
            reading.again()
        reading.delivered()
        self.turn_calls += count
        if size:
            self.consumed(int(size))  # last: a reader that has paused, or closed, is known to have
        if inbox and reading.is_on:
            self._deliver_later()

    def _deliver_later(self) -> None:
        if not self._is_due:
            self._is_due = True
            self.loop_state.turns.later(self._deliver_due)

    def _deliver_due(self) -> int:
        self._is_due = False
        self.turn_calls = 0
        if self.state < CLOSED:
            self.deliver()
        return int(self.turn_calls)

    def end_input(self) -> None:
        """Note that nothing more will come; with the next `deliver` that is told behind what is in the inbox."""
        if self._input == _OPEN:
            self._input = _ENDING

    def is_input_ending(self) -> bool:
        """True if the end of the input stands behind what is in the inbox: `input_finished` follows."""
        return self._input == _ENDING

    def input_finished(self) -> None:
        """All that came was handed on, and nothing more will come; by default as of any connection whose peer has finished."""
        if self.state == ACTIVE:
            self.close_cause = ClosedChannelError("the peer has finished the stream")
        self.input_ended()

    @property
    def has_unread(self) -> bool:
        """True if something has come that is not handed on."""
        return bool(self._inbox)

    # What a protocol supplies.

    def consumed(self, size: int) -> None:
        """So many bytes of the peer's window are free again."""

    def finish_stream(self) -> None:
        """End the own side in order, all of it is sent; called once, when the channel closes."""
        raise NotImplementedError

    def reset_stream(self, cause: Exception | None) -> None:
        """End both sides now, because of *cause*; harmless for a stream that is over."""
        raise NotImplementedError

    # What the channel asks for.

    def is_stream(self) -> bool:
        return True

    def is_carrier_gone(self) -> bool:
        return self.connection.is_carrier_gone()

    def set_reading(self, wanted: bool) -> None:
        if wanted and self._inbox and not self.is_delivering:
            self._deliver_later()

    def shut(self) -> None:
        self.finish_stream()
        self.lost(None)

    def shut_now(self) -> None:
        if self.state != CLOSED:
            self.reset_stream(self.close_cause)
            self.lost(None)

    def lost(self, error: Exception | None) -> None:
        self._output_moves()
        inbox, self._inbox = self._inbox, []
        for msg, size in inbox:
            release(msg)
            self.consumed(size)
        self._input = _ENDED
        super().lost(error)

    def local_address(self) -> Any:
        return self.connection.local_address()

    def remote_address(self) -> Any:
        return self.connection.remote_address()

    # A peer that takes nothing (law 5).

    def output_waits(self) -> None:
        """The peer leaves no room for what `transmit` was given: a protocol says so, and `drained` when it is sent."""
        seconds = self.config.write_stall_timeout
        if self._stall is None and seconds > 0:
            self._stalled_size = self.unsent()
            self._stall = Deadline(self.loop, seconds, self._write_stalled, seconds)

    def drained(self) -> None:
        self._output_moves()
        super().drained()

    def _output_moves(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _write_stalled(self, seconds: float) -> None:
        self._stall = None
        if self.unsent() < self._stalled_size:
            self.output_waits()
        else:
            error = WriteStallError(int(self.outbound.pending), seconds)
            cut_off(self, CloseReason.WRITE_STALL_TIMEOUT, error)
            self.reset_stream(error)
            self.lost(error)


# hot path: the function itself; making a bound method of it costs more than the call.
_DELIVER_HERE: Final[Callable[[StreamChannel, bool], None]] = StreamChannel._deliver_here
