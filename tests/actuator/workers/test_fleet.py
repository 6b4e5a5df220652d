"""The workers as the management room sees them: one that is alone, and one with siblings that the test plays."""

import json
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import pytest

from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.actuator.workers import given
from pyboot.actuator.workers.fleet import Fleet
from tests.actuator.management_client import managed


class Said(NamedTuple):
    """What a worker says."""

    slot: int
    data: bytes | None
    pid: int = 1
    state: str = "ready"
    is_last: bool = False


class Heard(NamedTuple):
    """What all say."""

    answers: list[Said]
    silent: list[dict[str, Any]]
    workers: list[dict[str, Any]]
    totals: bytes | None = None


class Siblings:
    """Asks the one worker that there is, and plays another one that is silent."""

    slot = 0

    def __init__(self) -> None:
        self.asking = self
        self.told: list[bytes] = []
        self.wishes: list[signal.Signals] = []
        self.answering: Callable[[Mapping[str, Any]], Awaitable[bytes]] | None = None

    def answer_with(self, answering: Callable[[Mapping[str, Any]], Awaitable[bytes]]) -> None:
        """As a worker."""
        self.answering = answering

    async def ask(self, what: Mapping[str, Any], seconds: float, *, slot: int | None = None, totals: bool = False) -> Heard:
        """As a worker."""
        assert self.answering is not None
        rows = [{"slot": 0, "pid": 1, "state": "ready", "restarts": 2}, {"slot": 1, "pid": 2, "state": "ready", "restarts": 0}]
        answers = [] if slot == 1 else [Said(0, await self.answering(json.loads(json.dumps(what))))]
        return Heard(answers, [{"slot": 1, "pid": 2}], rows, self.told[-1] if totals and self.told else None)

    def tell_totals(self, data: bytes) -> None:
        """As a worker."""
        self.told.append(data)

    def wish(self, number: signal.Signals, /) -> None:
        """As a worker."""
        self.wishes.append(number)


@pytest.fixture
def siblings(monkeypatch: pytest.MonkeyPatch) -> Siblings:
    """Of this process."""
    found = Siblings()
    monkeypatch.setattr(given, "_siblings", found)
    return found


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
