"""Applications inside a test."""

import asyncio
import sys
from typing import Any

import pytest

from pyboot.boot import PyBootApplication, Service
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer, NettyServers
from pyboot.testing import connect, running


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """Greets."""


@Service
class Greeter:
    """Knows how."""

    def greet(self, name: str) -> str:
        """Say hello."""
        return f"hello {name}\n"


@NettyServer(port=9)
class GreetServer:
    """On a port that no test may bind."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(order=1)
class GreetHandler(ChannelHandler[str]):
    """Answers."""

    def __init__(self, greeter: Greeter) -> None:
        """Take the service."""
        self.greeter = greeter

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Greet."""
        ctx.write_and_flush(self.greeter.greet(msg))


async def test_the_application_serves_on_a_free_port() -> None:
    """Although its decorator names another."""
    async with running(App) as context, connect(context) as (reader, writer):
        writer.write(b"ada\n")

        assert b"hello ada\n" == await reader.readline()


async def test_settings_of_the_test_win() -> None:
    """Over the application's own."""
    properties = {"netty.servers.greet.pipeline": ["length-field", "string"]}

    async with running(App, properties=properties) as context, connect(context, "greet") as (reader, writer):
        writer.write(b"\x00\x00\x00\x03ada")

        assert b"\x00\x00\x00\x0ahello ada\n" == await reader.readexactly(14)


async def test_beans_and_profiles_of_the_test_take_the_place_of_others() -> None:
    """Before anything is made."""

    class Polite(Greeter):
        def greet(self, name: str) -> str:
            return f"dear {name}\n"

    async with running(App, profiles=["test"], beans={Greeter: Polite()}) as context, connect(context) as (reader, writer):
        writer.write(b"ada\n")

        assert b"dear ada\n" == await reader.readline()
        assert ("test",) == context.environment.active_profiles


async def test_it_is_stopped_at_the_end() -> None:
    """Nobody listens any more."""
    async with running(App) as context:
        address = context.get(NettyServers).address()

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*address)
