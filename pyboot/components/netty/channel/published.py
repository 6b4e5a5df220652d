"""Names of the published package's channel module that are others here: aliases, all in one place."""

from __future__ import annotations

from typing import Any, TypeVar

from pyboot.components.netty.buffer.allocator import UnpooledByteBufferAllocator
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.errors import CodecError, NettyError
from pyboot.components.netty.published import offer_published, published_methods

from .handler import ChannelHandler
from .initializer import ChannelInitializer

__all__ = [
    "T_BYTES_BYTEBUFFER",
    "ByteBufAllocator",
    "ChannelHandleError",
    "DefaultByteBufferOutboundHandler",
    "K",
    "L",
    "M",
    "N",
    "NetWorkError",
    "NettyBaseError",
    "P",
    "SocketChannelInitializer",
    "T",
]

NettyBaseError = NettyError
ChannelHandleError = CodecError  # what its decoders and encoders raised derived from it, as ours derive from this
NetWorkError = OSError
ByteBufAllocator = UnpooledByteBufferAllocator

T = TypeVar("T")
K = TypeVar("K")
L = TypeVar("L")
M = TypeVar("M")
N = TypeVar("N")
P = TypeVar("P")
T_BYTES_BYTEBUFFER = TypeVar("T_BYTES_BYTEBUFFER", bytes, ByteBuffer, bytearray)


@published_methods(initChannel="init_channel")
class SocketChannelInitializer(ChannelInitializer):
    """A `ChannelInitializer` whose method may be called ``initChannel``."""


class DefaultByteBufferOutboundHandler(ChannelHandler[Any]):
    """Changes nothing: what it did, to send bytes and buffers, the head of every pipeline does."""


offer_published("pyboot.components.netty.channel")
