"""Protocols as handlers: bytes to messages and back."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .aggregator import MessageAggregator as MessageAggregator
    from .binary import (
        Base64Decoder as Base64Decoder,
        Base64Encoder as Base64Encoder,
        ByteArrayDecoder as ByteArrayDecoder,
        ByteArrayEncoder as ByteArrayEncoder,
    )
    from .compression import (
        BrotliDecoder as BrotliDecoder,
        BrotliEncoder as BrotliEncoder,
        ZlibDecoder as ZlibDecoder,
        ZlibEncoder as ZlibEncoder,
        ZstdDecoder as ZstdDecoder,
        ZstdEncoder as ZstdEncoder,
    )
    from .datagram import DatagramPacketDecoder as DatagramPacketDecoder, DatagramPacketEncoder as DatagramPacketEncoder
    from .decoder import (
        ByteToByteBufferMessageDecoder as ByteToByteBufferMessageDecoder,
        ByteToMessageDecoder as ByteToMessageDecoder,
        MessageToByteDecoder as MessageToByteDecoder,
    )
    from .delimiters import (
        ByteDelimiterBasedFrameDecoder as ByteDelimiterBasedFrameDecoder,
        DelimiterBasedFrameDecoder as DelimiterBasedFrameDecoder,
        DelimiterEncoder as DelimiterEncoder,
        LineEncoder as LineEncoder,
    )
    from .duplex import ByteToMessageCodec as ByteToMessageCodec, MessageToMessageCodec as MessageToMessageCodec
    from .encoder import MessageToByteEncoder as MessageToByteEncoder, MessageToMessageEncoder as MessageToMessageEncoder
    from .fixed import FixedLengthFrameDecoder as FixedLengthFrameDecoder, FixedLengthFrameEncoder as FixedLengthFrameEncoder
    from .frames import (
        FrameDecoder as FrameDecoder,
        LengthFieldBasedFrameDecoder as LengthFieldBasedFrameDecoder,
        LengthFieldPrepender as LengthFieldPrepender,
        LineBasedFrameDecoder as LineBasedFrameDecoder,
    )
    from .generator import GeneratorDecoder as GeneratorDecoder
    from .hj212 import HJ212FrameDecoder as HJ212FrameDecoder
    from .http.aggregator import HttpObjectAggregator as HttpObjectAggregator
    from .http.client import (
        HttpClientCodec as HttpClientCodec,
        HttpRequestEncoder as HttpRequestEncoder,
        HttpResponseDecoder as HttpResponseDecoder,
    )
    from .http.event_stream import ServerSentEventDecoder as ServerSentEventDecoder, ServerSentEventEncoder as ServerSentEventEncoder
    from .http.expectation import HttpServerExpectContinueHandler as HttpServerExpectContinueHandler
    from .http.form_data import (
        FileUpload as FileUpload,
        FormAttribute as FormAttribute,
        HttpData as HttpData,
        HttpDataFactory as HttpDataFactory,
    )
    from .http.form_decoder import FormLimits as FormLimits, HttpPostRequestDecoder as HttpPostRequestDecoder
    from .http.form_encoder import HttpPostRequestEncoder as HttpPostRequestEncoder
    from .http.keep_alive import HttpServerKeepAliveHandler as HttpServerKeepAliveHandler
    from .http.rejected import HttpRequestRejected as HttpRequestRejected
    from .http.server import (
        HttpRequestDecoder as HttpRequestDecoder,
        HttpResponseEncoder as HttpResponseEncoder,
        HttpServerCodec as HttpServerCodec,
    )
    from .http2.bootstrap import Http2StreamChannelBootstrap as Http2StreamChannelBootstrap
    from .http2.choosing import Http2OrHttpHandler as Http2OrHttpHandler
    from .http2.codec import Http2FrameCodec as Http2FrameCodec
    from .http2.deadlines import Http2ServerDeadlines as Http2ServerDeadlines
    from .http2.multiplex import Http2MultiplexHandler as Http2MultiplexHandler
    from .http2.objects import Http2StreamFrameToHttpObjectCodec as Http2StreamFrameToHttpObjectCodec
    from .http2.stream_channel import Http2StreamChannel as Http2StreamChannel
    from .http2.upgrade import Http2ClientUpgradeCodec as Http2ClientUpgradeCodec, Http2ServerUpgradeCodec as Http2ServerUpgradeCodec
    from .json_text import JsonDecoder as JsonDecoder, JsonEncoder as JsonEncoder, JsonObjectDecoder as JsonObjectDecoder
    from .length_encoders import (
        LengthFieldBasedFrameEncoder as LengthFieldBasedFrameEncoder,
        SimpleBytesLengthFieldBasedFrameEncoder as SimpleBytesLengthFieldBasedFrameEncoder,
    )
    from .message_decoder import MessageToMessageDecoder as MessageToMessageDecoder
    from .packed import (
        MessagePackDecoder as MessagePackDecoder,
        MessagePackEncoder as MessagePackEncoder,
        ProtobufDecoder as ProtobufDecoder,
        ProtobufEncoder as ProtobufEncoder,
    )
    from .replaying import ReplayingDecoder as ReplayingDecoder
    from .result import DecoderResult as DecoderResult, DecoderResultProvider as DecoderResultProvider
    from .text import StringDecoder as StringDecoder, StringEncoder as StringEncoder
    from .varint import (
        ProtobufVarint32FrameDecoder as ProtobufVarint32FrameDecoder,
        ProtobufVarint32LengthFieldPrepender as ProtobufVarint32LengthFieldPrepender,
    )
    from .websocket.aggregator import WebSocketFrameAggregator as WebSocketFrameAggregator
    from .websocket.client import WebSocketClientProtocolHandler as WebSocketClientProtocolHandler
    from .websocket.codec import (
        WebSocketFrameCodec as WebSocketFrameCodec,
        WebSocketFrameDecoder as WebSocketFrameDecoder,
        WebSocketFrameEncoder as WebSocketFrameEncoder,
    )
    from .websocket.config import WebSocketConfig as WebSocketConfig
    from .websocket.events import HandshakeComplete as HandshakeComplete, WebSocketClosed as WebSocketClosed
    from .websocket.protocol import WebSocketProtocolHandler as WebSocketProtocolHandler
    from .websocket.server import WebSocketServerProtocolHandler as WebSocketServerProtocolHandler
    from .xml_frames import XmlFrameDecoder as XmlFrameDecoder
else:
    from pyboot.components.netty.compat13.modules import names_of_13
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked(names_of_13(__name__))
