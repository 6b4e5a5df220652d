"""Where channels meet the operating system: loops, sockets, signals. Nothing else here opens any."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty.channel.envelope import DatagramPacket

    from .backoff import Backoff
    from .half_closing import OUTPUT_SHUTDOWN
    from .listening import ServerSocketChannel
    from .loop import EventLoopGroup, loop_factory, run
    from .tcp import SocketChannel
    from .udp import DatagramChannel
    from .unix import UnixServerSocketChannel, UnixSocketChannel
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__ = load_when_asked()

__all__ = [
    "OUTPUT_SHUTDOWN",
    "Backoff",
    "DatagramChannel",
    "DatagramPacket",
    "EventLoopGroup",
    "ServerSocketChannel",
    "SocketChannel",
    "UnixServerSocketChannel",
    "UnixSocketChannel",
    "loop_factory",
    "run",
]
