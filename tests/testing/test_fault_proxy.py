"""Each fault of streams, before a server that echoes."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from pyboot.testing import FaultProxy, StreamFaults, no_leaks_in


class Echo:
    """A server that sends back what comes, and notes how it came and ended."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.pieces: list[bytes] = []
        self.ends: asyncio.Queue[str] = asyncio.Queue()
        self.port = 0

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Echo to the end."""
        end = "end"
        try:
            while data := await reader.read(65536):
                self.pieces.append(data)
                writer.write(data)
                await writer.drain()
            writer.write(b"bye")
        except ConnectionResetError:
            end = "reset"
        writer.close()
        self.ends.put_nowait(end)


@pytest_asyncio.fixture
async def echo() -> AsyncIterator[Echo]:
    """A server, which ends with the test."""
    server = Echo()
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        server.port = listening.sockets[0].getsockname()[1]
        yield server


async def exchanged(proxy: FaultProxy, data: bytes) -> bytes | str:
    """Send *data* and an end; return all that comes back, or how else it ended."""
    reader, writer = await asyncio.open_connection(*proxy.address)
    try:
        async with asyncio.timeout(20):
            writer.write(data)
            writer.write_eof()
            return await reader.read()
    except ConnectionResetError:
        return "reset"
    finally:
        writer.transport.abort()


async def test_without_faults_everything_passes(echo: Echo) -> None:
    """The end of each side too, and nothing is left behind."""
    data = bytes(range(256)) * 4000
    async with no_leaks_in(), FaultProxy("127.0.0.1", echo.port) as proxy:
        assert data + b"bye" == await exchanged(proxy, data)
        await echo.ends.get()


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ({"corrupt_at": 2}, b"ab\x9cdefbye"),
        ({"half_close_after": 3}, b"abcbye"),
        ({"delay": 0.01, "jitter": 0.01, "slices": 2}, b"abcdefbye"),
        ({"reset_after": 3}, "reset"),
    ],
    ids=str,
)
async def test_what_a_client_sends_meets_a_fault(echo: Echo, faults: dict[str, Any], expected: object) -> None:
    """And the server sees it, as the client does."""
    async with FaultProxy("127.0.0.1", echo.port, to_server=StreamFaults(**faults), seed=1) as proxy:
        assert expected == await exchanged(proxy, b"abcdef")
        assert ("reset" if expected == "reset" else "end") == await echo.ends.get()


async def test_a_cut_ends_both_sides_in_order(echo: Echo) -> None:
    """After so many bytes of the server's."""
    async with FaultProxy("127.0.0.1", echo.port, to_client=StreamFaults(cut_after=4)) as proxy:
        assert b"abcd" == await exchanged(proxy, b"abcdef")


async def test_slices_are_as_small_as_is_said(echo: Echo) -> None:
    """A hundred bytes come in more than one piece, in their order."""
    async with FaultProxy("127.0.0.1", echo.port, to_server=StreamFaults(slices=1, delay=0.001), seed=3) as proxy:
        await exchanged(proxy, b"x" * 100)
    assert b"x" * 100 == b"".join(echo.pieces)
    assert len(echo.pieces) > 10


async def test_bandwidth_takes_its_time(echo: Echo) -> None:
    """2000 bytes at 10000 a second: not before a tenth of a second is over."""
    began = asyncio.get_running_loop().time()
    async with FaultProxy("127.0.0.1", echo.port, to_server=StreamFaults(bandwidth=10_000)) as proxy:
        assert 2003 == len(await exchanged(proxy, b"x" * 2000))
    assert asyncio.get_running_loop().time() - began >= 0.1


async def test_a_black_hole_swallows_all_and_stays(echo: Echo) -> None:
    """The end as well; whoever leaves the block resets what is left."""
    async with FaultProxy("127.0.0.1", echo.port, to_server=StreamFaults(black_hole_after=3)) as proxy:
        reader, writer = await asyncio.open_connection(*proxy.address)
        writer.write(b"abcdef")
        writer.write_eof()
        assert b"abc" == await reader.readexactly(3)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.1)
    with pytest.raises(ConnectionResetError):
        await reader.read(1)
    writer.transport.abort()
    assert "reset" == await echo.ends.get()


async def test_each_connection_has_a_programme(echo: Echo) -> None:
    """By its number."""
    async with FaultProxy("127.0.0.1", echo.port, to_client=lambda number: StreamFaults(cut_after=number + 1)) as proxy:
        assert [b"a", b"ab"] == [await exchanged(proxy, b"abc") for _ in range(2)]
        assert 2 == proxy.connections


async def test_a_server_that_is_not_there_resets_the_client() -> None:
    """As if it had been reset on the way."""
    async with FaultProxy("127.0.0.1", 1) as proxy:
        assert await exchanged(proxy, b"abc") in ("reset", b"")


