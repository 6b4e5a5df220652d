"""QuicMachine: aioquic's connection with windows that follow what was read. No I/O here.

Theory of operation. ``QuicConnection`` keeps the protocol: bytes in by `receive_datagram`, bytes out by `datagrams_to_send`, and a timer.
Left to itself it doubles a window whenever half of it was used, read or not, so that a peer could fill the memory with what no handler
wants. Here a window moves only with `consumed`: what was handed on may be sent again, of the stream and of the connection, in steps of half
a window. What has not been put into a packet yet is told by `unsent`, what was not acknowledged by `is_delivered`.

This is the only file that touches attributes of aioquic beyond its documented methods; a test of this file names each of them.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Any, Final, final

from aioquic._buffer import Buffer
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import (
    CONNECTION_LIMIT_FRAME_CAPACITY,
    END_STATES,
    MAX_STREAM_DATA_FRAME_CAPACITY,
    QuicConnection,
    QuicConnectionState,
)
from aioquic.quic.events import ConnectionTerminated
from aioquic.quic.packet import QuicFrameType, QuicHeader, pull_quic_header
from aioquic.quic.packet_builder import QuicPacketBuilder
from aioquic.quic.stream import QuicStream

__all__ = ["ID_LENGTH", "QuicMachine", "header_of"]

ID_LENGTH: Final = 8
"""The length of the connection ids that we choose."""

# aioquic tells three lines of each connection, and one of each fault of a peer, as many as the peer likes; those that matter are told by
# `verdict`, within limits. A level that somebody has set stays.
if (_log := logging.getLogger("quic")).level == logging.NOTSET:
    _log.setLevel(logging.ERROR)

# Of a packet with a short header: the first byte, a packet number of two bytes and the tag; type and length of a DATAGRAM frame.
_PACKET_OVERHEAD: Final = 1 + 2 + 16 + 1 + 2


@final
class QuicMachine(QuicConnection):
    """One connection; *max_streams* and *max_unidirectional_streams* are what the peer may open."""

    def __init__(
        self,
        *,
        configuration: QuicConfiguration,
        max_streams: int,
        max_unidirectional_streams: int,
        **arguments: Any,  # Any: those of QuicConnection
    ) -> None:
        super().__init__(configuration=configuration, **arguments)
        self._local_max_streams_bidi.value = self._local_max_streams_bidi.sent = max_streams
        self._local_max_streams_uni.value = self._local_max_streams_uni.sent = max_unidirectional_streams
        self._broken_before: dict[int, Any] = {}  # streams that were broken off while they waited until the peer allows one more
        self._consumed: dict[int, int] = {}
        self._consumed_in_all = 0

    # What was read.

    def consumed(self, stream_id: int, size: int) -> bool:
        """Count *size* bytes of a stream as read; True if the peer is to be told of its window with the next packet."""
        data = self._local_max_data
        self._consumed_in_all += size
        window = self._configuration.max_data
        is_news = self._consumed_in_all + window - data.value >= window // 2
        if is_news:
            data.value = self._consumed_in_all + window
        stream = self._streams.get(stream_id)
        if stream is None or stream.receiver.is_finished:
            self._consumed.pop(stream_id, None)
            return is_news
        read = self._consumed[stream_id] = self._consumed.get(stream_id, 0) + size
        window = self._configuration.max_stream_data
        if read + window - stream.max_stream_data_local < window // 2:
            return is_news
        stream.max_stream_data_local = read + window
        return True

    def has_window(self, stream_id: int) -> bool:
        """True if the peer may send more on a stream: the windows of both it and the connection leave room."""
        stream, data = self._streams.get(stream_id), self._local_max_data
        return stream is not None and data.used < data.value and stream.receiver.highest_offset < stream.max_stream_data_local

    def dropped(self, stream_id: int, size: int) -> bool:
        """Count *size* bytes as read of which nobody wants more: the connection's window alone moves."""
        self._consumed.pop(stream_id, None)
        stream = self._streams.get(stream_id)
        if stream is None or stream.receiver.is_finished:
            return self.consumed(stream_id, size)
        self._consumed_in_all += size
        return self.consumed(-1, 0)

    def lost_with_reset(self, stream_id: int) -> int:
        """The number of bytes that count for the connection's window and never come, as the peer has reset the stream."""
        stream = self._streams.get(stream_id)
        return 0 if stream is None else stream.receiver.highest_offset - stream.receiver.starting_offset()

    def _write_stream_limits(self, builder: QuicPacketBuilder, space: Any, stream: QuicStream) -> None:
        # hot path: once for each stream and packet.
        if stream.max_stream_data_local_sent != stream.max_stream_data_local:
            buffer = builder.start_frame(
                QuicFrameType.MAX_STREAM_DATA,
                capacity=MAX_STREAM_DATA_FRAME_CAPACITY,
                handler=self._on_max_stream_data_delivery,
                handler_args=(stream,),
            )
            assert stream.stream_id is not None
            buffer.push_uint_var(stream.stream_id)
            buffer.push_uint_var(stream.max_stream_data_local)
            stream.max_stream_data_local_sent = stream.max_stream_data_local

    def _write_connection_limits(self, builder: QuicPacketBuilder, space: Any) -> None:
        self._write_limit(builder, self._local_max_data)
        # Streams in steps too: not a frame for each stream that ends, but before the peer has none left to open.
        for limit in (self._local_max_streams_bidi, self._local_max_streams_uni):
            if limit.value - limit.sent > limit.sent - limit.used:
                self._write_limit(builder, limit)

    def _write_limit(self, builder: QuicPacketBuilder, limit: Any) -> None:
        if limit.value != limit.sent:
            buffer = builder.start_frame(
                limit.frame_type,
                capacity=CONNECTION_LIMIT_FRAME_CAPACITY,
                handler=self._on_connection_limit_delivery,
                handler_args=(limit,),
            )
            buffer.push_uint_var(limit.value)
            limit.sent = limit.value

    # What was written.

    def open_stream(self, *, is_unidirectional: bool) -> int:
        """Open a stream of ours, and return its number; past the peer's limit what is written waits until there is room for one more."""
        stream_id = self.get_next_available_stream_id(is_unidirectional=is_unidirectional)
        self.send_stream_data(stream_id, b"")
        return stream_id

    def reset_stream(self, stream_id: int, error_code: int) -> None:
        """Break the own side of a stream off; of one that the peer does not allow yet it is told when it does."""
        super().reset_stream(stream_id, error_code)
        if self.is_held_back(stream_id):
            self._broken_before[stream_id] = stream = self._streams[stream_id]
            stream.sender.reset_pending = False  # a frame of a stream past the limit ends the connection (RFC 9000 4.6)

    def stop_stream(self, stream_id: int, error_code: int) -> None:
        """Ask the peer to send nothing more on a stream; of one that it does not allow yet it is asked when it does."""
        super().stop_stream(stream_id, error_code)
        if self.is_held_back(stream_id):
            self._broken_before[stream_id] = stream = self._streams[stream_id]
            stream.receiver.stop_pending = False  # as above

    def _unblock_streams(self, is_unidirectional: bool) -> None:
        super()._unblock_streams(is_unidirectional)
        for stream_id, stream in list(self._broken_before.items()):
            if not stream.is_blocked:
                del self._broken_before[stream_id]
                stream.sender.reset_pending = stream.sender._reset_error_code is not None
                stream.receiver.stop_pending = stream.receiver._stop_error_code is not None

    def unsent(self, stream_id: int) -> int:
        """The number of bytes of a stream that were in no packet yet."""
        stream = self._streams.get(stream_id)
        if stream is None or stream.sender._reset_error_code is not None:
            return 0
        return stream.sender._buffer_stop - stream.sender.highest_offset

    def takes(self, stream_id: int) -> bool:
        """True if more may be sent on a stream: it is not ended, nor broken off by either side."""
        stream = self._streams.get(stream_id)
        return stream is not None and stream.sender._reset_error_code is None and stream.sender._buffer_fin is None

    def is_held_back(self, stream_id: int) -> bool:
        """True if a stream of ours waits until the peer allows one more."""
        stream = self._streams.get(stream_id)
        return stream is not None and stream.is_blocked

    def knows(self, stream_id: int) -> bool:
        """True if anything may still happen to a stream."""
        return stream_id in self._streams

    def is_delivered(self, stream_id: int) -> bool:
        """True if the peer has acknowledged all of a stream that we have ended, or its reset."""
        stream = self._streams.get(stream_id)
        return stream is None or stream.sender.is_finished

    def is_all_delivered(self) -> bool:
        """True if the peer has acknowledged all that was sent on streams that we have ended."""
        return all(
            stream.sender.is_finished or stream.sender._buffer_fin is None or stream.stream_id in self._broken_before
            for stream in self._streams.values()
        )

    def is_finished(self, stream_id: int) -> bool:
        """True if nothing more will come from the peer on a stream."""
        stream = self._streams.get(stream_id)
        return stream is None or stream.receiver.is_finished

    @property
    def datagrams(self) -> deque[bytes]:
        """The datagrams that were in no packet yet."""
        return self._datagrams_pending

    @property
    def max_datagram_bytes(self) -> int:
        """The longest datagram that the peer takes and a packet holds; 0 if the peer takes none."""
        limit = self._remote_max_datagram_frame_size
        if limit is None:
            return 0
        # A frame of RFC 9221 counts its type and length, which the peer's limit includes.
        return max(0, min(limit - 3, self._max_datagram_size - len(self._peer_cid.cid) - _PACKET_OVERHEAD))

    # The end.

    @property
    def end(self) -> ConnectionTerminated | None:
        """The end of the connection, with its code; None while it lives. aioquic tells of it only when it has drained."""
        return self._close_event if self._state in END_STATES else None

    @property
    def has_ended_itself(self) -> bool:
        """True if this side has ended the connection, because it was asked to or because of what the peer has sent."""
        return self._state is QuicConnectionState.CLOSING

    def closing_seconds(self, now: float) -> float:
        """Return how long its closing or draining period lasts from *now* on, three probe timeouts (RFC 9000 10.2); 0 if it has none."""
        is_over = self._state in (QuicConnectionState.CLOSING, QuicConnectionState.DRAINING)
        at = self.get_timer() if is_over else None  # which is all that it waits for then
        return 0.0 if at is None else max(0.0, at - now)

    @property
    def has_lost_peer(self) -> bool:
        """True if the connection has ended without a word of either side: the peer was silent, or no way leads to it."""
        return self._state is QuicConnectionState.TERMINATED


def header_of(data: bytes) -> QuicHeader | None:
    """Return what the first packet of a datagram says of itself; None where that cannot be read."""
    try:
        return pull_quic_header(Buffer(data=data), host_cid_length=ID_LENGTH)
    except ValueError:
        return None
