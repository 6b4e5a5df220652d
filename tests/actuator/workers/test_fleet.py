"""The workers as the management room sees them: one that is alone, and one with siblings that the test plays."""

import signal
from typing import Any

from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.actuator.workers.fleet import Fleet
from tests.actuator.management_client import managed
from tests.actuator.workers.siblings import Siblings


async def test_a_process_that_is_alone_tells_its_own_meters() -> None:
    """And begins nothing."""
    servers: Any = None
    registry = MeterRegistry()
    registry.counter("orders").increment()
    fleet = Fleet(registry, servers)
    fleet.start()
    assert ["orders"] == [family.spec.name for family in await fleet.families(InvocationContext())]
    await fleet.stop()


async def test_meters_are_those_of_all_with_who_is_silent(siblings: Siblings) -> None:
    """What those that are gone had counted is in them."""
    servers: Any = None
    registry = MeterRegistry()
    registry.counter("orders").increment()
    fleet = Fleet(registry, servers)
    fleet.start()
    await fleet._tell_totals()  # as a worker that has gone since
    families = {family.spec.name: [sample.value for sample in family.samples] for family in await fleet.families(InvocationContext())}
    assert {"orders": [2], "pyboot.workers": [2], "pyboot.worker.restarts": [2, 0], "pyboot.worker.silent": [1]} == families
    alone = [family.spec.name for family in await fleet.families(InvocationContext(is_alone=True))]
    assert ["orders"] == alone
    await fleet.stop()
    assert 2 == len(siblings.told)


async def test_requests_are_answered_for_all_and_the_silent_are_named(siblings: Siblings) -> None:
    """From the port to the other workers and back."""
    async with managed(properties={"management.endpoint.shutdown.access": "unrestricted"}) as (client, _):
        health = await client.get("/health")
        assert (200, "UP", [1]) == (health.status_code, health.json()["status"], health.json()["silentWorkers"])
        assert "1" == health.headers["x-pyboot-silent-workers"]
        assert health.headers["content-type"].startswith("application/vnd.spring-boot.actuator.v3+json")
        assert 204 == (await client.post("/loggers/some", json={"configuredLevel": "WARN"})).status_code
        rows = (await client.get("/workers")).json()["workers"]
        assert [(0, 0, False), (1, None, True)] == [(row["slot"], row["connections"], row["silent"]) for row in rows]
        assert 504 == (await client.get("/servers", params={"worker": "1"})).status_code
        assert 200 == (await client.get("/servers", params={"worker": "0"})).status_code
        assert 400 == (await client.get("/channels/0000000a")).status_code
        assert 404 == (await client.get("/channels/0.0000000a")).status_code
        assert {"action": "roll"} == (await client.post("/workers", json={"action": "roll"})).json()
        assert 200 == (await client.post("/shutdown")).status_code
    assert [signal.SIGHUP, signal.SIGTERM] == siblings.wishes


async def test_the_places_of_all_are_told_whether_they_answer_or_not(siblings: Siblings) -> None:
    """None of a process that is alone, and while the supervisor is away."""
    async with managed() as (_, context):
        fleet = context.get(Fleet)
        assert [0, 1] == await fleet.slots()
        siblings.is_away = True
        assert await fleet.slots() is None
        fleet.siblings = None
        assert await fleet.slots() is None
