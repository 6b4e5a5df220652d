"""The errors of MQTT: packets of a peer that are none, or that are refused before they are read."""

from __future__ import annotations

from pyboot.components.netty.errors import CorruptedFrameError

from .reason import MqttReasonCode

__all__ = ["CorruptedMqttPacketError", "RejectedMqttIdentifierError", "UnacceptableMqttVersionError"]


class CorruptedMqttPacketError(CorruptedFrameError):
    """A packet breaks the protocol; *reason_code* is what MQTT 5 says of it, *seen* what was seen."""

    def __init__(self, seen: str, reason_code: MqttReasonCode = MqttReasonCode.MALFORMED_PACKET) -> None:
        super().__init__(seen, reason_code)
        self.seen = seen
        self.reason_code = reason_code

    def __str__(self) -> str:
        return f"the peer sent {self.seen} (reason code 0x{self.reason_code:02x})"


class UnacceptableMqttVersionError(CorruptedMqttPacketError):
    """CONNECT asks for a protocol *level* that is not spoken here; CONNACK may say so. Source: Netty's class of nearly that name."""

    def __init__(self, level: int) -> None:
        super().__init__(f"CONNECT with protocol level {level}, allowed is 3, 4 or 5", MqttReasonCode.UNSUPPORTED_PROTOCOL_VERSION)
        self.level = level


class RejectedMqttIdentifierError(CorruptedMqttPacketError):
    """CONNECT of MQTT 3.1 has a client identifier that is too short or too long; CONNACK may say so."""

    def __init__(self, characters: int, allowed: int) -> None:
        super().__init__(
            f"CONNECT with a client identifier of {characters} characters, MQTT 3.1 allows 1 to {allowed}",
            MqttReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
        )
        self.characters = characters
        self.allowed = allowed
