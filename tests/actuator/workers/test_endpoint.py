"""The endpoint of workers, of a process that is alone; `test_fleet` has others."""

import os

from tests.actuator.management_client import managed


async def test_a_process_that_is_alone_is_the_one_worker() -> None:
    """There is nobody who could roll it."""
    async with managed() as (client, _):
        (row,) = (await client.get("/workers")).json()["workers"]
        assert (0, os.getpid(), "ready", False) == (row["slot"], row["pid"], row["state"], row["silent"])
        answer = await client.post("/workers", json={"action": "roll"})
        assert 400 == answer.status_code
        assert "--workers" in answer.json()["message"]
