"""Session: what the broker knows of a client, whether it is connected or not."""

import time
from collections import deque
from dataclasses import replace
from typing import NamedTuple

from limits import MqttLimits

from pyboot.components.netty import Channel
from pyboot.components.netty.codec.mqtt import (
    MqttMessage,
    MqttPacketWriter,
    MqttProperties,
    MqttPublishMessage,
    MqttPubRelMessage,
    MqttState,
    MqttVersion,
    MqttWill,
)

NO_PROPERTIES = MqttProperties()


class Waiting(NamedTuple):
    """A message of QoS 1 or 2 that has no packet id yet, and when it is worth nothing any more."""

    message: MqttPublishMessage
    qos: int
    retain: bool
    properties: MqttProperties
    expires_at: float | None


class Memory:
    """The bytes that wait for all clients together; there is one for a broker."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0


class Session:
    """Subscriptions, and the messages of QoS 1 and 2 on their way; the channel, while there is one.

    Theory of operation. `inflight` holds, in their order, the messages that were sent and not acknowledged, and `released` the numbers of
    those with QoS 2 whose PUBREC has come. Both outlive the connection: what is in them is sent again when the client comes back. `_sent`
    are those of this connection, of which there are at most as many as the client can receive. What is more waits in `queue`, which is
    bounded; nothing is written to a channel that is not writable, so a client that does not read costs its queue, and no more.
    """

    def __init__(self, client_id: str, limits: MqttLimits, memory: Memory) -> None:
        self.client_id = client_id
        self.limits = limits
        self.memory = memory
        self.channel: Channel | None = None
        self.version = MqttVersion.MQTT_3_1_1
        self.expiry_seconds: int | None = 0  # None for as long as there is room
        self.will: MqttWill | None = None
        self.filters: dict[str, int] = {}
        self.inflight: dict[int, MqttPublishMessage] = {}
        self.released: dict[int, None] = {}
        self.incoming: set[int] = set()  # of QoS 2, published and not yet released
        self.queue: deque[Waiting] = deque()
        self.dropped = 0
        self.deadline: object | None = None  # the timer of the session's end, while nobody is connected
        self.will_deadline: object | None = None
        self._queued_bytes = 0
        self._sent: set[int] = set()
        self._again: deque[int] = deque()
        self._next_id = 0
        self._receive_maximum = limits.max_inflight
        self._maximum_packet_size = 0
        self._writer: MqttPacketWriter | None = None

    @property
    def can_take(self) -> bool:
        """True if a message would go out now."""
        return self.channel is not None and self.channel.is_writable

    # The connection.

    def attach(self, channel: Channel, version: MqttVersion, properties: MqttProperties) -> None:
        """The client is here; `pump` sends again what it has not acknowledged, in its order, and then what waits."""
        self.channel = channel
        self.version = version
        self._receive_maximum = min(properties.receive_maximum or 65535, self.limits.max_inflight)
        self._maximum_packet_size = properties.maximum_packet_size or 0
        self._writer = MqttPacketWriter(MqttState(version)) if self._maximum_packet_size else None
        self._sent.clear()
        self._again = deque([*self.inflight, *self.released])

    def detach(self) -> None:
        """The client has gone."""
        self.channel = None
        self._again.clear()

    # Messages to the client.

    def send(self, message: MqttPublishMessage) -> bool:
        """Write a message of QoS 0, or drop it where the client does not read fast enough; True if it was written."""
        channel = self.channel
        if channel is None:
            return False
        if not channel.is_writable:
            channel.flush()
            if not channel.is_writable:
                self.dropped += 1
                return False
        if self._writer is not None and self._is_too_large(message):
            self.dropped += 1
            return False
        channel.write(message)
        return True

    def enqueue(self, message: MqttPublishMessage, qos: int, retain: bool, properties: MqttProperties, expires_at: float | None) -> None:
        """Send a message of QoS 1 or 2 in its turn; where there is no room for it, it is dropped."""
        size = len(message.payload)
        if not self._has_room(size):
            self.pump()  # perhaps there is room in the channel
            if not self._has_room(size):
                self.dropped += 1
                return
        self.queue.append(Waiting(message, qos, retain, properties, expires_at))
        self._count(size)
        self.pump()

    def _has_room(self, size: int) -> bool:
        return (
            len(self.queue) < self.limits.max_queued
            and self._queued_bytes + size <= self.limits.max_queued_bytes
            and self.memory.used + size <= self.memory.most
        )

    def _count(self, size: int) -> None:
        self._queued_bytes += size
        self.memory.used += size

    def forget(self) -> None:
        """Drop what waits: the session has ended."""
        self.queue.clear()
        self._count(-self._queued_bytes)

    def pump(self) -> None:
        """Send as much of what waits as the client can receive and the channel takes."""
        channel = self.channel
        if channel is None:
            return
        while (self._again or self.queue) and len(self._sent) < self._receive_maximum:
            if not channel.is_writable:
                channel.flush()
                if not channel.is_writable:
                    return  # channel_writability_changed goes on
            if self._again:
                self._send_again(channel, self._again.popleft())
            else:
                self._send_next(channel)

    def _send_again(self, channel: Channel, packet_id: int) -> None:
        message = self.inflight.get(packet_id)
        if message is not None:
            self._sent.add(packet_id)
            channel.write(duplicate_of(message, self.version))
        elif packet_id in self.released:
            self._sent.add(packet_id)
            channel.write(MqttPubRelMessage(packet_id))

    def _send_next(self, channel: Channel) -> None:
        waiting = self.queue.popleft()
        self._count(-len(waiting.message.payload))
        properties = waiting.properties
        if waiting.expires_at is not None:
            left = waiting.expires_at - time.monotonic()
            if left <= 0:
                return
            properties = replace(properties, message_expiry_interval=int(left) or 1)
        if self.version != MqttVersion.MQTT_5:
            properties = NO_PROPERTIES
        packet_id = self._free_id()
        source = waiting.message
        message = MqttPublishMessage(source.topic, source.payload, waiting.qos, waiting.retain, packet_id, False, properties)
        if self._writer is not None and self._is_too_large(message):
            self.dropped += 1
            return
        self.inflight[packet_id] = message
        self._sent.add(packet_id)
        channel.write(message)

    def _free_id(self) -> int:
        while True:  # there are 65535, and at most `max_inflight` are taken
            self._next_id = self._next_id % 65535 + 1
            if self._next_id not in self.inflight and self._next_id not in self.released:
                return self._next_id

    def _is_too_large(self, message: MqttMessage) -> bool:
        assert self._writer is not None
        return len(self._writer.encode(message)) > self._maximum_packet_size  # MQTT-3.1.2-24, -25

    # Its answers.

    def acknowledged(self, packet_id: int) -> None:
        """PUBACK has come."""
        if self.inflight.pop(packet_id, None) is not None:
            self._sent.discard(packet_id)
            self.pump()

    def received(self, packet_id: int, reason_code: int) -> bool:
        """PUBREC has come; True if PUBREL is to be sent."""
        message = self.inflight.get(packet_id)
        if message is None or message.qos != 2:
            return packet_id in self.released
        del self.inflight[packet_id]
        if reason_code >= 0x80:
            self._sent.discard(packet_id)
            self.pump()
            return False
        self.released[packet_id] = None
        return True

    def completed(self, packet_id: int) -> None:
        """PUBCOMP has come."""
        if packet_id in self.released:
            del self.released[packet_id]
            self._sent.discard(packet_id)
            self.pump()


def duplicate_of(message: MqttPublishMessage, version: MqttVersion) -> MqttPublishMessage:
    """The same message, sent again."""
    properties = message.properties if version == MqttVersion.MQTT_5 else NO_PROPERTIES
    return MqttPublishMessage(message.topic, message.payload, message.qos, message.retain, message.packet_id, True, properties)
