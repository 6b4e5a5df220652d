"""Bootstraps: check everything, then bind or connect. Source: Netty's ``ServerBootstrap`` and ``Bootstrap``."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from pyboot.components.netty.abstract_bootstrap import AbstractBootstrap, Initializer, in_failure_callback, initializer_of
from pyboot.components.netty.address import address_text
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.loop_state import state_of
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.compat13.methods import also_on_class, method_aliases
from pyboot.components.netty.compat13.modules import names_of_13
from pyboot.components.netty.errors import NettyError, NotSharableError
from pyboot.components.netty.handler.tls.arguments import tls_of_client, tls_of_server
from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.transport.accepting import Acceptor
from pyboot.components.netty.transport.listening import ServerSocketChannel
from pyboot.components.netty.transport.loop import LoopTurns
from pyboot.components.netty.transport.options import ChannelOptions
from pyboot.components.netty.transport.server_shutdown import close_orderly, end_servers, stop_listening, tell_connections, unless_ended
from pyboot.components.netty.transport.signals import run_until_signal
from pyboot.components.netty.transport.tcp import SocketChannel
from pyboot.components.netty.transport.threadsafe import end_on_loop, run_on_loop

if TYPE_CHECKING:
    from pyboot.components.netty.handler.proxy.address import ClientProxy
    from pyboot.components.netty.handler.proxy_protocol.server import ProxyProtocol
    from pyboot.components.netty.handler.tls.arguments import ClientTlsArguments, ServerTlsArguments, SslChoice
    from pyboot.components.netty.transport.backoff import Backoff
    from pyboot.components.netty.transport.reconnecting import Reconnecting
    from pyboot.components.netty.transport.resolving import NameResolver
    from pyboot.components.netty.transport.udp import DatagramChannel

__all__ = ["Bootstrap", "ServerBootstrap"]

_log = logging.getLogger(__name__)

type Loop = asyncio.AbstractEventLoop


class ProxyProtocolRules(TypedDict, total=False):
    """The rules of `ServerBootstrap.proxy_protocol`, as `ProxyProtocol` takes them."""

    timeout_seconds: float
    max_header_bytes: int
    required: bool


@method_aliases(childHandler="child_handler", childOption="child_option")
class ServerBootstrap(AbstractBootstrap[ServerSocketChannel]):
    """Starts a server: options and handlers for the listening channel, child options and handlers for each connection.

    Args:
        ssl: True with a *certfile*, or an ``ssl.SSLContext``, for TLS in front of the handlers of each connection.
        tls: arguments of `ssl_context_for_server` and `SslHandler`; and *sni*, the contexts of hosts by their names.
    """

    def __init__(self, *, ssl: SslChoice = False, **tls: Unpack[ServerTlsArguments]) -> None:
        super().__init__()
        self._tls = tls_of_server(ssl, tls)
        self._worker_loops = LoopTurns()
        self._channel_class: type[ServerSocketChannel] | None = None
        self._child_handler: ChannelHandler[Any] | None = None
        self._child_options = ChannelOptions()
        self._child_attributes: dict[Any, Any] = {}
        self._bound: list[ServerSocketChannel] = []
        self._proxy_protocol: ProxyProtocol | None = None

    def clone(self) -> Self:
        twin = super().clone()
        twin._child_options = self._child_options.copy()
        twin._child_attributes = dict(self._child_attributes)
        twin._bound = []
        return twin

    def group(self, boss: object | None, worker: object | None = None) -> Self:
        """Set the group that accepts and the one that serves (by default the same). Without any: the running loop.

        A group is an `EventLoopGroup`, a ``CoroutineWorkGroup``, or a single event loop that somebody runs.
        """
        self._loops = LoopTurns(boss)
        self._worker_loops = LoopTurns(worker if worker is not None else boss)
        return self

    def channel(self, channel_class: type[ServerSocketChannel]) -> Self:
        """Set the class of the listening channel, and so of the connections; by default the address decides: TCP or Unix sockets.

        Raises TypeError for a class that does not listen.
        """
        if not issubclass(channel_class, ServerSocketChannel):
            raise TypeError(f"{channel_class.__name__} does not listen: pass a class derived from ServerSocketChannel")
        self._channel_class = channel_class
        return self

    def child_handler(self, handler: Initializer) -> Self:
        """Set what fills the pipeline of each connection: an initializer, a sharable handler, or a function of the channel.

        Raises `NotSharableError` for a handler object that only one connection could have.
        """
        child_handler = initializer_of(handler)
        if not child_handler.sharable:
            raise NotSharableError(child_handler)
        self._child_handler = child_handler
        return self

    def child_option(self, option: ChannelOption[Any], value: Any) -> Self:
        """Set an option of each connection; None takes it back."""
        self._child_options.set(option, value)
        return self

    def child_attr(self, key: Any, value: Any) -> Self:
        """Give each connection an attribute before its handlers are added."""
        self._child_attributes[key] = value
        return self

    def proxy_protocol(self, trusted: Iterable[str], **rules: Unpack[ProxyProtocolRules]) -> Self:
        """Let *trusted* proxies say, with a header of the PROXY protocol, whose connection each of theirs is; as `ProxyProtocol`.

        The channel's remote address is that client's before any other handler hears of it, TLS included. Raises ValueError for what
        is no network and no address.
        """
        from pyboot.components.netty.handler.proxy_protocol.server import ProxyProtocol  # which few servers need

        self._proxy_protocol = ProxyProtocol(trusted, **rules)
        return self

    async def bind(self, address: Any = None, port: int | None = None) -> ServerSocketChannel:
        """Listen; port 0 takes a free one, a list of hosts listens on all of them. May be called again for other addresses.

        Raises `BindError` with what the operating system said, `NettyError` where no child handler was set. If cancelled, the address
        is given back.
        """
        where = self._resolved(address, port)
        if self._child_handler is None:
            raise NettyError("ServerBootstrap has no child_handler: nothing would serve the connections")
        loop = self._loops.next(asyncio.get_running_loop())
        try:
            server = await run_on_loop(loop, self._bind(loop, where), Channel.abort)
        except OSError as error:
            instead: ServerSocketChannel = await self._on_failure(error)
            return instead
        self._bound.append(server)
        await self._tell_success(server)
        return server

    async def _bind(self, loop: Loop, where: Any) -> ServerSocketChannel:
        chosen = self._channel_class or _server_class(where)
        server = chosen(loop, self._options.config, state_of(loop))
        server.socket_options = self._options.others
        server.attributes.update(self._attributes)
        pipeline = server.pipeline()
        if self._handler is not None:
            pipeline.add_last(self._handler)
        server.register()
        # After what the user's own initializer has added: it sees the connections first.
        next_loop = lambda: loop if server.keeps_connections else self._worker_loops.next(loop)  # noqa: E731  # of one line, for one caller
        proxies = None if self._proxy_protocol is None else self._proxy_protocol.trusted
        acceptor = Acceptor(server, next_loop, lambda on: self._new_child(server, on), self._child_options.others, proxies)
        pipeline.add_last(acceptor, name="acceptor")
        try:
            await pipeline.bind(where)
        except BaseException:
            server.abort()
            raise
        self._tell_end(server)
        return server

    def _new_child(self, parent: ServerSocketChannel, loop: Loop) -> SocketChannel:
        """A channel for an accepted connection, with everything set that does not need the connection."""
        child = parent.child_class(loop, self._child_options.config, state_of(loop))
        child.parent = parent
        if self._child_attributes:
            child.attributes.update(self._child_attributes)
        child_handler = self._child_handler
        assert child_handler is not None
        child.pipeline().add_last(child_handler)
        if self._tls is not None:
            self._tls.secure(child)
        if self._proxy_protocol is not None:
            self._proxy_protocol.precede(child)
        return child

    async def close(self) -> None:
        """Stop listening; connections that are open stay."""
        await stop_listening(self._bound)

    def tell_draining(self) -> None:
        """Fire `DRAINING` in the pipelines of the connections, which go on: whoever has a farewell to send has time for it.

        `shutdown_gracefully` fires it in those that have not heard of it. From any thread; waits for nobody.
        """
        tell_connections(list(self._bound), self._worker_loops.all)

    async def shutdown_gracefully(self, quiet_seconds: float = 0.0, timeout_seconds: float = 15.0) -> int:
        """Stop listening, let the connections finish what they have read, deliver what was flushed, and close them.

        Returns when no connection was there for *quiet_seconds*; what is still open after *timeout_seconds* is aborted, which the log
        tells; gives how many connections that were. A loop that something blocks is not waited for any longer than that: its
        connections end with the process. If cancelled, everything is aborted.
        """
        servers, self._bound = set(self._bound), []
        return await end_servers(servers, self._worker_loops.all, quiet_seconds, timeout_seconds)

    def grace(self, timeout_seconds: float = 15.0) -> None:
        """Bind and serve until SIGINT or SIGTERM, then shut down gracefully; a second signal ends it at once. Blocks.

        Connections whose handlers are not done *timeout_seconds* after the signal are cut off; the log says so, and SystemExit with
        status 1 is raised.
        """

        async def serve(stop: asyncio.Event) -> None:
            server = await self.bind()
            _log.info("listening on %s", address_text(server.local_address()))
            await stop.wait()
            cut_off.append(await self.shutdown_gracefully(0.0, timeout_seconds))

        cut_off: list[int] = []
        run_until_signal(serve)
        if sum(cut_off):
            raise SystemExit(1)


class Bootstrap(AbstractBootstrap[SocketChannel]):
    """Starts a client: one channel for each `connect`; or one for datagrams for each `bind`.

    Args:
        ssl: True, or an ``ssl.SSLContext``, for TLS; `connect` gives the channel when the handshake is over.
        tls: arguments of `ssl_context_for_client` and `SslHandler`; *server_hostname* is the host of the address by default.
    """

    def __init__(self, *, ssl: SslChoice = False, **tls: Unpack[ClientTlsArguments]) -> None:
        super().__init__()
        self._tls = tls_of_client(ssl, tls)
        self._channel_class: type[SocketChannel] | None = None
        self._local: Any = None
        self._resolver: NameResolver | None = None
        self._proxy: ClientProxy | None = None
        self._backoff: Backoff | None = None
        self._reconnecting: set[Reconnecting[SocketChannel]] = set()
        self._connected: set[SocketChannel | DatagramChannel] = set()

    def clone(self) -> Self:
        twin = super().clone()
        twin._reconnecting = set()
        twin._connected = set()
        return twin

    def group(self, group: object | None) -> Self:
        """Set the group whose loops run the channels: an `EventLoopGroup`, a ``CoroutineWorkGroup``, or a loop; else the running one."""
        self._loops = LoopTurns(group)
        return self

    def channel(self, channel_class: type[SocketChannel]) -> Self:
        """Set the class of the channel; by default the address decides: TCP's or that of Unix sockets.

        Raises TypeError for a class that does not connect.
        """
        if not issubclass(channel_class, SocketChannel):
            raise TypeError(f"{channel_class.__name__} does not connect: pass a class derived from SocketChannel")
        self._channel_class = channel_class
        return self

    def option(self, option: ChannelOption[Any], value: Any) -> Self:
        """Set an option of the channel; ``SO_TIMEOUT`` is the connect timeout, as it was in the published package."""
        return super().option(ChannelOption.CONNECT_TIMEOUT if option is ChannelOption.SO_TIMEOUT else option, value)

    def local_address(self, host: str, port: int = 0) -> Self:
        """Set the own end to bind before connecting; port 0, the default, is a free one."""
        self._local = (host, port)
        return self

    def resolver(self, resolver: NameResolver | None) -> Self:
        """Set who knows the addresses of names: a `NameResolver`, such as a `DnsNameResolver`; None, the default, asks the system.

        Whoever made it closes it; several bootstraps may share one. Raises TypeError for what is none.
        """
        if resolver is not None and not callable(getattr(resolver, "resolve_all", None)):
            raise TypeError(f"{resolver!r} is no resolver: it has no method resolve_all(host)")
        self._resolver = resolver
        return self

    def proxy(self, url: str | None, *, connect_timeout_seconds: float = 10.0) -> Self:
        """Connect through the proxy at *url*, ``http://``, ``socks4://`` or ``socks5://``, as `ClientProxy`; None takes it back.

        `connect` then gives the channel when the target is there, and raises `ProxyConnectError` with what the proxy answered; names
        are not looked up here. Raises ValueError for a URL that is none.
        """
        from pyboot.components.netty.handler.proxy.address import ClientProxy  # which few clients need

        self._proxy = None if url is None else ClientProxy(url, connect_timeout_seconds=connect_timeout_seconds)
        return self

    @also_on_class
    def auto_reconnect(self, enabled: bool = True, backoff: Backoff | None = None) -> Bootstrap:
        """Let the next `connect`, and those after it, connect again whenever an attempt fails or the connection is lost.

        *backoff* says how long it waits before each attempt, ``Backoff()`` by default. It stops when the channel, this bootstrap or its
        group is closed here. Each channel gets a fresh pipeline. The callbacks are called for each attempt, on the loop that the group
        gave. Called on the class, it makes a bootstrap: ``Bootstrap.auto_reconnect(True)``.
        """
        from pyboot.components.netty.transport.backoff import Backoff  # most programs are servers and never wait so

        self._backoff = (backoff or Backoff()) if enabled else None
        return self

    async def connect(self, address: Any = None, port: int | None = None) -> SocketChannel:
        """Connect and give the active channel; with `auto_reconnect` the first one, at whichever attempt, and more follow it.

        Raises `ConnectTimeoutError` (``CONNECT_TIMEOUT``, 30 seconds by default), or the OSError of the operating system; with
        `auto_reconnect`, when it is given up or closed. Raises `NettyError` where no handler was set. If cancelled, the attempt is
        given up.
        """
        where = self._resolved(address, port)
        if self._handler is None:
            raise NettyError("Bootstrap has no handler: nothing would serve the connection")
        loop = self._loops.next(asyncio.get_running_loop())
        if self._backoff is None or in_failure_callback.get():
            return await self._attempt(loop, where)
        _, channel = await run_on_loop(loop, self._stay_connected(loop, where, self._backoff), lambda made: made[0].abort())
        return channel

    async def _stay_connected(self, loop: Loop, where: Any, backoff: Backoff) -> tuple[Reconnecting[SocketChannel], SocketChannel]:
        from pyboot.components.netty.transport.reconnecting import Reconnecting  # as above

        reconnecting = Reconnecting(functools.partial(self._attempt, loop, where), backoff, where)
        self._reconnecting.add(reconnecting)
        reconnecting.add_done_callback(lambda: self._reconnecting.discard(reconnecting))
        return reconnecting, await reconnecting.first()

    async def _attempt(self, loop: Loop, where: Any) -> SocketChannel:
        self._loops.check()
        try:
            channel = await run_on_loop(loop, self._connect(loop, where), Channel.abort)
        except OSError as error:
            instead: SocketChannel = await self._on_failure(error)
            return instead
        await self._tell_success(channel)
        return channel

    async def _connect(self, loop: Loop, where: Any) -> SocketChannel:
        chosen = self._channel_class or _server_class(where).child_class
        channel = chosen(loop, self._options.config, state_of(loop))
        channel.bind_address = self._local
        channel.resolver = self._resolver
        secured = None if self._tls is None else self._tls.secure(channel, where)
        if self._proxy is not None:
            self._proxy.precede(channel)
        await self._start(channel, channel.pipeline().connect, where)
        if secured is not None:
            await secured
        return channel

    async def _start(self, channel: SocketChannel | DatagramChannel, operation: Callable[[Any], ChannelPromise], where: Any) -> None:
        channel.socket_options = self._options.others
        channel.attributes.update(self._attributes)
        assert self._handler is not None
        channel.pipeline().add_last(self._handler)
        channel.register()
        try:
            await operation(where)
        except BaseException:
            channel.abort()
            raise
        self._connected.add(channel)
        channel.close_future.add_listener(lambda _: self._connected.discard(channel))
        self._tell_end(channel)

    async def bind(self, address: Any = None, port: int | None = None) -> DatagramChannel:
        """Bind a channel for datagrams; port 0 takes a free one.

        Raises `BindError` with what the operating system said, `NettyError` where no handler was set. If cancelled, the address is
        given back.
        """
        where = self._resolved(address, port)
        if self._handler is None:
            raise NettyError("Bootstrap has no handler: nothing would take the datagrams")
        loop = self._loops.next(asyncio.get_running_loop())
        return await run_on_loop(loop, self._bind(loop, where), Channel.abort)

    async def _bind(self, loop: Loop, where: Any) -> DatagramChannel:
        from pyboot.components.netty.transport.udp import DatagramChannel

        channel = DatagramChannel(loop, self._options.config, state_of(loop))
        channel.resolver = self._resolver
        await self._start(channel, channel.pipeline().bind, where)
        return channel

    async def close(self) -> None:
        """Close the channels that this bootstrap bound or connected, for good: what was flushed is delivered first."""
        for reconnecting in list(self._reconnecting):
            await unless_ended(end_on_loop(reconnecting.loop, reconnecting.stop()))
        for channel in list(self._connected):
            await unless_ended(end_on_loop(channel.loop, close_orderly(channel)))

    def grace(self) -> None:
        """Connect and run until the channel closes for good, or until SIGINT or SIGTERM; a second signal ends it at once. Blocks."""
        run_until_signal(self._run)

    async def _run(self, stop: asyncio.Event) -> None:
        stopping = asyncio.ensure_future(stop.wait())
        staying = asyncio.ensure_future(self._stay())
        await asyncio.wait((stopping, staying), return_when=asyncio.FIRST_COMPLETED)
        await self.close()
        if not stopping.cancel():
            staying.cancel()  # it may still be connecting
            await asyncio.wait((staying,))
        else:
            await staying

    async def _stay(self) -> None:
        channel = await self.connect()
        await channel.sync()
        for reconnecting in list(self._reconnecting):
            await run_on_loop(reconnecting.loop, reconnecting.wait_closed())


# A start pays for the transport that it uses: the others are loaded when an address asks for them.


def _server_class(where: Any) -> type[ServerSocketChannel]:
    """Return the class that listens on *where*, and with it the one that connects there: for TCP, a Unix socket, or within the process."""
    if isinstance(where, tuple):
        return ServerSocketChannel
    if isinstance(where, str):
        from pyboot.components.netty.transport.unix import UnixServerSocketChannel

        return UnixServerSocketChannel
    from pyboot.components.netty.transport.local import LocalServerChannel

    return LocalServerChannel


if not TYPE_CHECKING:
    __getattr__ = names_of_13(__name__)
