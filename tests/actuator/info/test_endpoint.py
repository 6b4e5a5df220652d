"""The endpoint info."""

from typing import Any

from pyboot.actuator import InfoContributor
from pyboot.boot import Component, Order
from tests.actuator.management_client import managed


@Order(1)
@Component
class First(InfoContributor):
    """Tells two facts."""

    def contribute(self) -> dict[str, Any]:
        """Tell."""
        return {"a": 1, "b": 1}


@Order(2)
@Component
class Second(InfoContributor):
    """Tells one of them again, later."""

    async def contribute(self) -> dict[str, Any]:
        """Tell."""
        return {"b": 2}


async def test_contributors_are_asked_in_their_order() -> None:
    """The later wins."""
    async with managed(Second, First, exposing="info") as (client, _):
        assert {"a": 1, "b": 2} == (await client.get("/info")).json()


async def test_nobody_tells_anything() -> None:
    """That is an empty object."""
    async with managed(exposing="info") as (client, _):
        assert {} == (await client.get("/info")).json()
