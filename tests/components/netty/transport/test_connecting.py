"""Connecting: addresses in turn, options before the first packet, nothing left open."""

import asyncio
import socket
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelOption
from pyboot.components.netty.transport import resolving
from pyboot.components.netty.transport.connecting import open_transport


class Silent(asyncio.Protocol):
    """Keeps its transport."""

    def connection_made(self, transport: Any) -> None:
        """As said."""
        self.transport = transport


async def test_the_addresses_of_a_name_are_tried_in_turn(listen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first refuses, the second answers."""
    server = await listen(lambda channel: None)
    _, port = server.local_address()
    loop = asyncio.get_running_loop()
    resolve: Any = resolving.ask_system

    async def resolved(self: Any, host: Any, *arguments: Any, **options: Any) -> Any:
        hosts = ("127.0.0.9", "127.0.0.1") if host == "two.example" else (host,)
        return [info for each in hosts for info in await resolve(self, each, *arguments, **options)]

    monkeypatch.setattr(resolving, "ask_system", resolved)
    protocol = Silent()

    await open_transport(loop, protocol, ("two.example", port), {})

    assert ("127.0.0.1", port) == protocol.transport.get_extra_info("peername")
    protocol.transport.abort()


async def test_a_name_that_stands_for_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says which name."""
    loop = asyncio.get_running_loop()

    async def resolved(*_: Any, **__: Any) -> Any:
        return []

    monkeypatch.setattr(resolving, "ask_system", resolved)

    with pytest.raises(OSError, match=r"'no\.example' stands for no address"):
        await open_transport(loop, Silent(), ("no.example", 9), {})


async def test_options_are_set_before_connecting(listen: Any) -> None:
    """The receive buffer decides on the window that is offered."""
    server = await listen(lambda channel: None)
    bootstrap = Bootstrap().handler(lambda channel: None).option(ChannelOption.SO_RCVBUF, 8_192).option(ChannelOption.SO_KEEPALIVE, True)

    channel = await bootstrap.connect(*server.local_address())

    assert 8_192 <= channel.get_option(ChannelOption.SO_RCVBUF) < 65_536
    assert channel.get_option(ChannelOption.SO_KEEPALIVE) is True
    await channel.close()


async def test_the_own_end_can_be_chosen(listen: Any, recorder: Any) -> None:
    """The server sees it."""
    server = await listen(recorder)

    channel = await Bootstrap().handler(lambda channel: None).local_address("127.0.0.7").connect(*server.local_address())

    assert "127.0.0.7" == channel.local_address()[0]
    await recorder.seen("channel_active")
    assert channel.local_address() == recorder.channels[0].remote_address()
    await channel.close()


async def test_an_own_end_that_is_not_ours_is_an_error(listen: Any) -> None:
    """The system's own."""
    server = await listen(lambda channel: None)

    with pytest.raises(OSError, match="Cannot assign requested address"):
        await Bootstrap().handler(lambda channel: None).local_address("192.0.2.1").connect(*server.local_address())


class Hasty(asyncio.Protocol):
    """Closes as soon as it is connected."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


async def test_a_connection_that_is_closed_at_once_is_closed_once(monkeypatch: pytest.MonkeyPatch, listen: Any) -> None:
    """The socket forgets its descriptor: closing it again, when it is collected, would close somebody else's."""
    made: list[socket.socket] = []

    class Noted(socket.socket):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(self)

    server = await listen(lambda channel: None)
    hasty = Hasty()
    with monkeypatch.context() as patch:
        patch.setattr("pyboot.components.netty.transport.connecting.socket.socket", Noted)
        await open_transport(asyncio.get_running_loop(), hasty, server.local_address(), {})
    await hasty.lost.wait()

    assert -1 == made[0].fileno()  # another may be there: the server's end of the connection
