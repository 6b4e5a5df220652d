"""Broker: holds the listening sockets of all workers and gives them away by the address that a worker asks for.

Theory of operation. A worker asks for an address as it would bind it, and gets a bound socket, which it lets listen. The supervisor
keeps a duplicate, so that what waits in the queue of the socket outlives the worker. Which socket a worker gets is a matter of its slot::

    tcp 0.0.0.0:9000  ->  slot 0: socket   slot 1: socket   slot 2: socket     one each with SO_REUSEPORT, where the kernel deals
    unix /run/app     ->  one socket for all                                   connections out by a hash: Linux, TCP and UDP

One socket for all is what every system has, but it is dealt unevenly: the kernel wakes who waits last.

Law of the port: the first request for an address decides. Port 0 becomes one free port, which all slots have; two requests of one worker
for port 0 are two ports, told apart by their number. A port that another process listens on is refused also where both allow to share it:
two applications that take turns with connections are a mistake that nobody would find.
"""

import errno
import os
import socket
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Self, final

__all__ = ["Broker", "Listener", "Request"]

_DEALT: Final = sys.platform == "linux" and hasattr(socket, "SO_REUSEPORT")  # elsewhere the last one that binds gets everything
_EVERY_SLOT: Final = -1


@final
class Request(NamedTuple):
    """An address as a worker asks for it."""

    family: int
    type: int
    address: tuple[Any, ...] | str  # Any: the parts of an address of a family
    only_v6: bool = True
    nth: int = 0

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Return what the fields of a message ask for."""
        address = fields["address"]
        where = address if isinstance(address, str) else tuple(address)
        return cls(fields["family"], fields["type"], where, fields.get("only_v6", True), fields.get("nth", 0))

    @property
    def port(self) -> int | None:
        """The port; ``None`` for a path."""
        return None if isinstance(self.address, str) else int(self.address[1])

    @property
    def is_udp(self) -> bool:
        """Whether it is for datagrams."""
        return self.type == socket.SOCK_DGRAM

    def at(self, port: int) -> Self:
        """Return the same request for another port."""
        assert not isinstance(self.address, str)
        return self._replace(address=(self.address[0], port, *self.address[2:]))

    def __str__(self) -> str:
        if isinstance(self.address, str):
            return f"unix {self.address}"
        host = f"[{self.address[0]}]" if ":" in str(self.address[0]) else self.address[0]
        return f"{'udp' if self.is_udp else 'tcp'} {host}:{self.address[1]}"


@final
class Listener:
    """The sockets of one address, by slot, or one for every slot."""

    def __init__(self, request: Request, *, is_shared: bool, sockets: Mapping[int, socket.socket] | None = None) -> None:
        """Begin without a socket, or with *sockets* that are there."""
        self.request = request
        self.is_shared = is_shared
        self.sockets: dict[int, socket.socket] = dict(sockets or {})
        self.generations: set[int] = set()
        """The generations of workers that have asked for it."""
        self.path_inode = 0

    def socket_of(self, slot: int) -> socket.socket:
        """Return the socket of *slot*, bound now where this is the first time; raises OSError where the system refuses."""
        place = _EVERY_SLOT if self.is_shared else slot
        found = self.sockets.get(place)
        if found is None:
            found = self.sockets[place] = self._bind()
        return found

    def _bind(self) -> socket.socket:
        if isinstance(self.request.address, str):
            return self._bind_path(self.request.address)
        if not self.sockets and self.request.port:
            _new_socket(self.request, shares_port=False).close()  # raises where the port is taken; see the law of the port
        bound = _new_socket(self.request, shares_port=not self.is_shared)
        if not self.request.port:
            self.request = self.request.at(bound.getsockname()[1])
        return bound

    def _bind_path(self, path: str) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, self.request.type)
        try:
            if not path.startswith("\0"):
                _remove_stale(path)
            sock.bind(path)
            if not path.startswith("\0"):
                self.path_inode = os.stat(path).st_ino
        except OSError:
            sock.close()
            raise
        return sock

    def close(self) -> None:
        """Give the address up; a path of the file system is removed, unless it is another's by now."""
        if self.path_inode and isinstance(self.request.address, str) and _inode_of(self.request.address) == self.path_inode:
            os.unlink(self.request.address)
        self.release()

    def release(self) -> None:
        """Close the supervisor's own duplicates: the sockets live as long as workers have them."""
        for sock in self.sockets.values():
            sock.close()
        self.sockets.clear()


