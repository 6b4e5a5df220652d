"""TCP: a channel over a transport of the loop.

Theory of operation. The channel is the protocol of its transport, so that a read costs one call. The transport's own
write buffer is kept empty: with a high mark of 0 it tells at once, by `pause_writing`, when the kernel did not take
everything, and by `resume_writing` when it has. In between nothing more is handed to it. So the channel's own outbound
buffer counts every byte, knows what was delivered, and completes writes in order; and that asyncio 3.12.0 to 3.12.8
and 3.13.0 forget `pause_writing` after `writelines` (CVE-2024-12254) is no concern, for it is never called.

A transport reads from the moment it is made. That is what most channels want, so nothing is done for them; for the
others somebody else stands in until they want to read (`paused_protocol`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.life.closing import ACTIVE, CLOSED, CLOSING, REGISTERED
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.channel.loop_state import LoopState
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.channel.threadsafe import ThreadsafeCall
from pyboot.components.netty.compat13.methods import SocketChannel13, give_methods
from pyboot.components.netty.errors import ChannelError, ClosedChannelError, WriteStallError

from .connecting import connect, open_transport
from .file_sender import FileSender
from .half_close import shut_output
from .linger import Linger
from .paused_protocol import PausedProtocol
from .socket_options import get_socket_option, set_socket_option
from .watching import unwatch, watch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from pyboot.components.netty.buffer.file_region import FileRegion

__all__ = ["SocketChannel"]

_NO_OPTIONS: Final[Mapping[Any, Any]] = {}

# What uvloop reads at a time; after a full one it reads again, up to 32 times before anybody else has a turn: 8 MB.
_FULL_READ: Final = 256_000


@mypyc_attr(allow_interpreted_subclasses=True)
class SocketChannel(Channel):
    """One TCP connection; made by a bootstrap, or by a listening channel for each connection it accepts."""

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        super().__init__(loop, config, loop_state)
        self._transport: Any = None  # Any: asyncio's or uvloop's, whose types have no common base
        self._transport_write: Callable[[bytes | memoryview], object] = _to_nobody
        self.socket_options: Mapping[Any, Any] = _NO_OPTIONS
        self.bind_address: Any = None  # Any: as below
        self.resolver: Any = None  # Any: one by its method, a `NameResolver`; without one the system is asked
        self._connected: Callable[[SocketChannel], object] | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._connect_promise: ChannelPromise | None = None
        self._accepts_bytes = True
        self.has_peer_ended = self._is_watched = False
        self._stall_timer: Deadline | None = None
        self._stalled_size = 0
        self.output_end: ChannelPromise | None = None
        self._failure: Exception | None = None
        self._file_sender: FileSender | None = None
        self.paused_protocol: PausedProtocol | None = None
        self._local: Any = None  # Any: the shape of an address depends on its family
        self._remote: Any = None

    # What the loop's transport tells.

    def connection_made(self, transport: Any) -> None:
        """The transport is there: keep its buffer empty, learn the addresses, let whoever waits go on."""
        self._transport = transport
        self._transport_write = transport.write
        connected = self._connected
        self._connected = None
        # A loop that was told to give up may have been a step ahead: the connection is there, and nobody wants it any more.
        if self.state == CLOSED or connected is None:
            transport.abort()
            return
        try:
            transport.set_write_buffer_limits(high=0)
            self._local = self._shared(transport.get_extra_info("sockname"))
            self._remote = transport.get_extra_info("peername")
            self.reading.begin()  # first: the transport reads already, and `connected` may say that it is not to
            connected(self)
            self.reading.update()
            if not self.reading.is_on and self.state == ACTIVE:
                self.paused_protocol = PausedProtocol(self, transport)
        except BaseException:
            # Left to itself the loop would keep the connection open with nobody in charge of it.
            transport.abort()
            raise

    def _shared(self, address: Any) -> Any:
        """The own end; where that is the very address which the server listens on, one object serves all its connections."""
        server = self.parent
        own = None if server is None else server.local_address()
        return own if own == address else address

    def data_received(self, data: bytes) -> None:
        """One read from the socket."""
        # hot path: once for each read.
        size: i64 = len(data)
        self.bytes_in += size
        self.received(ByteBuffer(data))
        if size == _FULL_READ:
            self._let_others_read()

    def _let_others_read(self) -> None:
        """A peer that sends faster than we handle gets one read for each turn of the loop, like everybody else."""
        transport = self._transport
        if self.reading.is_on and not transport.is_closing():
            transport.pause_reading()
            self.loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if self.reading.is_on:
            self._transport.resume_reading()

    def eof_received(self) -> bool:
        """The peer has finished sending; the transport stays open for what is still to be answered."""
        self.peer_ended()
        self._watch()  # nothing is read from here on, so the loop would not notice a reset
        return True

    def peer_ended(self) -> None:
        """Nothing more will come."""
        self.has_peer_ended = True
        if self.state == ACTIVE:
            self.close_cause = ClosedChannelError("the peer has closed the connection")
        self.input_ended()
        # Both sides have ended, ours first: with half-closure allowed nobody else would close.
        if self.output_end is not None and self.output_end.is_done:
            self.close()

    def pause_writing(self) -> None:
        """The kernel did not take everything."""
        self._accepts_bytes = False
        stall = self.config.write_stall_timeout
        if stall > 0:
            self._stalled_size = self._transport.get_write_buffer_size()
            self._stall_timer = Deadline(self.loop, stall, self._write_stalled, stall)

    def resume_writing(self) -> None:
        """The kernel has taken everything."""
        self._cancel_stall_timer()
        self._accepts_bytes = True
        self.drained()

    def connection_lost(self, error: Exception | None) -> None:
        """The transport is gone."""
        self.let_go()
        # What we found out ourselves, a stall for instance: the transport, which we have aborted because of it, tells nothing.
        self.lost(error if self._failure is None else self._failure)

    def let_go(self) -> None:
        """Have nothing more to do with the transport."""
        self._cancel_stall_timer()
        self._accepts_bytes = False
        self._transport_write = _to_nobody
        if self._file_sender is not None:
            self._file_sender.close()
        self._unwatch()

    # What the channel asks for.

    def transmit(self, data: bytes | memoryview) -> bool:
        # hot path: once for each flush.
        if data:
            self._transport_write(data)
        if self._transport.is_closing():
            # The system has refused them: the transport tells why with its next turn, and so does `lost`. Until then it gets nothing
            # more, promised or not, for it would write a line to the log for each.
            return False
        return self._accepts_bytes

    def transfer(self, region: FileRegion, size: int) -> int:
        if self._transport.is_closing():
            return 0  # as in `transmit`
        if self._file_sender is None:
            self._file_sender = FileSender(self)
        return self._file_sender.send(region, size)

    def unsent(self) -> int:
        transport = self._transport
        if transport is None or transport.is_closing():
            return super().unsent()  # its buffer may be empty because it was thrown away
        left: int = transport.get_write_buffer_size()
        return left

    def is_carrier_gone(self) -> bool:
        return self._transport is not None and bool(self._transport.is_closing())

    def set_reading(self, wanted: bool) -> None:
        transport = self._transport
        if self.paused_protocol is not None and self.paused_protocol.is_lost:
            if wanted:
                self.paused_protocol.release()
            return
        if transport is None or transport.is_closing():
            return
        if wanted:
            if self.paused_protocol is None:
                transport.resume_reading()
            else:
                self.paused_protocol.release()
            if not self.has_peer_ended:
                self._unwatch()
        else:
            transport.pause_reading()
            self._watch()

    @property
    def holds_unread(self) -> bool:
        """True if bytes of the peer wait here, already taken from the operating system."""
        return self.paused_protocol is not None and not self.paused_protocol.is_empty

    def peer_was_reset(self, error: OSError) -> None:
        """The connection is of no use any more; what is held of it comes first."""
        if self.paused_protocol is not None and not self.paused_protocol.is_empty:
            self.paused_protocol.peer_was_reset(error)
        else:
            self.fail(error)

    def _watch(self) -> None:
        """The loop will not notice any more when the peer dies: see `watching`."""
        if not self._is_watched and self.state == ACTIVE:
            self._is_watched = True
            watch(self)

    def _unwatch(self) -> None:
        if self._is_watched:
            self._is_watched = False
            unwatch(self)

    def fail(self, error: ChannelError | OSError) -> None:
        """The connection is of no use any more: handlers are told of *error*, then of the end."""
        self._failure = error
        self.closing.abort(error)

    def shut(self) -> None:
        if self._transport is None:
            self._shut_unconnected()
        elif self.paused_protocol is not None and self.paused_protocol.is_lost:
            self.paused_protocol.give_up()
        elif self.linger_seconds > 0 and not self.has_peer_ended and not self._transport.is_closing():
            Linger(self.loop, self._transport, self.linger_seconds, self.connection_lost)
        else:
            self._transport.close()

    def shut_now(self) -> None:
        if self._transport is None:
            self._shut_unconnected()
        elif self.paused_protocol is not None and self.paused_protocol.is_lost:
            self.paused_protocol.give_up()
        else:
            self._accepts_bytes = False  # who is told of a write may give up, with others behind it
            if self._file_sender is not None:
                self._file_sender.close()
            self._transport.abort()

    def _shut_unconnected(self) -> None:
        # The promise here, not by the task: that learns of its cancellation with its next step, and the channel is lost before.
        connecting, promise = self._connecting, self._connect_promise
        if connecting is not None and promise is not None:
            connecting.cancel()
            promise.try_failure(self.closed_error())
        self.lost(None)

    def _write_stalled(self, seconds: float) -> None:
        """The time is up: that is a stall only if nothing at all was taken meanwhile."""
        left: int = self._transport.get_write_buffer_size()
        if left < self._stalled_size:
            self._stalled_size = left
            self._stall_timer = Deadline(self.loop, seconds, self._write_stalled, seconds)
        else:
            self._stall_timer = None
            error = WriteStallError(int(self.outbound.pending), seconds)
            cut_off(self, CloseReason.WRITE_STALL_TIMEOUT, error)
            self.fail(error)

    def _cancel_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def shutdown_output(self, promise: ChannelPromise | None = None) -> Awaitable[Any]:
        """End the own side: what was flushed is delivered, later writes fail, reading goes on (see `half_close`).

        The peer's end closes the channel then. To be told of a peer that ends first, set ``ALLOW_HALF_CLOSURE``.
        """
        answer = self.new_promise() if promise is None else promise
        return shut_output(self, answer) if self.in_event_loop() else ThreadsafeCall(self, shut_output, self, answer)

    # Connecting.

    def expect_connection(self, connected: Callable[[SocketChannel], object]) -> SocketChannel:
        """Be the protocol of a transport that is to come; *connected* is called with this channel when it is there."""
        self._connected = connected
        return self

    def do_connect(self, address: object, promise: ChannelPromise) -> None:
        if self.state >= CLOSING:
            promise.set_failure(self.closed_error())
        elif self.state != REGISTERED or self._connecting is not None:
            promise.set_failure(ChannelError(f"{self!r} was connected or is connecting already"))
        else:
            self._connect_promise = promise
            self._connecting = self.loop.create_task(connect(self, address, promise))

    def open_transport(self, protocol: Any, address: Any) -> Coroutine[Any, Any, None]:
        """Connect *protocol*, which is this channel, to *address*."""
        return open_transport(self.loop, protocol, address, self.socket_options, self.bind_address, self.resolver)

    def has_connected(self, promise: ChannelPromise) -> None:
        """The connection is there: the promise is done, then the channel is active."""
        if promise.try_success(self):
            self.activate()
        else:
            self.closing.abort(ChannelError("the attempt to connect was given up"))

    def connect_failed(self, error: Exception, promise: ChannelPromise) -> None:
        """There will be no connection: the promise fails, and the channel closes."""
        self.close_cause = error
        promise.try_failure(error)
        self.closing.begin()

    # Looking.

    def get_socket_option(self, option: Any) -> Any:
        """The value that the operating system has for *option*; None for one that it does not know, or without a connection."""
        sock = self.get_extra_info("socket")
        return self.socket_options.get(option) if sock is None else get_socket_option(sock, option)

    def set_socket_option(self, option: Any, value: Any) -> bool:
        """Set a socket option of this connection; False if it was not taken."""
        sock = self.get_extra_info("socket")
        return sock is not None and set_socket_option(sock, option, value)

    def local_address(self) -> Any:
        return self._local

    def remote_address(self) -> Any:
        return self._remote

    def use_remote_address(self, address: Any) -> None:
        self._remote = address

    def get_transport(self) -> Any:
        """The loop's transport; None before there is a connection."""
        return self._transport

    def get_extra_info(self, name: str) -> Any:
        """The value that the loop's transport has under *name*; ``socket`` gives the socket."""
        return None if self._transport is None else self._transport.get_extra_info(name)


def _to_nobody(data: bytes | memoryview) -> None:
    """The write of a transport that is not there: what was not taken fails when the channel is told that it is lost."""


give_methods(SocketChannel, SocketChannel13)
