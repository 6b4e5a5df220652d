"""Unix sockets: the same as TCP over a path of the file system, or over a name of Linux's own that starts with a NUL."""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from collections.abc import Coroutine, Sequence
from typing import Any, ClassVar, Final

from pyboot.components.netty.option import ChannelOption

from .connecting import open_unix_transport
from .given import socket_source
from .listening import ListeningSocket, ServerSocketChannel
from .resolving import AddressInfo
from .tcp import SocketChannel

__all__ = ["UnixServerSocketChannel", "UnixSocketChannel"]

_LONGEST: Final = 107 if sys.platform == "linux" else 103  # of sun_path, with a NUL behind it


class UnixSocketChannel(SocketChannel):
    """One connection over a Unix socket; its address is the path."""

    def open_transport(self, protocol: Any, address: Any) -> Coroutine[Any, Any, None]:
        _check_length(address)
        return open_unix_transport(self.loop, protocol, address, self.socket_options)


class UnixServerSocketChannel(ServerSocketChannel):
    """Listens on a path. What an earlier process has left there is removed, unless somebody still listens; the end removes ours."""

    child_class: ClassVar[type[SocketChannel]] = UnixSocketChannel
    _inode = 0

    def hosts_of(self, address: Any) -> tuple[Sequence[str | None], int]:
        """A path has no hosts to look up."""
        return (), 0

    def open_sockets(self, address: Any, infos: Sequence[AddressInfo]) -> None:
        _check_length(address)
        permissions, is_path = self._rule(ChannelOption.UNIX_PERMISSIONS), not address.startswith("\0")
        if socket_source() is not None:  # then the path is the giver's, and outlives this process
            self.open_socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, address)
        else:
            if is_path:
                _remove_stale(address)
            sock = ListeningSocket(socket.AF_UNIX)
            if permissions and sys.platform == "linux":  # whose bind gives them to the path: nobody else connects in between
                os.fchmod(sock.fileno(), permissions)
            self.listen(sock, address)
            if is_path:
                self._inode = os.stat(address).st_ino
        if permissions and is_path:
            os.chmod(address, permissions)  # which the umask may have narrowed

    def shut(self) -> None:
        path = self.local_address()
        # Before the socket is closed: in between, one who starts would find a path that refuses, and we would remove his.
        if self._inode and _inode_of(path) == self._inode:  # not another's that took our place
            os.unlink(path)
        super().shut()


def _check_length(path: str) -> None:
    """Raise OSError for a path that does not fit, which Python says without a number."""
    length = len(os.fsencode(path))
    longest = _LONGEST + path.startswith("\0")  # a name that is no path has no NUL behind it
    if length > longest:
        raise OSError(errno.ENAMETOOLONG, f"a path of {length} bytes, allowed are {longest} for a Unix socket")


def _remove_stale(path: str) -> None:
    """Remove a socket that nobody listens on any more; anything else at *path* is not ours to remove."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise OSError(errno.EADDRINUSE, f"{path} is there and is no socket")
    except FileNotFoundError:
        return
    # By connecting: a file that is there does not say whether its process lives. Any answer but a refusal means that somebody listens.
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)  # one whose queue is full would let us wait
        if probe.connect_ex(path) == errno.ECONNREFUSED:
            os.unlink(path)


def _inode_of(path: str) -> int:
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return 0
