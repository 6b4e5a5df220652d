"""Bootstraps: check everything, then bind or connect. Source: Netty's ``ServerBootstrap`` and ``Bootstrap``."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Self

from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.initializer import FunctionInitializer
from pyboot.components.netty.errors import NettyError
from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.transport.listening import ServerSocketChannel
from pyboot.components.netty.transport.loop import loops_of, state_of
from pyboot.components.netty.transport.running import across, run_until_signal
from pyboot.components.netty.transport.socket_options import set_socket_options
from pyboot.components.netty.transport.tcp import SocketChannel

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Bootstrap", "ServerBootstrap"]

_log = logging.getLogger(__name__)

type Initializer = ChannelHandler[Any] | Callable[[Any], object]
type Callback = Callable[..., Any]
type Loops = Iterator[asyncio.AbstractEventLoop]


class _Options:
    """Options of one kind of channel, sorted when they are set: rules into a config, the rest for the socket."""

    def __init__(self) -> None:
        self.config = ChannelConfig()
        self.socket: dict[ChannelOption[Any], Any] = {}

    def set(self, option: ChannelOption[Any], value: Any) -> None:
        if not isinstance(option, ChannelOption):
            raise TypeError(f"{option!r} is not a ChannelOption")
        if value is None:
            self.socket.pop(option, None)
        elif not self.config.set(option, value):
            self.socket[option] = value


class _BootstrapBase:
    """What both bootstraps share: groups, address, callbacks."""

    def __init__(self) -> None:
        self._loops: Loops | None = None
        self._address: tuple[str | None, int] | None = None
        self._options = _Options()
        self._attributes: dict[Any, Any] = {}
        self._when_success: Callback | None = None
        self._when_fail: Callback | None = None
        self._channel_class: type[Any] | None = None

    def option(self, option: ChannelOption[Any], value: Any) -> Self:
        """Set an option of the channel itself; None takes it back. Raises ValueError for a value that is not allowed."""
        self._options.set(option, value)
        return self

    def attr(self, key: Any, value: Any) -> Self:
        """Give the channel an attribute before its handlers are added."""
        self._attributes[key] = value
        return self

    def channel(self, channel_class: type[Any]) -> Self:
        """The class of the channel; TCP's by default."""
        self._channel_class = channel_class
        return self

    def address(self, address: str | tuple[str | None, int] | None, port: int | None = None) -> Self:
        """Where to listen or connect: ``address(("0.0.0.0", 8080))`` or ``address("0.0.0.0", 8080)``."""
        self._address = _address_of(address, port)
        return self

    def when_connect_success(self, callback: Callback) -> Self:
        """Call or await *callback* with the bootstrap when it is bound or connected."""
        self._when_success = callback
        return self

    def when_connect_fail(self, callback: Callback) -> Self:
        """Call or await *callback* with the bootstrap and the error when it could not bind or connect."""
        self._when_fail = callback
        return self

    def _resolved(self, address: Any, port: int | None) -> tuple[str | None, int]:
        if address is None and port is None:
            if self._address is None:
                raise NettyError(f"{type(self).__name__} has no address: call address(host, port) first or pass it")
            return self._address
        return _address_of(address, port)

    def _next_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop() if self._loops is None else next(self._loops)


