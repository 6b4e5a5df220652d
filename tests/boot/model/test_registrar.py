"""Registrars: beans that only labels and settings tell of."""

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import BaseModel

from pyboot.boot import BeanDefinition, BeanRegistrar, Component, ConditionalOnProperty, Configuration, Import, PyBootApplication, Qualifier
from pyboot.boot.blueprint import prepare
from pyboot.boot.config.load import Given
from pyboot.boot.discovery.autoconfigure import AutoConfigurations, Installed
from pyboot.boot.model.registrar import KnownSettings, registrars_of
from pyboot.testing import running


class Device:
    """One for each name below `devices`."""

    def __init__(self, name: str) -> None:
        """Take the name."""
        self.name = name


class Late(BaseModel):
    """Settings that are bound only where some are there."""

    speed: int = 1


@Component
class Mechanic:
    """Added by the registrar as a class whose labels say the rest; it is found by the scan of no application."""


class DeviceRegistrar(BeanRegistrar):
    """Adds a device for each name."""

    def register(self, known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterable[BeanDefinition | type]:
        """Each is told by its name as written, and by the same in snake case."""
        for name, place in environment.entries("devices").items():

            def make(name: str = name) -> Device:
                return Device(name)

            snake = name.replace("-", "_")
            yield BeanDefinition(
                name=f"{snake}_of_registrar", provides=Device, factory=make, target=make, qualifiers=(name, snake), key=name, place=place
            )

    def settings(self) -> Iterable[tuple[str, Any]]:
        """What could be set."""
        return [("late", Late)]


@Configuration
@ConditionalOnProperty("with-devices", having="true")
@Import(DeviceRegistrar)
class Devices:
    """Brings the registrar, where its condition holds."""


@Component
class Workshop:
    """Uses what was registered."""

    def __init__(
        self, devices: dict[str, Device], left_door: Device | None, right: Annotated[Device | None, Qualifier("right-door")]
    ) -> None:
        """By the name of a parameter, by a qualifier, and all of them."""
        self.devices, self.left, self.right = devices, left_door, right


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """Has the configuration above."""


SETTINGS = {"with-devices": "true", "devices.left-door.speed": "1", "devices.right-door.speed": "2", "devices.off": "false"}


async def test_a_registrar_adds_a_bean_for_each_entry_of_a_map_of_settings() -> None:
    """A map has the keys it says; a parameter may be called like a qualifier; what is switched off is none."""
    async with running(App, properties=SETTINGS) as context:
        shop = context.get(Workshop)

        assert {"left-door": "left-door", "right-door": "right-door"} == {key: device.name for key, device in shop.devices.items()}
        assert shop.left is shop.devices["left-door"]
        assert shop.right is shop.devices["right-door"]


async def test_a_registrar_is_not_asked_where_the_conditions_of_its_configuration_do_not_hold() -> None:
    """It comes and goes with what imports it."""
    async with running(App, properties=SETTINGS | {"with-devices": "false"}) as context:
        assert {} == context.get(Workshop).devices


def test_a_registrar_is_no_bean_and_its_beans_know_where_they_are_written() -> None:
    """A report leads to the setting."""
    blueprint = prepare(App, Given(properties=SETTINGS), installed=Installed(configurations=lambda *_: AutoConfigurations((), {})))
    definitions = blueprint.graph.index.definitions

    assert [] == [entry for entry in definitions if entry.provides is DeviceRegistrar]
    assert [True, True] == [
        "devices" in str(entry.origin) or "test" in str(entry.origin) for entry in definitions if entry.provides is Device
    ]


def test_what_a_registrar_could_bind_is_offered_to_editors() -> None:
    """Though nothing is bound to it as long as nothing is set there."""
    blueprint = prepare(App, Given(properties=SETTINGS), installed=Installed(configurations=lambda *_: AutoConfigurations((), {})))

    assert "speed" in blueprint.schema()["properties"]["late"]["properties"]
    assert "late" not in [prefix for prefix, _ in blueprint.bound]


def test_a_registrar_is_made_once() -> None:
    """Whoever imports it as well."""
    blueprint = prepare(App, Given(properties=SETTINGS), installed=Installed(configurations=lambda *_: AutoConfigurations((), {})))

    assert [DeviceRegistrar] == [type(entry) for entry in registrars_of([*blueprint.registry.definitions] * 2)]
