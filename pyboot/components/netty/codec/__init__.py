"""Protocols as handlers: bytes to messages and back."""

from .frames import FrameDecoder, LengthFieldBasedFrameDecoder, LengthFieldPrepender, LineBasedFrameDecoder
from .text import StringDecoder, StringEncoder

__all__ = [
    "FrameDecoder",
    "LengthFieldBasedFrameDecoder",
    "LengthFieldPrepender",
    "LineBasedFrameDecoder",
    "StringDecoder",
    "StringEncoder",
]
