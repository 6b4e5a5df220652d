"""Indicators to be asked, and what the endpoint tells of them."""

import asyncio
from typing import Any

from pyboot.actuator import Health, HealthIndicator
from pyboot.boot import Component


@Component
class GoodHealthIndicator(HealthIndicator):
    """Is up."""

    def health(self) -> Health:
        """Say so."""
        return Health.up(version=7)


@Component
class BadHealthIndicator(HealthIndicator):
    """Is down, after a while."""

    async def health(self) -> Health:
        """Say so."""
        await asyncio.sleep(0)
        return Health.down("gone")


@Component
class RaisingHealthIndicator(HealthIndicator):
    """Cannot even say."""

    def health(self) -> Health:
        """Raise."""
        raise OSError("no route")


@Component
class HangingHealthIndicator(HealthIndicator):
    """Never says anything, and heeds no cancel the first time."""

    async def health(self) -> Health:
        """Wait, and wait again."""
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return Health.up()


@Component
class StrangeHealthIndicator(HealthIndicator):
    """Says what is no health."""

    def health(self) -> Any:
        """Say that."""
        return "fine"


@Component
class UnshowableHealthIndicator(HealthIndicator):
    """Says what has no form in JSON."""

    def health(self) -> Health:
        """Say that."""
        return Health.up(what=object())


@Component
class UnnumberedHealthIndicator(HealthIndicator):
    """Has a part whose status is no text."""

    def health(self) -> Any:
        """Say that."""
        status: Any = 5
        return {"one": Health(status)}


@Component
class PartedHealthIndicator(HealthIndicator):
    """Is made of two."""

    def health(self) -> dict[str, Health]:
        """Tell of both."""
        return {"one": Health.up(at=1), "two": Health("FATAL", {"at": 2})}


ALONE = {"management.health.defaults.enabled": "false", "management.endpoint.health.probes.enabled": "false"} | {
    f"management.health.{name}.enabled": "false" for name in ("livenessState", "readinessState")
}
"""The settings of an application whose own indicators are all there is."""

OPEN = {**ALONE, "management.endpoint.health.show-details": "always"}