def test_outside_of_its_block_it_has_no_address() -> None:
    """It says so."""
    with pytest.raises(RuntimeError, match="async with"):
        _ = FaultProxy("127.0.0.1", 1).address


async def both_ways(echo: Echo, proxy: FaultProxy) -> tuple[StreamReader, StreamWriter]:
    """A connection over which one byte has gone both ways."""
    reader, writer = await asyncio.open_connection(*proxy.address)
    writer.write(b"x")
    assert b"x" == await asyncio.wait_for(reader.readexactly(1), 20)
    return reader, writer


async def test_a_cable_may_be_pulled_out_and_put_in_again(echo: Echo) -> None:
    """While a connection is there: nothing passes meanwhile, and nothing is lost."""
    async with FaultProxy("127.0.0.1", echo.port) as proxy:
        reader, writer = await both_ways(echo, proxy)
        proxy.to_client = StreamFaults(partitioned=True)
        writer.write(b"abc")
        while b"".join(echo.pieces) != b"xabc":  # noqa: ASYNC110  # the server tells nobody
            await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.1)
        proxy.to_client = StreamFaults()
        assert b"abc" == await asyncio.wait_for(reader.readexactly(3), 20)
        writer.transport.abort()


@pytest.mark.parametrize("way", ["to_server", "to_client"])
@pytest.mark.parametrize(("limit", "end"), [("reset_after", "reset"), ("cut_after", "end")])
async def test_connections_that_are_there_may_be_ended(echo: Echo, way: str, limit: str, end: str) -> None:
    """Both sides see the same end, and those that come later are served again when the faults are taken back."""
    async with FaultProxy("127.0.0.1", echo.port) as proxy:
        reader, writer = await both_ways(echo, proxy)
        faults: dict[str, Any] = {limit: 0}
        setattr(proxy, way, StreamFaults(**faults))
        try:
            async with asyncio.timeout(20):
                seen = "end" if not await reader.read(1) else "byte"
        except ConnectionResetError:
            seen = "reset"
        assert (end, end) == (seen, await echo.ends.get())
        writer.transport.abort()
        setattr(proxy, way, StreamFaults())
        assert b"abcbye" == await exchanged(proxy, b"abc")


async def test_a_cut_is_in_order_though_more_is_sent(echo: Echo) -> None:
    """A close with bytes that nobody has read would be a reset."""
    async with FaultProxy("127.0.0.1", echo.port, to_server=StreamFaults(cut_after=3)) as proxy:
        reader, writer = await asyncio.open_connection(*proxy.address)
        writer.write(bytes(1024 * 1024))
        assert len(await asyncio.wait_for(reader.read(), 20)) <= 3
        writer.transport.abort()
        assert "end" == await echo.ends.get()


@pytest.mark.parametrize("limit", [1, 1000, 100_000])
async def test_all_in_front_of_a_reset_arrives(echo: Echo, limit: int) -> None:
    """So that a test can choose the byte."""
    async with FaultProxy("127.0.0.1", echo.port, to_server=StreamFaults(reset_after=limit)) as proxy:
        _, writer = await asyncio.open_connection(*proxy.address)
        writer.write(bytes(limit + 1))
        assert "reset" == await asyncio.wait_for(echo.ends.get(), 20)
        writer.transport.abort()
    assert limit == len(b"".join(echo.pieces))


async def test_faults_go_together_and_each_direction_has_its_own(echo: Echo) -> None:
    """One byte spoiled on the way there, another on the way back, cut into pieces, late, and the answer ends early."""
    to_server = StreamFaults(corrupt_at=1, slices=2, delay=0.01)
    async with FaultProxy(
        "127.0.0.1", echo.port, to_server=to_server, to_client=StreamFaults(corrupt_at=2, jitter=0.01, cut_after=5), seed=1
    ) as proxy:
        assert b"a\x9d\x9cde" == await exchanged(proxy, b"abcdef")


async def test_leaving_the_block_leaves_nothing(echo: Echo) -> None:
    """Whatever the connections are doing: idle, partitioned, in a black hole, just accepted."""
    async with no_leaks_in():
        faults = [StreamFaults(), StreamFaults(partitioned=True), StreamFaults(black_hole_after=1), StreamFaults(delay=100)]
        async with FaultProxy("127.0.0.1", echo.port, to_server=lambda number: faults[number % 4]) as proxy:
            writers = [(await asyncio.open_connection(*proxy.address))[1] for _ in range(12)]
            for writer in writers:
                writer.write(b"abc")
            await asyncio.sleep(0)
        for writer in writers:
            writer.transport.abort()
