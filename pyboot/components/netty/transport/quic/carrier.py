"""QuicCarrier: drives the machine of one connection: datagrams in, events to the channel and its streams, packets out, one timer.

Theory of operation. Whatever happens, datagrams that came, a timer, writes of handlers, ends in a *turn*: the machine's events are told,
each stream hands on what came for it, as one read, and what the machine has to say is sent. Writes ask for a turn of their own at the
end of the loop's (`ask`), so that what many handlers write in one turn of the loop shares packets::

    datagrams ──> machine ──events──> streams ──> handlers
                     ^                               │ write
                     └──────── send_stream_data <────┘
    packets  <── machine                       (then the timer is set to what the machine waits for)

Law 1. Inside of a turn nothing is sent: what handlers write there goes out once, at its end. Law 2. A stream whose bytes are all in packets
is told at once, and what it writes then leaves in the same turn. Law 3. There is one timer. It is set again only where it has to ring
earlier: one that rings too early finds nothing to do, and costs less than to be moved for each packet. Law 4. When the machine has ended,
the channel and all streams are told once, and nothing is driven any more; a `QuicClosing` is left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, final

from aioquic.quic.events import (
    ConnectionIdIssued,
    ConnectionIdRetired,
    DatagramFrameReceived,
    HandshakeCompleted,
    QuicEvent,
    StopSendingReceived,
    StreamDataReceived,
    StreamReset,
)
from aioquic.quic.packet import QuicFrameType

from pyboot.components.netty.channel.life.deadline import Deadline

from .closing import QuicClosing
from .endpoint import QuicEndpoint
from .machine import QuicMachine

if TYPE_CHECKING:
    from .channel import QuicChannel

__all__ = ["CarriedStream", "QuicCarrier"]

# How often streams that have room again may write more within one turn.
_ROUNDS: Final = 8
# How many streams that are over here are remembered before it is looked which of them are for the peer too.
_CLOSED: Final = 256


class CarriedStream(Protocol):
    """A stream as its carrier sees it."""

    has_peer_stopped: bool

    def bytes_arrived(self, data: bytes, *, is_last: bool) -> None:
        """Keep *data*, which the peer has sent."""

    def deliver_bytes(self) -> None:
        """Hand on what has come."""

    def peer_has_reset(self, code: int) -> None:
        """The peer has broken off what it sends."""

    def peer_has_stopped(self, code: int) -> None:
        """The peer reads no more."""

    def may_have_room(self) -> None:
        """Packets have left: go on writing, where all is sent."""

    def connection_was_lost(self, error: Exception | None) -> None:
        """There is no connection any more."""


@final
class QuicCarrier:
    """The connection of *channel*, by *machine*, over *endpoint*. On the channel's loop.

    *routed* is told each connection id that leads to this connection, and whether it does so from here on or no longer; *released*, that
    it needs the endpoint no more. Without them the endpoint is its own, and closed with it.
    """

    def __init__(
        self,
        channel: QuicChannel,
        machine: QuicMachine,
        endpoint: QuicEndpoint,
        routed: Callable[[bytes, bool], object] | None = None,
        released: Callable[[QuicCarrier], object] | None = None,
    ) -> None:
        self.machine = machine
        self.endpoint = endpoint
        self.streams: dict[int, CarriedStream] = {}
        self.waiting: set[CarriedStream] = set()  # for room
        self.peer: Any = machine.get_peer_address()  # Any: the shape of an address depends on its family
        self._channel = channel
        self._loop: asyncio.AbstractEventLoop = channel.loop
        self._routed = routed or (lambda connection_id, is_new: None)
        self._released = released
        self._touched: dict[int, CarriedStream] = {}
        self._closed: set[int] = set()  # streams that are over here, and maybe not for the peer
        self._last_datagrams: list[tuple[bytes, Any]] = []  # those that tell the peer of the end
        self._timer: Deadline | None = None
        self._rings_at = 0.0
        self._is_asked = self._is_in_turn = self._is_over = self._has_news = self._is_released = False

    # What drives it.

    def receive(self, data: bytes, address: Any) -> None:
        """Take a datagram; `turn` follows behind the last one of several."""
        if not self._is_over:
            self.machine.receive_datagram(data, address, time.monotonic())

    def ask(self) -> None:
        """Something is to be sent: a turn follows, unless one is under way."""
        if not self._is_asked and not self._is_in_turn and not self._is_over:
            self._is_asked = True
            self._loop.call_soon(self._asked)

    def _asked(self) -> None:
        self._is_asked = False
        self.turn()

    def turn(self) -> None:
        """Tell what has happened, and send what is to be sent."""
        if self._is_in_turn or self._is_over:
            return
        self._is_in_turn = True
        try:
            self._tell()
            for _ in range(_ROUNDS):
                self._send()
                if not self._refill():
                    break
            else:
                self._loop.call_soon(self.turn)
        finally:
            self._is_in_turn = False
        if self.machine.end is not None:
            self._finish()
        else:
            self._set_timer()

    def _send(self) -> None:
        send = self.endpoint.send
        datagrams = self.machine.datagrams_to_send(time.monotonic())
        for data, address in datagrams:
            send(data, address)
        if datagrams and self.machine.end is not None:
            self._last_datagrams = datagrams

    def wrote(self) -> None:
        """Note that something was written, and ask for a turn."""
        self._has_news = True
        self.ask()

    def _refill(self) -> bool:
        """Let those that waited for room go on; True if something was written."""
        self._has_news = False
        if self.machine.end is None:
            for stream in list(self.waiting):
                stream.may_have_room()
            self._channel.may_have_room()
        return self._has_news

    # Events.

    def _tell(self) -> None:
        machine = self.machine
        while (event := machine.next_event()) is not None:
            self._told(event)
        touched, self._touched = self._touched, {}
        for stream in touched.values():
            stream.deliver_bytes()
        address = machine.get_peer_address()
        if address != self.peer and address is not None:
            old, self.peer = self.peer, address
            if old is not None:
                self._channel.peer_migrated(old, address)

    def _told(self, event: QuicEvent) -> None:
        # hot path: once for each frame of a stream.
        if isinstance(event, StreamDataReceived):
            stream = self._stream(event.stream_id)
            if stream is None:
                self.machine.dropped(event.stream_id, len(event.data))
            else:
                stream.bytes_arrived(event.data, is_last=event.end_stream)
                self._touched[event.stream_id] = stream
        elif isinstance(event, DatagramFrameReceived):
            self._channel.datagram_arrived(event.data)
        elif isinstance(event, StreamReset):
            self._reset(event.stream_id, event.error_code)
        elif isinstance(event, StopSendingReceived):
            stream = self._stream(event.stream_id)
            if stream is not None and not stream.has_peer_stopped:
                stream.peer_has_stopped(event.error_code)
                self._channel.stream_was_reset()  # asked for, and not wanted: it costs the same
        elif isinstance(event, HandshakeCompleted):
            self._channel.established(event)
        elif isinstance(event, ConnectionIdIssued):
            self._routed(event.connection_id, True)
        elif isinstance(event, ConnectionIdRetired):
            self._routed(event.connection_id, False)

    def _stream(self, stream_id: int) -> CarriedStream | None:
        """The stream of that number, a new one if the peer has opened it just now; None for one that is over here."""
        stream = self.streams.get(stream_id)
        if stream is not None or stream_id in self._closed or bool(stream_id & 1) is not self.machine.configuration.is_client:
            return stream
        stream = self._channel.stream_opened(stream_id)
        if stream is None:
            self._closed.add(stream_id)
        return stream

    def forget(self, stream: CarriedStream, stream_id: int) -> None:
        """A stream is over here; for the peer it may not be."""
        self.waiting.discard(stream)
        if self.streams.pop(stream_id, None) is not None and self.machine.knows(stream_id):
            self._closed.add(stream_id)
            if len(self._closed) > _CLOSED:
                self._closed = {each for each in self._closed if self.machine.knows(each)}

    def _reset(self, stream_id: int, code: int) -> None:
        self.machine.dropped(stream_id, self.machine.lost_with_reset(stream_id))
        stream = self._stream(stream_id)
        self._touched.pop(stream_id, None)
        was_counted = stream is not None and stream.has_peer_stopped
        if stream is not None:
            stream.peer_has_reset(code)
        if not was_counted:
            self._channel.stream_was_reset()

    # Time.

    def _set_timer(self) -> None:
        at = self.machine.get_timer()
        if at is None:
            self._stop_timer()
        elif self._timer is None or at < self._rings_at:
            self._stop_timer()
            self._rings_at = at
            # It judges the peer, for silence and for what it has not acknowledged: what waits in the kernel is to be read before.
            self._timer = Deadline(self._loop, max(0.0, at - time.monotonic()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        at, now = self.machine.get_timer(), time.monotonic()
        if at is not None and at > now:
            self._set_timer()
            return
        self.machine.handle_timer(now)
        self.turn()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # The end.

    def close(self, code: int, reason: str, *, is_application: bool = True) -> None:
        """End the connection: the peer is told, with a *code* of its application, or else of RFC 9000 20.1."""
        if not self._is_over:
            self.machine.close(error_code=code, frame_type=None if is_application else QuicFrameType.PADDING, reason_phrase=reason)
            self._send()
            self._finish()

    def abandon(self) -> None:
        """Forget the connection; nobody is told."""
        self._is_over = True
        self._stop_timer()
        self.waiting.clear()

    def release(self) -> None:
        """Need the endpoint no more, but for the answers of a connection that has ended (`QuicClosing`). Harmless again."""
        if self._is_released:
            return
        self._is_released = True
        if self._released is not None:
            self._released(self)
        elif self._last_datagrams and not self._channel.bind_address:  # whoever has chosen a port may want it again at once
            self.endpoint.hand_over(self.closing(self.endpoint.close).received)
        else:
            self.endpoint.close()

    def closing(self, over: Callable[[], object]) -> QuicClosing:
        """Return what is left of the connection, once; *over* is called when that is over too."""
        datagrams, self._last_datagrams = self._last_datagrams, []
        return QuicClosing(self._loop, self.machine.closing_seconds(time.monotonic()), self.endpoint, datagrams, over)

    def _finish(self) -> None:
        if not self._is_over:
            end, is_local = self.machine.end, self.machine.has_ended_itself
            self.abandon()
            assert end is not None
            self._channel.connection_ended(end, is_local=is_local)
