"""A network framework in Netty's manner: channels, pipelines of handlers, codecs, bootstraps."""

from .core import CoreInfo, core_info  # isort: skip  # decides which form of all the others is imported
from .bootstrap import Bootstrap, ServerBootstrap
from .buffer import ByteBuffer, ByteBufferAllocator, PooledByteBufferAllocator, UnpooledByteBufferAllocator
from .channel import (
    INPUT_SHUTDOWN,
    Channel,
    ChannelConfig,
    ChannelHandler,
    ChannelHandlerAdapter,
    ChannelHandlerContext,
    ChannelInitializer,
    ChannelPipeline,
    ChannelPromise,
    EmbeddedChannel,
    EmbeddedEventLoop,
)
from .codec import (
    FrameDecoder,
    LengthFieldBasedFrameDecoder,
    LengthFieldPrepender,
    LineBasedFrameDecoder,
    StringDecoder,
    StringEncoder,
)
from .errors import NettyError
from .option import ChannelOption, WriteBufferWaterMark
from .server import EchoHandler, EchoServer, Server
from .transport import EventLoopGroup, ServerSocketChannel, SocketChannel, loop_factory, run

__all__ = [
    "INPUT_SHUTDOWN",
    "Bootstrap",
    "ByteBuffer",
    "ByteBufferAllocator",
    "Channel",
    "ChannelConfig",
    "ChannelHandler",
    "ChannelHandlerAdapter",
    "ChannelHandlerContext",
    "ChannelInitializer",
    "ChannelOption",
    "ChannelPipeline",
    "ChannelPromise",
    "CoreInfo",
    "EchoHandler",
    "EchoServer",
    "EmbeddedChannel",
    "EmbeddedEventLoop",
    "EventLoopGroup",
    "FrameDecoder",
    "LengthFieldBasedFrameDecoder",
    "LengthFieldPrepender",
    "LineBasedFrameDecoder",
    "NettyError",
    "PooledByteBufferAllocator",
    "Server",
    "ServerBootstrap",
    "ServerSocketChannel",
    "SocketChannel",
    "StringDecoder",
    "StringEncoder",
    "UnpooledByteBufferAllocator",
    "WriteBufferWaterMark",
    "core_info",
    "loop_factory",
    "run",
]
