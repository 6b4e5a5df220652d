"""MqttPacketReader: bytes in, packets out. Source: MQTT 5 2.1 and 3; MQTT 3.1.1 2 and 3; Netty's ``MqttDecoder``.

::

    +--------------------+-------------------------+-------------------------------+
    | type (4) flags (4) | remaining length (1..4) | so many bytes: head, payload  |
    +--------------------+-------------------------+-------------------------------+
      judged as it comes   judged before the rest    read once, when all of it is here

Theory of operation. The first byte and the length are judged as soon as they are here: a type that is none, flags that may not be, a length
past the limit or of five bytes. Only then is anything kept, at most *max_bytes_in_message*, so a length costs nothing before the limit is
looked at; and a packet is read once, when its last byte has come, however it was cut (CVE-2026-44248 of Netty: properties were read
again and again before the size was compared). What is wrong is the last that is read: a stream of MQTT cannot be taken up again.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.wire.reader import FrameReader

from .body_reader import read_body, read_connect
from .cursor import MqttCursor
from .errors import CorruptedMqttPacketError
from .message import CONNECT, PACKET_NAMES, PUBLISH, MqttMessage, MqttPublishMessage
from .properties import NO_PROPERTIES, read_properties
from .reason import MqttReasonCode
from .state import MqttState
from .text import topic_fault

__all__ = ["MqttPacketReader"]

_LONGEST: Final = 268_435_455

# The flags that each type must have but PUBLISH, whose flags say something (MQTT 5, table 2-2), and the least of its remaining length.
_FLAGS: Final = (-1, 0, 0, -1, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0)
_LEAST: Final = (0, 12, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0)
# The most that it may be in 3.1 and 3.1.1; -1 for any.
_MOST_3: Final = (0, -1, 2, -1, 2, 2, 2, 2, -1, -1, -1, 2, 0, 0, 0, 0)


@final
class MqttPacketReader(FrameReader):
    """Cuts a stream of chunks into `MqttMessage`: `feed` a chunk, then `next_frame` until it gives None.

    What is wrong raises `CorruptedMqttPacketError`, or `TooLongFrameError`; everything behind it is dropped.

    Args:
        max_bytes_in_message: most bytes behind the remaining length.
        max_client_id_length: most characters of a client identifier of MQTT 3.1; the later ones leave that to the broker.
        max_items: most user properties, topic filters or reason codes of one packet, which take more memory than bytes of the network.
        state: the version of the connection, shared with its writer; without one, CONNECT must come first.

    Raises:
        ValueError: for a limit below 1, or a *max_bytes_in_message* that four bytes cannot say.
    """

    def __init__(
        self,
        max_bytes_in_message: int = 8092,
        max_client_id_length: int = 23,
        max_items: int = 1024,
        state: MqttState | None = None,
    ) -> None:
        super().__init__()
        if min(max_bytes_in_message, max_client_id_length, max_items) < 1 or max_bytes_in_message > _LONGEST:
            raise ValueError(
                f"max_bytes_in_message {max_bytes_in_message}, max_client_id_length {max_client_id_length}, max_items {max_items}: "
                f"each must be at least 1, and the first at most {_LONGEST}"
            )
        self._max: i64 = max_bytes_in_message
        self._max_client_id: i64 = max_client_id_length
        self._max_items: i64 = max_items
        self._state = MqttState() if state is None else state
        self._is_broken = False
        self._wanted: i64 = 0  # bytes of the packet whose beginning is kept, as far as they are known
        self._topic_bytes = b""  # of the last message: most clients publish the next one under the same
        self._topic = ""

    def share(self, state: MqttState) -> None:
        """Take the version from *state* from now on, and tell it there."""
        self._state = state

    def next_frame(self) -> MqttMessage | None:
        """The next whole packet, or None if more bytes are needed; raises what is wrong with one, and is at its end then."""
        # hot path: once for each packet (tests/bench/test_mqtt.py).
        if self._cumulated > 0:
            return self._next_across_chunks()
        data = self._data
        at = self._position
        size = len(data)
        if self._is_broken:
            self._position = size
            return None
        if at == size:
            return None
        first: i64 = data[at]
        self._judge_first(first)
        start = at + 2
        length: i64 = 0
        if size >= start:
            length = data[at + 1]
            if length >= 0x80:
                length = self._long_length(at + 1)
                if length < 0:
                    self._keep(1)
                    return None
                start = at + (3 if length < 0x4000 else 4 if length < 0x200000 else 5)
        else:
            self._keep(1)
            return None
        self._judge_length(first >> 4, length)
        end = start + length
        if end > size:
            self._keep(end - size)
            return None
        self._position = end
        try:
            if first >> 4 == PUBLISH:
                return self._publish(first, start, end)
            return self._other(first >> 4, start, end)
        except CorruptedMqttPacketError:
            self._is_broken = True
            raise

    def unread(self) -> bytes:
        self._wanted = 0
        return b"" if self._is_broken else super().unread()

    def is_between_frames(self) -> bool:
        return self._is_broken or super().is_between_frames()

    # Packets over several chunks.

    def _keep(self, missing: i64) -> None:
        """Keep what is left of the chunk: *missing* bytes, at least, must come before there is anything to decide."""
        self._cumulate_rest()
        self._wanted = missing

    def _next_across_chunks(self) -> MqttMessage | None:
        available = len(self._data) - self._position
        if available < self._wanted:
            if available > 0:
                self._wanted -= available
                self._cumulate_rest()
            return None
        # The bytes waited for are here: they are read as a chunk of their own, then the rest of the real chunk is.
        joined = self._take_cumulated(self._wanted)
        data, position = self._data, self._position
        self._data, self._position = joined, 0
        try:
            message = self.next_frame()
        finally:
            self._data, self._position = data, position
        return message if message is not None else self.next_frame()

    # What stands in front of each packet.

    def _judge_first(self, first: i64) -> None:
        packet = first >> 4
        flags = first & 15
        if packet == PUBLISH:
            if flags & 6 == 6:
                raise self._refuse("PUBLISH with QoS 3")
            if flags & 14 == 8:  # MQTT-3.3.1-2
                raise self._refuse("PUBLISH that is a duplicate, with QoS 0")
        elif packet == 0:
            raise self._refuse(PACKET_NAMES[0])
        elif flags != _FLAGS[packet]:
            raise self._refuse(f"{PACKET_NAMES[packet]} with flags {flags}, allowed is {_FLAGS[packet]}")
        if self._state.level == 0 and packet != CONNECT:
            raise self._refuse(f"{PACKET_NAMES[packet]} before CONNECT", MqttReasonCode.PROTOCOL_ERROR)

    def _long_length(self, at: i64) -> i64:
        """The remaining length of two bytes or more that begins at *at*, or -1 where its end is still to come."""
        data = self._data
        value: i64 = 0
        shift: i64 = 0
        while at < len(data):
            byte: i64 = data[at]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0:
                    raise self._refuse("a remaining length with more bytes than it needs")
                return value
            shift += 7
            if shift == 28:
                raise self._refuse("a remaining length of more than four bytes")
            at += 1
        return -1

    def _judge_length(self, packet: i64, length: i64) -> None:
        if length > self._max:
            self._break()
            raise TooLongFrameError(int(length), int(self._max))
        if length < _LEAST[packet]:
            raise self._refuse(f"{PACKET_NAMES[packet]} with a remaining length of {length}, at least {_LEAST[packet]} are needed")
        if packet == 12 or packet == 13 or (self._state.level != 5 and packet != CONNECT):
            most: i64 = _MOST_3[packet]
            if 0 <= most < length:
                raise self._refuse(f"{PACKET_NAMES[packet]} with a remaining length of {length}, allowed is {most}")

    def _refuse(self, seen: str, reason: MqttReasonCode = MqttReasonCode.MALFORMED_PACKET) -> CorruptedMqttPacketError:
        self._break()
        return CorruptedMqttPacketError(seen, reason)

    def _break(self) -> None:
        self._is_broken = True
        self._position = len(self._data)

    # Bodies.

    def _publish(self, first: i64, start: i64, end: i64) -> MqttMessage:
        data = self._data
        upper: i64 = data[start]
        lower: i64 = data[start + 1]
        at = start + 2
        stop = at + ((upper << 8) | lower)
        qos = first >> 1 & 3
        if stop + (0 if qos == 0 else 2) > end:
            raise CorruptedMqttPacketError(f"PUBLISH that ends within its topic: {stop - at} bytes wanted, {end - at} left")
        topic_bytes = data[at:stop]
        if topic_bytes != self._topic_bytes or stop == at:
            self._read_topic(topic_bytes)
        topic = self._topic
        packet_id: i64 = 0
        if qos != 0:
            upper = data[stop]
            lower = data[stop + 1]
            packet_id = (upper << 8) | lower
            if packet_id == 0:
                raise CorruptedMqttPacketError("PUBLISH with packet id 0", MqttReasonCode.PROTOCOL_ERROR)
            stop += 2
        properties = NO_PROPERTIES
        if self._state.level == 5:
            if stop < end and data[stop] == 0:
                stop += 1
            else:
                cursor = MqttCursor(data, stop, end, "PUBLISH")
                properties = read_properties(cursor, PUBLISH, self._max_items)
                stop = end - cursor.left()
            if not topic and properties.topic_alias is None:
                raise CorruptedMqttPacketError("PUBLISH without a topic and without an alias", MqttReasonCode.PROTOCOL_ERROR)
        return MqttPublishMessage(topic, data[stop:end], qos, first & 1 != 0, packet_id, first & 8 != 0, properties)

    def _read_topic(self, content: bytes) -> None:
        if not content and self._state.level == 5:  # an alias stands for it
            self._topic_bytes, self._topic = b"", ""
            return
        try:
            topic = content.decode()
        except UnicodeDecodeError as error:
            raise CorruptedMqttPacketError(f"PUBLISH whose topic is not UTF-8: {error.reason} at byte {error.start}") from None
        fault = topic_fault(topic)
        if fault is not None:
            raise CorruptedMqttPacketError(f"PUBLISH whose topic {fault}", MqttReasonCode.TOPIC_NAME_INVALID)
        self._topic_bytes = content
        self._topic = topic

    def _other(self, packet: i64, start: i64, end: i64) -> MqttMessage:
        cursor = MqttCursor(self._data, start, end, PACKET_NAMES[packet])
        if packet != CONNECT:
            return read_body(packet, cursor, self._state.level, self._max_items)
        message = read_connect(cursor, self._max_client_id, self._max_items)
        cursor.must_be_over()
        self._state.level = int(message.version)
        return message
