"""The endpoint buffers: what allocators hold, and what was lost."""

import pytest

from pyboot.components.netty.buffer.leak import LEAK_DETECTOR
from tests.actuator.management_client import managed


async def test_it_tells_of_allocators_and_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the place where a lost buffer was allocated."""
    monkeypatch.setattr(LEAK_DETECTOR, "_reported", {"a.py:3 in f"})
    async with managed() as (client, _):
        told = (await client.get("/buffers")).json()

    assert {"type", "buffersMade", "buffersReleased", "blocksMade", "blocksReused", "cachedBlocks", "cachedBytes", "maxCachedBytes"} == set(
        told["allocators"]["default"]
    )
    assert [{"allocated": "a.py:3 in f"}] == told["leaks"]
