"""QuicServerChannel: who gets a connection, and what everybody else is told."""

import asyncio
import os
import socket
from typing import Any

import pytest
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

from pyboot.components.netty import ChannelOption, EventLoopGroup, ServerBootstrap
from pyboot.components.netty.errors import BindError, ConnectTimeoutError, NettyError, SslContextError
from pyboot.components.netty.transport.given import use_source
from pyboot.components.netty.transport.quic import QuicChannelOption, QuicServerChannel, QuicServerConfig


class Raw:
    """A client of UDP."""

    def __init__(self, server: Any) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.connect(server.local_address())

    async def send(self, data: bytes) -> None:
        """Send *data*."""
        self.socket.send(data)

    async def receive(self) -> bytes:
        """The next datagram."""
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.socket.fileno(), came.set)
        try:
            await asyncio.wait_for(came.wait(), 20)
        finally:
            loop.remove_reader(self.socket.fileno())
        return self.socket.recv(65535)

    def is_silent(self) -> bool:
        """True if nothing has come."""
        try:
            self.socket.recv(65535)
        except BlockingIOError:
            return True
        return False


def first_datagram() -> bytes:
    """What a client begins with."""
    client = QuicConnection(configuration=QuicConfiguration(is_client=True, alpn_protocols=["test"]))
    client.connect(("127.0.0.1", 1), 0.0)
    return client.datagrams_to_send(0.0)[0][0]


async def test_another_version_is_told_ours(quic: Any) -> None:
    """Version Negotiation, RFC 9000 6.1: the ids turned around, and what is spoken here. A short datagram gets nothing."""
    server = await quic.serve()
    raw = Raw(server)
    unknown = b"\xc0\x0a\x0a\x0a\x0a\x08ABCDEFGH\x08abcdefgh"
    await raw.send(unknown)  # too short to be answered
    await raw.send(unknown + bytes(1200))
    answer = await raw.receive()
    raw.socket.close()

    assert b"\x00\x00\x00\x00\x08abcdefgh\x08ABCDEFGH" == answer[1:23]
    assert b"\x00\x00\x00\x01" in answer[23:]


async def test_noise_gets_no_answer(quic: Any) -> None:
    """Of every kind: empty, short, random, packets of connections that are not here, a Version Negotiation."""
    server = await quic.serve()
    raw = Raw(server)
    noise = [b"", b"\x40", os.urandom(30), b"\x40" + os.urandom(1300), b"\xe0\x00\x00\x00\x01\x08" + bytes(1300), b"\xc0" + bytes(1300)]
    for datagram in noise:
        await raw.send(datagram)
    channel = await quic.connect(server)  # all of it was read before this
    assert b"x" == await quic.ask(channel, b"x")

    assert raw.is_silent()
    raw.socket.close()


async def test_an_address_is_validated_where_that_is_wanted(quic: Any) -> None:
    """Retry, RFC 9000 8.1.2: the first Initial costs the server no connection; a client of QUIC gets through all the same."""
    server = await quic.serve(retry_above=0)
    raw = Raw(server)
    initial = first_datagram()
    await raw.send(initial)
    answer = await raw.receive()
    raw.socket.close()

    assert 0xF0 == answer[0] & 0xF0  # a Retry
    assert len(answer) < 200
    assert 0 == len(server._children)
    assert b"x" == await quic.ask(await quic.connect(server), b"x")


async def test_many_handshakes_at_once_turn_it_on(quic: Any) -> None:
    """Past `retry_above`, clients have to show their address; until then it costs nobody a round trip."""
    server = await quic.serve(retry_above=3)
    raws = [Raw(server) for _ in range(5)]
    firsts = []
    for raw in raws:
        await raw.send(first_datagram())
        firsts.append((await raw.receive())[0] & 0xF0)
        raw.socket.close()

    assert [0xC0, 0xC0, 0xC0, 0xF0, 0xF0] == firsts
    assert b"x" == await quic.ask(await quic.connect(server), b"x")


async def test_a_forged_token_is_no_token(quic: Any) -> None:
    """It is answered as if there were none."""
    server = await quic.serve(retry_above=0)
    client = QuicConnection(configuration=QuicConfiguration(is_client=True, alpn_protocols=["test"], token=os.urandom(60)))
    client.connect(("127.0.0.1", 1), 0.0)
    raw = Raw(server)
    await raw.send(client.datagrams_to_send(0.0)[0][0])
    assert 0xF0 == (await raw.receive())[0] & 0xF0
    raw.socket.close()


async def test_a_handshake_that_is_never_finished_is_forgotten(quic: Any) -> None:
    """After `handshake_timeout`, with all its ids."""
    server = await quic.serve(handshake_timeout=0.1)
    raw = Raw(server)
    await raw.send(first_datagram())
    await raw.receive()
    assert 1 == len(server._children)
    await quic.eventually(lambda: not server._children)
    raw.socket.close()

    assert {} == server._routes
    assert 0 == server._handshakes


async def test_connections_past_the_limit_wait(quic: Any) -> None:
    """Their attempts are dropped, and the client asks again: as soon as one has ended it is in. Those that are there go on."""
    server = await quic.serve(bootstrap=ServerBootstrap().option(ChannelOption.MAX_CONNECTIONS, 1))
    first = await quic.connect(server)
    with pytest.raises(ConnectTimeoutError):
        await quic.connect(server, options={ChannelOption.CONNECT_TIMEOUT: 0.2})
    assert b"x" == await quic.ask(first, b"x")
    second = asyncio.ensure_future(quic.connect(server))
    await first.close()

    assert (await asyncio.wait_for(second, 20)).is_active


