"""The sockets of clients: given back whatever happens, and bound where they are told."""

import asyncio
import socket
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelOption
from pyboot.components.netty.errors import ConnectTimeoutError
from pyboot.components.netty.transport.quic import QuicChannel, QuicChannelOption, QuicClientConfig


def bootstrap(pki: Any) -> Bootstrap:
    """A client."""
    config = QuicClientConfig(alpn=["test"], ca=pki.ca)
    return Bootstrap().channel(QuicChannel).option(QuicChannelOption.CONFIG, config).handler(lambda _: None)


async def test_the_own_end_may_be_chosen(quic: Any, pki: Any) -> None:
    """As of any client."""
    server = await quic.serve()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = bootstrap(pki).local_address("127.0.0.1", port)
    channel = await client.connect(server.local_address())

    assert ("127.0.0.1", port) == channel.local_address()
    await client.close()


async def test_a_server_that_says_nothing_costs_the_connect_timeout(pki: Any) -> None:
    """Something has the port and is no QUIC."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectTimeoutError):
            await bootstrap(pki).option(ChannelOption.CONNECT_TIMEOUT, 0.1).connect(silent.getsockname())


async def test_a_cancelled_attempt_is_given_back(pki: Any) -> None:
    """The socket is closed: a warning of Python would fail the test."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        attempt = asyncio.ensure_future(bootstrap(pki).connect(silent.getsockname()))
        await asyncio.get_running_loop().run_in_executor(None, silent.recv, 2048)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt


async def test_an_address_that_cannot_be_had_leaves_the_connection_where_it_is(quic: Any) -> None:
    """Migrating is told, and nothing has changed."""
    channel = await quic.connect(await quic.serve())
    old = channel.local_address()
    with pytest.raises(OSError, match="assign requested address"):
        await channel.migrate("192.0.2.1")

    assert old == channel.local_address()
    assert b"x" == await quic.ask(channel, b"x")
