"""The beans of the management room: those endpoints that are exposed, and no other."""

import importlib

import pytest

from pyboot.actuator import Endpoint, ReadOperation
from pyboot.actuator.annotations import EndpointLabel
from pyboot.actuator.definitions import BUILT_IN
from pyboot.boot import ApplicationContext
from pyboot.boot.model.label import labels
from tests.actuator.management_client import managed


@Endpoint("info")
class OwnInfo:
    """Stands for the built-in endpoint."""

    @ReadOperation
    def read(self) -> dict[str, str]:
        """Answer."""
        return {"own": "yes"}


def ids(context: ApplicationContext) -> set[str]:
    """The endpoints that are beans."""
    return {label.id for entry in context.definitions(EndpointLabel) for label in entry.labels(EndpointLabel)}


@pytest.mark.parametrize("id", BUILT_IN)
def test_each_built_in_endpoint_says_its_id(id: str) -> None:
    """The table and the label agree."""
    module, _, name = BUILT_IN[id].partition(":")

    assert [id] == [label.id for label in labels(getattr(importlib.import_module(module), name), EndpointLabel)]


async def test_what_is_not_exposed_is_no_bean() -> None:
    """Nor imported."""
    async with managed(exposing="health") as (client, context):
        assert {"health"} == ids(context)
        assert 404 == (await client.get("/info")).status_code


async def test_what_may_not_be_used_is_no_bean() -> None:
    """Although it is exposed."""
    async with managed(properties={"management.endpoint.info.access": "none"}) as (client, context):
        assert "info" not in ids(context)
        assert 404 == (await client.get("/info")).status_code


async def test_a_users_endpoint_stands_for_a_built_in_one() -> None:
    """By its id."""
    async with managed(OwnInfo) as (client, _):
        assert {"own": "yes"} == (await client.get("/info")).json()
