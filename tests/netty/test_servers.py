"""The life of the servers, without a container."""

import asyncio
import errno
import logging
import socket
import struct
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, UnpooledByteBufferAllocator
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.annotations import NettyServer
from pyboot.netty.assembly import ServerPlan, plan_servers
from pyboot.netty.errors import BindFailedError, EmptyPipelineError, NoPortError, PathFailedError, UnclearServerError, UnknownServerError
from pyboot.netty.groups import WorkGroups
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.properties import NettyProperties
from pyboot.netty.servers import NettyServers
from pyboot.netty.specs import ServerBean

ALLOCATORS = NettyAllocators(UnpooledByteBufferAllocator.DEFAULT)


class Echo(ChannelHandler[Any]):
    """Sends back what comes in; tells when it is asked to wait."""

    begun: asyncio.Event
    go_on: asyncio.Event

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Wait where the message says so."""
        if "wait" in str(msg):
            Echo.begun.set()
            await Echo.go_on.wait()
        ctx.write_and_flush(msg)


class Hanging(ChannelHandler[Any]):
    """Is never done."""

    begun: threading.Event

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Begin, and wait for ever."""
        Hanging.begun.set()
        await asyncio.Event().wait()


class Counting(ChannelHandler[Any]):
    """Counts messages, and tells when the first has come, when the channel is closed, and when it was told of the end."""

    sharable = True

    def __init__(self) -> None:
        """Begin with none."""
        self.messages = 0
        self.begun, self.closed = asyncio.Event(), asyncio.Event()
        self.has_ended = False

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Answer it, so that a peer that is gone is noticed."""
        if not self.messages:
            self.begun.set()
            ctx.channel.close_future.add_listener(lambda _: self.closed.set())
        self.messages += 1
        ctx.write_and_flush("answer\n")

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        """The last that it hears."""
        self.has_ended = True


class EchoServer:
    """A server."""


class ChatServer:
    """Another."""


def plans(*ports: int) -> list[ServerPlan]:
    """One plan for each port, at most two."""
    beans = [
        ServerBean(NettyServer(port=port), target, ("string", Echo)) for port, target in zip(ports, (EchoServer, ChatServer), strict=False)
    ]
    return plan_servers(beans, [], NettyProperties(), CodecRegistry(), ALLOCATORS)


@pytest.fixture
async def servers() -> AsyncIterator[NettyServers]:
    """One server on a free port."""
    Echo.begun, Echo.go_on = asyncio.Event(), asyncio.Event()
    running = NettyServers(lambda: plans(0), WorkGroups(NettyProperties()))
    await running.start()
    yield running
    await running.stop()


async def test_the_only_server_needs_no_name(servers: NettyServers) -> None:
    """Its address is the one that was bound."""
    assert servers.address("echo") == servers.address()
    assert 0 < servers.address()[1]


async def test_a_server_that_is_not_there_is_named(servers: NettyServers) -> None:
    """With those that are."""
    with pytest.raises(UnknownServerError, match="There are: echo"):
        servers.address("chat")


async def test_of_two_servers_one_must_be_named() -> None:
    """Guessing would be worse."""
    running = NettyServers(lambda: plans(0, 0), WorkGroups(NettyProperties()))
    await running.start()

    with pytest.raises(UnclearServerError):
        running.address()
    assert ["echo", "chat"] == running.names
    await running.stop()


async def test_a_port_in_use_closes_what_was_bound_before() -> None:
    """All or nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = NettyServers(lambda: plans(0, port), WorkGroups(NettyProperties()))

        with pytest.raises(BindFailedError) as refused:
            await running.start()

    assert ("chat", port, errno.EADDRINUSE) == (refused.value.server, refused.value.port, refused.value.number)
    assert [] == running.names


