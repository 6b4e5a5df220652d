"""MqttVersion: the three protocols that are called MQTT. Source: MQTT 5 3.1.2.1 and 3.1.2.2, and the same places of the older ones."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

__all__ = ["MqttVersion"]


class MqttVersion(IntEnum):
    """The protocol of a connection, by its level, as CONNECT names it."""

    MQTT_3_1 = 3
    MQTT_3_1_1 = 4
    MQTT_5 = 5

    @property
    def protocol_name(self) -> str:
        """The name that stands in front of the level: ``MQIsdp`` of 3.1, ``MQTT`` of the others."""
        return "MQIsdp" if self is MqttVersion.MQTT_3_1 else "MQTT"


LEVELS: Final = {b"MQIsdp": (3,), b"MQTT": (4, 5)}
