"""The meeting of channels and the operating system: loops, sockets, signals. Nothing else in the package opens any."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty.channel.envelope import DatagramPacket as DatagramPacket

    from .backoff import Backoff as Backoff
    from .half_close import OUTPUT_SHUTDOWN as OUTPUT_SHUTDOWN
    from .listening import ServerSocketChannel as ServerSocketChannel
    from .local import LocalAddress as LocalAddress, LocalChannel as LocalChannel, LocalServerChannel as LocalServerChannel
    from .loop import EventLoopGroup as EventLoopGroup, loop_factory as loop_factory
    from .loop_watchdog import LOOP_WATCHDOG as LOOP_WATCHDOG, LoopWatchdog as LoopWatchdog
    from .tcp import SocketChannel as SocketChannel
    from .udp import DatagramChannel as DatagramChannel
    from .unix import UnixServerSocketChannel as UnixServerSocketChannel, UnixSocketChannel as UnixSocketChannel
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
