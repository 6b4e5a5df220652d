"""The pipeline core, without sockets: channels, their handlers, and how events travel between them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
    from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
    from pyboot.components.netty.errors import ChannelError
    from pyboot.components.netty.option import ChannelOption

    from .attribute import Attribute, AttributeKey
    from .channel import Channel
    from .combiner import PromiseCombiner
    from .config import ChannelConfig
    from .context import ChannelHandlerContext
    from .embedded import EmbeddedChannel
    from .embedded_loop import EmbeddedEventLoop
    from .envelope import AddressedEnvelope, DatagramPacket
    from .event import INPUT_SHUTDOWN, ChannelEvent
    from .handler import ChannelHandler, ChannelHandlerAdapter
    from .initializer import ChannelInitializer
    from .listener import CLOSE, CLOSE_ON_FAILURE, FIRE_EXCEPTION_ON_FAILURE
    from .memory import CHANNEL_MEMORY, ChannelMemory
    from .pipeline import ChannelPipeline
    from .promise import ChannelPromise
    from .published import (
        T_BYTES_BYTEBUFFER,
        ByteBufAllocator,
        ChannelHandleError,
        DefaultByteBufferOutboundHandler,
        K,
        L,
        M,
        N,
        NettyBaseError,
        NetWorkError,
        P,
        SocketChannelInitializer,
        T,
    )
    from .simple import SimpleChannelInboundHandler
else:
    from pyboot.components.netty.surface import load_when_asked

    from . import published  # noqa: F401  it offers what programs of 1.3 find here besides

    __getattr__, __dir__ = load_when_asked()

__all__ = [
    "CHANNEL_MEMORY",
    "CLOSE",
    "CLOSE_ON_FAILURE",
    "FIRE_EXCEPTION_ON_FAILURE",
    "INPUT_SHUTDOWN",
    "T_BYTES_BYTEBUFFER",
    "AddressedEnvelope",
    "Attribute",
    "AttributeKey",
    "ByteBufAllocator",
    "ByteBuffer",
    "Channel",
    "ChannelConfig",
    "ChannelError",
    "ChannelEvent",
    "ChannelHandleError",
    "ChannelHandler",
    "ChannelHandlerAdapter",
    "ChannelHandlerContext",
    "ChannelInitializer",
    "ChannelMemory",
    "ChannelOption",
    "ChannelPipeline",
    "ChannelPromise",
    "DatagramPacket",
    "DefaultByteBufferOutboundHandler",
    "EmbeddedChannel",
    "EmbeddedEventLoop",
    "K",
    "L",
    "M",
    "N",
    "NetWorkError",
    "NettyBaseError",
    "P",
    "PooledByteBufferAllocator",
    "PromiseCombiner",
    "SimpleChannelInboundHandler",
    "SocketChannelInitializer",
    "T",
]
