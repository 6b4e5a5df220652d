"""From the arguments of a bootstrap to a handler in front of all others, over real sockets."""

import asyncio
import ssl
from typing import Any

import pytest

from pyboot.components.netty.bootstrap import Bootstrap, ServerBootstrap
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.fault import log_of
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import ClosedChannelError, SslContextError, SslHandshakeError
from pyboot.components.netty.handler.tls.securing import secured_client, secured_server
from pyboot.components.netty.handler.tls.sni import SniHandler
from pyboot.components.netty.handler.tls.ssl_handler import SslHandler


class Echo(ChannelHandler[Any]):
    """Gives back what comes."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
        return ctx.write_and_flush(msg)


def echoing(channel: Channel) -> None:
    """A pipeline that echoes."""
    channel.pipeline().add_last(Echo())


class Hears(ChannelHandler[Any]):
    """Lets a test wait for what comes."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.news = asyncio.Event()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.heard += msg.take_bytes()
        self.news.set()

    async def has(self, expected: bytes) -> None:
        """Wait until it has come."""
        async with asyncio.timeout(20):
            while len(self.heard) < len(expected):
                self.news.clear()
                await self.news.wait()
        assert expected == self.heard


async def test_a_server_and_a_client_secure_each_other(certificates: Any) -> None:
    """A certificate each; `connect` gives the channel when the handshake is over."""
    server = ServerBootstrap(ssl=True, certfile=certificates.certfile, keyfile=certificates.keyfile, ca=certificates.ca, alpn=["echo"])
    listening = await server.child_handler(echoing).bind("127.0.0.1", 0)
    hears = Hears()
    client = Bootstrap(
        ssl=True, ca=certificates.ca, certfile=certificates.client_certfile, keyfile=certificates.client_keyfile, alpn=["echo"]
    ).handler(hears)
    channel = await client.connect("localhost", listening.local_address()[1])
    handler = channel.pipeline().get("ssl")

    assert isinstance(handler, SslHandler)
    assert ("echo", True) == (handler.application_protocol, handler.handshake_future.is_success)
    assert ["ssl", "Hears#0"] == channel.pipeline().names()
    await channel.write_and_flush(b"hello")
    await hears.has(b"hello")
    await channel.close()
    await server.shutdown_gracefully(0, 5)


async def test_a_handshake_that_fails_is_raised_by_connect(certificates: Any) -> None:
    """As an OSError, like every attempt that fails, so that whoever tries again does; nothing stays open."""
    server = ServerBootstrap(ssl=certificates.server_context()).child_handler(echoing)
    port = (await server.bind("127.0.0.1", 0)).local_address()[1]
    failures: list[Exception] = []
    client = Bootstrap(ssl=True, ca=certificates.ca, server_hostname="wrong.test").handler(Hears())
    client.when_connect_fail(lambda _, error: failures.append(error))

    with pytest.raises(SslHandshakeError, match=r"certificate is not valid for 'wrong.test'") as raised:
        await client.connect("127.0.0.1", port)
    assert isinstance(raised.value, OSError)
    assert [raised.value] == failures
    await server.shutdown_gracefully(0, 5)


async def test_a_server_that_leaves_in_the_handshake_is_raised_by_connect(certificates: Any) -> None:
    """It is no handshake's failure, but the connection's."""
    plain = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    client = Bootstrap(ssl=certificates.client_context()).handler(Hears())

    with pytest.raises(ClosedChannelError, match=r"was closed before the handshake was over"):
        await client.connect("127.0.0.1", plain.sockets[0].getsockname()[1])
    plain.close()
    await plain.wait_closed()


async def test_an_attempt_that_is_cancelled_leaves_nothing_open(certificates: Any) -> None:
    """In the middle of the handshake, with a server that says nothing."""
    gone: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            gone.set_result(await reader.read())
        except ConnectionError:
            gone.set_result(b"reset")
        writer.close()

    plain = await asyncio.start_server(silent, "127.0.0.1", 0)
    client = Bootstrap(ssl=certificates.client_context()).handler(Hears())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.connect("127.0.0.1", plain.sockets[0].getsockname()[1])
    async with asyncio.timeout(20):
        await gone

    plain.close()
    await plain.wait_closed()