class ServerBootstrap(_BootstrapBase):
    """Starts a server: options and handlers for the listening channel, child options and handlers for each connection."""

    def __init__(self) -> None:
        super().__init__()
        self._worker_loops: Loops | None = None
        self._handler: ChannelHandler[Any] | None = None
        self._child_handler: ChannelHandler[Any] | None = None
        self._child_options = _Options()
        self._child_attributes: dict[Any, Any] = {}
        self._bound: list[ServerSocketChannel] = []

    def group(self, boss: object | None, worker: object | None = None) -> Self:
        """The group that accepts and the group that serves (by default the same). Without any: the running loop."""
        self._loops = _loops(boss)
        self._worker_loops = _loops(worker if worker is not None else boss)
        return self

    def handler(self, handler: Initializer) -> Self:
        """A handler or initializer of the listening channel."""
        self._handler = _initializer(handler)
        return self

    def child_handler(self, handler: Initializer) -> Self:
        """What fills each connection's pipeline: an initializer, a sharable handler, or a function of the channel."""
        self._child_handler = _initializer(handler)
        return self

    def child_option(self, option: ChannelOption[Any], value: Any) -> Self:
        """Set an option of each connection; None takes it back."""
        self._child_options.set(option, value)
        return self

    def child_attr(self, key: Any, value: Any) -> Self:
        """Give each connection an attribute before its handlers are added."""
        self._child_attributes[key] = value
        return self

    async def bind(self, address: Any = None, port: int | None = None) -> ServerSocketChannel:
        """Listen; port 0 takes a free one. Raises `BindError` with what the operating system said.

        If cancelled, the address is given back.
        """
        where = self._resolved(address, port)
        if self._child_handler is None:
            raise NettyError("ServerBootstrap has no child_handler: nothing would serve the connections")
        loop = self._next_loop()
        try:
            server = await across(loop, self._bind(loop, where))
        except OSError as error:
            await _tell(self._when_fail, self, error)
            raise
        self._bound.append(server)
        await _tell(self._when_success, self, None, None)
        return server

    async def _bind(self, loop: asyncio.AbstractEventLoop, where: tuple[str | None, int]) -> ServerSocketChannel:
        server = ServerSocketChannel(loop, self._options.config, state_of(loop))
        server.socket_options = self._options.socket
        server.attributes.update(self._attributes)
        pipeline = server.pipeline()
        if self._handler is not None:
            pipeline.add_last(self._handler)
        pipeline.add_last(_Acceptor(self, server), name="acceptor")
        server.register()
        await server.pipeline().bind(where)
        return server

    def child_loop(self, parent: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:
        """The loop whose turn it is to serve a connection."""
        return parent if self._worker_loops is None else next(self._worker_loops)

    def new_child(self, parent: ServerSocketChannel, loop: asyncio.AbstractEventLoop) -> SocketChannel:
        """A channel for an accepted connection, with everything set that does not need the connection."""
        child = SocketChannel(loop, self._child_options.config, state_of(loop))
        child.parent = parent
        if self._child_attributes:
            child.attributes.update(self._child_attributes)
        child_handler = self._child_handler
        assert child_handler is not None
        child.pipeline().add_last(child_handler)
        return child

    @property
    def child_socket_options(self) -> dict[ChannelOption[Any], Any]:
        """What is set on each accepted socket."""
        return self._child_options.socket

    async def close(self) -> None:
        """Stop listening; connections that are open stay."""
        for server in self._bound:
            await across(server.loop, _ended(server))
        self._bound.clear()

    def grace(self) -> None:
        """Bind and serve until SIGINT or SIGTERM, then close everything gracefully. Blocks."""
        run_until_signal(self._serve)

    async def _serve(self, stop: asyncio.Event) -> None:
        server = await self.bind()
        _log.info("listening on %s", server.local_address())
        await stop.wait()
        await self.close()


class _Acceptor(ChannelHandler[Any]):
    """The last handler of a listening channel: makes each accepted socket a registered channel."""

    def __init__(self, bootstrap: ServerBootstrap, server: ServerSocketChannel) -> None:
        self._bootstrap = bootstrap
        self._server = server
        self._opening: set[asyncio.Task[Any]] = set()

    def channel_read(self, ctx: ChannelHandlerContext, msg: socket.socket) -> Awaitable[None] | None:
        loop = self._bootstrap.child_loop(ctx.channel.loop)
        if loop is ctx.channel.loop:
            self._adopt(loop, msg)
        else:
            loop.call_soon_threadsafe(self._adopt, loop, msg)
        return None

    def _adopt(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        """Open a transport over the socket, on the loop that will serve it."""
        task = loop.create_task(self._open(loop, sock))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        options = self._bootstrap.child_socket_options
        if options:
            set_socket_options(sock, options)
        try:
            child = self._bootstrap.new_child(self._server, loop)
            protocol: Any = child.expect_connection(lambda: _begin(child))
            await loop.connect_accepted_socket(lambda: protocol, sock)
        except Exception:
            _log.exception("%r could not take over a connection; it was closed", self._server)
            sock.close()


def _begin(channel: Channel) -> None:
    channel.register()
    channel.activate()


class Bootstrap(_BootstrapBase):
    """Starts a client: one channel for each `connect`."""

    def __init__(self) -> None:
        super().__init__()
        self._handler: ChannelHandler[Any] | None = None
        self._connected: list[SocketChannel] = []

    def group(self, group: object | None) -> Self:
        """The group whose loops run the channels. Without one: the running loop."""
        self._loops = _loops(group)
        return self

    def handler(self, handler: Initializer) -> Self:
        """What fills the pipeline: an initializer, a handler, or a function of the channel."""
        self._handler = _initializer(handler)
        return self

    async def connect(self, address: Any = None, port: int | None = None) -> SocketChannel:
        """Connect and give the active channel.

        Raises `ConnectTimeoutError`, or the OSError of the operating system. If cancelled, the attempt is given up.
        """
        where = self._resolved(address, port)
        if self._handler is None:
            raise NettyError("Bootstrap has no handler: nothing would serve the connection")
        loop = self._next_loop()
        try:
            channel = await across(loop, self._connect(loop, where))
        except OSError as error:
            await _tell(self._when_fail, self, error)
            raise
        self._connected.append(channel)
        channel.close_future.add_listener(lambda _: self._connected.remove(channel))
        await _tell(self._when_success, self, None, None)
        return channel

    async def _connect(self, loop: asyncio.AbstractEventLoop, where: tuple[str | None, int]) -> SocketChannel:
        channel = SocketChannel(loop, self._options.config, state_of(loop))
        channel.socket_options = self._options.socket
        channel.attributes.update(self._attributes)
        assert self._handler is not None
        channel.pipeline().add_last(self._handler)
        channel.register()
        try:
            await channel.pipeline().connect(where)
        except asyncio.CancelledError:
            channel.abort()
            raise
        return channel

    async def close(self) -> None:
        """Close the channels that this bootstrap connected."""
        for channel in list(self._connected):
            await across(channel.loop, _ended(channel))

    def grace(self) -> None:
        """Connect and run until the channel closes, or until SIGINT or SIGTERM. Blocks."""
        run_until_signal(self._run)

    async def _run(self, stop: asyncio.Event) -> None:
        channel = await self.connect()
        stopping = asyncio.ensure_future(stop.wait())
        ending = asyncio.ensure_future(across(channel.loop, _closed(channel)))
        await asyncio.wait((stopping, ending), return_when=asyncio.FIRST_COMPLETED)
        await self.close()
        stopping.cancel()
        await ending


async def _ended(channel: Channel) -> None:
    await channel.close()


async def _closed(channel: Channel) -> None:
    await channel.close_future


async def _tell(callback: Callback | None, *arguments: Any) -> None:
    if callback is not None:
        outcome = callback(*arguments)
        if inspect.isawaitable(outcome):
            await outcome


def _initializer(handler: Initializer) -> ChannelHandler[Any]:
    if isinstance(handler, ChannelHandler):
        return handler
    if callable(handler):
        return FunctionInitializer(handler)
    raise TypeError(f"{handler!r} is neither a ChannelHandler nor a function of a channel")


def _loops(group: object | None) -> Loops | None:
    """The loops of *group*, in turn for ever."""
    return None if group is None else itertools.cycle(loops_of(group))


def _address_of(address: Any, port: int | None) -> tuple[str | None, int]:
    host, number = (address[0], address[1]) if isinstance(address, tuple) else (address, port)
    if not isinstance(number, int) or not 0 <= number <= 65535:
        raise ValueError(f"port {number!r}, allowed is 0 to 65535")
    return host or None, number
