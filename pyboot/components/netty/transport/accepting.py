"""Accepting: the last handler of a listening channel makes each accepted socket a registered channel on the loop that will serve it.

Theory of operation. A socket that ``accept`` has returned belongs to nobody until a channel has it, and on the way it changes the loop::

    the loop that listens                    the loop that serves
    channel_read(socket), count it   ──>     make the child, open a transport over the socket
                                             connection made: register, then activate
    count it back                    <──     the child has closed, or never came to be

Three things may go wrong in between: the serving loop has ended, the peer has left, the initializer of the user raises. The law for all of
them: the socket has exactly one owner at a time, and the owner closes it. It is the coroutine `Acceptor._open` until ``open_child`` has
returned, the transport after that. The coroutine begins on the loop that listens, so that it has the socket on the way too: where the
serving loop ends before it has taken it over, nobody steps the coroutine any more, and Python, which collects it, closes it where it
stands, and so the socket, without a word. And each connection that was counted is counted back once, or `max_connections` would shrink
with every failure: by the listener of ``close_future`` where there is a child, by ``_refuse`` where there is none, or none that anybody
could tell.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Awaitable, Callable, Container, Coroutine, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.channel.close_reason import RefusalReason
from pyboot.components.netty.channel.fault import log_of, tell_fault, tell_peer
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import LoopEndedError
from pyboot.components.netty.option import ChannelOption

from .listening import ServerSocketChannel
from .tcp import SocketChannel

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Acceptor", "address_of"]

_log = logging.getLogger(__name__)

_CREDENTIALS: Final = struct.Struct("3i")  # process, user and group (unix(7), SO_PEERCRED)


@final
class Acceptor(ChannelHandler[socket.socket]):
    """Hands accepted sockets to loops in turn. Source: Netty's ``ServerBootstrapAcceptor``.

    *next_loop* says which loop serves the next connection, *new_child* makes its channel on that loop, *options* are set on
    its socket. Whatever fails on the way closes that one socket and is logged; the server goes on. Peers among *proxies* come for others,
    whose addresses are counted when they are known (`ServerSocketChannel.claim_address`).
    """

    def __init__(
        self,
        server: ServerSocketChannel,
        next_loop: Callable[[], asyncio.AbstractEventLoop],
        new_child: Callable[[asyncio.AbstractEventLoop], SocketChannel],
        options: Mapping[ChannelOption[Any], Any],
        proxies: Container[Any] | None = None,
    ) -> None:
        self._server = server
        self._next_loop = next_loop
        self._new_child = new_child
        self._options = options
        self._counts = server.max_connections > 0
        self._counts_addresses = server.max_connections_per_address > 0
        self._proxies = proxies

    def channel_read(self, ctx: ChannelHandlerContext, msg: socket.socket, /) -> Awaitable[None] | None:
        address = ""
        self._server.accepted += 1
        if self._counts_addresses and (self._proxies is None or _peer_of(msg) not in self._proxies):
            address = address_of(msg)
            if not address or not self._server.address_opened(address):
                if not address:
                    log_of(self._server).count(RefusalReason.PEER_LEFT)
                msg.close()
                return None
        if self._counts:
            self._server.connection_opened()
        loop: asyncio.AbstractEventLoop | None = None
        try:
            loop = self._next_loop()
            self._hand_over(loop, self._open(loop, msg, address))
        except RuntimeError as error:  # the worker group was shut down: that is one line and a count, however many clients come
            if loop is None:
                self._refuse(msg, address)
            ended = error if isinstance(error, LoopEndedError) else LoopEndedError(loop)
            tell_peer(self._server, RefusalReason.NO_LOOP, f"a client was turned away: {ended}", logging.ERROR)
        return None

    def _hand_over(self, loop: asyncio.AbstractEventLoop, opening: Coroutine[Any, Any, None]) -> None:
        """Let *opening*, which has the socket, go on on *loop*; its first step is done at once. Raises RuntimeError if that has ended."""
        if loop is self._server.loop:
            self._step(opening)
            return
        opening.send(None)
        try:
            loop.call_soon_threadsafe(self._step, opening)
        except RuntimeError:
            opening.close()
            raise

    def _step(self, opening: Coroutine[Any, Any, None], _: object = None) -> None:
        """Go on with *opening*, and again when what it waits for is there: it waits once, for the transport, and a task would cost more."""
        try:
            waiter = opening.send(None)
        except StopIteration:
            return
        waiter._asyncio_future_blocking = False  # as a task does, which tells so who yields a future from who awaits it
        waiter.add_done_callback(partial(self._step, opening))

    async def _open(self, loop: asyncio.AbstractEventLoop, sock: socket.socket, address: str) -> None:
        child: SocketChannel | None = None
        try:
            if loop is not self._server.loop:
                await asyncio.sleep(0)  # to be stepped there (`_hand_over`)
            child = self._new_child(loop)
            # On the loop that counts, which may be another's: the number has one owner and no lock.
            if self._counts or address:
                child.close_future.add_listener(lambda _: self._count_back(address))
            # In its context once, and not for each of the events that it begins with.
            protocol: Any = child.expect_connection(partial(child.run_in_context, self._begin))
            await self._server.open_child(loop, protocol, sock, self._options)
        except BaseException as error:
            if loop.is_closed():
                # It has ended between two steps, and the collector closes what waited on it: there is nobody whom the child could tell.
                self._refuse(sock, address)
                return
            if child is None:
                self._refuse(sock, address)
            else:
                sock.close()
                child.lost(error if isinstance(error, Exception) else None)
            if not isinstance(error, Exception):
                raise
            if isinstance(error, ConnectionError):
                tell_peer(self._server, RefusalReason.PEER_LEFT, "a client left before it was taken over", logging.DEBUG)
            else:
                log_of(self._server).count(RefusalReason.FAULT)
                tell_fault(self._server, "could not take over a connection; it was closed", error)

    def _begin(self, child: SocketChannel) -> None:
        """Register the connection, and close it where the server was closed meanwhile and nobody serves it."""
        child.register()  # whatever became of the server: handlers that were added are to be told of the end
        if self._server.is_open:
            child.activate()
        else:
            child.close()

    def _refuse(self, sock: socket.socket, address: str) -> None:
        sock.close()
        if self._counts or address:
            self._count_back(address)

    def _count_back(self, address: str) -> None:
        try:
            if self._counts:
                self._server.loop.call_soon_threadsafe(self._server.connection_closed)
            if address:
                self._server.loop.call_soon_threadsafe(self._server.address_closed, address)
        except RuntimeError:
            _log.debug("%r counts no more: its loop has ended", self._server)


def _peer_of(accepted: Any) -> Any:  # Any: as the socket has it
    try:
        return accepted.getpeername() if isinstance(accepted, socket.socket) else getattr(accepted, "peer", "")
    except OSError:  # it has left in between
        return ()


def address_of(accepted: Any) -> str:
    """Return what connections of one client have in common: the address, or the user behind a Unix socket; nothing where it has left."""
    try:
        if not isinstance(accepted, socket.socket):
            peer = getattr(accepted, "peer", None)  # of what comes over UDP
            return "this process" if peer is None else str(peer[0])
        if accepted.family != socket.AF_UNIX:
            return str(accepted.getpeername()[0])
        if not hasattr(socket, "SO_PEERCRED"):
            return "this machine"
        return f"user {_CREDENTIALS.unpack(accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))[1]}"
    except OSError:  # it has left in between
        return ""
