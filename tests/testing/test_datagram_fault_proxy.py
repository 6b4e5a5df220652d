"""Each fault of datagrams, before a server that counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pyboot.testing import DatagramFaultProxy, DatagramFaults, no_leaks_in


class Peer(asyncio.DatagramProtocol):
    """A socket, and what came to it with its sender."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.came: asyncio.Queue[tuple[bytes, Any]] = asyncio.Queue()
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        """Keep it."""
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Note it."""
        self.came.put_nowait((data, addr))

    async def next(self) -> tuple[bytes, Any]:
        """Wait for the next one."""
        return await asyncio.wait_for(self.came.get(), 20)


@asynccontextmanager
async def peers(**addresses: Any) -> AsyncIterator[Peer]:
    """A peer for the time of the block."""
    _, peer = await asyncio.get_running_loop().create_datagram_endpoint(Peer, **addresses)
    try:
        yield peer
    finally:
        peer.transport.close()


async def passed(faults: DatagramFaults, number: int, expected: int, seed: int = 5) -> list[int]:
    """Send the numbers below *number*, and return what the server got, once it has got as many as are *expected*."""
    async with (
        peers(local_addr=("127.0.0.1", 0)) as server,
        DatagramFaultProxy(*server.transport.get_extra_info("sockname"), to_server=faults, seed=seed) as proxy,
        peers(remote_addr=proxy.address) as client,
    ):
        for each in range(number):
            client.transport.sendto(bytes([each]))
        got = [await server.next() for _ in range(expected)]
        server.transport.sendto(b"answer", got[0][1])
        assert b"answer" == (await client.next())[0]
    return [data[0] for data, _ in got]


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


async def test_each_direction_and_each_client_has_faults_of_its_own_and_they_may_be_changed() -> None:
    """A cable that is pulled out and put in again loses what was sent meanwhile, and nothing else."""
    lost = DatagramFaults(loss=1.0)
    async with (
        peers(local_addr=("127.0.0.1", 0)) as server,
        DatagramFaultProxy(
            *server.transport.get_extra_info("sockname"), to_client=lambda number: lost if number else DatagramFaults()
        ) as proxy,
        peers(remote_addr=proxy.address) as first,
        peers(remote_addr=proxy.address) as second,
    ):
        backs = []
        for client, name in ((first, b"first"), (second, b"second")):
            client.transport.sendto(name)
            data, back = await server.next()
            assert name == data
            backs.append(back)
        assert 2 == len(set(backs))
        for back in backs:
            server.transport.sendto(b"lost for the second", back)
        assert b"lost for the second" == (await first.next())[0]

        proxy.to_client = DatagramFaults()
        server.transport.sendto(b"again", backs[1])
        assert b"again" == (await second.next())[0]
        proxy.to_server = lambda number: DatagramFaults() if number else lost
        first.transport.sendto(b"lost")
        second.transport.sendto(b"not lost")
        assert (b"not lost", backs[1]) == await server.next()
        proxy.to_server = DatagramFaults()
        first.transport.sendto(b"last")
        assert (b"last", backs[0]) == await server.next()


async def test_a_server_that_cannot_be_had_is_told_in_the_log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent to it is lost, as on any way; nothing is kept for it."""
    told = asyncio.Event()
    monkeypatch.setattr(caplog.handler, "filters", [lambda record: told.set() is None])
    with caplog.at_level("INFO", "pyboot.testing"):
        nowhere: Any = "no such service"  # which no resolver has to be asked for
        async with no_leaks_in(), DatagramFaultProxy("127.0.0.1", nowhere) as proxy, peers(remote_addr=proxy.address) as client:
            client.transport.sendto(b"lost")
            await asyncio.wait_for(told.wait(), 20)

    assert 1 == len(caplog.messages)
    assert caplog.messages[0].startswith("client 0: the server cannot be had, and what is sent to it is lost: ")


async def test_outside_of_its_block_it_has_no_address() -> None:
    """It says so."""
    with pytest.raises(RuntimeError, match="async with"):
        _ = DatagramFaultProxy("127.0.0.1", 1).address
