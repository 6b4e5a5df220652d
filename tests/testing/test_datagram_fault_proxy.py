"""Each fault of datagrams, before a server that counts."""

import asyncio
import socket
from typing import Any

import pytest

from pyboot.testing import DatagramFaultProxy, DatagramFaults, no_leaks_in


async def passed(faults: DatagramFaults, number: int, expected: int, seed: int = 5) -> list[int]:
    """Send the numbers below *number*, and return what the server got, once it has got as many as are *expected*."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        client.setblocking(False)
        got: list[int] = []
        async with DatagramFaultProxy(*server.getsockname(), to_server=faults, seed=seed) as proxy:
            client.connect(proxy.address)
            for each in range(number):
                client.send(bytes([each]))
            async with asyncio.timeout(20):
                while len(got) < expected:
                    data, back = await loop.sock_recvfrom(server, 10)
                    got.append(data[0])
            server.sendto(b"answer", back)
            assert b"answer" == await asyncio.wait_for(loop.sock_recv(client, 10), 20)
    return got


async def test_without_faults_everything_passes_both_ways() -> None:
    """In its order, and nothing is left behind."""
    async with no_leaks_in():
        assert list(range(50)) == await passed(DatagramFaults(), 50, 50)


@pytest.mark.parametrize(("faults", "least"), [({"duplicate": 1.0}, 100), ({"reorder": 0.5}, 50), ({"jitter": 0.02}, 50)], ids=str)
async def test_datagrams_come_twice_or_in_another_order(faults: dict[str, Any], least: int) -> None:
    """All of them come."""
    got = await passed(DatagramFaults(**faults), 50, least)

    assert set(range(50)) == set(got)
    assert got != list(range(50))


async def test_some_are_lost_the_same_for_each_run_of_a_seed() -> None:
    """Half of them, give or take what chance does."""
    first, second = [await passed(DatagramFaults(loss=0.5), 100, 30) for _ in range(2)]

    assert first == second
    assert first != list(range(30))
