"""Servers in one line: ``EchoServer().address("0.0.0.0", 8080).grace()``; and as programs of their own."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final, Literal, Self, Unpack

from pyboot.components.netty.bootstrap import ServerBootstrap
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.hj212 import HJ212FrameDecoder
from pyboot.components.netty.compat13.methods import Server13, give_methods, method_aliases
from pyboot.components.netty.compat13.modules import names_of_13
from pyboot.components.netty.handler.log import LoggingHandler
from pyboot.components.netty.wire.hj212 import HJ212Frame

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.option import ChannelOption
    from pyboot.components.netty.transport.listening import ServerSocketChannel
    from pyboot.components.netty.workers import ServerWorkers, WorkersArguments

__all__ = [
    "EchoHandler",
    "EchoServer",
    "HJ212Frame",
    "HJ212FrameDecoder",
    "HJ212FrameHandler",
    "HJ212Server",
    "Server",
    "echo_server",
    "hj212_server",
]

_log = logging.getLogger(__name__)

type Address = tuple[str | None, int]

_ANYWHERE: Final[Address] = ("0.0.0.0", 1234)  # noqa: S104  # the published default


@method_aliases(initHandler="init_channel", childOption="child_option")
class Server:
    """A server with its pipeline in one class: derive and write `init_channel`.

    *address* is where it listens; port 1234 on all addresses if nothing is said, as in the published package. A *name*, which
    that package wants in front of it, is for whoever looks at the object.
    """

    def __init__(self, name: str | Address = "", address: Address = _ANYWHERE) -> None:
        if isinstance(name, tuple):
            address, name = name, ""
        self.name = name or type(self).__name__
        self._log_level: Any = None  # Any: whatever `LoggingHandler` takes for one
        self._bootstrap = ServerBootstrap().child_handler(self._init_channel).address(address)
        self._workers: ServerWorkers | None = None

    def _init_channel(self, channel: Channel) -> None:
        if self._log_level is not None:
            channel.pipeline().add_last(LoggingHandler(self._log_level))
        self.init_channel(channel)

    def init_channel(self, channel: Channel) -> None:
        """Add the handlers of a new connection to its pipeline."""
        raise NotImplementedError(f"{type(self).__name__} must write init_channel(channel)")

    def address(self, address: str | tuple[str | None, int], port: int | None = None) -> Self:
        """Set where to listen."""
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

    def log(self, log_level: Any = None) -> Self:  # Any: whatever `LoggingHandler` takes for a level
        """Log what passes on each connection, at INFO if nothing is said."""
        self._log_level = logging.INFO if log_level is None else log_level
        return self

    def workers(self, count: int | Literal["auto"] = "auto", **settings: Unpack[WorkersArguments]) -> Self:
        """Let `grace` serve with *count* processes under a supervisor, as ``pyboot run --workers`` does; ``auto``: one a processor.

        The program is started again for each, up to `grace`; it needs no ``__main__`` guard. Port 0 is one free port for all of them.
        *settings* are those of ``pyboot.workers``, times in seconds. Raises TypeError for one that does not exist, ValueError for
        a value that is not allowed.
        """
        from pyboot.components.netty.workers import ServerWorkers  # one process is the usual case, and pays nothing for others

        self._workers = ServerWorkers(count, settings)
        return self

    async def bind(self) -> ServerSocketChannel:
        """Listen, inside a running loop."""
        if self._workers is not None:
            self._workers.check_awaited()
        return await self._bootstrap.bind()

    def grace(self, timeout_seconds: float = 15.0) -> None:
        """Listen and serve until SIGINT or SIGTERM, then close gracefully, as `ServerBootstrap.grace`. Blocks.

        With `workers` this process becomes their supervisor and never returns from here; each worker does, when it is done.
        """
        if self._workers is None:
            self._bootstrap.grace(timeout_seconds)
        else:
            self._workers.serve(self._bootstrap, timeout_seconds)


class EchoHandler(ChannelHandler[Any]):
    """Sends every message back."""

    sharable = True

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        return ctx.write(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        ctx.flush()
        return ctx.fire_channel_read_complete()


class EchoServer(Server):
    """Sends back whatever it receives."""

    def __init__(self, address: Address = _ANYWHERE) -> None:
        super().__init__("EchoServer", address)

    def init_channel(self, channel: Channel) -> None:
        channel.pipeline().add_last(EchoHandler())


class HJ212FrameHandler(ChannelHandler[Any]):
    """Takes frames: derive and write `on_frame`. Other messages go on."""

    def on_frame(self, ctx: ChannelHandlerContext, data: HJ212Frame, /) -> Awaitable[None] | None:
        """A monitor has sent *data*; by default it is logged at DEBUG."""
        _log.debug("%r", data)
        return None

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        return self.on_frame(ctx, msg) if isinstance(msg, HJ212Frame) else ctx.fire_channel_read(msg)


class HJ212Server(Server):
    """Listens to environmental monitors; derive and write `init_channel` to do more than log their frames."""

    def __init__(self, address: Address = _ANYWHERE) -> None:
        super().__init__("HJ212Server", address)

    def init_channel(self, channel: Channel) -> None:
        channel.pipeline().add_last(HJ212FrameDecoder(), HJ212FrameHandler())


def echo_server() -> None:
    """An `EchoServer` as the command line says: ``--host``, ``--port`` (1234), ``--log_level``."""
    _start(EchoServer, port=1234)


def hj212_server() -> None:
    """An `HJ212Server` as the command line says: ``--host``, ``--port`` (60000), ``--log_level``."""
    _start(HJ212Server, port=60000)


def _start(server_class: type[EchoServer | HJ212Server], port: int) -> None:
    import argparse  # only the scripts need it, and every program imports this module

    parser = argparse.ArgumentParser(description=server_class.__doc__)
    parser.add_argument("--host", default=_ANYWHERE[0], help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=port, help="port to listen on, 0 for a free one (default: %(default)s)")
    parser.add_argument("--log_level", "--log-level", type=str.upper, choices=logging.getLevelNamesMapping(), help="log what passes")
    said = parser.parse_args()
    logging.basicConfig(level=min(logging.INFO, logging.getLevelNamesMapping()[said.log_level or "INFO"]))
    server = server_class((said.host, said.port))
    if said.log_level:
        server.log(said.log_level)
    server.grace()


give_methods(Server, Server13)

if not TYPE_CHECKING:
    __getattr__ = names_of_13(__name__)
