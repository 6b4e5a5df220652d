"""Local channels: a client and a server in one process. What all transports promise is asked in `tests/interop/test_tcp_suite.py`."""

import asyncio
import gc
import logging
import weakref
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from pyboot.components.netty import (
    Bootstrap,
    ChannelOption,
    EchoHandler,
    EventLoopGroup,
    LocalAddress,
    LocalChannel,
    LocalServerChannel,
    ServerBootstrap,
)
from pyboot.components.netty.errors import BindError, ConnectTimeoutError


@pytest_asyncio.fixture
async def servers() -> AsyncIterator[list[ServerBootstrap]]:
    """What is put in here ends with the test."""
    started: list[ServerBootstrap] = []
    yield started
    for bootstrap in started:
        await bootstrap.shutdown_gracefully(0, 5)


def serving(servers: list[ServerBootstrap], handler: Any = None) -> ServerBootstrap:
    """A server, of echoes by default."""
    servers.append(ServerBootstrap().child_handler(EchoHandler() if handler is None else handler))
    return servers[-1]


async def test_a_client_is_answered_inside_the_process(servers: list[ServerBootstrap], recorder: Any) -> None:
    """The address decides which classes serve; both ends know both addresses."""
    server = await serving(servers).bind(LocalAddress("echo"))
    client = await Bootstrap().handler(recorder).connect(LocalAddress("echo"))
    client.write_and_flush(b"word")
    await recorder.until(lambda: recorder.received == b"word")

    assert isinstance(server, LocalServerChannel)
    assert isinstance(client, LocalChannel)
    assert LocalAddress("echo") == server.local_address() == client.remote_address()
    assert "local:echo" == str(client.remote_address())
    assert ["handler_added", "channel_registered", "channel_active", "channel_read"] == recorder.events[:4]
    await client.close()


async def test_threads_of_both_sides_talk_in_order(servers: list[ServerBootstrap], recorder: Any) -> None:
    """A mebibyte there and back, between loops of three groups."""
    data = bytes(range(256)) * 4096
    async with EventLoopGroup(1, "boss") as boss, EventLoopGroup(2, "workers") as workers, EventLoopGroup(2, "clients") as clients:
        server = await serving(servers).group(boss, workers).bind(LocalAddress())
        received: list[bytearray] = []
        done = asyncio.Event()
        loop = asyncio.get_running_loop()

        def assemble(channel: Any) -> None:
            from pyboot.components.netty import ChannelHandler

            class Collect(ChannelHandler[Any]):
                def __init__(self) -> None:
                    self.data = bytearray()
                    received.append(self.data)

                def channel_read(self, ctx: Any, msg: Any) -> None:
                    self.data += bytes(msg)
                    if all(len(each) == len(data) for each in received) and len(received) == 4:
                        loop.call_soon_threadsafe(done.set)

            channel.pipeline().add_last(Collect())

        bootstrap = Bootstrap().group(clients).handler(assemble).option(ChannelOption.WRITE_BUFFER_LIMIT, 0)
        for _ in range(4):
            channel = await bootstrap.connect(server.local_address())
            for at in range(0, len(data), 10_007):
                channel.write(data[at : at + 10_007])
            channel.flush()
        async with asyncio.timeout(20):
            await done.wait()
        assert [data] * 4 == received
        await servers.pop().shutdown_gracefully(0, 5)


async def test_a_name_that_is_taken_is_refused_and_free_again_after_the_end(servers: list[ServerBootstrap]) -> None:
    """As a port is; no name is a free one."""
    first = serving(servers)
    await first.bind(LocalAddress("taken"))
    with pytest.raises(BindError, match="cannot listen on local:taken: Address already in use"):
        await serving(servers).bind(LocalAddress("taken"))
    await first.close()
    await serving(servers).bind(LocalAddress("taken"))

    free = [(await serving(servers).bind(LocalAddress())).local_address() for _ in range(2)]
    assert free[0] != free[1]


async def test_nobody_listens_there(servers: list[ServerBootstrap]) -> None:
    """Neither before nor after."""
    with pytest.raises(ConnectionRefusedError, match="nobody takes connections at local:nobody"):
        await Bootstrap().handler(lambda channel: None).connect(LocalAddress("nobody"))

    bootstrap = serving(servers)
    where = (await bootstrap.bind(LocalAddress())).local_address()
    await bootstrap.close()
    with pytest.raises(ConnectionRefusedError):
        await Bootstrap().handler(lambda channel: None).connect(where)


