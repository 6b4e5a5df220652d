"""QuicChannel: one QUIC connection. Its messages are datagrams, its children are streams, each a channel of its own.

Theory of operation. The channel is active when the handshake is over; what a `QuicCarrier` drives until then and from then on has a theory
of its own. Streams of the peer get the handler ``QuicChannelOption.STREAM_HANDLER``, streams of ours the one they are created with. A
datagram that is written has to fit into one packet and may be lost; written ones wait in the outbound buffer like any bytes, and are
counted as sent when the machine has few of them. One that comes while nobody reads is kept in a short row, and lost behind that, as
datagrams are.

Closing first lets the streams go: each is closed as by its own handlers, what it has sent is delivered, and only then the peer is told of
the end, with the code and reason of `close_with`; all within the close timeout. An abort tells the peer at once. The peer's end is told as
`QuicConnectionClosed` and, where it was an error, as `QuicClosedError`; the streams end with it.

It has the face of a `SocketChannel`, which bootstraps and pools know, and none of its transport. Source: Netty's ``QuicChannel``.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from aioquic.quic.events import ConnectionTerminated, HandshakeCompleted

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import bytes_of, release
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.fault import blame_peer, tell_peer
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.initializer import FunctionInitializer
from pyboot.components.netty.channel.life.closing import ACTIVE, CLOSED, CLOSING
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.channel.loop_state import LoopState
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import (
    ChannelError,
    ClosedChannelError,
    CloseTimeoutError,
    NotSharableError,
    NotYetConnectedError,
    UnsupportedMessageError,
)
from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.transport.recipients import unmap_ipv4
from pyboot.components.netty.transport.tcp import SocketChannel

from .carrier import QuicCarrier
from .client import connect_endpoint, move_endpoint
from .codes import QuicCodes
from .config import QuicClientConfig, QuicConfig
from .errors import QuicClosedError, QuicDatagramError
from .events import QuicConnectionClosed, QuicHandshakeCompleted, QuicPathMigrated, QuicSessionTicket
from .options import QuicChannelOption
from .stream import QuicStreamChannel
from .verdict import cut_off_connection, judge

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from .endpoint import QuicEndpoint

__all__ = ["QuicChannel"]

_log = logging.getLogger(__name__)

# Datagrams that wait: for a packet before a write counts as not taken, and for somebody who reads.
_DATAGRAMS_TAKEN: Final = 64
_DATAGRAMS_KEPT: Final = 256
_RESETS_WITHIN_SECONDS: Final = 30.0
_APPLICATION_ERROR: Final = 0xC  # RFC 9000 20.1


class QuicChannel(SocketChannel):
    """A connection; made by a bootstrap, or by a `QuicServerChannel` for each that it accepts."""

    is_encrypted: ClassVar[bool] = True

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        super().__init__(loop, config, loop_state)
        self._carrier: QuicCarrier | None = None
        self._written: deque[tuple[bytes, ChannelPromise | None]] = deque()
        self._kept: deque[bytes] = deque(maxlen=_DATAGRAMS_KEPT)
        self._waits = False
        self._stream_config: ChannelConfig | None = None
        self.stream_handler: ChannelHandler[Any] | None = None  # of streams that the peer opens
        self._handshake: asyncio.Future[None] | None = None
        self._when_established: Callable[[], object] | None = None
        self._deadline: Deadline | None = None
        self._resets = (0.0, 0)
        self._max_resets = 0
        self._farewell: tuple[int | None, str, bool] = (None, "", True)  # code, reason, whether it is the application's
        self.alpn: str | None = None
        self.codes = QuicCodes()  # a protocol above sets its own

    # The beginning.

    def carry(self, carrier: QuicCarrier, options: Mapping[ChannelOption[Any], Any], config: QuicConfig) -> None:
        """Be carried by *carrier*, with the limits of *config*. Raises `NotSharableError` for a handler of one stream alone."""
        handler = options.get(QuicChannelOption.STREAM_HANDLER)
        if handler is not None and not isinstance(handler, ChannelHandler):
            handler = FunctionInitializer(handler)
        if handler is not None and not handler.sharable:
            raise NotSharableError(handler)
        self._carrier = carrier
        self.stream_handler = handler
        self._max_resets = config.max_resets
        if (seconds := config.handshake_timeout) > 0:
            self._deadline = Deadline(self.loop, seconds, self._handshake_overdue, seconds)

    def _handshake_overdue(self, seconds: float) -> None:
        self._deadline = None
        assert self._carrier is not None
        self._carrier.abandon()
        error = ChannelError(f"the handshake with {self.remote_address()} took longer than {seconds:g} s")
        cut_off_connection(self, CloseReason.HANDSHAKE_TIMEOUT, error)
        self._failed(error)

    def established(self, event: HandshakeCompleted) -> None:
        """The handshake is over."""
        self._stop_deadline()
        self._handshake_is_over()
        self.alpn = event.alpn_protocol
        connected, self._connected = self._connected, None
        if connected is None or self.state >= CLOSING:
            return
        self.reading.begin()
        connected(self)
        if self._handshake is not None and not self._handshake.done():
            self._handshake.set_result(None)
        if self.state == ACTIVE:
            self._fire(QuicHandshakeCompleted(event.alpn_protocol, event.session_resumed, event.early_data_accepted))

    def _failed(self, error: Exception) -> None:
        """There will be no connection."""
        blame_peer(error, self)
        if self._handshake is not None and not self._handshake.done():
            self._handshake.set_exception(error)
        elif self.state != CLOSED:
            self.lost(error)

    def open_transport(self, protocol: Any, address: Any) -> Coroutine[Any, Any, None]:
        return self._connect(address)

    async def _connect(self, address: Any) -> None:
        """Connect to *address*; if cancelled, everything is given back."""
        config = self.socket_options.get(QuicChannelOption.CONFIG)
        if not isinstance(config, QuicClientConfig):
            raise ChannelError("a QUIC client needs to know what it speaks: set the option QuicChannelOption.CONFIG to a QuicClientConfig")
        endpoint, machine = await connect_endpoint(self, config, address, self._ticket)
        carrier = QuicCarrier(self, machine, endpoint)
        self._handshake = self.loop.create_future()
        try:
            self.carry(carrier, self.socket_options, config)
            carrier.turn()
            await self._handshake
        except BaseException:
            self._stop_deadline()  # which would tell of a handshake that took too long, long after it has failed
            carrier.abandon()
            carrier.release()
            raise

    def _ticket(self, ticket: Any) -> None:
        self.loop.call_soon(self._fire, QuicSessionTicket(ticket))

    def when_established(self, act: Callable[[], object]) -> None:
        """Call *act* once the handshake is over, well or not."""
        self._when_established = act

    def _handshake_is_over(self) -> None:
        act, self._when_established = self._when_established, None
        if act is not None:
            act()

    def server_received(self, data: bytes, address: Any) -> None:
        """A datagram of this connection has come on a socket of its server."""
        if self._carrier is not None:
            self._carrier.receive(data, address)

    def client_received(self, endpoint: QuicEndpoint, data: bytes, address: Any) -> None:
        """A datagram has come on the own socket of a client."""
        if self._carrier is not None and endpoint is self._carrier.endpoint:
            self._carrier.receive(data, address)

    def turn_over(self) -> None:
        """All datagrams of a turn have come."""
        if self._carrier is not None:
            self._carrier.turn()

    def network_failed(self, error: OSError) -> None:
        """The network has answered that nobody is there, on the socket of this connection alone."""
        if self.state < ACTIVE:
            if self._carrier is not None:
                self._carrier.abandon()
            self._failed(error)
        # Later it may be a passing fault of the way, or a forged message: the idle timeout judges (RFC 9000 14.2.1).

    # Streams.

    def create_stream(
        self, handler: ChannelHandler[Any] | Callable[[QuicStreamChannel], object] | None = None, *, unidirectional: bool = False
    ) -> QuicStreamChannel:
        """Open a stream with *handler* in its pipeline, an initializer or a function of the channel as a rule. On the channel's loop.

        What is written past the number of streams that the peer allows waits until it allows more. Raises `ClosedChannelError`,
        `NotYetConnectedError`.
        """
        if self.state != ACTIVE or self._carrier is None:
            raise self.closed_error() if self.state >= CLOSING else NotYetConnectedError(f"{self!r} is not connected yet")
        if handler is not None and not isinstance(handler, ChannelHandler):
            handler = FunctionInitializer(handler)
        stream = self._new_stream(self._carrier.machine.open_stream(is_unidirectional=unidirectional))
        stream.begin(handler)
        return stream

    def stream_opened(self, stream_id: int) -> QuicStreamChannel | None:
        """The peer has opened a stream; None if it is refused."""
        assert self._carrier is not None
        if self.stream_handler is None or self.state >= CLOSING:
            if self.state < CLOSING:
                tell_peer(self, "quic stream refused", "the peer has opened a stream, and there is no STREAM_HANDLER: it was refused")
            machine = self._carrier.machine
            machine.stop_stream(stream_id, self.codes.refused)
            if not stream_id & 2:
                machine.reset_stream(stream_id, self.codes.refused)
            return None
        stream = self._new_stream(stream_id)
        stream.begin(self.stream_handler)
        return stream

    def _new_stream(self, stream_id: int) -> QuicStreamChannel:
        if self._stream_config is None:
            # One for all streams: each side of a stream ends for itself, and a peer that has asked may wait for its answer.
            self._stream_config = self.config.copy()
            self._stream_config.allow_half_closure, self._stream_config.half_close_timeout = True, 0.0
            self._stream_config.auto_read = True
        assert self._carrier is not None
        stream = QuicStreamChannel(self, self._stream_config, self._carrier, stream_id)
        self._carrier.streams[stream_id] = stream
        return stream

    def stream_was_reset(self) -> None:
        """Count what the peer breaks off: whoever does nothing else is told to go (the law of CVE-2023-44487)."""
        began, count = self._resets
        now = self.loop.time()
        self._resets = (now, 1) if now - began > _RESETS_WITHIN_SECONDS else (began, count + 1)
        if 0 < self._max_resets < self._resets[1] and self.state == ACTIVE:
            text = f"{self._resets[1]} streams were reset within {_RESETS_WITHIN_SECONDS:g} s, max_resets is {self._max_resets}"
            error = ChannelError(text)
            cut_off_connection(self, CloseReason.MAX_RESETS, error)
            code = self.codes.excessive_load
            self._farewell = (_APPLICATION_ERROR if code is None else code, "too many streams were reset", code is not None)
            self.closing.abort(error)

    # Datagrams.

    @property
    def max_datagram_bytes(self) -> int:
        """The longest datagram that may be written; 0 where the peer takes none."""
        return 0 if self._carrier is None else self._carrier.machine.max_datagram_bytes

    def datagram_arrived(self, data: bytes) -> None:
        """A datagram has come."""
        if self.state == ACTIVE and self.reading.is_on:
            self.received(ByteBuffer(data))
        elif self.state <= ACTIVE:
            self._kept.append(data)

    def set_reading(self, wanted: bool) -> None:
        if wanted and self._kept:
            self.loop.call_soon(self._hand_on_kept)

    def _hand_on_kept(self) -> None:
        while self._kept and self.state == ACTIVE and self.reading.is_on:
            self.received(ByteBuffer(self._kept.popleft()))

    def add_outbound(self, msg: object, promise: ChannelPromise | None) -> None:
        """Queue a datagram; raises `QuicDatagramError`, `UnsupportedMessageError`, and `ClosedChannelError` after close()."""
        data = bytes_of(msg)
        release(msg)
        if data is None:
            raise UnsupportedMessageError(msg)
        if self.state >= CLOSING:
            raise self.closed_error()
        if self.state == ACTIVE and len(data) > self.max_datagram_bytes:
            raise QuicDatagramError(len(data), self.max_datagram_bytes)
        self._written.append((data, promise))  # first: a handler that is told of the water mark may flush
        try:
            self.outbound.add(data, promise)
        except Exception:
            self._written.pop()
            raise

    def flush_outbound(self) -> None:
        if self.state < ACTIVE:
            self._written.clear()  # they fail
        super().flush_outbound()

    def transmit(self, data: bytes | memoryview) -> bool:
        """Send as many datagrams as the run has messages; its bytes, which are joined, are of no use here."""
        assert self._carrier is not None
        machine = self._carrier.machine
        for _ in range(self.outbound.run_count()):
            payload, promise = self._written.popleft()
            if promise is None or not promise.is_cancelled:
                machine.send_datagram_frame(payload)
        self._carrier.wrote()
        self._waits = len(machine.datagrams) > _DATAGRAMS_TAKEN
        return not self._waits

    def unsent(self) -> int:
        return self.outbound.run_bytes

    def may_have_room(self) -> None:
        """Packets have left: go on writing datagrams, where few wait."""
        if self._waits and self._carrier is not None and len(self._carrier.machine.datagrams) <= _DATAGRAMS_TAKEN // 2:
            self._waits = False
            self.drained()
        if self.state == CLOSING:
            self._close_when_delivered()

    # What users do beside.

    def update_keys(self) -> None:
        """Encrypt with new keys from here on (RFC 9001 6). On the channel's loop."""
        self._need_carrier().machine.request_key_update()
        self._need_carrier().ask()

    async def migrate(self, host: str | None = None, port: int = 0) -> None:
        """Go on from another own address, a free port by default, with another connection id (RFC 9000 9.2); of a client alone.

        Raises OSError for an address that cannot be had, the connection stays where it was then; `ChannelError` on a server.
        """
        carrier = self._need_carrier()
        if not carrier.machine.configuration.is_client:
            raise ChannelError("a server stays where it is: its clients migrate")
        await move_endpoint(self, carrier, host, port)
        carrier.machine.change_connection_id()
        carrier.machine.send_ping(0)
        carrier.turn()

    def _need_carrier(self) -> QuicCarrier:
        if self._carrier is None or self.state != ACTIVE:
            raise self.closed_error() if self.state >= CLOSING else NotYetConnectedError(f"{self!r} is not connected yet")
        return self._carrier

    def peer_migrated(self, old: Any, new: Any) -> None:
        """The peer goes on from another address."""
        self._remote = unmap_ipv4(new)
        if self.state == ACTIVE:
            self._fire(QuicPathMigrated(unmap_ipv4(old), self._remote))

    def shutdown_output(self, promise: ChannelPromise | None = None) -> Awaitable[Any]:
        answer = self.new_promise() if promise is None else promise
        answer.try_failure(ChannelError("a QUIC connection has no own side to end: its streams have"))
        return answer

    # The end.

    def close_with(self, code: int, reason: str = "") -> Awaitable[Any]:
        """Close, and tell the peer the application's error *code* and *reason*; awaited as `close` is. On the channel's loop."""
        self._farewell = (code, reason, True)
        return self.close()

    @property
    def _is_connecting(self) -> bool:
        return self._handshake is not None and not self._handshake.done()

    def end_with(self, code: int, reason: str) -> None:
        """Close now, and tell the peer the *code* and *reason* of a protocol above; nothing more is delivered. On the channel's loop."""
        if self.state < CLOSED:
            self._farewell = (code, reason, True)
            self.abort()

    @property
    def configuration(self) -> Any:  # Any: aioquic's
        """The settings that aioquic has of this connection."""
        return self._need_carrier().machine.configuration

    def shut(self) -> None:
        carrier = self._carrier
        if carrier is None or self._is_connecting:
            self._shut_unconnected()
            return
        for stream in list(carrier.streams.values()):
            if isinstance(stream, QuicStreamChannel) and not stream.is_critical:
                stream.close_when_handled()
        self._deadline = Deadline(self.loop, self.config.close_timeout, self._close_overdue, restores=True)
        carrier.ask()
        self._close_when_delivered()

    def stream_was_closed(self) -> None:
        """A stream is over."""
        if self.state == CLOSING and self._carrier is not None:
            self._carrier.ask()

    def _close_when_delivered(self) -> None:
        carrier = self._carrier
        if carrier is None or not carrier.machine.is_all_delivered():
            return
        if all(isinstance(stream, QuicStreamChannel) and stream.is_critical for stream in carrier.streams.values()):
            self._end()

    def _close_overdue(self) -> None:
        self._deadline = None
        assert self._carrier is not None
        left = sum(
            int(stream.outbound.pending) + stream.unsent()
            for stream in self._carrier.streams.values()
            if isinstance(stream, QuicStreamChannel)
        )
        cut_off_connection(self, CloseReason.CLOSE_TIMEOUT, CloseTimeoutError(left, self.config.close_timeout))
        self._end()

    def shut_now(self) -> None:
        if self._carrier is None or self._is_connecting:
            self._shut_unconnected()
        else:
            self._end()

    def _end(self) -> None:
        """Tell the peer of the end."""
        self._stop_deadline()
        if self._carrier is not None:
            code, reason, is_application = self._farewell
            self._carrier.close(self.codes.no_error if code is None else code, reason, is_application=is_application)
        if self.state != CLOSED:
            self.lost(None)

    def connection_ended(self, end: ConnectionTerminated, *, is_local: bool) -> None:
        """The machine has ended, by whichever side."""
        assert self._carrier is not None
        is_application = end.frame_type is None
        error = QuicClosedError(end.error_code, end.reason_phrase, is_application=is_application, no_error=self.codes.no_error)
        if self.state < ACTIVE:
            judge(self, self._carrier.machine, error)
            self._failed(error)
            return
        if self.state == CLOSED:
            return
        self._fire(QuicConnectionClosed(end.error_code, end.reason_phrase, is_application, is_local))
        if self.state >= CLOSING:  # as it was asked to
            self.lost(None)
            return
        judge(self, self._carrier.machine, error)
        blame_peer(error, self)  # here: it ends the streams too
        if self.close_cause is None:
            self.close_cause = error
        self.lost(error if error.is_error else None)

    def lost(self, error: Exception | None) -> None:
        self._stop_deadline()
        carrier = self._carrier
        self._written.clear()
        self._kept.clear()
        if error is not None:
            blame_peer(error, self)
        super().lost(error)
        self._handshake_is_over()
        if carrier is not None:
            carrier.abandon()
            cause = error or self.close_cause
            if error is None and cause is not None and self.closed_here:  # by an abort: no mistake of what stands in its streams
                cause = ClosedChannelError("the connection of the stream is closed")
                cause.__cause__ = self.close_cause
                blame_peer(cause, self)
            for stream in list(carrier.streams.values()):
                stream.connection_was_lost(cause)
            carrier.release()

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _fire(self, event: object) -> None:
        self.run_in_context(self._pipeline.fire_user_event_triggered, event)

    def is_carrier_gone(self) -> bool:
        return self._carrier is not None and self._carrier.machine.end is not None

    # Looking.

    def get_socket_option(self, option: ChannelOption[Any]) -> Any:
        return self.socket_options.get(option)

    def set_socket_option(self, option: ChannelOption[Any], value: Any) -> bool:
        return False

    def local_address(self) -> Any:
        carrier = self._carrier
        if carrier is not None and carrier.endpoint.socket.fileno() >= 0:
            self._local = unmap_ipv4(carrier.endpoint.local_address)
        return self._local

    def remote_address(self) -> Any:
        if self._remote is None and self._carrier is not None and self._carrier.peer is not None:
            self._remote = unmap_ipv4(self._carrier.peer)
        return self._remote
