"""The endpoint health."""

import asyncio

import pytest

from pyboot.actuator import Health, HealthIndicator
from pyboot.boot import Component
from tests.actuator.management_client import managed


@Component
class GoodHealthIndicator(HealthIndicator):
    """Is up."""

    def health(self) -> Health:
        """Say so."""
        return Health.up()


@Component
class BadHealthIndicator(HealthIndicator):
    """Is down, after a while."""

    async def health(self) -> Health:
        """Say so."""
        await asyncio.sleep(0)
        return Health.down("gone")


@Component
class BrokenHealthIndicator(HealthIndicator):
    """Cannot even say."""

    def health(self) -> Health:
        """Raise."""
        raise OSError("no route")


@pytest.mark.parametrize(
    ("indicators", "status", "code"),
    [
        ((), "UP", 200),
        ((GoodHealthIndicator,), "UP", 200),
        ((GoodHealthIndicator, BadHealthIndicator), "DOWN", 503),
        ((BrokenHealthIndicator,), "DOWN", 503),
    ],
)
async def test_the_worst_indicator_decides(indicators: tuple[type, ...], status: str, code: int) -> None:
    """And nothing more is told."""
    async with managed(*indicators, exposing="health") as (client, _):
        answer = await client.get("/health")

    assert (code, {"status": status}) == (answer.status_code, answer.json())
