"""Protocols as handlers: bytes to messages and back."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .aggregator import MessageAggregator
    from .binary import Base64Decoder, Base64Encoder, ByteArrayDecoder, ByteArrayEncoder
    from .compression import BrotliDecoder, BrotliEncoder, ZlibDecoder, ZlibEncoder, ZstdDecoder, ZstdEncoder
    from .datagram import DatagramPacketDecoder, DatagramPacketEncoder
    from .decoder import ByteToByteBufferMessageDecoder, ByteToMessageDecoder, MessageToByteDecoder, MessageToMessageDecoder
    from .delimiters import ByteDelimiterBasedFrameDecoder, DelimiterBasedFrameDecoder, DelimiterEncoder, LineEncoder
    from .duplex import ByteToMessageCodec, MessageToMessageCodec
    from .encoder import MessageToByteEncoder, MessageToMessageEncoder
    from .fixed import FixedLengthFrameDecoder, FixedLengthFrameEncoder
    from .frames import FrameDecoder, LengthFieldBasedFrameDecoder, LengthFieldPrepender, LineBasedFrameDecoder
    from .generator import GeneratorDecoder
    from .hj212 import HJ212FrameDecoder
    from .json_text import JsonDecoder, JsonEncoder, JsonObjectDecoder
    from .length_encoders import LengthFieldBasedFrameEncoder, SimpleBytesLengthFieldBasedFrameEncoder
    from .packed import MessagePackDecoder, MessagePackEncoder, ProtobufDecoder, ProtobufEncoder
    from .published import ByteToMessageError, DelimiterBasedFrameDecoderError, MessageToByteError, allocate_size
    from .replaying import ReplayingDecoder
    from .result import DecoderResult, DecoderResultProvider
    from .text import StringDecoder, StringEncoder
    from .varint import ProtobufVarint32FrameDecoder, ProtobufVarint32LengthFieldPrepender
else:
    from pyboot.components.netty.surface import load_when_asked

    from . import published  # noqa: F401  it offers what programs of 1.3 find here besides

    __getattr__, __dir__ = load_when_asked()

__all__ = [
    "Base64Decoder",
    "Base64Encoder",
    "BrotliDecoder",
    "BrotliEncoder",
    "ByteArrayDecoder",
    "ByteArrayEncoder",
    "ByteDelimiterBasedFrameDecoder",
    "ByteToByteBufferMessageDecoder",
    "ByteToMessageCodec",
    "ByteToMessageDecoder",
    "ByteToMessageError",
    "DatagramPacketDecoder",
    "DatagramPacketEncoder",
    "DecoderResult",
    "DecoderResultProvider",
    "DelimiterBasedFrameDecoder",
    "DelimiterBasedFrameDecoderError",
    "DelimiterEncoder",
    "FixedLengthFrameDecoder",
    "FixedLengthFrameEncoder",
    "FrameDecoder",
    "GeneratorDecoder",
    "HJ212FrameDecoder",
    "JsonDecoder",
    "JsonEncoder",
    "JsonObjectDecoder",
    "LengthFieldBasedFrameDecoder",
    "LengthFieldBasedFrameEncoder",
    "LengthFieldPrepender",
    "LineBasedFrameDecoder",
    "LineEncoder",
    "MessageAggregator",
    "MessagePackDecoder",
    "MessagePackEncoder",
    "MessageToByteDecoder",
    "MessageToByteEncoder",
    "MessageToByteError",
    "MessageToMessageCodec",
    "MessageToMessageDecoder",
    "MessageToMessageEncoder",
    "ProtobufDecoder",
    "ProtobufEncoder",
    "ProtobufVarint32FrameDecoder",
    "ProtobufVarint32LengthFieldPrepender",
    "ReplayingDecoder",
    "SimpleBytesLengthFieldBasedFrameEncoder",
    "StringDecoder",
    "StringEncoder",
    "ZlibDecoder",
    "ZlibEncoder",
    "ZstdDecoder",
    "ZstdEncoder",
    "allocate_size",
]
