"""The beans of clients, as an application has them before it starts."""

import sys
from typing import Any

from pyboot.boot import Blueprint, PyBootApplication, prepare
from pyboot.boot.config.load import Given
from pyboot.components.netty import FixedChannelPool
from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.clients import NettyClients
from pyboot.netty.client.group import NettyClientGroup


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """One client that a class describes."""


@NettyClient(host="there", port=80)
class DeviceGatewayClient:
    """It has a dash in its name."""


def blueprint(**settings: Any) -> Blueprint:
    """The application with these settings of clients."""
    return prepare(App, Given(properties={f"netty.clients.{key}": value for key, value in settings.items()}))


def beans(made: Blueprint, kind: type) -> dict[str | None, tuple[object, ...]]:
    """The beans of a kind: by their key, how they are qualified."""
    return {entry.key: entry.qualifiers for entry in made.graph.index.definitions if entry.provides is kind}


def test_there_is_a_bean_for_each_client_group_and_pool() -> None:
    """Told by its name, as written or as a parameter can be called."""
    made = blueprint(**{"up.port": 1, "up.pool.max-connections": 2, "device.instances.a.port": 1, "device.instances.b.port": 2})

    assert {
        "device-gateway": ("device-gateway", "device_gateway"), "up": ("up",),
        "device.a": ("device.a", "device_a"), "device.b": ("device.b", "device_b"),
    } == beans(made, NettyClient)  # fmt: skip
    assert {"device": ("device",)} == beans(made, NettyClientGroup)
    assert {"up": ("up",)} == beans(made, FixedChannelPool)
    assert {None: ()} == beans(made, NettyClients)


def test_each_knows_where_it_is_written() -> None:
    """A report leads there: to the class, or to the setting."""
    made = blueprint(**{"up.port": 1})
    places = {entry.key: str(entry.origin) for entry in made.graph.index.definitions if entry.provides is NettyClient}

    assert "test_definitions.py:" in places["device-gateway"]
    assert "netty.clients.up.port" in places["up"]


def test_settings_are_known_to_editors_without_clients_too() -> None:
    """The schema of an application has all that could be set."""

    @PyBootApplication(scan=())
    class Bare: ...

    schema = prepare(Bare).schema()["properties"]["netty"]["properties"]["clients"]["additionalProperties"]["properties"]

    assert {"host", "reconnect", "outage", "heartbeat", "pool", "instances", "tls"} <= set(schema)
