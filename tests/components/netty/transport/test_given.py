"""Sockets that somebody else holds: asked for, adopted, given back, held."""

import asyncio
import os
import select
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelHandler, ServerBootstrap
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.envelope import DatagramPacket
from pyboot.components.netty.transport.given import Listening, socket_source, use_source


class Source:
    """Binds what is asked for, and keeps a duplicate."""

    def __init__(self, *, is_shared: bool = False) -> None:
        self.is_shared = is_shared
        self.asked: list[Any] = []
        self.kept: list[socket.socket] = []
        self.listening: list[Listening] = []

    def bound_socket(self, family: int, kind: int, address: Any, *, only_v6: bool, listening: Listening) -> tuple[int, bool]:
        """Bind it."""
        sock = socket.socket(family, kind)
        self.kept.append(sock)
        sock.bind(address)
        self.asked.append((kind, address))
        self.listening.append(listening)
        return os.dup(sock.fileno()), self.is_shared


class Answer(ChannelHandler[Any]):
    """Answers with its name, and closes."""

    sharable = True

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Say hello."""
        ctx.write_and_flush(b"hello")
        ctx.close()


class Collect(ChannelHandler[Any]):
    """Collects datagrams."""

    sharable = True

    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()

    def channel_read(self, ctx: ChannelHandlerContext, msg: DatagramPacket) -> None:
        """Keep it."""
        self.received.put_nowait(bytes(msg.content))


@pytest.fixture
def source() -> Iterator[Source]:
    """The source of this test's sockets."""
    made = Source()
    use_source(made)
    yield made
    use_source(None)
    for sock in made.kept:
        sock.close()


async def greeting(sock: socket.socket) -> bytes:
    """What a client of the socket's port gets."""
    reader, writer = await asyncio.open_connection(*sock.getsockname())
    read = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return read


async def test_a_channel_listens_on_the_socket_that_it_is_given(source: Source) -> None:
    """It is bound already; the address is asked for as it was written, and the giver's duplicate survives the channel."""
    bootstrap = ServerBootstrap().child_handler(Answer())
    server = await bootstrap.bind(("127.0.0.1", 0))

    assert socket_source() is source
    assert [(socket.SOCK_STREAM, ("127.0.0.1", 0))] == source.asked
    assert source.kept[0].getsockname() == server.local_address()
    assert b"hello" == await greeting(source.kept[0])
    await bootstrap.shutdown_gracefully()
    assert source.kept[0].getsockname() == server.local_address()


async def test_a_refused_address_fails_the_bind(source: Source) -> None:
    """As one that this process had tried to bind."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="in use"):
            await ServerBootstrap().child_handler(Answer()).bind(other.getsockname())


async def test_the_socket_of_a_neighbour_is_adopted_and_given_back(source: Source) -> None:
    """While it is adopted its clients are served as the own ones; after that they wait for somebody else."""
    bootstrap = ServerBootstrap().child_handler(Answer())
    await bootstrap.bind(("127.0.0.1", 0))
    with socket.socket() as neighbours:
        neighbours.bind(("127.0.0.1", 0))
        neighbours.listen()
        source.listening[0].adopt(os.dup(neighbours.fileno()), 1)
        assert b"hello" == await greeting(neighbours)
        assert b"hello" == await greeting(source.kept[0])
        source.listening[0].give_back(1)
        source.listening[0].give_back(1)
        await asyncio.sleep(0)  # the call comes from another thread
        neighbours.setblocking(False)
        with socket.create_connection(neighbours.getsockname(), timeout=5):
            assert b"hello" == await greeting(source.kept[0])
            neighbours.accept()[0].close()
    await bootstrap.shutdown_gracefully()


async def test_what_is_adopted_too_late_is_closed(source: Source) -> None:
    """The channel is closed, and its giver does not know yet."""
    bootstrap = ServerBootstrap().child_handler(Answer())
    await bootstrap.bind(("127.0.0.1", 0))
    await bootstrap.shutdown_gracefully()
    descriptor = os.open(os.devnull, os.O_RDONLY)
    source.listening[0].adopt(descriptor, 1)
    await asyncio.sleep(0)

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


async def test_a_channel_of_datagrams_reads_nothing_while_it_is_held(source: Source) -> None:
    """What comes meanwhile waits in the socket, for whoever reads it next."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        free.bind(("127.0.0.1", 0))
        where = free.getsockname()
        free.close()
        collect, bootstrap = Collect(), Bootstrap()
        await bootstrap.handler(collect).bind(where)
        assert [(socket.SOCK_DGRAM, where)] == source.asked
        (listening,) = source.listening
        listening.hold()
        listening.hold()
        await asyncio.sleep(0)
        peer.sendto(b"one", where)
        select.select([source.kept[0]], [], [], 5)  # not by blocking: that would be so for all who have the socket
        assert b"one" == source.kept[0].recv(10, socket.MSG_PEEK)
        assert collect.received.empty()
        listening.go_on()
        assert b"one" == await asyncio.wait_for(collect.received.get(), 5)
        await bootstrap.close()


async def test_a_free_port_for_datagrams_is_bound_here(source: Source) -> None:
    """It is an end of this process alone, of a client mostly."""
    bootstrap = Bootstrap()
    await bootstrap.handler(Collect()).bind(("127.0.0.1", 0))

    assert [] == source.asked
    await bootstrap.close()
