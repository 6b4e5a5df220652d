"""FileSending: regions that are read in a thread, over channels inside the process. Sockets are in `transport/test_file_sender.py`."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from pyboot.components.netty import (
    Bootstrap,
    ByteBuffer,
    ChannelHandler,
    ChannelHandlerContext,
    EmbeddedChannel,
    FileRegion,
    LocalAddress,
    ServerBootstrap,
)
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.errors import ClosedChannelError, OutboundOverflowError


class Letters(FileRegion):
    """A region of one letter again and again, whose reading can be held up."""

    def __init__(self, letter: bytes, count: int, *, held: bool = False, error: Exception | None = None) -> None:
        super().__init__(0, count)
        self.letter = letter
        self.error = error
        self.sizes: list[int] = []
        self.is_read = threading.Event()
        self.may_read = threading.Event()
        if not held:
            self.may_read.set()
        self.reading = False
        self.closed = 0
        self.closed_under_a_read = False
        self.is_closed = asyncio.Event()

    def read(self, offset: int, size: int) -> bytes:
        self.reading = True
        self.is_read.set()
        assert self.may_read.wait(20)
        self.reading = False
        self.sizes.append(size)
        if self.error is not None:
            raise self.error
        return self.letter * min(size, self.count - offset)

    def deallocate(self) -> None:
        self.closed += 1
        self.closed_under_a_read = self.reading
        self.is_closed.set()


class Collector(ChannelHandler[Any]):
    """Keeps what comes, and tells the end."""

    sharable = True

    def __init__(self) -> None:
        self.received = bytearray()
        self.ended = asyncio.Event()

    def channel_read(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> None:
        self.received += bytes(msg)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.ended.set()


@pytest_asyncio.fixture
async def pair() -> AsyncIterator[tuple[Any, Collector]]:
    """A client inside the process, and what its server received."""
    collector = Collector()
    server = ServerBootstrap().child_handler(collector)
    listening = await server.bind(LocalAddress())
    client = await Bootstrap().handler(lambda _: None).connect(listening.local_address())
    yield client, collector
    client.abort()
    await server.shutdown_gracefully(0, 5)


async def test_regions_and_bytes_leave_in_the_order_they_were_written(pair: Any) -> None:
    """Piece by piece, each read when the one before was taken."""
    client, collector = pair
    regions = [Letters(b"a", 600_000), Letters(b"b", 0), Letters(b"c", 1)]
    promises = [client.new_promise() for _ in range(5)]
    for message, promise in zip((b"<", regions[0], regions[1], regions[2], b">"), promises, strict=True):
        client.write(message, promise)
    client.flush()
    assert not promises[1].is_done
    for promise in promises:
        await asyncio.wait_for(promise, 20)
    await client.close()
    await asyncio.wait_for(collector.ended.wait(), 20)
    assert b"<" + b"a" * 600_000 + b"c>" == collector.received
    assert [1, 1, 1] == [region.closed for region in regions]
    assert max(regions[0].sizes) <= 256 * 1024


async def test_a_file_is_closed_behind_the_thread_that_reads_it(pair: Any) -> None:
    """The channel ends meanwhile; the descriptor of a closed file could be another's."""
    client, _ = pair
    region = Letters(b"a", 1000, held=True)
    promise = client.new_promise()
    client.write_and_flush(region, promise)
    await asyncio.to_thread(region.is_read.wait, 20)
    client.abort()
    with pytest.raises(ClosedChannelError):
        await asyncio.wait_for(promise, 20)
    assert 0 == region.closed
    region.may_read.set()
    await asyncio.wait_for(region.is_closed.wait(), 20)
    assert (1, False) == (region.closed, region.closed_under_a_read)


async def test_an_error_of_the_file_fails_its_write_and_ends_the_connection(pair: Any) -> None:
    """What is behind it fails with it: its reader would take it for the rest of the file."""
    client, collector = pair
    region = Letters(b"a", 1000, error=OSError("bad disk"))
    promises = [client.new_promise(), client.new_promise()]
    client.write(region, promises[0])
    client.write_and_flush(b"behind", promises[1])
    for promise in promises:
        with pytest.raises(OSError, match="bad disk"):
            await asyncio.wait_for(promise, 20)
    await asyncio.wait_for(client.close_future, 20)
    await asyncio.wait_for(collector.ended.wait(), 20)
    assert (b"", 1) == (collector.received, region.closed)


async def test_an_error_that_nobody_waits_for_is_told_to_the_handlers(pair: Any) -> None:
    """Once."""
    client, _ = pair
    errors: list[Exception] = []

    class Catch(ChannelHandler[Any]):
        """Keeps errors."""

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            errors.append(error)

    client.pipeline().add_last(Catch())
    client.write_and_flush(Letters(b"a", 1000, error=OSError("bad disk")))
    await asyncio.wait_for(client.close_future, 20)
    assert ["bad disk"] == [str(error) for error in errors]


async def test_progress_of_what_is_read_is_told_too(pair: Any) -> None:
    """Of the bytes that were taken, not of those that were read."""
    client, _ = pair
    told: list[tuple[int, int]] = []
    promise = client.new_progressive_promise().add_progress_listener(lambda _, progress, total: told.append((progress, total)))
    client.write_and_flush(Letters(b"a", 600_000), promise)
    await asyncio.wait_for(promise, 20)
    assert [(262144, 600_000), (524288, 600_000), (600_000, 600_000)] == told


def test_a_region_comes_out_of_an_embedded_channel_as_it_was_written() -> None:
    """Its owner is the test then; `outbound_bytes` reads it."""
    channel = EmbeddedChannel()
    region = Letters(b"a", 3)
    promise = channel.new_promise()
    channel.write_and_flush(region, promise)
    assert promise.is_success
    assert [region] == channel.outbound_messages()
    assert b"aaa" == channel.outbound_bytes()
    assert 1 == region.closed


async def test_a_region_past_the_hard_limit_is_refused_and_closed(pair: Any) -> None:
    """A limit holds for what waits already: a region itself lies in no memory, and one may always be written."""
    client, _ = pair
    client.config = ChannelConfig()
    client.config.write_buffer_limit = client.config.high_water_mark
    first, second = Letters(b"a", 1 << 20, held=True), Letters(b"b", 1)
    client.write(first)
    with pytest.raises(OutboundOverflowError):
        await client.write(second)
    assert (0, 1) == (first.closed, second.closed)
    first.may_read.set()


async def test_regions_that_were_not_flushed_are_closed_with_the_channel(pair: Any) -> None:
    """Whether they have promises or not."""
    client, _ = pair
    regions = [Letters(b"a", 1000), Letters(b"b", 1000)]
    promise = client.new_promise()
    client.write(regions[0], promise)
    client.write(regions[1])
    client.close()
    await asyncio.wait_for(client.close_future, 20)
    assert [1, 1] == [region.closed for region in regions]
    with pytest.raises(ClosedChannelError):
        await promise


async def test_a_region_for_a_closed_channel_is_closed(pair: Any) -> None:
    """Its writer has given it away."""
    client, _ = pair
    await client.close()
    region = Letters(b"a", 1000)
    with pytest.raises(ClosedChannelError):
        await client.write_and_flush(region)
    assert 1 == region.closed
