"""Where channels meet the operating system: loops, sockets, signals. Nothing else here opens any."""

from .half_closing import OUTPUT_SHUTDOWN
from .listening import ServerSocketChannel
from .loop import EventLoopGroup, loop_factory, run
from .tcp import SocketChannel
from .udp import DatagramChannel, DatagramPacket
from .unix import UnixServerSocketChannel, UnixSocketChannel

__all__ = [
    "OUTPUT_SHUTDOWN",
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
