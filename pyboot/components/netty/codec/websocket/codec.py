"""WebSocketFrameCodec: bytes to frames and frames to bytes, in a pipeline. Source: Netty's ``WebSocket13FrameDecoder`` and ``…Encoder``."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from mypy_extensions import mypyc_attr

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.wire.websocket.frame import WebSocketFrame
from pyboot.components.netty.wire.websocket.reader import WebSocketFrameReader
from pyboot.components.netty.wire.websocket.writer import WebSocketFrameWriter

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["WebSocketFrameCodec", "WebSocketFrameDecoder", "WebSocketFrameEncoder"]

_CUT: Final = "the peer left in the middle of a WebSocket message"


@mypyc_attr(allow_interpreted_subclasses=True)
class WebSocketFrameDecoder(FrameDecoder):
    """Turns bytes into `WebSocketFrame` with a *reader*, which has the role and the limits.

    A frame that breaks the protocol goes to exception_caught as `CorruptedWebSocketFrameError`, and is the last.
    """

    def __init__(self, reader: WebSocketFrameReader) -> None:
        super().__init__(reader)

    def premature_close(self) -> str:
        return _CUT


@mypyc_attr(allow_interpreted_subclasses=True)
class WebSocketFrameEncoder(ChannelHandler[Any]):
    """Turns each `WebSocketFrame` that is written into bytes with a *writer*, which has the role; all else passes."""

    def __init__(self, writer: WebSocketFrameWriter) -> None:
        self._writer = writer

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each frame that leaves.
        return write_frame(ctx, self._writer, msg, promise) if isinstance(msg, WebSocketFrame) else ctx.write(msg, promise)


@mypyc_attr(allow_interpreted_subclasses=True)
class WebSocketFrameCodec(WebSocketFrameDecoder):
    """Turns bytes into frames and frames into bytes: `WebSocketFrameDecoder` and `WebSocketFrameEncoder` in one."""

    def __init__(self, reader: WebSocketFrameReader, writer: WebSocketFrameWriter) -> None:
        super().__init__(reader)
        self._writer = writer

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each frame that leaves (tests/bench/test_websocket.py).
        return write_frame(ctx, self._writer, msg, promise) if isinstance(msg, WebSocketFrame) else ctx.write(msg, promise)


def write_frame(
    ctx: ChannelHandlerContext, writer: WebSocketFrameWriter, frame: WebSocketFrame, promise: ChannelPromise | None
) -> Awaitable[None]:
    """Write *frame* as one message: of two, the second could be refused when the first has left, and the peer would read on wrongly."""
    prefix, payload = writer.encode(frame)
    return ctx.write(prefix + payload, promise)
