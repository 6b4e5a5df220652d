"""Beans that have the last word on bootstraps."""

from typing import Any

import pytest

from pyboot.boot import Component, Import, Order, PyBootApplication
from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext, ChannelOption, DatagramPacket, ServerBootstrap
from pyboot.netty import NettyClient
from pyboot.netty.annotations import ChannelHandlerBean, NettyServer
from pyboot.netty.customizers import BootstrapCustomizer, ServerBootstrapCustomizer
from pyboot.netty.errors import CustomizerError
from pyboot.testing import connect, running
from tests.netty.refusal import refusal

SEEN: list[object] = []


@NettyServer(port=0)
class EchoServer:
    """A server."""


@ChannelHandlerBean(server="echo")
class Echo(ChannelHandler[Any]):
    """Notes an option of its connection."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Note."""
        SEEN.append(ctx.channel.get_option(ChannelOption.CLOSE_TIMEOUT))

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Answer."""
        ctx.write_and_flush(DatagramPacket(msg.content, msg.sender) if isinstance(msg, DatagramPacket) else msg)


@Order(2)
@Component
class Second(ServerBootstrapCustomizer):
    """Has the last word."""

    async def customize(self, name: str, bootstrap: ServerBootstrap) -> None:
        """Change an option that settings have set."""
        SEEN.append(f"second {name}")
        bootstrap.child_option(ChannelOption.CLOSE_TIMEOUT, 3.0)


@Order(1)
@Component
class First(ServerBootstrapCustomizer):
    """Has the word before."""

    def customize(self, name: str, bootstrap: ServerBootstrap) -> None:
        """Change it too."""
        SEEN.append(f"first {name}")
        bootstrap.child_option(ChannelOption.CLOSE_TIMEOUT, 2.0)


@Component
class OfDatagrams(BootstrapCustomizer):
    """Notes what it is called with."""

    def customize(self, name: str, bootstrap: Bootstrap) -> None:
        """Note."""
        SEEN.append(name)


@Component
class Wrong(ServerBootstrapCustomizer):
    """Makes a mistake."""

    def customize(self, name: str, bootstrap: ServerBootstrap) -> None:
        """Raise."""
        raise LookupError("no such thing")


@Import(EchoServer, Echo, Second, First, OfDatagrams)
@PyBootApplication(scan=())
class App:
    """An application of these."""


@Import(EchoServer, Echo, Wrong)
@PyBootApplication(scan=())
class Mistaken:
    """An application whose customizer raises."""


async def test_customizers_come_in_order_and_win_over_settings() -> None:
    """Plain or coroutine; the connection has what the last one set."""
    SEEN.clear()
    async with running(App, properties={"netty.servers.echo.close-timeout": "9s"}) as context, connect(context) as (reader, writer):
        writer.write(b"x")
        assert b"x" == await reader.readexactly(1)

    assert ["first echo", "second echo", 3.0] == SEEN


async def test_a_datagram_server_has_customizers_of_its_own() -> None:
    """Its bootstrap is the other one."""
    SEEN.clear()
    async with running(App, properties={"netty.servers.echo.transport": "udp"}):
        pass

    assert ["echo", 30.0] == SEEN


async def test_a_client_has_the_last_word_of_customizers_too() -> None:
    """Before each attempt to connect."""
    SEEN.clear()
    to_itself = {"netty.clients.up.host": "127.0.0.1", "netty.clients.up.port": "9", "netty.clients.up.pipeline[0]": "string"}
    async with running(App, properties=to_itself | {"netty.clients.up.lazy": "true"}) as context:
        with pytest.raises(ConnectionError):
            await context.get(NettyClient).connected(0.2)

    assert "up" in SEEN


async def test_what_a_customizer_raises_stops_the_start() -> None:
    """The report names its class and place."""
    with refusal(CustomizerError, r"Wrong \(.*test_customizers.py:\d+\) could not customize the server 'echo': LookupError"):
        async with running(Mistaken):
            pass