async def test_a_server_of_several_hosts(certificates: Any) -> None:
    """Python's own client asks for one of them, and gets its certificate; for another, and is refused."""
    other = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    other.load_cert_chain(certificates.other_certfile, certificates.other_keyfile)
    server = ServerBootstrap(ssl=True, sni={"other.test": other}).child_handler(echoing)
    port = (await server.bind("127.0.0.1", 0)).local_address()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=certificates.client_context(), server_hostname="other.test")
    writer.write(b"hello")

    assert b"hello" == await reader.readexactly(5)
    writer.transport.abort()
    with pytest.raises(ssl.SSLError, match=r"UNRECOGNIZED_NAME"):
        await asyncio.open_connection("127.0.0.1", port, ssl=certificates.client_context(), server_hostname="unknown.test")
    await server.shutdown_gracefully(0, 5)


def test_what_cannot_be_is_refused_when_the_bootstrap_is_made(certificates: Any) -> None:
    """With what to do."""
    with pytest.raises(SslContextError, match=r"ssl=True without a certificate: pass certfile= and keyfile=, or ssl="):
        ServerBootstrap(ssl=True)
    with pytest.raises(SslContextError, match=r"certfile without ssl: pass ssl=True"):
        ServerBootstrap(certfile=certificates.certfile)
    with pytest.raises(SslContextError, match=r"certfile beside a context: set it on the context, or pass ssl=True"):
        ServerBootstrap(ssl=certificates.server_context(), certfile=certificates.certfile)
    with pytest.raises(SslContextError, match=r"does not exist"):
        ServerBootstrap(ssl=True, certfile="/none.pem")
    with pytest.raises(SslContextError, match=r"of no use to a server"):
        ServerBootstrap(ssl=certificates.client_context())
    with pytest.raises(SslContextError, match=r"of no use to a client"):
        Bootstrap(ssl=certificates.server_context())
    with pytest.raises(ValueError, match=r"timeout of -1 s"):
        Bootstrap(ssl=True, handshake_timeout=-1)
    with pytest.raises(TypeError, match=r"no argument 'sll'"):
        ServerBootstrap(sll=True)  # type: ignore[call-arg]  # that is the point


async def test_a_path_names_no_host(certificates: Any) -> None:
    """Somebody else has to; where names are not checked nobody need."""
    client = Bootstrap(ssl=True, ca=certificates.ca).handler(Hears())

    with pytest.raises(SslContextError, match=r"the path '/none.sock' names no host: pass server_hostname="):
        await client.connect("/none.sock")


def test_handlers_stand_in_front(certificates: Any) -> None:
    """Under one name, whichever it is."""
    plain = secured_server(certificates.server_context(), {})
    hosts = secured_server(certificates.server_context(), {"sni": {}, "handshake_timeout": 5})
    client = secured_client(certificates.client_context(), {"server_hostname": "server.test"})
    channels = [EmbeddedChannel(Echo()) for _ in range(3)]
    plain.secure(channels[0])
    hosts.secure(channels[1])
    secured = client.secure(channels[2], None)

    assert [SslHandler, SniHandler, SslHandler] == [type(channel.pipeline().first()) for channel in channels]
    assert secured is not None
    assert {"ssl"} == {channel.pipeline().names()[0] for channel in channels}


async def test_handshakes_are_counted_by_outcome(certificates: Any) -> None:
    """With the seconds that they took: one that succeeds, and one whose client speaks no TLS."""
    channels: list[Any] = []

    def fill(channel: Channel) -> None:
        channels.append(channel)
        echoing(channel)

    bootstrap = ServerBootstrap(ssl=True, certfile=certificates.certfile, keyfile=certificates.keyfile).child_handler(fill)
    server = await bootstrap.bind("127.0.0.1", 0)
    client = await Bootstrap(ssl=True, ca=certificates.ca).handler(Hears()).connect("localhost", server.local_address()[1])
    await client.close()
    _, writer = await asyncio.open_connection(*server.local_address())
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    await asyncio.gather(*(channel.close_future for channel in channels))
    writer.close()

    tally = log_of(server).tally
    assert {"success": 1, "failure": 1} == tally.counts("tls.handshake")
    assert {"success", "failure"} == set(tally.counts("tls.handshake.seconds"))
    await bootstrap.shutdown_gracefully(0, 5)


async def test_a_function_gives_the_context_of_each_connection(certificates: Any) -> None:
    """So certificates can be exchanged; it is asked once when the client is made, to tell at once what is wrong."""
    contexts: list[ssl.SSLContext] = []

    def new() -> ssl.SSLContext:
        contexts.append(certificates.client_context())
        return contexts[-1]

    client = secured_client(new, {})
    assert 1 == len(contexts)
    channels = [EmbeddedChannel(), EmbeddedChannel()]
    for channel in channels:
        client.secure(channel, ("server.test", 443))
    assert 3 == len(contexts)

    with pytest.raises(SslContextError, match="ca beside a context"):
        secured_client(new, {"ca": "ca.pem"})
