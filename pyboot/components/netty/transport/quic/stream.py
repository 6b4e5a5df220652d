"""QuicStreamChannel: one stream of a QUIC connection, a channel of bytes like one of TCP.

Theory of operation. What comes for it in one turn of its connection is one read (`bytes_arrived`, `deliver_bytes`), and is given back to
the peer's window when it was handed on. What is flushed goes to the machine, which puts it into packets as the peer's window and the
network allow; `transmit` counts it as taken while less than `_TAKEN` waits there, as a socket's own buffer would. Each side ends for
itself::

    this side         the peer hears
    close             the end behind all that was flushed (FIN), and that nothing more is read (STOP_SENDING), unless it has ended
    shutdown_output   the end behind all that was flushed; reading goes on
    reset, abort      RESET_STREAM: nothing more is delivered, and STOP_SENDING

    the peer          a handler hears
    ends              INPUT_SHUTDOWN, since half-closure is what streams are for (``ALLOW_HALF_CLOSURE``)
    resets            `QuicStreamResetError`, then the end of the channel
    stops reading     `QuicStreamStopped`; what is written fails from then on. Where the peer has ended too, the end of the channel

A stream of one direction has the other one ended from the beginning. When both have ended, the channel closes.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.fault import blame_peer
from pyboot.components.netty.channel.life.closing import ACTIVE, CLOSED
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.channel.stream import StreamChannel
from pyboot.components.netty.channel.threadsafe import ThreadsafeCall
from pyboot.components.netty.transport.half_close import output_lost, shut_output

from .errors import QuicStreamResetError, QuicStreamStoppedError
from .events import QuicStreamStopped

if TYPE_CHECKING:
    from pyboot.components.netty.channel.config import ChannelConfig

    from .carrier import QuicCarrier
    from .channel import QuicChannel

__all__ = ["QuicStreamChannel"]

_TAKEN: Final = 64 * 1024


class QuicStreamChannel(StreamChannel):
    """A stream; made by `QuicChannel.create_stream`, or when the peer opens one. Its inbound messages are buffers, as TCP's."""

    connection: QuicChannel

    def __init__(self, parent: QuicChannel, config: ChannelConfig, carrier: QuicCarrier, stream_id: int) -> None:
        super().__init__(parent, config, stream_id)
        self._carrier = carrier
        self._machine = carrier.machine
        self._pieces: list[bytes] = []
        self._pieces_size = 0
        self.output_end: ChannelPromise | None = None
        self.has_peer_ended = self.is_unidirectional and self.is_local
        self._has_end_come = self._closes_when_handled = self._is_finished = False
        self.has_peer_stopped = False
        self.ends_itself = False  # a protocol closes it when its message is over: the end of the connection waits for that
        self.is_critical = False  # a protocol needs it as long as there is a connection: it ends with that, and is not waited for

    @property
    def is_unidirectional(self) -> bool:
        """True if only the side that has opened the stream sends."""
        return bool(self.stream_id & 2)

    @property
    def is_local(self) -> bool:
        """True if this side has opened the stream."""
        return bool(self.stream_id & 1) is not self._machine.configuration.is_client

    @property
    def is_ending(self) -> bool:
        """True if nothing more will come behind what is handed on now."""
        return self._has_end_come and not self.has_unread

    @property
    def has_window(self) -> bool:
        """True if the peer may send more on this stream now, for all that this side has left unread."""
        return self._machine.has_window(self.stream_id)

    @property
    def is_held_back(self) -> bool:
        """True if nothing of it leaves before the peer allows one more stream."""
        return self._machine.is_held_back(self.stream_id)

    def activate(self) -> None:
        super().activate()
        if self.is_unidirectional and not self.is_local and self.state == ACTIVE:
            output_lost(self, None)

    # What the carrier tells.

    def bytes_arrived(self, data: bytes, *, is_last: bool) -> None:
        """Keep *data* for the read that this turn will be."""
        # hot path: once for each frame.
        if data:
            self._pieces.append(data)
            self._pieces_size += len(data)
        if is_last:
            self._has_end_come = True
            self._keep()
            self.end_input()

    def _keep(self) -> None:
        if self._pieces:
            pieces, size = self._pieces, self._pieces_size
            self._pieces, self._pieces_size = [], 0
            self.arrived(ByteBuffer(pieces[0] if len(pieces) == 1 else b"".join(pieces)), size)

    def deliver_bytes(self) -> None:
        """Hand on what has come, as one read."""
        self._keep()
        self.deliver()

    def input_finished(self) -> None:
        self.has_peer_ended = True
        super().input_finished()
        if self.output_end is not None and self.output_end.is_done:
            self.close()

    def ends_at_once(self) -> bool:
        return False  # the end of the input is told to handlers, and the close behind both ends goes through them: they are on the stack

    def peer_has_reset(self, code: int) -> None:
        """Both sides end: who breaks off what it sends does not wait for an answer."""
        self._break(QuicStreamResetError(code))

    def peer_has_stopped(self, code: int) -> None:
        """Nothing more can be sent; what the peer sends is still wanted."""
        if self.state != ACTIVE:
            return
        self.has_peer_stopped = True
        error = QuicStreamStoppedError(code)
        blame_peer(error, self)
        if self.has_peer_ended and not self.has_unread:
            self._break(error)
            return
        self.close_cause = error
        self.run_in_context(output_lost, self, error)
        self.run_in_context(self._pipeline.fire_user_event_triggered, QuicStreamStopped(code))

    def _break(self, error: Exception) -> None:
        if self.state != CLOSED:
            self.reset_stream(error)
            self.lost(error)

    def may_have_room(self) -> None:
        """Go on writing, where little is left that is in no packet."""
        if self._machine.unsent(self.stream_id) < _TAKEN // 2:
            self._carrier.waiting.discard(self)
            self.drained()

    def connection_was_lost(self, error: Exception | None) -> None:
        """There is no connection any more."""
        self.lost(error)

    # What the channel asks for.

    def transmit(self, data: bytes | memoryview) -> bool:
        # hot path: once for each flush.
        machine, stream_id = self._machine, self.stream_id
        if not machine.takes(stream_id):
            return self._is_finished and not data  # broken off by the peer, as the next event tells: what waits fails then
        if data:
            machine.send_stream_data(stream_id, bytes(data))
            self._carrier.wrote()
        if machine.unsent(stream_id) < _TAKEN:
            return True
        self._carrier.waiting.add(self)
        self.output_waits()
        return False

    def unsent(self) -> int:
        return self._machine.unsent(self.stream_id)

    def consumed(self, size: int) -> None:
        if self._machine.consumed(self.stream_id, size):
            self._carrier.ask()

    def finish_stream(self) -> None:
        if self.output_end is None and self._machine.takes(self.stream_id):
            self.write_eof()
        if not self._machine.is_finished(self.stream_id):
            self._machine.stop_stream(self.stream_id, self._stop_code())
            self._carrier.ask()

    def _stop_code(self) -> int:
        """A server that has answered needs no more of the question, which is no error; who has asked cancels (RFC 9114 4.1, 4.1.1)."""
        codes = self.connection.codes
        return codes.cancelled if self.is_local else codes.no_error

    def write_eof(self) -> None:
        """End the own side, behind all that was handed over."""
        self._machine.send_stream_data(self.stream_id, b"", end_stream=True)
        self._carrier.wrote()

    def reset_stream(self, cause: Exception | None) -> None:
        code = cause.code if isinstance(cause, QuicStreamResetError | QuicStreamStoppedError) else self.connection.codes.cancelled
        self._reset(code)

    def _reset(self, code: int) -> None:
        machine, stream_id = self._machine, self.stream_id
        if not (self.is_unidirectional and not self.is_local):
            machine.reset_stream(stream_id, code)
        if not machine.is_finished(stream_id):
            machine.stop_stream(stream_id, code)
        self._carrier.ask()

    def lost(self, error: Exception | None) -> None:
        self._keep()
        self._carrier.forget(self, self.stream_id)
        if error is not None:
            blame_peer(error, self)
        super().lost(error)
        self.connection.stream_was_closed()

    def close_when_handled(self) -> None:
        """Close, once no coroutine handler is busy with what has come, nor its protocol: the connection is to end in order."""
        if self._pipeline.has_mail():
            self._closes_when_handled = True
        elif not self.ends_itself:
            self.close()

    def mail_was_delivered(self) -> None:
        super().mail_was_delivered()
        if self._closes_when_handled and not self._pipeline.has_mail():
            self._closes_when_handled = False
            self.close_when_handled()

    # What users do.

    def reset(self, code: int) -> None:
        """Break both sides off now, with the application's error *code*; nothing more is delivered. On the channel's loop."""
        if self.state != CLOSED:
            self._reset(code)
            self.abort()

    def stop(self, code: int) -> None:
        """Ask the peer to send nothing more, for the reason *code* of the application; what it has sent is still handed on."""
        if not self._machine.is_finished(self.stream_id):
            self._machine.stop_stream(self.stream_id, code)
            self._carrier.ask()

    def shutdown_output(self, promise: ChannelPromise | None = None) -> Awaitable[Any]:
        """End the own side: what was flushed is delivered, later writes fail, reading goes on. The peer's end closes the channel then."""
        answer = self.new_promise() if promise is None else promise
        return shut_output(self, answer) if self.in_event_loop() else ThreadsafeCall(self, shut_output, self, answer)

    def finish_output(self) -> None:
        """End the own side behind all that was flushed, for a protocol above that writes nothing more, on the channel's loop.

        It is `shutdown_output` without what refuses later writes and without an event: most streams of a protocol end like that.
        """
        # hot path: once for each message of HTTP/3.
        if self.output_end is not None or self.state != ACTIVE or self.outbound.pending or not self._machine.takes(self.stream_id):
            self.shutdown_output()
            return
        self.output_end = ChannelPromise(self)
        self.output_end.try_success()
        self._is_finished = True
        self.write_eof()
        if self.has_peer_ended:
            self.close()

    def get_transport(self) -> QuicStreamChannel:
        """Return what ends the own side."""
        return self

    def fail(self, error: Exception) -> None:
        """The stream is of no use any more: handlers are told of *error*, then of the end."""
        self._break(error)
