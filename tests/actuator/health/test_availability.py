"""Liveness and readiness, as a platform asks for them."""

import asyncio
import json

from pyboot.actuator import ManagementServer
from pyboot.boot import ApplicationAvailability, Component, LivenessState, Phase, ReadinessState
from tests.actuator.health.asked import BadHealthIndicator
from tests.actuator.management_client import managed


async def asked(server: ManagementServer, path: str) -> tuple[int, str]:
    """What a probe hears."""
    reader, writer = await asyncio.open_connection(*server.address)
    writer.write(f"GET /actuator/health/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), json.loads(body)["status"]


@Component
class Servers:
    """Asks when the servers of an application begin, and when they end: the listeners are closed after that."""

    phase = Phase.SERVERS + 1

    def __init__(self, server: ManagementServer) -> None:
        self._server = server
        self.heard: list[list[tuple[int, str]]] = []

    async def start(self) -> None:
        """Ask."""
        self.heard.append([await asked(self._server, path) for path in ("liveness", "readiness")])

    async def stop(self) -> None:
        """Ask."""
        await self.start()


async def test_nobody_is_sent_work_before_the_start_is_over_and_from_the_end_on() -> None:
    """And nobody is restarted because of either."""
    async with managed(Servers) as (_, context):
        servers = context.get(Servers)
        now = [await asked(context.get(ManagementServer), path) for path in ("liveness", "readiness")]

    starting, ending = servers.heard
    assert [(200, "UNKNOWN"), (503, "OUT_OF_SERVICE")] == starting
    assert [(200, "UP"), (200, "UP")] == now
    assert [(200, "UP"), (503, "OUT_OF_SERVICE")] == ending


async def test_liveness_follows_nothing_but_the_application_itself() -> None:
    """A dependency that is away does not come back by a restart of who needs it."""
    async with managed(BadHealthIndicator) as (client, context):
        assert [503, 200, 200] == [(await client.get(f"/health{path}")).status_code for path in ("", "/liveness", "/readiness")]
        await context.get(ApplicationAvailability).change(LivenessState.BROKEN)
        await context.get(ApplicationAvailability).change(ReadinessState.REFUSING_TRAFFIC)
        assert [503, 503] == [(await client.get(f"/health/{path}")).status_code for path in ("liveness", "readiness")]
