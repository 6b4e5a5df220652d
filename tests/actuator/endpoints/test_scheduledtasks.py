"""The endpoint scheduledtasks."""

import asyncio

from pyboot.boot import Component, Scheduled
from tests.actuator.management_client import managed


@Component
class Jobs:
    """Has one of each kind."""

    def __init__(self) -> None:
        self.ran = asyncio.Event()

    @Scheduled(every="1h", initial="30m")
    async def later(self) -> None: ...

    @Scheduled(delay="1h")
    async def failing(self) -> None:
        """Run at once, and fail."""
        self.ran.set()
        raise ValueError("not with hunter2hunter2")

    @Scheduled(cron="0 5 * * *", zone="UTC")
    async def nightly(self) -> None: ...


async def test_tasks_tell_when_they_run_and_how_it_ended() -> None:
    """In Spring Boot's form, without secrets."""
    async with managed(Jobs, properties={"db.password": "hunter2hunter2"}) as (client, context):
        await context.get(Jobs).ran.wait()
        told = (await client.get("/scheduledtasks")).json()

    assert {"cron", "fixedDelay", "fixedRate", "custom"} == set(told)
    (cron,), (delay,), (rate,) = told["cron"], told["fixedDelay"], told["fixedRate"]
    assert ("jobs.nightly", "0 5 * * *") == (cron["runnable"]["target"], cron["expression"])
    assert (1_800_000, 3_600_000, 0) == (rate["initialDelay"], rate["interval"], rate["runs"])
    assert "lastExecution" not in rate
    assert ("ERROR", {"type": "ValueError", "message": "not with ******"}) == (
        delay["lastExecution"]["status"],
        delay["lastExecution"]["exception"],
    )
    assert all(row["nextExecution"]["time"] > "2026" for row in (cron, rate, delay))
