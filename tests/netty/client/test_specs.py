"""Which clients there are, by labels and settings."""

from typing import Any

import pytest

from pyboot.boot import BeanDefinition
from pyboot.boot.config.environment import Environment
from pyboot.boot.config.load import flat_tree
from pyboot.boot.config.read.sources import TreeSource
from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.errors import ClientNameClashError
from pyboot.netty.client.specs import ClientSpec, client_specs, snake


@NettyClient(host="there", port=80)
class DeviceGatewayClient:
    """A labelled class."""


@NettyClient(name="device-gateway")
class Other:
    """Another one of the same name."""


def definition(target: type) -> BeanDefinition:
    """As the container has it."""
    return BeanDefinition(name=target.__name__, provides=target, factory=target, target=target)


def specs(*labelled: type, **settings: Any) -> dict[str, ClientSpec]:
    """The clients by name."""
    keys = {f"netty.clients.{key}": str(value) for key, value in settings.items()}
    environment = Environment([TreeSource("test", flat_tree(keys, "test"))])
    return {spec.name: spec for spec in client_specs([definition(target) for target in labelled], environment)}


def test_a_labelled_class_is_a_client_whatever_is_set() -> None:
    """Its settings are found under any spelling of its name, its place is that of the class."""
    assert "test_specs.py" in str(specs(DeviceGatewayClient)["device-gateway"].place)
    found = specs(DeviceGatewayClient, **{"deviceGateway.port": 81})["device-gateway"]

    assert (DeviceGatewayClient, 80, 81) == (
        found.labelled.provides if found.labelled else None,
        found.label.port if found.label else 0,
        found.settings.port,
    )


def test_settings_alone_make_a_client() -> None:
    """Its place is theirs."""
    found = specs(**{"up.host": "there", "up.port": 1})["up"]

    assert (None, None, "there") == (found.labelled, found.label, found.settings.host)
    assert {"up": found.place} == found.members


def test_instances_are_members_of_a_kind() -> None:
    """Each with its own place."""
    found = specs(**{"device.instances.a.host": "a", "device.instances.b-2.host": "b", "device.port": 1})["device"]

    assert ["device.a", "device.b-2"] == list(found.members)


@pytest.mark.parametrize("settings", [{"device-gateway": "false"}, {"device-gateway.enabled": "false", "device-gateway.port": "1"}])
def test_one_can_be_switched_off(settings: dict[str, str]) -> None:
    """As a whole, or by its switch."""
    assert not specs(DeviceGatewayClient, **settings)["device-gateway"].is_enabled


def test_two_classes_of_one_name_are_refused() -> None:
    """With both places."""
    with pytest.raises(ClientNameClashError, match=r"DeviceGatewayClient \(.*test_specs.py:\d+\) and Other \(.*test_specs.py:\d+\)"):
        specs(DeviceGatewayClient, Other)


def test_what_is_refused_is_left_to_who_binds_it() -> None:
    """The clients are there all the same, so that nothing else seems to be missing."""
    assert ["up"] == list(specs(**{"up.port": "many"}))


def test_a_name_as_a_parameter_can_be_called() -> None:
    """Without dashes and dots."""
    assert "device_gateway_a" == snake("device-gateway.a")
