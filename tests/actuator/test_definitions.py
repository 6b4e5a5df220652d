"""The beans of the management room: those endpoints that are exposed, and no other."""

import importlib

import pytest

from pyboot.actuator import Endpoint, ReadOperation
from pyboot.actuator.annotations import EndpointLabel
from pyboot.actuator.definitions import BUILT_IN
from pyboot.actuator.errors import OpenManagementError, UnknownEndpointError
from pyboot.boot import ApplicationContext, prepare
from pyboot.boot.config.load import Given
from pyboot.boot.model.label import labels
from tests.actuator.management_client import application, managed


@Endpoint("info")
class OwnInfo:
    """Stands for the built-in endpoint."""

    @ReadOperation
    def read(self) -> dict[str, str]:
        """Answer."""
        return {"own": "yes"}


@Endpoint("features")
class Features:
    """Of the application."""

    @ReadOperation
    def read(self) -> None: ...


BUILT_IN_OFF = {f"management.endpoint.{id}.access": "none" for id in BUILT_IN if id not in ("health", "info", "prometheus")}


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


def test_an_endpoint_that_is_not_there_stops_the_start() -> None:
    """One of the application's own is there; one that is switched off is known all the same."""
    for include in ("health,features", "features,shutdown", "logfile"):
        prepare(application(Features), Given(properties={"management.endpoints.web.exposure.include": include}))
    with pytest.raises(UnknownEndpointError, match="'feature'") as caught:
        prepare(application(Features), Given(properties={"management.endpoints.web.exposure.include": "feature"}))
    assert "'features'" in caught.value.action


@pytest.mark.parametrize("access", ["READ_ONLY", "readOnly", "read-only"])
async def test_access_is_spelled_as_springs_files_or_its_code_have_it(access: str) -> None:
    """So are the other words of settings."""
    properties = {"management.endpoint.loggers.access": access, "management.endpoint.env.show-values": "WHEN_AUTHORIZED"}
    async with managed(properties=properties) as (client, _):
        assert 405 == (await client.post("/loggers/shop", json={"configuredLevel": "DEBUG"})).status_code
        assert 200 == (await client.get("/env")).status_code


async def test_what_may_not_be_used_is_no_bean() -> None:
    """Although it is exposed."""
    async with managed(properties={"management.endpoint.info.access": "none"}) as (client, context):
        assert "info" not in ids(context)
        assert 404 == (await client.get("/info")).status_code


async def test_a_users_endpoint_stands_for_a_built_in_one() -> None:
    """By its id."""
    async with managed(OwnInfo) as (client, _):
        assert {"own": "yes"} == (await client.get("/info")).json()


@pytest.mark.parametrize(
    ("properties", "is_refused"),
    [
        ({"management.endpoints.web.exposure.include": "*"}, True),
        ({"management.endpoints.web.exposure.include": "health,features"}, True),
        ({"management.endpoints.web.exposure.include": "*", "management.endpoints.web.exposure.exclude": "features"}, False),
        ({"management.endpoints.web.exposure.include": "health,info,prometheus"}, False),
        ({}, False),
        ({"management.endpoints.web.exposure.include": "*", "management.server.auth.users.ada.token": "t0ken"}, False),
        (
            {
                "management.endpoints.web.exposure.include": "*",
                "management.server.auth.users.ada.token": "t0ken",
                "management.server.auth.permit": "health,Features",
            },
            True,
        ),
        ({"management.endpoints.web.exposure.include": "*", "management.server.allow-unauthenticated": "true"}, False),
        ({"management.endpoints.web.exposure.include": "*", "management.endpoint.features.access": "none"}, False),
        ({"management.endpoints.web.exposure.include": "*", "management.server.port": -1, "management.server.socket": "/x"}, False),
        (
            {
                "management.endpoints.web.exposure.include": "*",
                "management.server.ssl.bundle": "ops",
                "ssl.bundles.ops.truststore.certificate": "ca.pem",
            },
            False,
        ),
        (
            {
                "management.endpoints.web.exposure.include": "*",
                "management.server.ssl.bundle": "ops",
                "management.server.ssl.client-auth": "optional",
                "ssl.bundles.ops.truststore.certificate": "ca.pem",
            },
            True,
        ),
    ],
)
@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "app.example", "127.0.0.1"])
def test_what_is_not_for_everybody_is_not_open_to_everybody(address: str, properties: dict[str, object], is_refused: bool) -> None:
    """The start is refused, before anything is made, and says what to do; on this machine it is not."""
    given = Given(properties={"management.server.address": address, **BUILT_IN_OFF, **properties})
    if is_refused and address != "127.0.0.1":
        with pytest.raises(OpenManagementError, match="features") as caught:
            prepare(application(Features), given)
        assert "management.server.auth" in caught.value.action
    else:
        prepare(application(Features), given)
