"""ServerSocketChannel: a channel whose messages are the connections it accepts.

Theory of operation. The listening sockets are read by the loop like any other: what is accepted goes through the
channel's own pipeline as a message, head to tail, where the bootstrap's acceptor makes it a registered channel. Owning
the accept loop is what lets us survive a process that has run out of descriptors: asyncio logs a hundred errors a second
then, uvloop drops the clients without a word. Here those who wait are turned away with the help of a descriptor kept in
reserve, so that they can go elsewhere.

Law of failing: a turn whose last attempt to accept failed, for whatever reason, is followed by a pause, and handlers are told of
it by an `AcceptError` that counts, once in ten seconds for each reason. So no error, known or not, can keep the loop busy or fill a log.

Limits, each off at 0: of all connections and of their rate, past which clients wait in the queue of the operating system; and of those of
one address, past which a client is turned away, since who waited would keep others waiting.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from io import FileIO
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.close_reason import WAITS, RefusalReason
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.fault import log_of, tell_fault, tell_peer
from pyboot.components.netty.channel.life.closing import ACTIVE, CLOSING, REGISTERED
from pyboot.components.netty.channel.loop_state import LoopState
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import AcceptError, BindError, ChannelError
from pyboot.components.netty.option import ChannelOption

from .given import Listening, socket_source
from .resolving import AddressInfo, looked_up
from .socket_options import RULES_OF_LISTENING, get_socket_option, set_socket_option, set_socket_options
from .tcp import SocketChannel

if TYPE_CHECKING:
    from .accept_rate import AcceptRate

__all__ = ["ACCEPTS_PER_TURN", "ListeningSocket", "ServerSocketChannel"]

_log = logging.getLogger(__name__)

# Connections taken per turn of the loop, so that a storm of them leaves room for those that are there (Netty's figure).
ACCEPTS_PER_TURN: Final = 16
_NOBODY_WAITS: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR})
# How long to leave the queue alone after an attempt that failed.
_PAUSE_SECONDS: Final = 0.1
# Descriptors or memory have run out: who waits is turned away.
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
# What became of one connection while it waited; the next one may be well (accept(2), "Error handling").
_OF_ONE_CONNECTION: Final = frozenset(
    getattr(errno, name, errno.ECONNABORTED)
    for name in ("ECONNABORTED", "EPROTO", "ENOPROTOOPT", "EOPNOTSUPP", "ENETDOWN", "ENETUNREACH", "EHOSTDOWN", "EHOSTUNREACH", "ENONET")
)
_REPORT_INTERVAL_SECONDS: Final = 10.0
# How many free ports of one address are tried until one is free on the others too.
_FREE_PORTS: Final = 16
# An address family that this machine lacks is no reason not to listen on all addresses of the other.
_ABSENT: Final = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})


@final
class ListeningSocket(socket.socket):
    """A listening socket that knows of which kind the connections are, instead of working it out for each of them."""

    def __init__(self, family: int, kind: int = socket.SOCK_STREAM, protocol: int = 0, descriptor: int | None = None) -> None:
        super().__init__(family, kind, protocol, descriptor)
        self._kind = (self.family, self.type, self.proto)

    def take(self) -> socket.socket:
        """The next connection that waits, not blocking; what ``accept`` does in seven calls. Raises its errors."""
        descriptor, _address = self._accept()  # type: ignore[attr-defined]  # what socket.accept calls first; not in typeshed
        sock = socket.socket(*self._kind, descriptor)
        sock.setblocking(False)
        return sock


@final
class _Reserve(FileIO):
    """A descriptor in reserve; an object and no number, so that it goes, without a word, with a loop that leaves its server open."""

    def __del__(self) -> None:
        self.close()


class ServerSocketChannel(Channel):
    """A listening channel; `bind` and `close` are its operations, accepted sockets its inbound messages. A write fails with TypeError."""

    child_class: ClassVar[type[SocketChannel]] = SocketChannel
    keeps_connections: ClassVar[bool] = False
    """True if its connections live on its own loop, since they share its socket."""

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        super().__init__(loop, config, loop_state)
        self.socket_options: Mapping[ChannelOption[Any], Any] = {}
        self.sockets: list[ListeningSocket] = []
        self.connections = 0
        self.accepted = 0  # in all, those included that were refused at once
        self._of_addresses: Counter[str] = Counter()
        self._rate: AcceptRate | None = None
        self._adopted: dict[object, list[ListeningSocket]] = {}
        self._accepts_per_turn = ACCEPTS_PER_TURN
        self._reserve: _Reserve | None = None
        self._binding: tuple[asyncio.Task[None], ChannelPromise] | None = None
        self._addresses: list[Any] = []  # Any: the shape of an address depends on its family
        self._turned_away = 0
        self._failures: Counter[int | None] = Counter()  # by errno
        self._next_report_at: dict[int | None, float] = {}

    # Binding.

    def do_bind(self, address: Any, promise: ChannelPromise) -> None:
        if self.state != REGISTERED or self._binding is not None:
            promise.set_failure(self.closed_error() if self.state >= CLOSING else ChannelError(f"{self!r} is bound already"))
            return
        hosts, port = self.hosts_of(address)
        found, failed = partial(self._bind, address, promise), partial(self._bind_failed, address, promise)
        task = looked_up(self.loop, hosts, port, socket.SOCK_STREAM, found, failed, own=True)
        if task is not None:
            self._binding = task, promise

    def _bind(self, address: Any, promise: ChannelPromise, infos: Sequence[AddressInfo]) -> None:
        self._binding = None
        try:
            self.open_sockets(address, infos)
            self._reserve = _Reserve(os.devnull)
        except Exception as error:  # noqa: BLE001  # whatever it is, no socket stays open, and whoever waits hears of it
            self._bind_failed(address, promise, error)
            return
        self._addresses = self.bound_addresses()
        if rate := self._rule(ChannelOption.ACCEPT_RATE):
            from .accept_rate import AcceptRate  # only who asks for it pays for it

            self._rate = AcceptRate(rate, self.loop.time())
        promise.set_success(self)  # its listeners come before channel_active (Netty's order)
        self.activate()

    def _bind_failed(self, address: Any, promise: ChannelPromise, error: Exception) -> None:
        self._binding = None
        self.close_sockets()
        if isinstance(error, OSError):
            host, port = address if isinstance(address, tuple) else (address, None)
            failure = BindError(host, port, error)
            failure.__cause__ = error
            error = failure
        self.close_cause = error
        promise.set_failure(error)
        self.closing.begin()

    def hosts_of(self, address: Any) -> tuple[Sequence[str | None], int]:
        """The hosts of *address* and their port. All addresses of IPv6 are those of IPv4 too, as in Java, unless ``IPV6_V6ONLY`` is set."""
        host, port = address
        hosts = host if isinstance(host, list) else [host]
        if "::" in hosts and "0.0.0.0" not in hosts and not self.socket_options.get(ChannelOption.IPV6_V6ONLY):  # noqa: S104  # compared
            hosts = [*hosts, "0.0.0.0"]  # noqa: S104  # asked for
        return hosts, port

    def open_sockets(self, address: Any, infos: Sequence[AddressInfo]) -> None:
        """A socket for each address that was found for the hosts, all on one port.

        Port 0 is a free one, which the system chooses for the first of them alone: where another one has it taken, one more is tried.
        """
        for left in reversed(range(1 if address[1] else _FREE_PORTS)):
            try:
                self._open_all(address, infos)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or not left:
                    raise
                self.close_sockets()
                self.sockets.clear()
            else:
                return

    def _open_all(self, address: Any, infos: Sequence[AddressInfo]) -> None:
        host, port = address
        is_anywhere = host in (None, "::")
        absent: OSError | None = None
        # Without doubles: two hosts, or two lines of a hosts file, may stand for one address, which can be listened on once.
        for family, kind, protocol, _, where in dict.fromkeys(infos):
            taken = self.sockets[0].getsockname()[1] if self.sockets else 0  # the free port that the first of them was given
            chosen = (where[0], port or taken, *where[2:])
            try:
                self.open_socket(family, kind, protocol, chosen)
            except OSError as error:
                if not is_anywhere or error.errno not in _ABSENT:
                    raise
                absent = error
        if absent is not None and not self.sockets:
            raise absent

    def bound_addresses(self) -> list[Any]:
        """The addresses that it listens on, as the sockets have them."""
        return [sock.getsockname() for sock in self.sockets]

    def open_socket(self, family: int, kind: int, protocol: int, address: Any) -> None:
        """Let a socket listen on *address*, with the options of this channel: a given one, or one of our own."""
        source = socket_source()
        if source is None:
            self.listen(ListeningSocket(family, kind, protocol), address)
            return
        descriptor, is_shared = source.bound_socket(family, kind, address, only_v6=True, listening=Listening(self))
        if is_shared:
            self._accepts_per_turn = 1  # who takes all that wait leaves nothing to the other processes
        self.listen(ListeningSocket(family, kind, protocol, descriptor), None)

    def listen(self, sock: ListeningSocket, address: Any) -> None:
        """Let *sock* listen on *address*, with the options of this channel; it is closed if that fails. None: it is bound already."""
        try:
            sock.setblocking(False)
            if address is None:
                set_socket_options(sock, self.socket_options)
                sock.listen(int(self._rule(ChannelOption.SO_BACKLOG)))
                self.sockets.append(sock)
                return
            # A restarted server must not wait for the connections of the one before it (TIME_WAIT). On Windows the option means that
            # another process may take the port while we have it.
            if os.name == "posix" and sock.family in (socket.AF_INET, socket.AF_INET6):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            set_socket_options(sock, self.socket_options)
            if sock.family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has a socket of its own, so its addresses look as ever
            sock.bind(address)
            sock.listen(int(self._rule(ChannelOption.SO_BACKLOG)))
        except OSError:
            sock.close()
            raise
        self.sockets.append(sock)

    def adopt_socket(self, descriptor: int, owner: object) -> None:
        """Accept from one more socket, which is of *owner*; it is closed with this channel, or by `give_back`."""
        if self.state != ACTIVE:  # too late to help
            os.close(descriptor)
            return
        sock = ListeningSocket(*self.sockets[0]._kind, descriptor)
        sock.setblocking(False)
        sock.listen(int(self._rule(ChannelOption.SO_BACKLOG)))  # it listens already, unless its owner ended just before it could
        self.sockets.append(sock)
        self._adopted.setdefault(owner, []).append(sock)
        if self.reading.is_on:
            self.loop.add_reader(sock.fileno(), self._accept, sock)

    def give_back(self, owner: object) -> None:
        """Accept no longer from what was adopted from *owner*: it has somebody else who does."""
        for sock in self._adopted.pop(owner, ()):
            if sock.fileno() >= 0:
                self.loop.remove_reader(sock.fileno())
                self.sockets.remove(sock)
                sock.close()

    def _rule(self, option: ChannelOption[int]) -> int:
        return int(self.socket_options.get(option, option.default))

    # Accepting.

    def set_reading(self, wanted: bool) -> None:
        for sock in self.sockets:
            if wanted:
                self.loop.add_reader(sock.fileno(), self._accept, sock)
            elif sock.fileno() >= 0:
                self.loop.remove_reader(sock.fileno())

    def _accept(self, listener: ListeningSocket) -> None:
        pipeline, failure = self.pipeline(), None
        # Several in one turn, since each has a price of its own in the loop; not all of them, since they are the clients' to count.
        for _ in range(self._accepts_per_turn):
            if not self.reading.is_on:
                break  # a handler closed the channel, or wants no more
            if self._rate is not None and not self._may_accept(self._rate):
                break
            try:
                sock = listener.take()
            except OSError as error:
                failure = None if error.errno in _NOBODY_WAITS else error
                if error.errno in _OF_ONE_CONNECTION:
                    continue
                break
            failure = None
            self.reading.use()  # where the channel does not read by itself, one connection for each read()
            pipeline.fire_channel_read(sock)
        pipeline.fire_channel_read_complete()
        self.reading.again()
        if failure is not None:
            self._accept_failed(listener, failure)

    def _may_accept(self, rate: AcceptRate) -> bool:
        """Tell whether one more may be accepted now; if not, the queue is left alone until then."""
        wait = rate.take(self.loop.time())
        if wait > 0:
            tell_peer(self, RefusalReason.ACCEPT_RATE, f"clients come faster than {rate.per_second} a second, its accept-rate: they wait")
            self.pause_reading()
            self.loop.call_later(wait, self.resume_reading)
        return wait <= 0

    def _accept_failed(self, listener: socket.socket, error: OSError) -> None:
        """See the law of failing."""
        if error.errno in _EXHAUSTED:
            self._turn_away(listener)
        self.pause_reading()
        self.loop.call_later(_PAUSE_SECONDS, self.resume_reading)
        self._failures[error.errno] += 1
        if self.loop.time() >= self._next_report_at.get(error.errno, 0.0):
            self._next_report_at[error.errno] = self.loop.time() + _REPORT_INTERVAL_SECONDS
            failure = AcceptError(error, self._failures[error.errno], self._turned_away)
            failure.__cause__ = error
            self.pipeline().fire_exception_caught(failure)

    def _turn_away(self, listener: socket.socket) -> None:
        """Accept and close at once who waits, with the descriptor kept for that."""
        if self._reserve is not None:
            self._reserve.close()
            self._reserve = None
        try:
            for _ in range(ACCEPTS_PER_TURN):
                listener.accept()[0].close()
                self._turned_away += 1
                self.accepted += 1
                log_of(self).count(RefusalReason.NO_DESCRIPTORS)  # told by the `AcceptError`
        except OSError as error:
            _log.debug("%r turns nobody else away: %s", self, error)
        try:
            self._reserve = _Reserve(os.devnull)
        except OSError as error:  # another thread was faster; without a reserve clients wait in the queue
            _log.debug("%r has no descriptor in reserve: %s", self, error)

    def open_child(
        self, loop: asyncio.AbstractEventLoop, protocol: Any, accepted: Any, options: Mapping[ChannelOption[Any], Any]
    ) -> Awaitable[Any]:
        """Let *protocol* serve on *loop* what was accepted, with *options* set; await what this gives."""
        set_socket_options(accepted, options)
        return loop.connect_accepted_socket(lambda: protocol, accepted)

    # Counting, where a limit is set.

    @property
    def max_connections(self) -> int:
        """The number of connections that may be open at a time; 0 for any number."""
        return self._rule(ChannelOption.MAX_CONNECTIONS)

    def connection_opened(self) -> None:
        """Count one more connection; at the limit, further clients wait in the queue of the operating system."""
        self.connections += 1
        if self.connections == self.max_connections:
            text = f"it has {self.connections} connections, its max-connections: further clients wait"
            tell_peer(self, RefusalReason.MAX_CONNECTIONS, text)
            self.pause_reading()

    def connection_closed(self) -> None:
        """Count one connection less; below the limit the clients in the queue are accepted again."""
        if self.connections == self.max_connections:
            self.resume_reading()
        self.connections -= 1

    @property
    def max_connections_per_address(self) -> int:
        """The number of connections that one address may have open at a time; 0 for any number."""
        return self._rule(ChannelOption.MAX_CONNECTIONS_PER_ADDRESS)

    def address_opened(self, address: str) -> bool:
        """Count one more connection of *address*; False, and not counted, where it has as many as are allowed."""
        if self._of_addresses[address] < self.max_connections_per_address:
            self._of_addresses[address] += 1
            return True
        text = f"{address} has {self.max_connections_per_address} connections, its max-connections-per-address: one more was turned away"
        tell_peer(self, RefusalReason.MAX_CONNECTIONS_PER_ADDRESS, text)
        return False

    def address_closed(self, address: str) -> None:
        """Count one connection of *address* less."""
        self._of_addresses[address] -= 1
        if self._of_addresses[address] <= 0:
            del self._of_addresses[address]  # else the table would grow with each client that ever came

    def claim_address(self, address: str, child: Channel, answer: Callable[[bool], object]) -> None:
        """Count *child* as one of *address*, which a proxy has told, until it closes; *answer* is called, on its loop, with whether it may
        stay.
        """
        if self.max_connections_per_address == 0:
            answer(True)
        elif child.loop is self.loop:
            answer(self._claim(address, child))
        else:
            # The table has one owner, and no lock.
            self.loop.call_soon_threadsafe(lambda: child.loop.call_soon_threadsafe(answer, self._claim(address, child)))

    def _claim(self, address: str, child: Channel) -> bool:
        if not self.address_opened(address):
            return False

        def count_back(_: ChannelPromise) -> None:
            if child.loop is self.loop:
                self.address_closed(address)
            elif not self.loop.is_closed():
                self.loop.call_soon_threadsafe(self.address_closed, address)

        if child.loop is self.loop:
            child.close_future.add_listener(count_back)
        else:
            # Asked for there too: the promise is made for who asks first, and two loops could make two.
            child.loop.call_soon_threadsafe(lambda: child.close_future.add_listener(count_back))
        return True

    @property
    def refused(self) -> dict[str, int]:
        """The clients that were accepted and closed at once, by `RefusalReason`: ``{"max-connections-per-address": 3}``."""
        counts = log_of(self).counts
        return {reason.value: counts[reason] for reason in RefusalReason if counts[reason] and reason not in WAITS}

    def peer_faults(self) -> dict[str, int]:
        """The faults of peers with their numbers, whether or not the log wants to know, by reason: ``{"frame-timeout": 3}``."""
        return dict(log_of(self).counts)

    # Closing.

    def shut(self) -> None:
        if self._binding is not None:
            task, promise = self._binding
            task.cancel()
            promise.try_failure(self.closed_error())
        self.close_sockets()
        self.lost(None)

    def shut_now(self) -> None:
        self.shut()

    def close_sockets(self) -> None:
        """Give up everything that was opened to listen."""
        for sock in self.sockets:
            if sock.fileno() >= 0:
                self.loop.remove_reader(sock.fileno())
            sock.close()
        if self._reserve is not None:
            self._reserve.close()
            self._reserve = None

    def transmit(self, data: bytes | memoryview) -> bool:
        raise TypeError("a listening channel cannot be written to")

    def unhandled_message(self, msg: object) -> None:
        if isinstance(msg, socket.socket):
            msg.close()
        super().unhandled_message(msg)

    def unhandled_error(self, error: Exception) -> None:
        """A listening channel goes on whatever one of its connections did."""
        if isinstance(error, AcceptError):
            _log.error("%r %s", self, error)
        else:
            tell_fault(self, f"{type(error).__name__}: {error}", error)

    # Looking.

    def get_socket_option(self, option: ChannelOption[Any]) -> Any:
        """The value that the operating system has for *option*, or the rules of listening as they were set; None for anything else."""
        if option in RULES_OF_LISTENING:
            return self._rule(option)
        if option is ChannelOption.IPV6_V6ONLY:
            return bool(self.socket_options.get(option))
        return get_socket_option(self.sockets[0], option) if self.state == ACTIVE else self.socket_options.get(option)

    def set_socket_option(self, option: ChannelOption[Any], value: Any) -> bool:
        """Set a socket option on all listening sockets; False if it was not taken."""
        taken = [set_socket_option(sock, option, value) for sock in self.sockets]
        return self.state == ACTIVE and all(taken)

    def local_address(self) -> Any:
        """The first address it listens on, or None."""
        return self._addresses[0] if self._addresses else None

    def local_addresses(self) -> list[Any]:
        """All addresses it listens on."""
        return list(self._addresses)
