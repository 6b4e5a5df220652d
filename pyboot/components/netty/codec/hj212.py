"""HJ 212 in a pipeline: the protocol of environmental monitors."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar

from pyboot.components.netty.wire.hj212 import HJ212Reader

from .frames import FrameDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HJ212FrameDecoder"]


class HJ212FrameDecoder(FrameDecoder):
    """Cuts bytes, or the text a `StringDecoder` made of them, into frames; each becomes an `HJ212Frame`.

    Args:
        max_frame_length: longest frame accepted, 8 KiB by default.
        ignore_crc: whether a wrong CRC is let pass; by default it goes to exception_caught as `CorruptedFrameError`.
    """

    MAX_FRAME_LENGTH: ClassVar[int] = 1024 * 8

    def __init__(self, max_frame_length: int = MAX_FRAME_LENGTH, ignore_crc: bool = False) -> None:
        super().__init__(HJ212Reader(max_frame_length, ignore_crc))

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        return super().channel_read(ctx, msg.encode() if isinstance(msg, str) else msg)
