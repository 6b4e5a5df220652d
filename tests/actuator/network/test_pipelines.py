"""The endpoint pipelines: what was decided for the connections of each server."""

from tests.actuator.management_client import managed

from .connected import LineServer, Shout


async def test_it_tells_of_each_handler_in_order() -> None:
    """With the codec that makes it, where one does."""
    async with managed(LineServer, Shout) as (client, _):
        told = (await client.get("/pipelines")).json()

    handlers = told["servers"]["lines"]["default"]
    assert ["line", "string", None] == [each["codec"] for each in handlers]
    assert ["tests.actuator.network.connected.Shout"] == handlers[-1]["types"]
