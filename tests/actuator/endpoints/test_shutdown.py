"""The endpoint shutdown."""

from pyboot.boot import Shutdown
from tests.actuator.management_client import managed


async def test_it_is_not_there_unless_somebody_says_so() -> None:
    """Although everything is exposed."""
    async with managed() as (client, context):
        assert 404 == (await client.post("/shutdown")).status_code
        assert not context.get(Shutdown).is_requested


async def test_it_answers_and_ends_the_application_behind_it() -> None:
    """In order, as a signal does."""
    async with managed(properties={"management.endpoint.shutdown.access": "unrestricted"}) as (client, context):
        answer = await client.post("/shutdown")
        assert (200, {"message": "Shutting down, bye..."}) == (answer.status_code, answer.json())
        assert 405 == (await client.get("/shutdown")).status_code
        await context.get(Shutdown).wait()
