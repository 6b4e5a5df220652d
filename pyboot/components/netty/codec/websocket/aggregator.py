"""WebSocketFrameAggregator: messages that came in fragments as one frame. Source: Netty's class of that name."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, final

from mypy_extensions import i64

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.websocket.close_status import WebSocketCloseStatus
from pyboot.components.netty.wire.websocket.errors import CorruptedWebSocketFrameError
from pyboot.components.netty.wire.websocket.frame import (
    TEXT,
    BinaryWebSocketFrame,
    CloseWebSocketFrame,
    ContinuationWebSocketFrame,
    TextWebSocketFrame,
    WebSocketFrame,
)

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["WebSocketFrameAggregator"]


@final
class WebSocketFrameAggregator(ChannelHandler[Any]):
    """Joins the frames of a message to one final `TextWebSocketFrame` or `BinaryWebSocketFrame`; whole messages and control frames pass.

    Args:
        max_content_bytes: most bytes of a message, 1 MiB by default; a longer one raises `CorruptedWebSocketFrameError` with code 1009,
            which closes the connection. A reader with the same limit has refused it before.

    Raises:
        ValueError: for a limit below 1.
    """

    def __init__(self, max_content_bytes: int = 1024 * 1024) -> None:
        if max_content_bytes < 1:
            raise ValueError(f"max_content_bytes {max_content_bytes}, must be at least 1")
        self._max: i64 = max_content_bytes
        self._opcode: i64 = 0  # of the message under way, or 0
        self._parts: list[bytes] = []
        self._size: i64 = 0

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each frame; nearly all are whole messages.
        if not isinstance(msg, WebSocketFrame):
            return ctx.fire_channel_read(msg)
        head: i64 = msg.head
        if head & 0x8F in (0x81, 0x82, 0x88, 0x89, 0x8A):
            return ctx.fire_channel_read(msg)
        try:
            whole = self._add(msg)
        except CorruptedWebSocketFrameError as error:
            ctx.write_and_flush(
                CloseWebSocketFrame(error.code)
            )  # whoever fails connections stands in front, and hears of nothing from here
            raise
        if whole is not None:
            return ctx.fire_channel_read(whole)
        if not ctx.channel.config.auto_read:
            ctx.read()  # whoever asked for a message has not got one yet
        return None

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._parts.clear()
        return None

    def _add(self, frame: WebSocketFrame) -> WebSocketFrame | None:
        """Keep a part of a message; the message, if that was its last."""
        if not isinstance(frame, ContinuationWebSocketFrame):
            self._opcode = frame.opcode
            self._parts.clear()
            self._size = 0
        content = frame.content
        self._size += len(content)
        if self._size > self._max:
            self._parts.clear()
            raise CorruptedWebSocketFrameError(
                int(WebSocketCloseStatus.MESSAGE_TOO_BIG), f"a message of at least {self._size} bytes, allowed are {self._max}"
            )
        if content:
            self._parts.append(content)
        if not frame.is_final:
            return None
        joined = b"".join(self._parts)
        self._parts.clear()
        return TextWebSocketFrame(joined) if self._opcode == TEXT else BinaryWebSocketFrame(joined)
