"""UDP: a channel whose messages are datagrams, each with the address it comes from or goes to.

Theory of operation. The socket is read and written here, without a transport of the loop: those buffer datagrams without end,
cannot stop reading, and do not say which datagram failed. Outbound datagrams are counted by the channel's outbound buffer like
any bytes, so water marks, the hard limit and promises work as on a stream; what is sent is the queue beside it. The two go in step: a
run of so many messages is so many datagrams of the queue, and the joined bytes of the run are never looked at::

    write ──> outbound buffer (bytes, promise)     ┐ one entry in each
          └─> queue (payload, recipient, promise)  ┘
    flush ──> transmit(run of n messages): n of the queue go to the socket, one by one
                  a name as recipient: it leaves the queue for the resolver (`late_datagrams`), counts as sent, keeps its own promise
                  the system is full: the rest of the run waits for the socket, and nothing more is handed over until then

Law of alone: whatever is wrong with one datagram, its contents, its recipient, its size, the way there, or a name that takes
long to look up, fails its own write and no other, and holds no other up. An answer from the network that nobody listens there
(ICMP) belongs to an earlier datagram, so it is told as an error, and the one that met it is sent again. Neither ends the channel.
Source: Netty's ``NioDatagramChannel``.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import bytes_of, release
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.envelope import AddressedEnvelope, DatagramPacket
from pyboot.components.netty.channel.fault import blame_peer, cut_off, tell_error
from pyboot.components.netty.channel.life.closing import ACTIVE, CLOSING, REGISTERED
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.channel.loop_state import LoopState
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import (
    BindError,
    ChannelError,
    CloseTimeoutError,
    NotYetConnectedError,
    UnsupportedMessageError,
)

from .given import Listening, SocketSource, socket_source
from .late_datagrams import Datagram, LateDatagrams
from .recipients import checked, destination, forget_peer, is_name, membership, unmap_ipv4
from .resolving import AddressInfo, NameResolver, looked_up
from .socket_options import get_socket_option, set_socket_option, set_socket_options

__all__ = ["DatagramChannel"]

# Datagrams taken per turn of the loop, so that a flood of them leaves room for everybody else (Netty's figure).
_READS_PER_TURN: Final = 16
# How long to leave the socket alone after a turn that met nothing but errors.
_PAUSE_SECONDS: Final = 0.1
_LARGEST: Final = 65_535
# A datagram that failed so did no harm of its own: the network, or who should have got it, did not want it.
_OF_THE_NETWORK: Final = frozenset(
    {errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH, errno.ETIMEDOUT}
)


class DatagramChannel(Channel):
    """Datagrams to and from anybody, or one peer after `connect`, until `disconnect`. Its inbound messages are `DatagramPacket`.

    Bound to ``::`` it serves IPv4 too, unless ``IPV6_V6ONLY`` is set; addresses of IPv4 are written as such all the same.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        super().__init__(loop, config, loop_state)
        self.has_disconnect = True
        self.socket_options: dict[Any, Any] = {}
        self.resolver: NameResolver | None = None
        self._socket: socket.socket | None = None
        self._opening: tuple[asyncio.Task[None], ChannelPromise] | None = None
        self._queue: deque[Datagram] = deque()
        self._run_left = 0
        self._late = LateDatagrams(self, self._recipient_known)
        self._shut_timer: Deadline | None = None
        self._bound: Any = None  # Any: the shape of an address depends on its family
        self._local: Any = None
        self._remote: Any = None

    # Binding and connecting.

    def do_bind(self, address: Any, promise: ChannelPromise) -> None:
        if self.state != REGISTERED or self._opening is not None:
            promise.set_failure(self.closed_error() if self.state >= CLOSING else ChannelError(f"{self!r} is bound already"))
            return
        self._open(address, promise, partial(self._bind, promise), partial(self._bind_failed, address, promise), own=True)

    def _bind(self, promise: ChannelPromise, where: Any) -> None:
        assert self._socket is not None
        source = socket_source()
        if source is None or not where[1]:  # a free port is of this process alone: nobody could know it of another
            self._socket.bind(where)
        else:
            self._socket = self._given(source, self._socket, where)
        self._bound = self._socket.getsockname()
        self._opened(promise)

    def _given(self, source: SocketSource, own: socket.socket, where: Any) -> socket.socket:
        """Return the socket that is given for *where*, with the options of this channel, instead of its *own*."""
        only_v6 = own.family == socket.AF_INET6 and bool(own.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
        descriptor, _ = source.bound_socket(own.family, own.type, where, only_v6=only_v6, listening=Listening(self))
        own.close()
        given = socket.socket(own.family, own.type, own.proto, descriptor)
        given.setblocking(False)
        set_socket_options(given, self.socket_options)
        return given

    def adopt_socket(self, descriptor: int, owner: object) -> None:
        """Close it: the datagrams of a peer that another process serves are of no use here."""
        os.close(descriptor)

    def give_back(self, owner: object) -> None:
        """Do nothing, as nothing was adopted."""

    def _bind_failed(self, address: Any, promise: ChannelPromise, error: Exception) -> None:
        if isinstance(error, OSError):
            host, port = address
            failure = BindError(host, port, error)
            failure.__cause__ = error
            error = failure
        self._opening_failed(promise, error)

    def do_connect(self, address: Any, promise: ChannelPromise) -> None:
        """From here on datagrams come from *address* alone, and those without a recipient go there."""
        if self.state >= CLOSING:
            promise.set_failure(self.closed_error())
        elif self._opening is not None:
            promise.set_failure(ChannelError(f"{self!r} is being bound or connected already"))
        else:
            self._open(address, promise, partial(self._connect, promise), partial(self._opening_failed, promise))

    def _connect(self, promise: ChannelPromise, where: Any) -> None:
        assert self._socket is not None
        self._socket.connect(where)
        self._remote = unmap_ipv4(self._socket.getpeername())
        self._opened(promise)

    def _open(self, address: Any, promise: ChannelPromise, then: Any, failed: Any, *, own: bool = False) -> None:
        """Call *then* with the first address that *address* stands for and the socket can have, which is made if there is none."""
        if not _is_address(address):
            failed(ChannelError(f"datagrams go over UDP alone: address {address!r}, allowed is a tuple of one host, or None, and a port"))
            return

        def found(infos: list[AddressInfo]) -> None:
            self._opening = None
            try:
                family, where = self._usable(infos)
                if self._socket is None:
                    self._socket = self._new_socket(family)
                then(where)
            except Exception as error:  # noqa: BLE001  # whatever it is, whoever waits hears of it
                failed(error)

        def unknown(error: Exception) -> None:
            self._opening = None
            failed(error)

        task = looked_up(self.loop, [address[0]], address[1], socket.SOCK_DGRAM, found, unknown, own=own, resolver=self.resolver)
        if task is not None:
            self._opening = task, promise

    def _usable(self, infos: Sequence[AddressInfo]) -> tuple[int, Any]:
        if self._socket is None:
            return infos[0][0], infos[0][4]
        # The socket has its family for life: binding and connecting may name hosts of several.
        family = self._socket.family
        for info in infos:
            if info[0] == family:
                return family, info[4]
        return family, destination(self._socket, infos[0][4])  # IPv4's on a socket of both, or an error

    def _new_socket(self, family: int) -> socket.socket:
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        # What the system does by default differs (Linux by a setting of its own, BSD and Windows otherwise): said here, before the options.
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        set_socket_options(sock, self.socket_options)
        return sock

    def _opened(self, promise: ChannelPromise) -> None:
        assert self._socket is not None
        self._local = unmap_ipv4(self._socket.getsockname())
        promise.try_success(self)  # its listeners come before channel_active (Netty's order)
        self.activate()

    def _opening_failed(self, promise: ChannelPromise, error: Exception) -> None:
        promise.try_failure(error)
        if self.state == REGISTERED:
            self.close_cause = error
            self.closing.begin()

    def do_disconnect(self, promise: ChannelPromise) -> None:
        """Take datagrams from anybody again, on the port as before; the channel stays open. Without a peer there is nothing to do."""
        if self.state >= CLOSING:
            promise.set_failure(self.closed_error())
            return
        if self._remote is not None:
            assert self._socket is not None
            self._remote = None  # whatever the system answers: no datagram without a recipient goes to somebody who was given up
            try:
                forget_peer(self._socket, self._bound)
            except OSError as error:
                promise.set_failure(error)
                return
            self._local = unmap_ipv4(self._socket.getsockname())
        promise.set_success()

    # Reading.

    def set_reading(self, wanted: bool) -> None:
        if self._socket is not None and self._socket.fileno() >= 0:
            if wanted:
                self.loop.add_reader(self._socket.fileno(), self._read)
            else:
                self.loop.remove_reader(self._socket.fileno())

    def _read(self) -> None:
        sock = self._socket
        assert sock is not None
        is_stuck = False
        for _ in range(_READS_PER_TURN):
            if not self.reading.is_on:
                return
            try:
                data, sender = sock.recvfrom(_LARGEST)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:  # an earlier datagram found nobody: ICMP
                is_stuck = True
                blame_peer(error, self)
                self._pipeline.fire_exception_caught(error)
            else:
                is_stuck = False
                self.bytes_in += len(data)
                self.messages_in += 1
                self.received(DatagramPacket(ByteBuffer(data), self._local, unmap_ipv4(sender)))
        if is_stuck:  # no answer of the network, or too many: the loop has others to serve (as in `listening`)
            self.pause_reading()
            self.loop.call_later(_PAUSE_SECONDS, self.resume_reading)

    # Writing.

    def add_outbound(self, msg: object, promise: ChannelPromise | None) -> None:
        content, recipient = (msg.content, msg.recipient) if isinstance(msg, AddressedEnvelope) else (msg, None)
        try:
            self._add(content, recipient, promise)
        finally:
            release(content)  # its writer has given it away, whatever becomes of it

    def _add(self, content: object, recipient: Any, promise: ChannelPromise | None) -> None:
        if self.state >= CLOSING:
            raise self.closed_error()
        if recipient is not None:
            checked(recipient)
        elif self._remote is None:
            raise NotYetConnectedError(f"{self!r} has no peer: write a DatagramPacket with a recipient, or connect it")
        payload = bytes_of(content)
        if payload is None:
            raise UnsupportedMessageError(content)
        named = recipient is not None and is_name(recipient[0])
        self._queue.append(Datagram(payload, recipient, promise, named))  # first: a handler that is told of the water mark may flush
        try:
            self.outbound.add(payload, None if named else promise)
        except Exception:
            self._queue.pop()
            raise

    def flush_outbound(self) -> None:
        if self.state < ACTIVE:
            for datagram in self._forget_queue():
                datagram.try_failure(NotYetConnectedError(f"{self!r} is not bound yet"))
        super().flush_outbound()

    def _forget_queue(self) -> list[ChannelPromise]:
        """Drop the queue; return those of its promises that the outbound buffer does not know."""
        promises = [datagram.promise for datagram in self._queue if datagram.is_name and datagram.promise is not None]
        self._queue.clear()
        return promises

    def transmit(self, data: bytes | memoryview) -> bool:
        """Send as many datagrams of the queue as the run has messages; its bytes, which are joined, are of no use here."""
        self._run_left = self.outbound.run_count()
        return self._send_run()

    def _send_run(self) -> bool:
        sock = self._socket
        assert sock is not None
        while self._run_left:
            self._run_left -= 1
            datagram = self._queue.popleft()
            try:
                self._send(sock, datagram)
            except (BlockingIOError, InterruptedError):
                self._run_left += 1
                self._queue.appendleft(datagram)
                self.loop.add_writer(sock.fileno(), self._send_rest)
                return False
        return True

    def _send_rest(self) -> None:
        assert self._socket is not None
        self.loop.remove_writer(self._socket.fileno())
        if self._send_run():
            self.drained()
            self.late_is_over()

    def _send(self, sock: socket.socket, datagram: Datagram) -> None:
        """Send *datagram*, or fail it; raises only what says that the system has no room at the moment."""
        if datagram.promise is not None and datagram.promise.is_cancelled:
            return
        try:
            if datagram.is_name:
                self._late.add(datagram)
            elif datagram.recipient is None:
                self._send_to(sock, datagram.payload, None)
            else:
                self._send_to(sock, datagram.payload, destination(sock, datagram.recipient))
        except (BlockingIOError, InterruptedError):
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is: this one alone has failed (law of alone)
            self.datagram_failed(datagram, error)

    def _send_to(self, sock: socket.socket, payload: bytes, where: Any) -> None:
        send = partial(sock.send, payload) if where is None else partial(sock.sendto, payload, where)
        try:
            send()
        except (BlockingIOError, InterruptedError):
            raise
        except OSError as error:
            if self._remote is None:
                raise
            send()  # raises again what is this datagram's own; what it does not meet again was an answer to an earlier one
            blame_peer(error, self)
            self._pipeline.fire_exception_caught(error)

    def datagram_failed(self, datagram: Datagram, error: Exception) -> None:
        """Fail the promise of *datagram*; without one, tell the handlers."""
        if isinstance(error, OSError) and error.errno in _OF_THE_NETWORK:
            blame_peer(error, self)
        if datagram.promise is None:
            self._pipeline.fire_exception_caught(error)
        else:
            datagram.promise.try_failure(error)

    def _recipient_known(self, datagram: Datagram, infos: Sequence[AddressInfo]) -> None:
        """Send *datagram* as one that was flushed just now; what was written and not flushed goes out with it."""
        _, where = self._usable(infos)
        # Counted a second time: the first ended when it left the queue, so that nobody waited behind a name.
        self._queue.append(Datagram(datagram.payload, where, datagram.promise, is_name=False))
        try:
            self.outbound.add(datagram.payload, datagram.promise)
        except Exception:
            self._queue.pop()
            raise
        self.outbound.mark_flushed()
        self.writing.send()

    def late_is_over(self) -> None:
        """Go on with a close that has waited, if that was the last of the late datagrams."""
        if self._shut_timer is not None and not self._late and self.outbound.is_empty:
            self.shut_now()

    # Closing.

    def shut(self) -> None:
        if not self._late:
            self.shut_now()
        elif self._shut_timer is None:  # flushed and not sent yet, as their recipients are being looked up
            self._shut_timer = Deadline(self.loop, self.config.close_timeout, self._names_overdue, restores=True)

    def _names_overdue(self) -> None:
        self._shut_timer = None
        cut_off(self, CloseReason.CLOSE_TIMEOUT, CloseTimeoutError(self._late.size, self.config.close_timeout))
        self.shut_now()

    def shut_now(self) -> None:
        if self._shut_timer is not None:
            self._shut_timer.cancel()
            self._shut_timer = None
        self._late.cancel()
        if self._opening is not None:
            task, promise = self._opening
            task.cancel()
            promise.try_failure(self.closed_error())
        sock = self._socket
        if sock is not None and sock.fileno() >= 0:
            self.loop.remove_reader(sock.fileno())
            self.loop.remove_writer(sock.fileno())
            sock.close()
        # Taken out before `lost`, which fails the promises that the outbound buffer knows, and may come back here by a listener.
        self._run_left = 0
        unsent = self._forget_queue()
        self.lost(None)
        for promise in unsent:
            promise.try_failure(self.closed_error())

    def unhandled_error(self, error: Exception) -> None:
        """A bad datagram is no reason to stop listening to the others."""
        tell_error(self, error)

    # Multicast.

    def join_group(self, group: str, interface: str | int = "") -> None:
        """Get what is sent to *group*, of IPv4 or IPv6, on *interface*: its name, its number, or for IPv4 its address.

        Without an interface the system chooses one. Raises ValueError for an address that is not multicast, OSError if the system refuses.
        """
        self._change_membership(group, interface, join=True)

    def leave_group(self, group: str, interface: str | int = "") -> None:
        """Get no longer what is sent to *group*; raises as `join_group`."""
        self._change_membership(group, interface, join=False)

    def _change_membership(self, group: str, interface: str | int, *, join: bool) -> None:
        if self._socket is None:
            raise NotYetConnectedError(f"{self!r} is not bound yet")
        self._socket.setsockopt(*membership(group, interface, join=join))

    # Looking.

    def get_socket_option(self, option: Any) -> Any:
        """The value that the operating system has for *option*; None for one that it does not know."""
        return self.socket_options.get(option) if self._socket is None else get_socket_option(self._socket, option)

    def set_socket_option(self, option: Any, value: Any) -> bool:
        """Set a socket option; False if it was not taken."""
        return self._socket is not None and set_socket_option(self._socket, option, value)

    def local_address(self) -> Any:
        return self._local

    def remote_address(self) -> Any:
        return self._remote


def _is_address(address: Any) -> bool:
    """True if *address* may be one of UDP: a path, a name in this process, and several hosts, which a server may have, are not."""
    if not isinstance(address, tuple) or len(address) < 2:
        return False
    host, port = address[:2]
    return (host is None or isinstance(host, str)) and isinstance(port, int)
