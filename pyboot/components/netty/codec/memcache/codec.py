"""The codecs of memcache: bytes to messages and messages to bytes, in a pipeline. Source: Netty's classes of the binary ones' names."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from mypy_extensions import mypyc_attr

from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.wire.memcache.binary_message import BinaryMemcacheMessage
from pyboot.components.netty.wire.memcache.binary_reader import BinaryMemcacheReader
from pyboot.components.netty.wire.memcache.binary_writer import encode_binary
from pyboot.components.netty.wire.memcache.config import MemcacheDecoderConfig
from pyboot.components.netty.wire.memcache.text_message import TextMemcacheMessage
from pyboot.components.netty.wire.memcache.text_reader import TextMemcacheReader
from pyboot.components.netty.wire.memcache.text_writer import encode_text

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["BinaryMemcacheClientCodec", "BinaryMemcacheServerCodec", "TextMemcacheClientCodec", "TextMemcacheServerCodec"]

_CUT = "the peer left in the middle of a message of memcache"


@mypyc_attr(allow_interpreted_subclasses=True)
class _BinaryMemcacheCodec(FrameDecoder):
    def premature_close(self) -> str:
        return _CUT

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        return ctx.write(encode_binary(msg), promise) if isinstance(msg, BinaryMemcacheMessage) else ctx.write(msg, promise)


@mypyc_attr(allow_interpreted_subclasses=True)
class BinaryMemcacheServerCodec(_BinaryMemcacheCodec):
    """Turns bytes into `BinaryMemcacheRequest`, and each `BinaryMemcacheResponse` that is written into bytes; *config* has the limits.

    What is no memcache goes to exception_caught as `CorruptedMemcacheMessageError`, and nothing behind it is read.
    """

    def __init__(self, config: MemcacheDecoderConfig | None = None) -> None:
        super().__init__(BinaryMemcacheReader(of_requests=True, config=config))


@mypyc_attr(allow_interpreted_subclasses=True)
class BinaryMemcacheClientCodec(_BinaryMemcacheCodec):
    """The same of a client: writes `BinaryMemcacheRequest`, and gives `BinaryMemcacheResponse`, told apart by their ``opaque``."""

    def __init__(self, config: MemcacheDecoderConfig | None = None) -> None:
        super().__init__(BinaryMemcacheReader(of_requests=False, config=config))


@mypyc_attr(allow_interpreted_subclasses=True)
class _TextMemcacheCodec(FrameDecoder):
    def premature_close(self) -> str:
        return _CUT

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        return ctx.write(encode_text(msg), promise) if isinstance(msg, TextMemcacheMessage) else ctx.write(msg, promise)


@mypyc_attr(allow_interpreted_subclasses=True)
class TextMemcacheServerCodec(_TextMemcacheCodec):
    """Turns lines into `TextMemcacheRequest`, and each `TextMemcacheResponse` that is written into lines; *config* has the limits.

    What is no memcache, an unknown command included, goes to exception_caught as `CorruptedMemcacheMessageError`, and nothing behind it is
    read.
    """

    def __init__(self, config: MemcacheDecoderConfig | None = None) -> None:
        super().__init__(TextMemcacheReader(of_requests=True, config=config))


@mypyc_attr(allow_interpreted_subclasses=True)
class TextMemcacheClientCodec(_TextMemcacheCodec):
    """The same of a client: writes `TextMemcacheRequest`, and gives each line of an answer as a `TextMemcacheResponse`, in order."""

    def __init__(self, config: MemcacheDecoderConfig | None = None) -> None:
        super().__init__(TextMemcacheReader(of_requests=False, config=config))
