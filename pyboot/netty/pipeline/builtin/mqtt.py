"""The built-in codec of MQTT."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

import pyboot.components.netty.codec.mqtt as netty
from pyboot.netty.pipeline.codec import Codec

from .frames import Positive


@Codec("mqtt")
def mqtt(
    max_bytes_in_message: Annotated[Positive, Field(le=268_435_455, description="The longest packet, in bytes behind its length.")] = 8092,
    max_client_id_length: Annotated[int, Field(ge=1, description="The longest client identifier of MQTT 3.1, in characters.")] = 23,
    max_items: Annotated[int, Field(ge=1, description="The most user properties, topic filters or reason codes of one packet.")] = 1024,
) -> tuple[netty.MqttDecoder, netty.MqttEncoder]:
    """Makes packets of MQTT 3.1, 3.1.1 and 5 of bytes, and bytes of packets; CONNECT says of which version."""
    return netty.MqttDecoder(max_bytes_in_message, max_client_id_length, max_items), netty.MqttEncoder()
