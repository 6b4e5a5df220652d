"""The packets of connections and subscriptions: values, of which a password is not shown."""

import dataclasses

import pytest

from pyboot.components.netty.wire.mqtt.control import MqttConnectMessage, MqttPingReqMessage, MqttWill


def test_a_password_is_not_shown() -> None:
    """Logs show messages."""
    shown = repr(MqttConnectMessage("a", user_name="u", password=b"secret", will=MqttWill("t")))

    assert "secret" not in shown
    assert "user_name='u'" in shown


def test_nothing_in_them_changes() -> None:
    """As in all messages; and there is no room for more."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        MqttConnectMessage("a").client_id = "b"  # type: ignore[misc]  # that is the point
    assert not hasattr(MqttPingReqMessage(), "__dict__")
