"""Reading: whether a channel reads, and what stands between a peer that sends and a handler that cannot keep up.

Theory of operation. A read is *asked* for (`ask`), used up by what comes (`use`), and asked for again. Where the channel reads by itself
(`auto_read`) it asks anew at the end of each read (`again`), through all handlers: one that keeps the request to itself stops the
reading until it passes one on. In a pipeline where no handler has a say (`ChannelPipeline.rules_reading`) all of that would
change nothing, and is left out. Asked for is one thing, possible another: `update` brings them together, and it alone tells the transport::

    state     asked   the transport reads
    idle      no      no
    waiting   yes     no     something forbids it: a pause, a deferred read, a channel that is not active or not registered
    reading   yes     yes
    unasked   no      yes    the read was used up, and whether the next is asked for is known at the end of this one; also a
                             transport that is new, for they all begin by reading
    ended     -       -      nothing more will come: the peer has finished, the server wants to end, or the channel closes

Law 1. The states follow the table. Law 2. The transport is told by `update` alone, and only what changes for it: a state, not a switch.
Law 3. Whoever cannot keep up pauses it (`pause`), and resumes as often: the network is read while nobody has paused. Law 4. Nothing leaves
ENDED. Law 5. The end of the input closes the channel when all that came before it was handled, or after the close timeout, which
is a deadline of this file; where half-closure is allowed it is told instead, and law 6 holds. Law 6. A connection whose peer has
finished sending is kept for what is still written to it: where the network takes nothing for the half-close timeout, it is cut off.

What keeps a read from being handed on whole, paused decoders, has a theory of its own: `pausing`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i32, u8

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.errors import ReadTimeoutError

from .closing import ACTIVE
from .deadline import Deadline
from .pausing import Pausing

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel

__all__ = ["ENDED", "IDLE", "READING", "UNASKED", "WAITING", "Reading"]

IDLE: Final = 0
WAITING: Final = 1
READING: Final = 2
UNASKED: Final = 3
ENDED: Final = 4

# What becomes of each state: by `ask`, by `use`, and by `update` where it may not, or may, read.
_ON_ASK: Final[tuple[int, ...]] = (WAITING, WAITING, READING, READING, ENDED)
_ON_USE: Final[tuple[int, ...]] = (IDLE, IDLE, UNASKED, UNASKED, ENDED)
_ON_MUST_NOT: Final[tuple[int, ...]] = (IDLE, WAITING, WAITING, IDLE, ENDED)
_ON_MAY: Final[tuple[int, ...]] = (IDLE, READING, READING, IDLE, ENDED)


@final
class Reading:
    """The reading of one channel: whether it is asked for, and whether it may be; made with it. On its loop."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.state: u8 = IDLE
        self.pauses: i32 = 0
        # Mailboxes without room, and the bytes that wait in them.
        self.full_mailboxes: i32 = 0
        self.mailed_bytes = 0
        self._pausing: Pausing | None = None
        self._deadline: Deadline | None = None
        self._close: Callable[[], object] | None = None

    @property
    def is_asked(self) -> bool:
        """True if the next read was asked for."""
        return self.state == WAITING or self.state == READING

    @property
    def is_on(self) -> bool:
        """True if the transport reads."""
        return self.state == READING or self.state == UNASKED

    def serve(self, channel: Channel) -> None:
        """Be the reading of *channel* from here on."""
        self._channel = channel

    # Asked for.

    def ask(self) -> None:
        """One more read is wanted."""
        self.state = _ON_ASK[self.state]
        self.update()

    def use(self) -> None:
        """A read has brought something: the next one must be asked for."""
        self.state = _ON_USE[self.state]
        if not self._channel.config.auto_read:
            self.update()

    def set_auto_read(self, wanted: bool) -> None:
        """Let the channel read by itself from here on, or for each request only."""
        channel = self._channel
        if wanted != channel.config.auto_read:
            channel.own_config().auto_read = wanted
            if wanted:
                channel.read()
            else:
                self.cancel()

    def cancel(self) -> None:
        """Withdraw the request for a read."""
        self.state = _ON_USE[self.state]
        self.update()

    def again(self) -> None:
        """The read is over, or will be when all of it is handed on: where the channel reads by itself, ask for the next then."""
        channel = self._channel
        pipeline = channel.pipeline()
        if not pipeline.rules_reading:
            if channel.config.auto_read:
                self.state = _ON_ASK[self.state]
        elif self.has_paused():
            self.when_handed_on(self.again)
        elif channel.config.auto_read and channel.state == ACTIVE:
            pipeline.read_by_itself()
            if not self.is_asked and pipeline.has_outbound_mail():
                self.state = _ON_ASK[self.state]  # the request waits behind writes, which may wait for what is to be read
            self.update()

    # Possible.

    def begin(self) -> None:
        """Begin with a transport that is there, and reads, as they all do until they are told not to."""
        if self.state != ENDED:
            self.state = READING if self.is_asked else UNASKED

    def start(self) -> None:
        """Read from here on, where that was asked for, as the channel is active."""
        if self.is_asked:
            self.update()
        elif not self.is_on and self._channel.state == ACTIVE:
            self._channel.set_reading(False)  # the transport has not been told yet that it is its turn not to

    def pause(self) -> None:
        """Somebody cannot keep up: stop until `resume` was called as often."""
        self.pauses += 1
        self.update()

    def resume(self) -> None:
        """Somebody has caught up."""
        self.pauses -= 1
        self.update()

    def update(self) -> None:
        """Start or stop, as it is wanted and possible now."""
        # Everybody who changes one of these conditions calls this, and nobody who does need know the others.
        channel = self._channel
        may = channel.state == ACTIVE and channel.is_registered and self.pauses == 0 and not self.has_paused()
        if may and channel.config.auto_read and not channel.pipeline().rules_reading:
            self.state = _ON_ASK[self.state]  # as nobody is asked
        was_on = self.is_on
        self.state = _ON_MAY[self.state] if may else _ON_MUST_NOT[self.state]
        is_on = self.state == READING
        if is_on != was_on:
            channel.set_reading(is_on)

    # The end.

    def end(self, close: Callable[[], object] | None = None) -> None:
        """The peer has finished sending: close when all that came before is handled, or tell (law 5).

        *close* is how: by default at once, past all handlers. Whoever knows of the end too, as TLS does, may have more to send, and
        may say so after the end.
        """
        channel = self._channel
        if channel.state != ACTIVE:
            return
        if close is not None:
            self._close = close
        if self.state == ENDED:
            return  # told twice, by TLS and by the network: how to close may be news (above), that it ends is none
        may_go_on = channel.config.allow_half_closure
        # Not in the middle of a read: the rest of it came before the end. Where the end closes, what is paused is waited for below,
        # within the close timeout; where it is only told, it has to be told behind that.
        if channel.is_delivering or (may_go_on and self.has_paused()):
            self.when_handed_on(self.end)
            return
        self._finish()
        if may_go_on:
            self.watch_output()
            channel.run_in_context(channel.pipeline().fire_user_event_triggered, INPUT_SHUTDOWN)
        elif channel.pipeline().has_mail():
            self._deadline = Deadline(channel.loop, channel.config.close_timeout, self._close_channel, restores=True)
        else:
            self._close_channel()

    def watch_output(self) -> None:
        """The peer has finished sending: look, after the half-close timeout, whether anything more was taken by the network (law 6)."""
        channel = self._channel
        if self._deadline is None and channel.state == ACTIVE and channel.config.half_close_timeout > 0:
            self._look_later()

    def _look_later(self) -> None:
        channel = self._channel
        self._deadline = Deadline(channel.loop, channel.config.half_close_timeout, self._judge_output, channel.output_progress())

    def _judge_output(self, before: tuple[int, int]) -> None:
        channel = self._channel
        if channel.output_progress() != before:
            self._look_later()
            return
        self._deadline = None
        seconds = channel.config.half_close_timeout
        error = ReadTimeoutError(seconds, f"the peer has finished sending, and has taken nothing for {seconds:g} s")
        cut_off(channel, CloseReason.HALF_CLOSE_TIMEOUT, error)
        channel.closing.abort(error)

    def handled(self) -> None:
        """A handler has caught up: if it was the last with anything of an input that has ended, close."""
        channel = self._channel
        if self.state == ENDED and channel.state == ACTIVE and not channel.config.allow_half_closure and not channel.pipeline().has_mail():
            self._close_channel()

    def _close_channel(self) -> None:
        if self._close is None:
            self._channel.closing.begin()
        else:
            self._channel.run_in_context(self._close)

    def stop(self) -> None:
        """The channel closes."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._finish()

    def _finish(self) -> None:
        was_on = self.is_on
        self.state = ENDED
        if was_on:
            self._channel.set_reading(False)

    # What was read and is not handed on yet.

    def defer(self, go_on: Callable[[], None]) -> None:
        """A decoder leaves the rest of a read for a later turn, in which *go_on* is called; nothing is read before that is over."""
        if self._pausing is None:
            self._pausing = Pausing(self._channel)
        self._pausing.add(go_on)

    def has_paused(self) -> bool:
        """True if what was read is not handed on yet."""
        return self._pausing is not None and not self._pausing.is_over

    def when_handed_on(self, act: Callable[[], object]) -> None:
        """Call *act* once all that was read is handed on, with its channel_read_complete."""
        if self._pausing is None:
            self._pausing = Pausing(self._channel)
        self._pausing.when_over(act)

    def delivered(self) -> None:
        """A read was handed on, but for what has paused."""
        if self._pausing is not None:
            self._pausing.delivered()

    def mailbox_filled(self, size: int) -> None:
        """A mailbox has no room, with *size* bytes in it.

        Nothing is read, and decoders hand nothing on, until `mailbox_emptied` was called as often.
        """
        # Counted, not switched: several handlers of a channel may be behind, and each tells when it has caught up.
        self.full_mailboxes += 1
        self.mailed_bytes += size
        self._channel.must_pause = True
        self.pause()
        self._channel.account_memory()

    def mailbox_emptied(self, size: int) -> None:
        """There is room again."""
        self.full_mailboxes -= 1
        self.mailed_bytes -= size
        if self.full_mailboxes == 0:
            self._channel.must_pause = self.has_paused()
            if self._pausing is not None:
                self._pausing.request()
        self.resume()
        self._channel.account_memory()
