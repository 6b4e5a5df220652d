"""Where channels meet the operating system: loops, sockets, signals. Nothing else here opens any."""

from .listening import ServerSocketChannel
from .loop import EventLoopGroup, loop_factory, run
from .tcp import SocketChannel

__all__ = ["EventLoopGroup", "ServerSocketChannel", "SocketChannel", "loop_factory", "run"]
