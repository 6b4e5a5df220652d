"""The settings of clients: their defaults, and what they refuse."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from pyboot.netty.client.properties import ClientProperties, NettyClientsProperties


def test_a_client_is_set_up_like_this_where_nothing_is_said() -> None:
    """What the reference says."""
    client = ClientProperties()

    assert (timedelta(seconds=5), "fail", False, False, False, None, None) == (
        client.connect_timeout, client.outage.writes, client.lazy, client.required, client.daemon, client.tls, client.heartbeat,
    )  # fmt: skip
    assert (True, 0.5, 30.0, 2.0, 0.2, 0) == (
        client.reconnect.enabled, client.reconnect.initial.total_seconds(), client.reconnect.max.total_seconds(),
        client.reconnect.multiplier, client.reconnect.jitter, client.reconnect.max_attempts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"reconnect": {"initial": 0}}, "0s is too short; allowed is more than 0s"),
        ({"reconnect": {"initial": "10s", "max": "1s"}}, "initial <= max must hold, but they are 10s and 1s"),
        ({"reconnect": {"multiplier": 0.5}}, "greater than or equal to 1"),
        ({"reconnect": {"jitter": 1.5}}, "less than or equal to 1"),
        ({"reconnect": {"max_attempts": -1}}, "greater than or equal to 0"),
        ({"heartbeat": {"interval": "5s"}}, "a heartbeat says something: set payload, or payload-hex"),
        ({"heartbeat": {"payload": "a", "payload_hex": "00"}}, "a heartbeat says something"),
        ({"heartbeat": {"payload_hex": "xyz"}}, "non-hexadecimal number"),
        ({"heartbeat": {"payload": "a", "interval": "0s"}}, "0s is too short"),
        ({"outage": {"writes": "drop"}}, "Input should be 'fail' or 'queue'"),
        ({"outage": {"max_messages": 0}}, "greater than or equal to 1"),
        ({"transport": "unix", "host": "there"}, "transport unix connects to a path"),
        ({"transport": "unix", "path": "/x", "instances": {"a": {"port": 1}}}, "transport unix connects to a path"),
        ({"path": "/run/x.sock"}, "transport tcp connects to host and port"),
        ({"required": True, "lazy": True}, "required and lazy contradict each other"),
        ({"required": True, "pool": {}}, "required and pool contradict each other"),
        ({"pool": {}, "group": "io"}, "pool and group do not go together"),
        ({"pool": {}, "instances": {"a": {"port": 1}}}, "pool and instances do not go together"),
        ({"pool": {"max_connections": 0}}, "greater than or equal to 1"),
        ({"hosts": ["a"], "host": "b"}, "hosts and host do not go together"),
        ({"hosts": ["a"], "instances": {"x": {"port": 1}}}, "hosts and instances do not go together"),
        ({"hosts": ["a"], "transport": "unix", "path": "/x"}, "hosts and transport unix do not go together"),
        *(({"hosts": [each]}, "is no place: write host, host:port") for each in ("", "a:", "a:0", "a:70000", "::1", "a b", "[a", "a:b:1")),
        ({"host_order": "random"}, "Input should be 'failover' or 'round-robin'"),
        ({"port": 70000}, "less than or equal to 65535"),
        ({"hots": "there"}, "Extra inputs are not permitted"),
    ],
)
def test_what_means_nothing_is_refused(settings: dict[str, Any], reason: str) -> None:
    """With what is allowed."""
    with pytest.raises(ValidationError, match=reason):
        ClientProperties.model_validate(settings)


def test_clients_are_a_map() -> None:
    """By name."""
    bound = NettyClientsProperties.model_validate({"upstream": {"port": 1}, "device": {"instances": {"a": {"port": 2}}}})

    assert [1, None] == [client.port for client in bound.root.values()]
    assert 2 == bound.root["device"].instances["a"].port


def test_every_setting_has_its_sentence() -> None:
    """Which ends with its default."""

    def fields(model: Any) -> list[tuple[str, str | None]]:
        found = []
        for name, field in model.model_fields.items():
            found.append((f"{model.__name__}.{name}", field.description))
        return found

    import pyboot.netty.client.properties as module

    models = [value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__]
    described = [entry for model in models if model is not NettyClientsProperties for entry in fields(model)]
    assert [] == [name for name, text in described if not text]
