"""The indicator servers."""

from pyboot.netty import EchoHandler, NettyServer
from pyboot.testing.application import connect
from tests.actuator.management_client import managed


@NettyServer(name="echo")
class Echo:
    """Answers with what it hears."""

    pipeline = (EchoHandler,)


async def test_a_server_that_is_full_takes_no_work_until_somebody_leaves() -> None:
    """Further clients would wait in the backlog."""
    properties = {"netty.servers.echo.max-connections": 1, "management.endpoint.health.show-details": "always"}
    async with managed(Echo, properties=properties) as (client, context):
        free = await client.get("/health/readiness")
        async with connect(context, "echo") as (reader, writer):
            writer.write(b"x")
            await reader.readexactly(1)
            full = await client.get("/health/readiness")

    assert (200, 503) == (free.status_code, full.status_code)
    (told,) = full.json()["components"]["servers"]["components"].values()
    assert ("OUT_OF_SERVICE", 1, 1) == (told["status"], told["details"]["connections"], told["details"]["max"])


async def test_a_server_that_takes_any_number_is_never_full() -> None:
    """Zero is no limit."""
    unlimited = {"netty.servers.echo.max-connections": 0}
    async with managed(Echo, properties=unlimited) as (client, context), connect(context, "echo") as (reader, writer):
        writer.write(b"x")
        await reader.readexactly(1)
        assert 200 == (await client.get("/health/readiness")).status_code
