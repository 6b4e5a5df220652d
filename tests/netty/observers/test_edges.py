"""What observers cost an application that has none."""

import re
import subprocess
import sys

from pyboot.boot import Component, Import, PyBootApplication
from pyboot.boot.blueprint import prepare
from pyboot.netty import Channel, ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer, OnChannelActive
from pyboot.netty.check import checked
from pyboot.netty.errors import UnknownServerError


@NettyServer(port=0)
class EchoServer:
    """A server."""


@ChannelHandlerBean
class Echo(ChannelHandler[bytes]):
    """Answers."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        """The same."""
        ctx.write_and_flush(msg)


@Component
class Lobby:
    """Listens to a server that is not there."""

    @OnChannelActive(server="eco")
    def came(self, channel: Channel) -> None:
        """Never called."""


@Import(EchoServer, Echo, Lobby)
@PyBootApplication(scan=())
class Mistaken:
    """An application with the mistake."""


def test_a_listener_of_no_server_is_found_before_a_bean_is_made() -> None:
    """By commands that only look into an application, with the place of the method."""
    (error,) = checked(prepare(Mistaken)).errors

    assert isinstance(error, UnknownServerError)
    assert re.search(r"Lobby.came \(.*test_edges.py:\d+\)", str(error))


def test_who_has_no_observers_imports_nothing_of_them() -> None:
    """An application with a server pays for the question alone."""
    program = """
import asyncio, sys
from pyboot.boot import Import, PyBootApplication, start
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer, NettyServers

@NettyServer(port=0)
class PlainServer: ...

@ChannelHandlerBean
class Echo(ChannelHandler):
    def channel_read(self, ctx, msg):
        ctx.write_and_flush(msg)

@Import(PlainServer, Echo)
@PyBootApplication(scan=())
class App: ...

async def main():
    async with start(App) as context:
        print(context.get(NettyServers).names, [name for name in sys.modules if "netty.observers." in name])

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert "['plain'] ['pyboot.netty.observers.edges']" == done.stdout.strip().splitlines()[-1]
