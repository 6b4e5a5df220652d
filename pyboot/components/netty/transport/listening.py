"""ServerSocketChannel: a channel whose messages are the connections it accepts.

Theory of operation. The listening sockets are read by the loop like any other: what is accepted goes through the
channel's own pipeline as a message, head to tail, where the bootstrap's acceptor makes it a registered channel. Owning
the accept loop is what lets us survive a process that has run out of descriptors: asyncio logs a hundred errors a second
then, uvloop drops the clients without a word.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Mapping
from typing import Any, Final

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.loop_state import LoopState
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import BindError
from pyboot.components.netty.option import ChannelOption

from .socket_options import set_socket_options

__all__ = ["ServerSocketChannel"]

_log = logging.getLogger(__name__)

# Connections taken per turn of the loop, so that a storm of them leaves room for those that are there (Netty's figure).
_ACCEPTS_PER_TURN: Final = 16
# What to do when descriptors or memory have run out: leave the queue alone for this long (Netty's figure).
_PAUSE_SECONDS: Final = 1.0
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_LOG_INTERVAL_SECONDS: Final = 10.0


class ServerSocketChannel(Channel):
    """A listening channel; `bind` and `close` are its operations, accepted sockets its inbound messages."""

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        super().__init__(loop, config, loop_state)
        self.socket_options: Mapping[ChannelOption[Any], Any] = {}
        self.sockets: list[socket.socket] = []
        self._reserve = -1
        self._local: Any = None  # Any: the shape of an address depends on its family
        self._next_log_at = 0.0

    # Binding.

    def do_bind(self, address: Any, promise: ChannelPromise) -> None:
        host, port = address
        try:
            self._open(host, port)
        except OSError as error:
            failure = BindError(host, port, error)
            failure.__cause__ = error
            promise.set_failure(failure)
            self.begin_close(ChannelPromise(self))
            return
        self._reserve = os.open(os.devnull, os.O_RDONLY)
        self._local = self.sockets[0].getsockname()
        promise.set_success(self)
        self.loop.call_soon(self.activate)

    def _open(self, host: str | None, port: int) -> None:
        """A socket for each address the host stands for, all on one port."""
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        try:
            for family, kind, protocol, _, address in dict.fromkeys(found):
                chosen = (address[0], port or self._bound_port(), *address[2:])
                self._listen(socket.socket(family, kind, protocol), chosen)
        except OSError:
            self._close_sockets()
            raise

    def _bound_port(self) -> int:
        return int(self.sockets[0].getsockname()[1]) if self.sockets else 0

    def _listen(self, sock: socket.socket, address: Any) -> None:
        self.sockets.append(sock)
        sock.setblocking(False)
        if os.name == "posix":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        set_socket_options(sock, self.socket_options)
        sock.bind(address)
        sock.listen(int(self.socket_options.get(ChannelOption.SO_BACKLOG, ChannelOption.SO_BACKLOG.default)))

    # Accepting.

    def set_reading(self, wanted: bool) -> None:
        for sock in self.sockets:
            if wanted:
                self.loop.add_reader(sock.fileno(), self._accept, sock)
            elif sock.fileno() >= 0:
                self.loop.remove_reader(sock.fileno())

    def _accept(self, listener: socket.socket) -> None:
        pipeline = self.pipeline()
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                sock, _address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                break
            except OSError as error:
                self._accept_failed(listener, error)
                break
            sock.setblocking(False)
            pipeline.fire_channel_read(sock)
        pipeline.fire_channel_read_complete()

    def _accept_failed(self, listener: socket.socket, error: OSError) -> None:
        """Out of descriptors or memory: turn one client away with the descriptor kept for that, then pause."""
        if error.errno not in _EXHAUSTED:
            self.pipeline().fire_exception_caught(error)
            return
        if self.loop.time() >= self._next_log_at:
            self._next_log_at = self.loop.time() + _LOG_INTERVAL_SECONDS
            _log.error("%r cannot accept: %s; connections are turned away, those that are open are not concerned", self, error.strerror)
        self._turn_away(listener)
        self.hold_reading()
        self.loop.call_later(_PAUSE_SECONDS, self.release_reading)

    def _turn_away(self, listener: socket.socket) -> None:
        os.close(self._reserve)
        try:
            listener.accept()[0].close()
        except OSError as error:
            _log.debug("%r could not turn a client away: %s", self, error)
        finally:
            self._reserve = os.open(os.devnull, os.O_RDONLY)

    # Closing.

    def shut(self) -> None:
        self._close_sockets()
        self.lost(None)

    def shut_now(self) -> None:
        self.shut()

    def _close_sockets(self) -> None:
        for sock in self.sockets:
            if sock.fileno() >= 0:
                self.loop.remove_reader(sock.fileno())
            sock.close()
        if self._reserve >= 0:
            os.close(self._reserve)
            self._reserve = -1

    def transmit(self, data: bytes) -> bool:
        raise TypeError("a listening channel cannot be written to")

    def unhandled_message(self, msg: object) -> None:
        if isinstance(msg, socket.socket):
            msg.close()
        super().unhandled_message(msg)

    def unhandled_error(self, error: Exception) -> None:
        """A listening channel goes on whatever one of its connections did."""
        _log.error("%r: %s: %s", self, type(error).__name__, error, exc_info=error)

    def local_address(self) -> Any:
        return self._local
