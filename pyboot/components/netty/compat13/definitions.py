"""Names that 1.3.4 defined and that mean something else here, or nothing: errors, type variables, an initializer, a handler."""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

from pyboot.components.netty.buffer.allocator import UnpooledByteBufferAllocator
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.initializer import ChannelInitializer
from pyboot.components.netty.errors import CodecError, DecoderError, EncoderError, NettyError
from pyboot.components.netty.server import echo_server, hj212_server

from .methods import method_aliases

__all__ = [
    "T_BYTES_BYTEBUFFER",
    "BootstrapFuture",
    "ByteBufAllocator",
    "ByteToMessageError",
    "ChannelHandleError",
    "DefaultByteBufferOutboundHandler",
    "DelimiterBasedFrameDecoderError",
    "K",
    "L",
    "M",
    "MessageToByteError",
    "N",
    "NetWorkError",
    "NettyBaseError",
    "P",
    "SocketChannelInitializer",
    "T",
    "allocate_size",
    "echoserver_main",
    "hj212server_main",
    "ignore_gc_warning",
]

NettyBaseError = NettyError
ChannelHandleError = CodecError  # what its decoders and encoders raised derived from it, as ours derive from this
NetWorkError = OSError
ByteToMessageError = DecoderError
DelimiterBasedFrameDecoderError = DecoderError
MessageToByteError = EncoderError

ByteBufAllocator = UnpooledByteBufferAllocator
BootstrapFuture = Channel  # what `bind` and `connect` gave: a channel has its `sync` and `result`
echoserver_main = echo_server
hj212server_main = hj212_server

T = TypeVar("T")
K = TypeVar("K")
L = TypeVar("L")
M = TypeVar("M")
N = TypeVar("N")
P = TypeVar("P")
T_BYTES_BYTEBUFFER = TypeVar("T_BYTES_BYTEBUFFER", bytes, ByteBuffer, bytearray)


@method_aliases(initChannel="init_channel")
class SocketChannelInitializer(ChannelInitializer):
    """A `ChannelInitializer` whose method may be called ``initChannel``."""


class DefaultByteBufferOutboundHandler(ChannelHandler[Any]):
    """Changes nothing: what it did, to send bytes and buffers, the head of every pipeline does."""


def allocate_size(len: int, chunk: int = 1024) -> int:  # 1.3's keyword
    """*len*, rounded up to a multiple of *chunk*."""
    return (len + chunk - 1) // chunk * chunk


def ignore_gc_warning() -> None:
    """Leave out warnings of "Invalid file descriptor", as 1.3's function did; loops that are closed here give none."""
    warnings.filterwarnings("ignore", message=".*Invalid file descriptor.*")
