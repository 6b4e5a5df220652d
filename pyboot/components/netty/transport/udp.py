"""UDP: a channel whose messages are datagrams, each with the address it comes from or goes to.

Theory of operation. The socket is read and written here, without a transport of the loop: those buffer datagrams without end,
cannot stop reading, and do not say which datagram failed. Outbound datagrams are counted by the channel's outbound buffer like
any bytes, so water marks, the hard limit and promises work as on a stream; what is sent is the queue beside it. One datagram
that cannot be sent fails its own write, and an answer from the network that nobody listens there (ICMP) is told as an error;
neither ends the channel. Source: Netty's ``NioDatagramChannel``.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from typing import Any, Final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import release, take_bytes
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.ends import log_unhandled_error
from pyboot.components.netty.channel.envelope import AddressedEnvelope, DatagramPacket
from pyboot.components.netty.channel.loop_state import LoopState
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.channel.state import ACTIVE, CLOSING, REGISTERED
from pyboot.components.netty.errors import BindError, ChannelError, NotYetConnectedError, UnsupportedMessageError

from .socket_options import get_socket_option, set_socket_option, set_socket_options

__all__ = ["DatagramChannel"]

# Datagrams taken per turn of the loop, so that a flood of them leaves room for everybody else (Netty's figure).
_READS_PER_TURN: Final = 16
_LARGEST: Final = 65_535


class DatagramChannel(Channel):
    """Datagrams to and from anybody, or one peer after `connect`. Its inbound messages are `DatagramPacket`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        super().__init__(loop, config, loop_state)
        self.socket_options: dict[Any, Any] = {}
        self._socket: socket.socket | None = None
        self._queue: deque[tuple[bytes, Any, ChannelPromise | None]] = deque()
        self._run_left = 0
        self._local: Any = None  # Any: the shape of an address depends on its family
        self._remote: Any = None

    # Binding and connecting.

    def do_bind(self, address: Any, promise: ChannelPromise) -> None:
        if self.state != REGISTERED:
            promise.set_failure(self.closed_error() if self.state >= CLOSING else ChannelError(f"{self!r} is bound already"))
            return
        host, port = address
        try:
            self._open(host, port).bind(_resolved(host, port)[1])
        except OSError as error:
            failure = BindError(host, port, error)
            failure.__cause__ = error
            self._opening_failed(failure, promise)
        else:
            self._opened(promise)

    def do_connect(self, address: Any, promise: ChannelPromise) -> None:
        """From here on datagrams come from *address* alone, and those without a recipient go there."""
        if self.state >= CLOSING:
            promise.set_failure(self.closed_error())
            return
        try:
            sock = self._socket if self._socket is not None else self._open(*address)
            sock.connect(_resolved(*address)[1])
        except OSError as error:
            self._opening_failed(error, promise)
        else:
            self._remote = sock.getpeername()
            self._opened(promise)

    def _open(self, host: str | None, port: int) -> socket.socket:
        sock = self._socket = socket.socket(_resolved(host, port)[0], socket.SOCK_DGRAM)
        sock.setblocking(False)
        set_socket_options(sock, self.socket_options)
        return sock

    def _opened(self, promise: ChannelPromise) -> None:
        assert self._socket is not None
        self._local = self._socket.getsockname()
        promise.try_success(self)  # its listeners come before channel_active (Netty's order)
        self.activate()

    def _opening_failed(self, error: OSError, promise: ChannelPromise) -> None:
        promise.try_failure(error)
        if self.state == REGISTERED:
            self.close_cause = error
            self.begin_close(ChannelPromise(self))

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
        for _ in range(_READS_PER_TURN):
            if not self._is_reading:
                return
            try:
                data, sender = sock.recvfrom(_LARGEST)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:  # an earlier datagram found nobody: ICMP
                self._pipeline.fire_exception_caught(error)
            else:
                self.received(DatagramPacket(ByteBuffer(data), self._local, sender))

    # Writing.

    def add_outbound(self, msg: object, promise: ChannelPromise | None) -> None:
        content, recipient = (msg.content, msg.recipient) if isinstance(msg, AddressedEnvelope) else (msg, None)
        if self.state >= CLOSING:
            self.refuse(content)
        if recipient is None and self._remote is None:
            release(content)
            raise NotYetConnectedError(f"{self!r} has no peer: write a DatagramPacket with a recipient, or connect it")
        payload = take_bytes(content)
        if payload is None:
            release(content)
            raise UnsupportedMessageError(content)
        self._queue.append((payload, recipient, promise))  # first: a handler that is told of the water mark may flush
        try:
            self.outbound.add(payload, promise)
        except Exception:
            self._queue.pop()
            raise

    def flush_outbound(self) -> None:
        if self.state < ACTIVE:
            self._queue.clear()  # they fail: there is no socket yet
        super().flush_outbound()

    def transmit(self, data: bytes | memoryview) -> bool:
        """The outbound buffer hands over a run of datagrams, joined: what is sent is so many of the queue."""
        self._run_left = self.outbound.run_count()
        return self._send_run()

    def _send_run(self) -> bool:
        sock = self._socket
        assert sock is not None
        while self._run_left:
            try:
                self._send(sock, *self._queue[0])
            except (BlockingIOError, InterruptedError):
                self.loop.add_writer(sock.fileno(), self._send_rest)
                return False
            if self._run_left:  # whoever was told of a failure may have closed the channel
                self._queue.popleft()
                self._run_left -= 1
        return True

    def _send_rest(self) -> None:
        assert self._socket is not None
        self.loop.remove_writer(self._socket.fileno())
        if self._send_run():
            self.drained()

    def _send(self, sock: socket.socket, payload: bytes, recipient: Any, promise: ChannelPromise | None) -> None:
        if promise is not None and promise.is_cancelled:
            return
        try:
            if recipient is None:
                sock.send(payload)
            else:
                sock.sendto(payload, recipient)
        except (BlockingIOError, InterruptedError):
            raise
        except OSError as error:  # this one alone has failed: too long, no route, nobody there
            if promise is None:
                self._pipeline.fire_exception_caught(error)
            else:
                promise.try_failure(error)

    # Closing.

    def shut(self) -> None:
        sock = self._socket
        if sock is not None and sock.fileno() >= 0:
            self.loop.remove_reader(sock.fileno())
            self.loop.remove_writer(sock.fileno())
            sock.close()
        self._queue.clear()
        self._run_left = 0
        self.lost(None)

    def shut_now(self) -> None:
        self.shut()

    def unhandled_error(self, error: Exception) -> None:
        """A bad datagram is no reason to stop listening to the others."""
        log_unhandled_error(self._pipeline.tail, error)

    # Multicast.

    def join_group(self, group: str, interface: str = "0.0.0.0") -> None:  # noqa: S104  # the system chooses the interface
        """Get what is sent to *group*, on the interface with that address."""
        self._membership(socket.IP_ADD_MEMBERSHIP, group, interface)

    def leave_group(self, group: str, interface: str = "0.0.0.0") -> None:  # noqa: S104  # as above
        """Get it no longer."""
        self._membership(socket.IP_DROP_MEMBERSHIP, group, interface)

    def _membership(self, change: int, group: str, interface: str) -> None:
        if self._socket is None:
            raise NotYetConnectedError(f"{self!r} is not bound yet")
        request = struct.pack("4s4s", socket.inet_aton(group), socket.inet_aton(interface))
        self._socket.setsockopt(socket.IPPROTO_IP, change, request)

    # Looking.

    def get_socket_option(self, option: Any) -> Any:
        """What the operating system has for *option*; None for one that it does not know."""
        return self.socket_options.get(option) if self._socket is None else get_socket_option(self._socket, option)

    def set_socket_option(self, option: Any, value: Any) -> bool:
        """Set a socket option; False if it was not taken."""
        return self._socket is not None and set_socket_option(self._socket, option, value)

    def local_address(self) -> Any:
        return self._local

    def remote_address(self) -> Any:
        return self._remote


def _resolved(host: str | None, port: int) -> tuple[int, Any]:
    """Family and address of a host; of several the first."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)[0]
    return family, address
