"""The indicator clients."""

import socket

from pyboot.netty import NettyClients
from tests.actuator.management_client import managed


async def test_a_client_without_a_connection_is_down_and_does_not_stop_work_from_coming() -> None:
    """Why it has none is told; it belongs to neither probe."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    properties = {
        "netty.clients.upstream.host": "127.0.0.1",
        "netty.clients.upstream.port": port,
        "netty.clients.upstream.pipeline": "line",
        "management.endpoint.health.show-details": "always",
    }
    async with managed(properties=properties) as (client, context):
        upstream = context.get(NettyClients)["upstream"]
        while upstream.cause is None:
            await client.get("/health/ping")
        told = (await client.get("/health/clients")).json()["components"]["upstream"]
        assert 200 == (await client.get("/health/readiness")).status_code

    assert "DOWN" == told["status"]
    assert {"state", "where", "error"} == set(told["details"])
