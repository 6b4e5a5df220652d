"""ApplicationRegistrator: keeps admin servers told while the application is ready."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from pyboot.actuator.admin.client import RegistrationError
from pyboot.actuator.admin.properties import AdminClientProperties
from pyboot.actuator.admin.registration import Registration
from pyboot.actuator.admin.registrator import ApplicationRegistrator, delay_seconds
from pyboot.boot.lifecycle.events import ApplicationReadyEvent

REGISTRATION = Registration("greeter", "http://a/actuator", "http://a/actuator/health", None, {})
READY = ApplicationReadyEvent(cast("Any", None), 0.1)
A, B = "http://a/instances", "http://b/instances"


class Told:
    """A client that notes what it is asked, and fails at those of *away*."""

    def __init__(self, *away: str) -> None:
        self.away = set(away)
        self.done: list[str] = []
        self.is_hanging = False
        self.turn = asyncio.Event()
        self.turn.set()

    async def register(self, target: str, registration: Registration) -> str:
        """Note it."""
        self.done.append(f"register {target}")
        await self.turn.wait()
        if target in self.away:
            raise RegistrationError(f"{target} answers 503")
        return "id-" + target[7]

    async def deregister(self, target: str, id: str) -> None:
        """Note it."""
        self.done.append(f"deregister {target}/{id}")
        if self.is_hanging:
            await asyncio.Event().wait()
        if target in self.away:
            raise RegistrationError("no")

    async def close(self) -> None:
        """Note it."""
        self.done.append("close")


class Waits:
    """Waits between two tellings, which the test ends."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._turn = asyncio.Semaphore(0)
        self._begun = asyncio.Semaphore(0)

    async def __call__(self, seconds: float) -> None:
        """Wait for the test."""
        self.seconds.append(seconds)
        self._begun.release()
        await self._turn.acquire()

    async def reached(self) -> None:
        """Until a wait has begun."""
        async with asyncio.timeout(5):
            await self._begun.acquire()

    async def over(self) -> None:
        """End this wait, and reach the next."""
        self._turn.release()
        await self.reached()


def registrator(
    client: Told, *urls: str, wait: Callable[[float], Awaitable[object]] = asyncio.sleep, is_last: bool = True, **settings: object
) -> ApplicationRegistrator:
    """One that tells *client*."""
    found = AdminClientProperties.model_validate({"url": urls or ("http://a",), **settings})
    return ApplicationRegistrator(found, lambda: REGISTRATION, client, is_last=lambda: is_last, wait=wait)


async def test_it_is_told_again_each_period_and_of_the_end() -> None:
    """From when the application is ready."""
    client, waits = Told(), Waits()
    one = registrator(client, wait=waits)
    one.start()
    assert [] == client.done
    one.on_ready(READY)
    await waits.reached()
    await waits.over()
    await one.stop()

    assert [f"register {A}", f"register {A}", f"deregister {A}/id-a", "close"] == client.done
    assert [10.0, 10.0] == waits.seconds


async def test_one_that_takes_it_is_enough() -> None:
    """In the order of the settings; it alone is told of the end."""
    client = Told(A)
    one = registrator(client, "http://a", "http://b")
    assert await one.register()
    assert {B: "id-b"} == one.ids
    client.away = set()
    assert await one.register()
    assert {A: "id-a"} == one.ids
    await one.stop()

    assert ["close", f"deregister {A}/id-a"] == sorted(client.done[-2:])


async def test_all_are_told_where_that_is_wanted() -> None:
    """Each of them that can be reached."""
    client = Told(A)
    one = registrator(client, "http://a", "http://b", "http://c", register_once=False)
    assert await one.register()

    assert {B, "http://c/instances"} == one.ids.keys()


async def test_failures_come_apart_and_are_counted_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """The first is told with its reason, the last with how many there were."""
    caplog.set_level(logging.INFO, "pyboot.actuator.admin")
    client, waits = Told(A), Waits()
    one = registrator(client, wait=waits)
    one.on_ready(READY)
    await waits.reached()
    for _ in range(4):
        await waits.over()
    client.away = set()
    await waits.over()
    await one.stop()

    assert all(low <= seconds <= 2 * low for low, seconds in zip((0.5, 1, 2, 4, 8), waits.seconds, strict=False))
    assert [
        "the admin server does not take the application: http://a/instances answers 503; it is tried again",
        "greeter is known to http://a/instances as id-a, after 5 attempts that failed",
    ] == [record.getMessage() for record in caplog.records]


async def test_one_that_was_never_reached_is_told_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """With the number of attempts; nobody is told of the end."""
    client = Told(A)
    one = registrator(client)
    await one.register()
    await one.register()
    await one.stop()

    assert "the admin server was not reached: 2 attempts failed" == caplog.messages[-1]
    assert "close" == client.done[-1]


@pytest.mark.parametrize(("failures", "least", "most"), [(0, 10, 10), (1, 0.5, 1), (2, 1, 2), (7, 30, 60), (1000, 30, 60)])
def test_attempts_come_apart_up_to_a_minute(failures: int, least: float, most: float) -> None:
    """At random within half of it."""
    assert (least, most) == (delay_seconds(failures, 10, lambda: 0.0), delay_seconds(failures, 10, lambda: 1.0))


def test_a_period_of_more_than_a_minute_is_the_most() -> None:
    """Who asks for less does not get more."""
    assert 300 == delay_seconds(1000, 300, lambda: 1.0)


async def test_a_telling_under_way_is_waited_for() -> None:
    """Its answer has the id, without which nobody could be told of the end."""
    client = Told()
    client.turn.clear()
    one = registrator(client)
    one.on_ready(READY)
    await asyncio.sleep(0)
    ending = asyncio.create_task(one.stop())
    await asyncio.sleep(0)
    client.turn.set()
    await ending

    assert [f"register {A}", f"deregister {A}/id-a", "close"] == client.done


async def test_a_telling_that_nobody_answers_holds_up_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up."""
    monkeypatch.setattr("pyboot.actuator.admin.registrator._FAREWELL_SECONDS", 0.02)
    client = Told()
    client.turn.clear()
    one = registrator(client)
    one.on_ready(READY)
    await asyncio.sleep(0)
    await one.stop()

    assert [f"register {A}", "close"] == client.done


@pytest.mark.parametrize("settings", [{"auto_deregistration": False}, {"is_last": False}])
async def test_the_end_may_be_kept_quiet(settings: dict[str, Any]) -> None:
    """By settings, or since other workers go on."""
    client = Told()
    one = registrator(client, **settings)
    await one.register()
    await one.stop()

    assert [f"register {A}", "close"] == client.done


async def test_one_that_tells_nothing_by_itself_may_be_asked_to() -> None:
    """Without automatic registration."""
    client = Told()
    one = registrator(client, auto_registration=False)
    one.on_ready(READY)
    assert await one.register()
    await one.stop()


async def test_an_end_that_nobody_takes_note_of_costs_two_seconds(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most, and is told; those that are left are told all the same."""
    monkeypatch.setattr("pyboot.actuator.admin.registrator._FAREWELL_SECONDS", 0.02)
    client = Told()
    one = registrator(client, "http://a", "http://b", register_once=False)
    await one.register()
    client.is_hanging = True
    await one.stop()

    assert [f"deregister {A}/id-a", f"deregister {B}/id-b", "close"] == client.done[2:]
    assert "was not told of the end: no answer within" in caplog.text
