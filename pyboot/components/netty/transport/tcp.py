"""TCP: a channel over a transport of the loop.

Theory of operation. The channel is the protocol of its transport, so that a read costs one call. The transport's own
write buffer is kept empty: with a high mark of 0 it tells at once, by `pause_writing`, when the kernel did not take
everything, and by `resume_writing` when it has. In between nothing more is handed to it. So the channel's own outbound
buffer counts every byte, knows what was delivered, and completes writes in order; and that asyncio 3.12.0 to 3.12.8
and 3.13.0 forget `pause_writing` after `writelines` (CVE-2024-12254) is no concern, for it is never called.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from mypy_extensions import mypyc_attr

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.loop_state import LoopState
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ChannelError, ConnectTimeoutError, WriteStallError

from .socket_options import set_socket_options

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SocketChannel"]

@mypyc_attr(allow_interpreted_subclasses=True)
class SocketChannel(Channel):
    """One TCP connection; made by a bootstrap, or by a listening channel for each connection it accepts."""

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        super().__init__(loop, config, loop_state)
        self._transport: Any = None  # Any: asyncio's or uvloop's, whose types have no common base
        self.socket_options: dict[Any, Any] | None = None
        self._connected: Callable[[], object] | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._accepts_bytes = True
        self._stall_timer: asyncio.TimerHandle | None = None
        self._local: Any = None  # Any: the shape of an address depends on its family
        self._remote: Any = None

    # What the loop's transport tells.

    def connection_made(self, transport: Any) -> None:
        """The transport is there: keep its buffer empty, learn the addresses, let whoever waits go on."""
        self._transport = transport
        try:
            transport.set_write_buffer_limits(high=0)
            self._local = transport.get_extra_info("sockname")
            self._remote = transport.get_extra_info("peername")
            connected = self._connected
            assert connected is not None
            self._connected = None
            connected()
        except BaseException:
            # Left to itself the loop would keep the connection open with nobody in charge of it.
            transport.abort()
            raise

    def data_received(self, data: bytes) -> None:
        """One read from the socket."""
        # hot path: once for each read.
        self.received(ByteBuffer(data))

    def eof_received(self) -> bool:
        """The peer has finished sending; the transport stays open for what is still to be answered."""
        self.input_ended()
        return True

    def pause_writing(self) -> None:
        """The kernel did not take everything."""
        self._accepts_bytes = False
        stall = self.config.write_stall_timeout
        if stall > 0:
            self._stall_timer = self.loop.call_later(stall, self._write_stalled, stall)

    def resume_writing(self) -> None:
        """The kernel has taken everything."""
        self._cancel_stall_timer()
        self._accepts_bytes = True
        self.drained()

    def connection_lost(self, error: Exception | None) -> None:
        """The transport is gone."""
        self._cancel_stall_timer()
        self._accepts_bytes = False
        self.lost(error)

    # What the channel asks for.

    def transmit(self, data: bytes) -> bool:
        # hot path: once for each flush.
        if data:
            self._transport.write(data)
        return self._accepts_bytes

    def set_reading(self, wanted: bool) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if wanted:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def shut(self) -> None:
        if self._transport is None:
            self._shut_unconnected()
        else:
            self._transport.close()

    def shut_now(self) -> None:
        if self._transport is None:
            self._shut_unconnected()
        else:
            self._transport.abort()

    def _shut_unconnected(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        self.lost(None)

    def _write_stalled(self, seconds: float) -> None:
        self._stall_timer = None
        self._fail(WriteStallError(int(self.outbound.pending), seconds))

    def _fail(self, error: ChannelError) -> None:
        self._pipeline.fire_exception_caught(error)
        self._abort(error)

    def _cancel_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    # Connecting.

    def expect_connection(self, connected: Callable[[], object]) -> SocketChannel:
        """Be the protocol of a transport that is to come; *connected* is called when it is there."""
        self._connected = connected
        return self

    def do_connect(self, address: object, promise: ChannelPromise) -> None:
        if self._connecting is not None:
            promise.set_failure(ChannelError(f"{self!r} is connecting already"))
            return
        self._connecting = self.loop.create_task(self._connect(address, promise))

    async def _connect(self, address: Any, promise: ChannelPromise) -> None:
        """Open the connection; the promise is done before channel_active is fired (Netty's order)."""
        timeout = self.config.connect_timeout
        host, port = address[0], address[1]
        self._connected = lambda: None
        try:
            async with asyncio.timeout(timeout or None):
                protocol: Any = self  # Any: a protocol by its methods, not by its base class
                await self.loop.create_connection(lambda: protocol, host, port)
        except TimeoutError:
            self._connect_failed(ConnectTimeoutError(address, timeout), promise)
        except OSError as error:
            self._connect_failed(error, promise)
        except asyncio.CancelledError:
            promise.try_failure(self.closed_error())
            raise
        else:
            self.apply_socket_options()
            promise.try_success(self)
            self.activate()

    def _connect_failed(self, error: Exception, promise: ChannelPromise) -> None:
        promise.try_failure(error)
        self.begin_close(ChannelPromise(self))

    def apply_socket_options(self) -> None:
        """Set what the bootstrap asked for on the socket."""
        options = self.socket_options
        if options:
            set_socket_options(self._transport.get_extra_info("socket"), options)

    def local_address(self) -> Any:
        return self._local

    def remote_address(self) -> Any:
        return self._remote

    def get_extra_info(self, name: str) -> Any:
        """What the loop's transport knows under *name*; ``socket`` gives the socket."""
        return None if self._transport is None else self._transport.get_extra_info(name)