async def test_connections_of_one_address_are_counted(quic: Any) -> None:
    """More than `MAX_CONNECTIONS_PER_ADDRESS` are turned away, and told of once."""
    server = await quic.serve(bootstrap=ServerBootstrap().option(ChannelOption.MAX_CONNECTIONS_PER_ADDRESS, 1))
    await quic.connect(server)
    with pytest.raises(ConnectTimeoutError):
        await quic.connect(server, options={ChannelOption.CONNECT_TIMEOUT: 0.1})

    assert 1 <= server.peer_faults()["max-connections-per-address"]


async def test_a_port_that_is_taken_is_told(quic: Any) -> None:
    """With its number."""
    server = await quic.serve()
    port = server.local_address()[1]
    with pytest.raises(BindError, match=str(port)):
        await serving_on(quic, port)


async def serving_on(quic: Any, port: int) -> Any:
    """A server on *port*."""
    config = QuicServerConfig(alpn=["test"], certificate=quic.pki.certificate, key=quic.pki.key)
    bootstrap = ServerBootstrap().channel(QuicServerChannel).option(QuicChannelOption.CONFIG, config).child_handler(lambda _: None)
    return await bootstrap.bind("127.0.0.1", port)


async def test_a_server_without_a_certificate_is_told_what_to_set(quic: Any) -> None:
    """And one whose certificate is of no use, what is wrong with it."""
    with pytest.raises(NettyError, match=r"QuicChannelOption\.CONFIG"):
        await ServerBootstrap().channel(QuicServerChannel).child_handler(lambda _: None).bind("127.0.0.1", 0)
    with pytest.raises(SslContextError, match="holds no certificate"):
        await quic.serve(certificate=b"")


async def test_connections_outlive_their_server(quic: Any) -> None:
    """It takes no more, and its socket is closed with the last of them."""
    server = await quic.serve()
    channel = await quic.connect(server)
    await quic.ask(channel, b"the server has heard that the handshake is over")
    await server.close()
    with pytest.raises((ConnectTimeoutError, ConnectionRefusedError)):
        await quic.connect(server, options={ChannelOption.CONNECT_TIMEOUT: 0.1})
    assert b"still there" == await quic.ask(channel, b"still there")
    sock = server._endpoints[0].socket
    await channel.close()
    await quic.eventually(lambda: sock.fileno() < 0)


async def test_a_stop_lets_streams_end(quic: Any) -> None:
    """`shutdown_gracefully` answers what was asked, on every stream, and closes connections behind that."""
    started, go_on = asyncio.Event(), asyncio.Event()

    from pyboot.components.netty import ChannelHandler

    class Slow(ChannelHandler[Any]):
        async def channel_read(self, ctx: Any, msg: Any) -> None:
            started.set()
            await go_on.wait()
            await ctx.write_and_flush(b"answer")

    bootstrap = ServerBootstrap()
    server = await quic.serve(lambda stream: stream.pipeline().add_last(Slow()), bootstrap=bootstrap)
    channel = await quic.connect(server)
    answer = asyncio.ensure_future(quic.ask(channel, b"question"))
    await asyncio.wait_for(started.wait(), 20)
    stop = asyncio.ensure_future(bootstrap.shutdown_gracefully(0, 20))
    go_on.set()

    assert b"answer" == await answer
    assert 0 == await asyncio.wait_for(stop, 20)
    await asyncio.wait_for(channel.close_future, 20)


async def test_connections_live_on_the_loop_of_their_socket(quic: Any, recorder: Any) -> None:
    """Whatever group serves: a socket is read by one loop."""
    async with EventLoopGroup(2, "workers") as workers:
        server = await quic.serve(bootstrap=ServerBootstrap().group(workers), child=lambda channel: channel.pipeline().add_last(recorder))
        channel = await quic.connect(server)
        assert b"x" == await quic.ask(channel, b"x")

        assert {server.loop} == {each.loop for each in recorder.channels}
        await channel.close()


async def test_a_new_certificate_is_for_new_connections(quic: Any, pki: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A function says what holds now: connections that are there stay, and what is of no use changes nothing but the log."""
    import trustme

    other = trustme.CA()
    issued = other.issue_cert("127.0.0.1")
    mine = QuicServerConfig(alpn=["test"], certificate=pki.certificate, key=pki.key)
    now = [mine]
    server = await quic.serve(current=lambda: now[-1])
    before = await quic.connect(server)
    now.append(QuicServerConfig(alpn=["test"], certificate=b"nothing"))
    await quic.connect(server)
    assert "the old one serves on: what was passed holds no certificate" in caplog.text
    now.append(QuicServerConfig(alpn=["test"], certificate=issued.cert_chain_pems[0].bytes(), key=issued.private_key_pem.bytes()))

    assert (await quic.connect(server, ca=other.cert_pem.bytes())).is_active
    assert b"x" == await quic.ask(before, b"x")


async def test_a_socket_that_processes_share_is_refused(quic: Any) -> None:
    """Each would get the datagrams of the others' connections."""

    class Shared:
        """Gives one socket to all."""

        def bound_socket(self, family: int, kind: int, address: Any, *, only_v6: bool, listening: Any) -> tuple[int, bool]:
            sock = socket.socket(family, kind)
            sock.bind(address)
            return sock.detach(), True

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    use_source(Shared())
    try:
        with pytest.raises(BindError, match="one socket for several processes"):
            await quic.serve(port=port)
    finally:
        use_source(None)
