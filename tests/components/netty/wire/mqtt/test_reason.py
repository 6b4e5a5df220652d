"""Reasons: the codes are those of the specifications."""

from pyboot.components.netty.wire.mqtt import reason
from pyboot.components.netty.wire.mqtt.reason import MqttConnectReturnCode, MqttReasonCode


def test_codes_that_packets_may_hold_have_names() -> None:
    """No table holds a number that the specification does not know."""
    tables = (reason.CONNACK, reason.PUBLISHED, reason.RELEASED, reason.SUBACK, reason.UNSUBACK, reason.DISCONNECT, reason.AUTH)

    assert set() == {code for table in tables for code in table} - {int(code) for code in MqttReasonCode}


def test_some_of_them() -> None:
    """Table 2-6, and table 3.1 of 3.1.1."""
    assert (0x81, 0x8E, 0xA2) == (
        MqttReasonCode.MALFORMED_PACKET, MqttReasonCode.SESSION_TAKEN_OVER, MqttReasonCode.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
    )  # fmt: skip
    assert 5 == MqttConnectReturnCode.NOT_AUTHORIZED