@final
class Broker:
    """The listeners of all addresses that workers have asked for."""

    def __init__(self, *, accept: str = "auto", given: Sequence[socket.socket] = ()) -> None:
        """Begin with none; *accept* is ``per-worker``, ``shared``, or ``auto`` for whichever the system is good at.

        *given* are sockets that a service manager has opened: they answer requests for their addresses, and all workers share them.
        """
        self.accept = accept
        self._given = list(given)
        self._unclaimed = list(given)
        self._listeners: dict[Request, Listener] = {}

    def ask(self, request: Request, slot: int, generation: int) -> tuple[Listener, socket.socket]:
        """Return the listener of an address and the socket of *slot*; raises OSError where the address cannot be had."""
        listener = self._listeners.get(request)
        if listener is None:
            listener = self._given_for(request) or Listener(request, is_shared=self._is_shared(request))
            sock = listener.socket_of(slot)
            self._listeners[request] = listener
        else:
            sock = listener.socket_of(slot)
        listener.generations.add(generation)
        return listener, sock

    def _given_for(self, request: Request) -> Listener | None:
        for sock in self._given:
            if _is_for(request, sock):
                if sock not in self._unclaimed:  # one of both families is asked for twice by who wants any address of either
                    return Listener(request, is_shared=True, sockets={_EVERY_SLOT: sock.dup()})
                self._unclaimed.remove(sock)
                return Listener(request, is_shared=True, sockets={_EVERY_SLOT: sock})
        return None

    @property
    def unclaimed(self) -> list[str]:
        """The addresses of sockets that were given and that nobody has asked for."""
        return [str(Request(sock.family, sock.type, sock.getsockname())) for sock in self._unclaimed]

    def _is_shared(self, request: Request) -> bool:
        if isinstance(request.address, str):
            return True
        return self.accept == "shared" or (self.accept == "auto" and not _DEALT)

    def own_sockets(self, slot: int) -> Iterator[tuple[Request, socket.socket]]:
        """Iterate over the TCP sockets that are of *slot* alone, by the request that they answer: nobody else empties their queues."""
        for asked, listener in self._listeners.items():
            if not listener.is_shared and not asked.is_udp and slot in listener.sockets:
                yield asked, listener.sockets[slot]

    def forget(self, generation: int) -> list[Listener]:
        """Give up and return the listeners that only workers of *generation* had asked for."""
        left = {asked: listener for asked, listener in self._listeners.items() if listener.generations == {generation}}
        for listener in self._listeners.values():
            listener.generations.discard(generation)
        for asked, listener in left.items():
            del self._listeners[asked]
            listener.close()
        return list(left.values())

    def keep(self, generation: int) -> None:
        """Give up the listeners that workers of *generation* have not asked for."""
        for asked, listener in list(self._listeners.items()):
            if generation not in listener.generations:
                del self._listeners[asked]
                listener.close()

    def make_way(self, request: Request, generation: int) -> bool:
        """Give up the listeners of the port of *request* that *generation* has not asked for; tell whether there were any."""
        in_the_way = [
            asked
            for asked, listener in self._listeners.items()
            if request.port
            and (asked.type, listener.request.port) == (request.type, request.port)
            and generation not in listener.generations
        ]
        for asked in in_the_way:
            self._listeners.pop(asked).close()
        return bool(in_the_way)

    def saved(self) -> list[dict[str, Any]]:
        """Return what has to be known to go on with the same sockets in the same process."""
        return [
            {
                "asked": asked._asdict(),
                "request": listener.request._asdict(),
                "is_shared": listener.is_shared,
                "sockets": {slot: sock.fileno() for slot, sock in listener.sockets.items()},
                "generations": sorted(listener.generations),
                "path_inode": listener.path_inode,
            }
            for asked, listener in self._listeners.items()
        ]

    def restore(self, saved: Sequence[Mapping[str, Any]]) -> None:
        """Go on with the sockets that were *saved*."""
        for each in saved:
            sockets = {int(slot): socket.socket(fileno=descriptor) for slot, descriptor in each["sockets"].items()}
            for sock in sockets.values():
                sock.set_inheritable(False)
            listener = Listener(Request.of(each["request"]), is_shared=each["is_shared"], sockets=sockets)
            listener.generations, listener.path_inode = set(each["generations"]), each["path_inode"]
            self._listeners[Request.of(each["asked"])] = listener

    def sockets(self) -> list[socket.socket]:
        """Return all sockets."""
        return [sock for listener in self._listeners.values() for sock in listener.sockets.values()]

    def close(self) -> None:
        """Give up everything, paths included."""
        for listener in self._listeners.values():
            listener.close()
        self._listeners.clear()

    def release(self) -> None:
        """Leave the sockets to the workers that have them: the last one that leaves ends their queues. Paths are removed by `close`."""
        for listener in self._listeners.values():
            listener.release()


def _is_for(request: Request, sock: socket.socket) -> bool:
    """Tell whether *sock* is what *request* asks for; one of systemd at a bare port is of both families, and serves who wants either."""
    if sock.type != request.type:
        return False
    own, asked = sock.getsockname(), request.address
    if isinstance(asked, str) or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return sock.family == request.family and bool(own == asked)
    if sock.family == request.family:
        return bool(own[:2] == asked[:2])  # the rest of an address of IPv6 may be left out
    is_of_both = sock.family == socket.AF_INET6 and not sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    return is_of_both and (own[:2], asked[0]) == (("::", asked[1]), "0.0.0.0")  # noqa: S104  # compared, not bound


def _new_socket(request: Request, *, shares_port: bool) -> socket.socket:
    sock = socket.socket(request.family, request.type)
    try:
        if not request.is_udp:  # of UDP it would let two processes have one port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the one before must not keep us out (TIME_WAIT)
        if shares_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if request.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, request.only_v6)
        sock.bind(request.address)
    except OSError:
        sock.close()
        raise
    return sock


def _remove_stale(path: str) -> None:
    """Remove a socket that nobody listens on any more; raises OSError for anything else at *path*."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise OSError(errno.EADDRINUSE, f"{path} is there and is no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        if probe.connect_ex(path) == errno.ECONNREFUSED:
            os.unlink(path)


def _inode_of(path: str) -> int:
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return 0
