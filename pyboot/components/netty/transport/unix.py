"""Unix sockets: the same as TCP over a path of the file system, or over a name of Linux's own that starts with a NUL."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Coroutine
from typing import Any, ClassVar

from .connecting import open_unix_transport
from .listening import ListeningSocket, ServerSocketChannel
from .tcp import SocketChannel

__all__ = ["UnixServerSocketChannel", "UnixSocketChannel"]


class UnixSocketChannel(SocketChannel):
    """One connection over a Unix socket; its address is the path."""

    def open_transport(self, protocol: Any, address: Any) -> Coroutine[Any, Any, None]:
        return open_unix_transport(self.loop, protocol, address, self.socket_options)


class UnixServerSocketChannel(ServerSocketChannel):
    """Listens on a path. What an earlier process has left there is removed, unless somebody still listens; the end removes ours."""

    child_class: ClassVar[type[SocketChannel]] = UnixSocketChannel
    _inode = 0

    def open_sockets(self, address: Any) -> None:
        if not address.startswith("\0"):
            _remove_stale(address)
        self.listen(ListeningSocket(socket.AF_UNIX), address)
        if not address.startswith("\0"):
            self._inode = os.stat(address).st_ino

    def shut(self) -> None:
        path = self.local_address()
        if self._inode and _inode_of(path) == self._inode:  # not another's that took our place
            os.unlink(path)
        super().shut()


def _remove_stale(path: str) -> None:
    """Remove a socket that nobody listens on any more; anything else at *path* is not ours to remove."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise OSError(errno.EADDRINUSE, f"{path} is there and is no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(path) == errno.ECONNREFUSED:
            os.unlink(path)


def _inode_of(path: str) -> int:
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return 0
