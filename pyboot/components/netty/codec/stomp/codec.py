"""StompFrameDecoder and StompFrameEncoder: bytes to frames and back. Source: Netty's ``StompSubframeDecoder`` and ``…Encoder``."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from mypy_extensions import mypyc_attr

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.wire.stomp.config import StompDecoderConfig
from pyboot.components.netty.wire.stomp.frame import StompFrame
from pyboot.components.netty.wire.stomp.reader import StompReader
from pyboot.components.netty.wire.stomp.writer import encode_frame

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["StompFrameDecoder", "StompFrameEncoder"]


@mypyc_attr(allow_interpreted_subclasses=True)
class StompFrameDecoder(FrameDecoder):
    """Turns bytes into `StompFrame`; line ends between frames are dropped; *config* has the limits.

    What is no STOMP goes to exception_caught as `CorruptedStompFrameError`, what is too much as `StompLimitError`, one of those; nothing
    behind it is read.
    """

    def __init__(self, config: StompDecoderConfig | None = None) -> None:
        super().__init__(StompReader(config))

    def premature_close(self) -> str:
        return "the peer left in the middle of a STOMP frame"


@mypyc_attr(allow_interpreted_subclasses=True)
class StompFrameEncoder(ChannelHandler[Any]):
    """Turns each `StompFrame` that is written into bytes, a body with its content-length; all else passes.

    A frame that cannot be written fails its write with `EncoderError`.
    """

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        return ctx.write(encode_frame(msg), promise) if isinstance(msg, StompFrame) else ctx.write(msg, promise)
