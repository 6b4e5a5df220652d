"""What a plan becomes: listening channels, or one for datagrams, over real sockets."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from pyboot.boot import Import, PyBootApplication, start
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, DatagramPacket
from pyboot.netty.annotations import ChannelHandlerBean, NettyServer
from pyboot.netty.errors import BindFailedError, NoPortError, PathFailedError, UnclearServerError, UnknownResourceError
from pyboot.netty.servers import NettyServers
from pyboot.testing import running
from tests.netty.refusal import refusal


@NettyServer(port=0)
class EchoServer:
    """A server without codecs."""


@ChannelHandlerBean()
class Echo(ChannelHandler[Any]):
    """Sends everything back, datagrams to their sender."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Answer."""
        ctx.write_and_flush(DatagramPacket(msg.content, msg.sender) if isinstance(msg, DatagramPacket) else msg)


@Import(EchoServer, Echo)
@PyBootApplication(scan=())
class App:
    """An application of these."""


def settings(**of_echo: object) -> dict[str, str]:
    """Settings of the server, names with an underscore for each dot."""
    return {f"netty.servers.echo.{name.replace('__', '.').replace('_', '-')}": str(value) for name, value in of_echo.items()}


async def echoed(address: Any) -> bytes:
    """What a connection to *address* is answered."""
    opening = asyncio.open_unix_connection(address) if isinstance(address, str) else asyncio.open_connection(*address[:2])
    reader, writer = await opening
    writer.write(b"word")
    answer = await reader.readexactly(4)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_server_listens_on_several_places(tmp_path: Path) -> None:
    """TCP of both families and a path, each with its key; the first port is the server's address."""
    path = str(tmp_path / "x.sock")
    six = {"listeners__six__host": "::1", "listeners__six__port": 0} if socket.has_ipv6 else {}
    given = settings(listeners__four__port=0, listeners__local__path=path, **six)
    async with running(App, properties=given) as context:
        servers = context.get(NettyServers)
        addresses = servers.addresses()

        assert ["four", "local", *(["six"] if six else [])] == sorted(addresses)
        assert [b"word"] * len(addresses) == [await echoed(address) for address in addresses.values()]
        assert (addresses["four"][:2], path) == (servers.address(), addresses["local"])


async def test_a_server_on_paths_alone_has_no_port(tmp_path: Path) -> None:
    """As one with a single path."""
    async with running(App, properties=settings(transport="unix", listeners__a__path=tmp_path / "a.sock")) as context:
        with pytest.raises(NoPortError):
            context.get(NettyServers).address()


async def test_instances_are_servers_of_one_kind() -> None:
    """Each with its own name and place, all with the same pipeline."""
    async with running(App, properties=settings(instances__a__port=0, instances__b__port=0)) as context:
        servers = context.get(NettyServers)

        assert ["echo.a", "echo.b"] == servers.names
        assert [b"word", b"word"] == [await echoed(servers.address(name)) for name in servers.names]


async def test_a_datagram_server_answers_datagrams() -> None:
    """Its handlers get `DatagramPacket`s, over one channel that ends with the application."""
    async with running(App, properties=settings(transport="udp")) as context:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendto(peer, b"word", context.get(NettyServers).address())
            assert b"word" == await loop.sock_recv(peer, 100)


async def test_a_datagram_server_may_live_in_a_thread() -> None:
    """On the group that it names."""
    given = settings(transport="udp", worker="own") | {"netty.groups.own.threads": "1"}
    async with running(App, properties=given) as context:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendto(peer, b"word", context.get(NettyServers).address())
            assert b"word" == await loop.sock_recv(peer, 100)


@pytest.mark.parametrize("key", ["worker", "boss"])
async def test_a_group_that_is_not_there_stops_the_start(key: str) -> None:
    """With the nearest name."""
    with refusal(UnknownResourceError) as refused:
        async with running(App, properties=settings(**{key: "havy"}) | {"netty.groups.heavy.threads": "1"}):
            pass

    assert "Did you mean 'heavy'?" == refused[0].action


async def test_a_listener_that_cannot_be_bound_is_named() -> None:
    """With the setting of its own place."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        given = settings(listeners__free__port=0, listeners__web__port=taken.getsockname()[1])
        with refusal(BindFailedError) as refused:
            async with start(App, properties=given):
                pass

    assert "--netty.servers.echo.listeners.web.port=" in refused[0].action


async def test_a_path_that_cannot_be_bound_is_named(tmp_path: Path) -> None:
    """With the setting of its own place."""
    with refusal(PathFailedError) as refused:
        async with running(App, properties=settings(listeners__web__path=tmp_path / "no" / "x")):
            pass

    assert "--netty.servers.echo.listeners.web.path" in refused[0].action


async def test_one_port_is_not_for_several_places() -> None:
    """The short form says which there are."""
    with refusal(UnclearServerError, "echo.listeners.a, echo.listeners.b"):
        async with running(App, properties=settings(listeners__a__port=0, listeners__b__port=0) | {"netty.port": "9"}):
            pass
