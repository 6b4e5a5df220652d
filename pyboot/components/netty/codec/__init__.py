"""Protocols as handlers: bytes to messages and back."""

from .decoder import ByteToByteBufferMessageDecoder, ByteToMessageDecoder, MessageToByteDecoder, MessageToMessageDecoder
from .delimiters import ByteDelimiterBasedFrameDecoder, DelimiterBasedFrameDecoder, DelimiterEncoder, LineEncoder
from .duplex import ByteToMessageCodec, MessageToMessageCodec
from .encoder import MessageToByteEncoder, MessageToMessageEncoder
from .fixed import FixedLengthFrameDecoder, FixedLengthFrameEncoder
from .frames import FrameDecoder, LengthFieldBasedFrameDecoder, LengthFieldPrepender, LineBasedFrameDecoder
from .generator import GeneratorDecoder
from .length_encoders import LengthFieldBasedFrameEncoder, SimpleBytesLengthFieldBasedFrameEncoder
from .text import StringDecoder, StringEncoder
from .varint import ProtobufVarint32FrameDecoder, ProtobufVarint32LengthFieldPrepender

__all__ = [
    "ByteDelimiterBasedFrameDecoder",
    "ByteToByteBufferMessageDecoder",
    "ByteToMessageCodec",
    "ByteToMessageDecoder",
    "DelimiterBasedFrameDecoder",
    "DelimiterEncoder",
    "FixedLengthFrameDecoder",
    "FixedLengthFrameEncoder",
    "FrameDecoder",
    "GeneratorDecoder",
    "LengthFieldBasedFrameDecoder",
    "LengthFieldBasedFrameEncoder",
    "LengthFieldPrepender",
    "LineBasedFrameDecoder",
    "LineEncoder",
    "MessageToByteDecoder",
    "MessageToByteEncoder",
    "MessageToMessageCodec",
    "MessageToMessageDecoder",
    "MessageToMessageEncoder",
    "ProtobufVarint32FrameDecoder",
    "ProtobufVarint32LengthFieldPrepender",
    "SimpleBytesLengthFieldBasedFrameEncoder",
    "StringDecoder",
    "StringEncoder",
]
