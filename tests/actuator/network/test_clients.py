"""The endpoint clients."""

import asyncio
import socket
from typing import Any

from pyboot.components.netty import HttpClient
from pyboot.netty import NettyClients
from tests.actuator.management_client import managed

ALL = {
    *("where", "state", "connected", "channel", "connects", "reconnects", "lost", "failed", "attempts", "queued", "queuedBytes", "error"),
}


def upstream(port: int) -> dict[str, object]:
    """The settings of a client of *port*."""
    prefix = "netty.clients.upstream"
    return {
        f"{prefix}.host": "127.0.0.1",
        f"{prefix}.port": port,
        f"{prefix}.pipeline": "line",
        f"{prefix}.reconnect.initial": "1ms",
    }


async def test_a_client_is_told_with_the_story_of_its_connections() -> None:
    """One was lost, and another one came."""
    came: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    server = await asyncio.start_server(lambda _, writer: came.put_nowait(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, managed(properties=upstream(port)) as (client, context):
        (await came.get()).close()
        writer = await came.get()
        channel = await context.get(NettyClients)["upstream"].connected()
        told = (await client.get("/clients")).json()
        one = (await client.get("/clients/upstream")).json()
        assert 404 == (await client.get("/clients/other")).status_code
        writer.close()

    found = told["clients"]["upstream"]
    assert (ALL, found) == (set(found), one)
    assert (f"127.0.0.1:{port}", "CONNECTED", True, channel.id) == tuple(found[name] for name in ("where", "state", "connected", "channel"))
    assert (2, 1, 1, 0) == tuple(found[name] for name in ("connects", "reconnects", "lost", "failed"))


async def test_a_client_without_a_connection_tells_why() -> None:
    """With the error of the last attempt."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    async with managed(properties=upstream(port)) as (client, _):
        found: dict[str, Any] = {"error": None}
        while found["error"] is None:
            found = (await client.get("/clients/upstream")).json()

    assert (False, None, 0) == tuple(found[name] for name in ("connected", "channel", "connects"))
    assert found["failed"] >= 1
    assert "refused" in found["error"].lower()


async def test_clients_of_http_are_told_with_their_pools() -> None:
    """Those that have been made."""
    async with managed(properties={"netty.http-clients.shop.base-url": "http://127.0.0.1:1"}) as (client, context):
        context.get(HttpClient)
        told = (await client.get("/clients")).json()

    assert {"clients": {}, "httpClients": {"shop": {"lent": 0, "idle": 0, "waiting": 0}}} == told
