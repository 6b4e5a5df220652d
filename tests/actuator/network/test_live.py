"""LiveChannels: all that are open, one after the other."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from pyboot.actuator import pace
from pyboot.actuator.network.live import LiveChannels
from pyboot.boot import Component
from pyboot.testing.application import connect
from tests.actuator.management_client import managed

from .connected import LineServer, Shout, said


@Component
class Asks:
    """Has the connections."""

    def __init__(self, channels: LiveChannels) -> None:
        self.channels = channels


async def test_others_have_their_turn_between_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many connections there are."""
    monkeypatch.setattr(pace, "HELD_SECONDS", 0.0)
    async with managed(LineServer, Shout, Asks) as (_, context), AsyncExitStack() as stack:
        for _ in range(5):
            await said(await stack.enter_async_context(connect(context, "lines")), "x")
        turns: list[str] = []

        async def other() -> None:
            for _ in range(2):
                turns.append("other")
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        async for server, channel in context.get(Asks).channels.all():
            turns.append(server)
            assert (server, channel) == await context.get(Asks).channels.find(channel.id) or len(turns) > 2
        await task

    assert 5 == turns.count("lines")
    assert turns.index("other") < len(turns) - 3
