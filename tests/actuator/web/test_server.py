"""ManagementServer: a server apart from the application's, up before them and behind them."""

import asyncio
import socket

import pytest

from pyboot.actuator import ManagementServer
from pyboot.actuator.errors import ManagementPortError
from pyboot.boot import Component, Phase, start
from pyboot.boot.errors import LifecycleError
from tests.actuator.management_client import application, managed


@Component
class Late:
    """Asks the management server while the application starts and while it ends."""

    phase = Phase.SERVERS

    def __init__(self, server: ManagementServer) -> None:
        self._server = server
        self.seen: list[bytes] = []

    async def start(self) -> None:
        """Ask."""
        await self._ask()

    async def stop(self) -> None:
        """Ask."""
        await self._ask()

    async def _ask(self) -> None:
        reader, writer = await asyncio.open_connection(*self._server.address)
        writer.write(b"GET /actuator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.seen.append((await reader.read())[:12])
        writer.close()


async def test_it_is_there_while_the_servers_come_and_go() -> None:
    """So a probe is answered during a slow start and during a drain."""
    async with managed(Late) as (_, context):
        late = context.get(Late)
    assert 2 == len(late.seen)
    assert all(answer.startswith(b"HTTP/1.1 ") for answer in late.seen)


async def test_a_port_that_is_taken_stops_the_start() -> None:
    """With the settings that are meant."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LifecycleError) as caught:
            async with start(application(), properties={"management.server.port": port}):
                pass

    assert isinstance(caught.value.__cause__, ManagementPortError)
    assert "the port is in use" in str(caught.value.__cause__)


async def test_paths_follow_the_settings() -> None:
    """That of the server in front of that of the endpoints."""
    settings = {"management.server.base-path": "/ops", "management.endpoints.web.base-path": "/manage"}
    async with managed(properties=settings) as (client, context):
        host, port = context.get(ManagementServer).address
        root = f"http://{host}:{port}"
        assert {"status": "UP"} == (await client.get(f"{root}/ops/manage/health")).json()
        assert f"{root}/ops/manage" == (await client.get(f"{root}/ops/manage")).json()["_links"]["self"]["href"]
        assert 404 == (await client.get("/health")).status_code


async def test_nobody_can_be_told_an_address_before_it_is_bound() -> None:
    """Or after it was closed."""
    async with managed() as (_, context):
        server = context.get(ManagementServer)
    with pytest.raises(ManagementPortError):
        _ = server.address
