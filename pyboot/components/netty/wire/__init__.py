"""Protocols without I/O: bytes in, messages out. Nothing here knows of channels, loops, clocks or sockets.

Every reader has the same verbs: `feed` takes a chunk; `next_frame` gives the next whole message, None when more bytes are
needed, or raises a `DecoderError` and stands behind what was wrong; `unread` hands over the bytes no message was made of,
so that another protocol can go on with them; `is_between_frames` tells whether the stream may end here.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .as_bytes import BytesReader as BytesReader
    from .client_hello import ClientHello as ClientHello, ClientHelloReader as ClientHelloReader
    from .delimiter import DelimiterReader as DelimiterReader
    from .fixed import FixedLengthReader as FixedLengthReader
    from .hj212 import HJ212Frame as HJ212Frame, HJ212Reader as HJ212Reader
    from .http.cookie import (
        ClientCookieDecoder as ClientCookieDecoder,
        ClientCookieEncoder as ClientCookieEncoder,
        Cookie as Cookie,
        SameSite as SameSite,
        ServerCookieDecoder as ServerCookieDecoder,
        ServerCookieEncoder as ServerCookieEncoder,
    )
    from .http.errors import HttpDecoderError as HttpDecoderError, HttpEncoderError as HttpEncoderError
    from .http.event_stream import EventStreamReader as EventStreamReader, ServerSentEvent as ServerSentEvent
    from .http.headers import HttpHeaders as HttpHeaders
    from .http.message import (
        EMPTY_LAST_CONTENT as EMPTY_LAST_CONTENT,
        DefaultHttpContent as DefaultHttpContent,
        DefaultLastHttpContent as DefaultLastHttpContent,
        FullHttpRequest as FullHttpRequest,
        FullHttpResponse as FullHttpResponse,
        HttpContent as HttpContent,
        HttpMessage as HttpMessage,
        HttpObject as HttpObject,
        HttpRequest as HttpRequest,
        HttpResponse as HttpResponse,
        LastHttpContent as LastHttpContent,
    )
    from .http.query import QueryStringDecoder as QueryStringDecoder, QueryStringEncoder as QueryStringEncoder
    from .http.start_line import HttpMethod as HttpMethod, HttpResponseStatus as HttpResponseStatus, HttpVersion as HttpVersion
    from .http1.config import HttpDecoderConfig as HttpDecoderConfig
    from .http2.config import Http2Config as Http2Config
    from .http2.errors import (
        Http2ConnectionError as Http2ConnectionError,
        Http2Error as Http2Error,
        Http2ErrorCode as Http2ErrorCode,
        Http2GoAwayError as Http2GoAwayError,
        Http2NoMoreStreamIdsError as Http2NoMoreStreamIdsError,
        Http2StreamError as Http2StreamError,
        Http2StreamResetError as Http2StreamResetError,
    )
    from .http2.frame import (
        Http2DataFrame as Http2DataFrame,
        Http2Frame as Http2Frame,
        Http2GoAwayFrame as Http2GoAwayFrame,
        Http2Headers as Http2Headers,
        Http2HeadersFrame as Http2HeadersFrame,
        Http2PingFrame as Http2PingFrame,
        Http2ResetFrame as Http2ResetFrame,
        Http2SettingsAckFrame as Http2SettingsAckFrame,
        Http2SettingsFrame as Http2SettingsFrame,
        Http2StreamFrame as Http2StreamFrame,
        Http2UnknownFrame as Http2UnknownFrame,
        Http2WindowUpdateFrame as Http2WindowUpdateFrame,
    )
    from .http2.settings import Http2Settings as Http2Settings
    from .inflate import BrotliEngine as BrotliEngine, InflateReader as InflateReader, ZlibEngine as ZlibEngine, ZstdEngine as ZstdEngine
    from .json_object import JsonObjectReader as JsonObjectReader
    from .length_field import LengthFieldReader as LengthFieldReader
    from .line import LineReader as LineReader
    from .reader import FrameReader as FrameReader
    from .steps import GeneratorReader as GeneratorReader, Need as Need, Until as Until, need as need, until as until
    from .tls_record import begins_tls_record as begins_tls_record, likely_protocol as likely_protocol
    from .varint import VarintLengthReader as VarintLengthReader, varint32 as varint32
    from .websocket.close_status import WebSocketCloseStatus as WebSocketCloseStatus
    from .websocket.deflate import DeflateOptions as DeflateOptions
    from .websocket.errors import (
        CorruptedWebSocketFrameError as CorruptedWebSocketFrameError,
        WebSocketHandshakeError as WebSocketHandshakeError,
        WebSocketHandshakeTimeoutError as WebSocketHandshakeTimeoutError,
    )
    from .websocket.frame import (
        BinaryWebSocketFrame as BinaryWebSocketFrame,
        CloseWebSocketFrame as CloseWebSocketFrame,
        ContinuationWebSocketFrame as ContinuationWebSocketFrame,
        PingWebSocketFrame as PingWebSocketFrame,
        PongWebSocketFrame as PongWebSocketFrame,
        TextWebSocketFrame as TextWebSocketFrame,
        WebSocketFrame as WebSocketFrame,
    )
    from .websocket.handshake import ClientHandshake as ClientHandshake
    from .websocket.reader import WebSocketFrameReader as WebSocketFrameReader
    from .websocket.writer import WebSocketFrameWriter as WebSocketFrameWriter
    from .xml_document import XmlDocumentReader as XmlDocumentReader
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