async def test_nothing_is_bound_after_a_cancel(caplog: pytest.LogCaptureFixture) -> None:
    """As by a signal that comes between two binds; what was bound is closed."""
    running = NettyServers(lambda: plans(0, 0), WorkGroups(NettyProperties()))
    starting = asyncio.create_task(running.start())

    class Cancels(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "listening" in record.getMessage():
                starting.cancel()

    log, handler = logging.getLogger("pyboot.netty"), Cancels()
    log.addHandler(handler)
    with caplog.at_level(logging.INFO):
        try:
            with pytest.raises(asyncio.CancelledError):
                await starting
        finally:
            log.removeHandler(handler)

    assert 1 == len([message for message in caplog.messages if "listening" in message])
    assert [] == running.names


async def test_what_is_wrong_is_found_before_anything_is_bound() -> None:
    """The second plan is wrong, and the first is not bound either."""

    def wrong() -> list[ServerPlan]:
        raise EmptyPipelineError("chat")

    running = NettyServers(wrong, WorkGroups(NettyProperties()))

    with pytest.raises(EmptyPipelineError):
        await running.start()
    assert [] == running.names


async def test_a_stop_lets_what_is_in_flight_finish(servers: NettyServers) -> None:
    """A handler that waits is waited for, and its answer is delivered."""
    reader, writer = await asyncio.open_connection(*servers.address())
    writer.write(b"wait")
    await Echo.begun.wait()

    stopping = asyncio.create_task(servers.stop())
    await asyncio.sleep(0)
    Echo.go_on.set()
    await stopping

    assert b"wait" == await reader.read()
    writer.close()
    await writer.wait_closed()


async def test_a_stop_closes_idle_connections(servers: NettyServers) -> None:
    """The peer sees the end, not a reset."""
    reader, writer = await asyncio.open_connection(*servers.address())
    writer.write(b"hi")
    assert b"hi" == await reader.readexactly(2)

    await servers.stop()

    assert b"" == await reader.read()
    writer.close()
    await writer.wait_closed()


async def test_a_stop_with_unread_input_loses_no_answer(servers: NettyServers) -> None:
    """What lies unread in the socket must not turn the end into a reset that overtakes the answers."""
    reader, writer = await asyncio.open_connection(*servers.address())
    writer.write(b"wait")
    await Echo.begun.wait()
    writer.write(b"x" * 1_000_000)  # more than the handler's mailbox and the server's buffers take

    stopping = asyncio.create_task(servers.stop())
    Echo.go_on.set()
    received = await reader.read()
    await stopping

    assert received.startswith(b"wait")
    assert b"x" * (len(received) - 4) == received[4:]
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_a_stop_waits_for_what_a_peer_that_is_gone_has_left() -> None:
    """The connection was reset before, in the middle of a read: its handlers need their services until they have seen the rest."""
    handler = Counting()
    bean = ServerBean(NettyServer(port=0), EchoServer, ("line", "string", handler))
    plan = plan_servers([bean], [], NettyProperties(), CodecRegistry(), ALLOCATORS)
    running = NettyServers(lambda: plan, WorkGroups(NettyProperties()))
    await running.start()
    with socket.create_connection(running.address()) as peer:
        peer.setblocking(False)
        peer.send(b"\n" * 100_000)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await handler.begun.wait()
    await handler.closed.wait()
    assert not handler.has_ended

    await running.stop()

    assert handler.has_ended


@pytest.mark.parametrize("threads", [0, 1])
async def test_a_stop_that_is_given_up_leaves_nothing_open(threads: int) -> None:
    """The deadline of the stop cancels it: the connection of a handler that hangs is cut off, and the threads end."""
    settings = NettyProperties.model_validate({"worker": {"threads": threads}})
    Hanging.begun = threading.Event()
    bean = ServerBean(NettyServer(port=0), EchoServer, (Hanging,))
    running = NettyServers(lambda: plan_servers([bean], [], settings, CodecRegistry(), ALLOCATORS), WorkGroups(settings))
    await running.start()
    reader, writer = await asyncio.open_connection(*running.address())
    writer.write(b"x")
    await asyncio.to_thread(Hanging.begun.wait)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await running.stop()

    assert b"" == await reader.read()
    assert [] == [thread.name for thread in threading.enumerate() if thread.name.startswith("netty-")]
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)


def at_path(path: Path) -> NettyServers:
    """An echo server on a path."""
    settings = NettyProperties.model_validate({"servers": {"echo": {"transport": "unix", "path": str(path)}}})
    bean = ServerBean(NettyServer(port=9), EchoServer, ("string", Echo))
    return NettyServers(lambda: plan_servers([bean], [], settings, CodecRegistry(), ALLOCATORS), WorkGroups(settings))


async def test_a_server_may_listen_on_a_path(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The log says where; nothing is warned of, and the path is gone with the server."""
    path = tmp_path / "echo.sock"
    running = at_path(path)

    with caplog.at_level(logging.INFO):
        await running.start()
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"hi")
        assert b"hi" == await reader.readexactly(2)
        writer.close()
        await writer.wait_closed()
        await running.stop()

    assert f"server 'echo' listening on {path}" == caplog.messages[-1]
    assert [] == [record.message for record in caplog.records if record.levelno > logging.INFO]
    assert not path.exists()


async def test_a_server_on_a_path_has_no_port(tmp_path: Path) -> None:
    """To ask for it is a mistake that is told."""
    running = at_path(tmp_path / "echo.sock")
    await running.start()

    with pytest.raises(NoPortError, match=r"it listens on .*echo\.sock"):
        running.address()
    await running.stop()


async def test_a_path_that_cannot_be_bound_is_told(tmp_path: Path) -> None:
    """Its folder is not there."""
    with pytest.raises(PathFailedError) as refused:
        await at_path(tmp_path / "no" / "echo.sock").start()

    assert errno.ENOENT == refused.value.number


async def test_without_servers_nobody_waits_for_them(servers: NettyServers) -> None:
    """An application that has the network library installed, and no server, ends when its runners are done."""
    none = NettyServers(list, WorkGroups(NettyProperties()))
    await none.start()

    assert (True, False) == (servers.keeps_alive, none.keeps_alive)
