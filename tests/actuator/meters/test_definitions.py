"""The beans of meters, in an application."""

import pytest

from pyboot.actuator import Counter, MeterBinder, MeterRegistry
from pyboot.boot import Bean, Component, Configuration, start
from tests.actuator.management_client import application

from .test_servers import told

OFF = {"management.server.port": -1}


@Configuration
class Meters:
    """Makes meters in both ways."""

    @Bean
    def placed(self, registry: MeterRegistry) -> Counter:
        """Return one of the registry."""
        return registry.counter("orders.placed", {"kind": "book"})

    @Bean
    def returned(self) -> Counter:
        """Return one of its own."""
        return Counter("orders.returned")


@Component
class Binder(MeterBinder):
    """Adds a gauge."""

    def bind_to(self, registry: MeterRegistry) -> None:
        """Add it."""
        registry.gauge("queue.size", lambda: 3)


async def test_meters_are_beans() -> None:
    """Made by the registry or not, and added by binders; settings give them tags."""
    tags = {"management.metrics.tags.region": "eu"}
    async with start(application(Meters, Binder), properties={**OFF, **tags}) as context:
        context.get(Counter, "placed").increment()
        numbers = await told(context)

        assert {("book", "eu"): 1} == numbers["orders.placed"]
        assert {("eu",): 0} == numbers["orders.returned"]
        assert {("eu",): 3.0} == numbers["queue.size"]


async def test_the_registry_is_there_where_nobody_is_told() -> None:
    """A bean that asks for it works without a management server."""
    async with start(application(), properties=OFF) as context:
        assert context.find(MeterRegistry) is not None


@pytest.mark.parametrize(
    "properties",
    [{"management.metrics.enable.netty": "false"}, {"management.metrics.enable": {"netty": {"memory": "false"}}}],
)
async def test_settings_switch_meters_off(properties: dict[str, object]) -> None:
    """By the beginnings of their names, whichever way they are written."""
    async with start(application(), properties={**OFF, **properties}) as context:
        numbers = await told(context)

        assert "netty.memory.held" not in numbers
        assert "process.uptime" in numbers
