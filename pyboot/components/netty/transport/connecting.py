"""Connecting: from an address to a transport of the loop, with socket options set before the first packet leaves.

Theory of operation. ``loop.create_connection`` would do all of this in one call, and leaves two things out that matter here: options that
the kernel reads when it sends the SYN (the receive buffer decides on the window, RFC 7323 2.2), and a descriptor with one owner. So the
steps are taken one by one: resolve, make a socket, set its options, bind the own end, connect, hand it to a transport.

Until the last step the socket is this file's, and every way out closes it, a cancellation included (``except BaseException``). With the
last step it is the transport's. The addresses of a host are tried one after the other, in the order of the resolver (RFC 6724); they are
not raced (RFC 8305), so the connect timeout has to be long enough for all of them.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.life.deadline import DeadlineScope
from pyboot.components.netty.errors import ConnectTimeoutError
from pyboot.components.netty.option import ChannelOption

from .resolving import NameResolver, resolve
from .socket_options import set_socket_options

if TYPE_CHECKING:
    from pyboot.components.netty.channel.promise import ChannelPromise

    from .tcp import SocketChannel

__all__ = ["connect", "open_transport", "open_unix_transport"]

type Options = Mapping[ChannelOption[Any], Any]


async def connect(channel: SocketChannel, address: Any, promise: ChannelPromise) -> None:
    """Open the connection of *channel*; the promise is done before channel_active is fired (Netty's order).

    It stands here, and not in the compiled `tcp`, for the reason that `channel.coroutines` gives.
    """
    timeout = channel.config.connect_timeout
    scope = DeadlineScope(timeout or None)

    # The time is for the connection: what handlers do when it is there, on this very stack, does not count.
    def connected(_: SocketChannel) -> None:
        scope.cancel()
        channel.has_connected(promise)

    protocol: Any = channel.expect_connection(connected)  # Any: one by its methods, not by its base
    try:
        async with scope:
            await channel.open_transport(protocol, address)
    except TimeoutError:
        channel.connect_failed(ConnectTimeoutError(address, timeout), promise)
    except Exception as error:  # noqa: BLE001  # whatever it is, whoever waits for the connection hears of it
        channel.connect_failed(error, promise)


async def open_transport(
    loop: asyncio.AbstractEventLoop,
    protocol: asyncio.BaseProtocol,
    remote: Any,
    options: Options,
    local: Any = None,
    resolver: NameResolver | None = None,
) -> None:
    """Connect *protocol* to *remote*, the addresses of its host tried in turn; *local* is the own end to bind first, if any.

    *resolver* knows the addresses, or else the operating system does. Options are set before connecting, for the receive buffer decides on
    the window that is offered. Raises the OSError of the last address that was tried. If cancelled, nothing stays open.
    """
    sock = await _connected_socket(loop, remote, options, local, resolver)
    await _adopt(loop, protocol, sock)


async def open_unix_transport(loop: asyncio.AbstractEventLoop, protocol: asyncio.BaseProtocol, path: str, options: Options) -> None:
    """Connect *protocol* to the Unix socket at *path*; options, errors and a cancellation as in `open_transport`."""
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.setblocking(False)
        set_socket_options(sock, options)
        await loop.sock_connect(sock, path)
    except BaseException:
        sock.close()
        raise
    await _adopt(loop, protocol, sock)


async def _adopt(loop: asyncio.AbstractEventLoop, protocol: asyncio.BaseProtocol, sock: socket.socket) -> None:
    """Make a transport over a connected socket, which belongs to it from here on.

    Not by ``create_connection(sock=...)``: there uvloop (0.22) takes the socket only after the protocol was told. If that closes
    the connection at once, or the call is cancelled, the descriptor is closed twice, the second time perhaps somebody else's.
    """
    try:
        await loop.connect_accepted_socket(lambda: protocol, sock)
    except BaseException:
        sock.close()
        raise


async def _connected_socket(
    loop: asyncio.AbstractEventLoop, remote: Any, options: Options, local: Any, resolver: NameResolver | None
) -> socket.socket:
    failure: OSError | None = None
    host, port = remote
    own_ends = {} if local is None else await _own_ends(loop, local)
    for family, kind, protocol, _, address in await resolve(loop, host, port, socket.SOCK_STREAM, resolver=resolver):
        sock: socket.socket | None = None
        try:
            sock = socket.socket(family, kind, protocol)
            sock.setblocking(False)
            set_socket_options(sock, options)
            if local is not None:
                if family not in own_ends:
                    raise OSError(errno.EAFNOSUPPORT, f"the own end {local[0]!r} has no address of the family of {address[0]}")
                sock.bind(own_ends[family])
            await loop.sock_connect(sock, address)
        except OSError as error:
            failure = error
            if sock is not None:
                sock.close()
        except BaseException:
            if sock is not None:
                sock.close()
            raise
        else:
            return sock
    assert failure is not None  # a name that stands for no address has raised
    raise failure


async def _own_ends(loop: asyncio.AbstractEventLoop, local: Any) -> dict[int, Any]:
    """The own end to bind, by family; the socket would look a name up on the loop."""
    host, port = local
    infos = await resolve(loop, host or None, port, socket.SOCK_STREAM, own=True)
    return {family: address for family, _, _, _, address in reversed(infos)}
