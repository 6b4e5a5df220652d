"""Servers in one line: ``EchoServer().address("0.0.0.0", 8080).grace()``."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Self

from pyboot.components.netty.bootstrap import ServerBootstrap
from pyboot.components.netty.channel.handler import ChannelHandler

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.option import ChannelOption
    from pyboot.components.netty.transport.listening import ServerSocketChannel

__all__ = ["EchoHandler", "EchoServer", "Server"]


class Server:
    """A server with its pipeline in one class: derive and write `init_channel`.

    *address* is where it listens; port 1234 on all addresses if nothing is said, as in the published package.
    """

    def __init__(self, address: tuple[str | None, int] = ("0.0.0.0", 1234)) -> None:  # noqa: S104  # the published default
        self._bootstrap = ServerBootstrap().child_handler(self.init_channel).address(address)

    def init_channel(self, channel: Channel) -> None:
        """Add the handlers of a new connection to its pipeline."""
        raise NotImplementedError(f"{type(self).__name__} must write init_channel(channel)")

    def address(self, address: str | tuple[str | None, int], port: int | None = None) -> Self:
        """Where to listen."""
        self._bootstrap.address(address, port)
        return self

    def group(self, boss: object | None, worker: object | None = None) -> Self:
        """The groups that accept and serve; without any: the running loop."""
        self._bootstrap.group(boss, worker)
        return self

    def option(self, option: ChannelOption[Any], value: Any) -> Self:
        """Set an option of the listening channel."""
        self._bootstrap.option(option, value)
        return self

    def child_option(self, option: ChannelOption[Any], value: Any) -> Self:
        """Set an option of each connection."""
        self._bootstrap.child_option(option, value)
        return self

    async def bind(self) -> ServerSocketChannel:
        """Listen, inside a running loop."""
        return await self._bootstrap.bind()

    def grace(self) -> None:
        """Listen and serve until SIGINT or SIGTERM, then close gracefully. Blocks."""
        self._bootstrap.grace()

    def start(self) -> None:
        """The same as `grace`, under the name of the published package."""
        self.grace()


class EchoHandler(ChannelHandler[Any]):
    """Sends every message back."""

    sharable = True

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Awaitable[None] | None:
        return ctx.write(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        ctx.flush()
        return ctx.fire_channel_read_complete()


class EchoServer(Server):
    """Sends back whatever it receives."""

    def init_channel(self, channel: Channel) -> None:
        channel.pipeline().add_last(EchoHandler())