async def test_who_waits_for_a_server_that_takes_nobody_is_refused_at_its_end(servers: list[ServerBootstrap]) -> None:
    """Those past the backlog at once."""
    bootstrap = serving(servers).option(ChannelOption.AUTO_READ, False).option(ChannelOption.SO_BACKLOG, 2)
    where = (await bootstrap.bind(LocalAddress())).local_address()
    connecting = [asyncio.ensure_future(Bootstrap().handler(lambda channel: None).connect(where)) for _ in range(3)]

    with pytest.raises(ConnectionRefusedError):
        await connecting[2]
    assert not connecting[0].done()
    await bootstrap.close()
    for each in connecting[:2]:
        with pytest.raises(ConnectionRefusedError):
            await each


async def test_a_client_that_gave_up_is_no_connection(
    servers: list[ServerBootstrap], recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The server takes it late, and finds it gone."""
    caplog.set_level(logging.INFO)
    bootstrap = serving(servers, recorder).option(ChannelOption.AUTO_READ, False)
    server = await bootstrap.bind(LocalAddress())
    client = Bootstrap().handler(lambda channel: None).option(ChannelOption.CONNECT_TIMEOUT, 0.01)
    with pytest.raises(ConnectTimeoutError):
        await client.connect(server.local_address())

    server.auto_read = True
    await recorder.seen("channel_inactive")
    assert "" == caplog.text


async def test_connections_are_counted_and_limited(servers: list[ServerBootstrap]) -> None:
    """As over sockets."""
    bootstrap = serving(servers).option(ChannelOption.MAX_CONNECTIONS, 1)
    where = (await bootstrap.bind(LocalAddress())).local_address()
    first = await Bootstrap().handler(lambda channel: None).connect(where)
    second = asyncio.ensure_future(Bootstrap().handler(lambda channel: None).connect(where))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not second.done()

    await first.close()
    await (await second).close()


@pytest.mark.parametrize("how", ["close", "abort"])
@pytest.mark.parametrize("unread", [b"", b"unread"])
async def test_a_peer_that_is_gone_is_noticed_while_reading_is_paused(
    servers: list[ServerBootstrap], recorder: Any, how: str, unread: bytes
) -> None:
    """A reset at once; the end behind the bytes, which are not lost."""
    bootstrap = serving(servers, recorder).child_option(ChannelOption.AUTO_READ, False)
    client = await Bootstrap().handler(lambda channel: None).connect((await bootstrap.bind(LocalAddress())).local_address())
    await recorder.seen("channel_active")
    (channel,) = recorder.channels
    await client.write_and_flush(unread)
    client.close() if how == "close" else client.abort()
    await client.close_future
    for _ in range(20):
        await asyncio.sleep(0)

    assert channel.is_active is (how == "close" and bool(unread))
    channel.auto_read = True
    await recorder.seen("channel_inactive")
    assert recorder.received == (unread if how == "close" else b"")
    assert ["ConnectionResetError"] * (how == "abort") == [type(error).__name__ for error in recorder.errors]


async def test_a_reader_that_pauses_stops_the_writer(servers: list[ServerBootstrap], recorder: Any) -> None:
    """And all of it arrives when it goes on."""
    bootstrap = serving(servers, recorder).child_option(ChannelOption.AUTO_READ, False)
    connecting = Bootstrap().handler(lambda channel: None).option(ChannelOption.WRITE_BUFFER_LIMIT, 0)
    client = await connecting.connect((await bootstrap.bind(LocalAddress())).local_address())
    await recorder.seen("channel_active")
    promise = client.new_promise()
    client.write_and_flush(bytes(3_000_000), promise)
    for _ in range(100):
        await asyncio.sleep(0)
    assert not promise.is_done
    assert not client.is_writable

    recorder.channels[0].auto_read = True
    await promise
    await recorder.until(lambda: len(recorder.received) == 3_000_000)
    await client.close()


async def test_a_peer_whose_loop_has_ended_is_gone(servers: list[ServerBootstrap], recorder: Any) -> None:
    """As one whose process has."""
    loop = asyncio.new_event_loop()
    bootstrap = serving(servers, recorder)
    where = (await bootstrap.bind(LocalAddress())).local_address()

    def work() -> None:
        async def main() -> None:
            await Bootstrap().handler(lambda channel: None).connect(where)

        loop.run_until_complete(main())
        loop.close()

    await asyncio.to_thread(work)
    await recorder.seen("channel_active")
    recorder.channels[0].write_and_flush(b"anybody?")
    await recorder.seen("channel_inactive")
    assert ["ConnectionResetError"] == [type(error).__name__ for error in recorder.errors]


def test_a_server_that_was_left_open_keeps_neither_its_closed_loop_nor_its_name() -> None:
    """Programs, and tests, that run one loop after the other."""
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def leave_open() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await ServerBootstrap().child_handler(EchoHandler()).bind(LocalAddress("left open"))

    asyncio.run(leave_open())
    asyncio.run(leave_open())
    gc.collect()

    assert [None, None] == [loop() for loop in loops]
