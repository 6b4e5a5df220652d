"""A network framework in Netty's manner: channels, pipelines of handlers, codecs, bootstraps."""

from .core import CoreInfo as CoreInfo, core_info as core_info  # isort: skip  # decides which form of all the others is imported
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bootstrap import Bootstrap as Bootstrap, ServerBootstrap as ServerBootstrap
    from .buffer import *
    from .channel import *
    from .codec import *
    from .errors import NettyError as NettyError
    from .group import ChannelGroup as ChannelGroup, ChannelGroupFuture as ChannelGroupFuture
    from .handler import *
    from .http_client.client import HttpClient as HttpClient
    from .http_client.errors import (
        ClosedHttpClientError as ClosedHttpClientError,
        HttpClientError as HttpClientError,
        HttpConnectError as HttpConnectError,
        HttpConnectionLostError as HttpConnectionLostError,
        HttpContentError as HttpContentError,
        HttpContentTooLargeError as HttpContentTooLargeError,
        HttpPhase as HttpPhase,
        HttpProtocolError as HttpProtocolError,
        HttpProxyError as HttpProxyError,
        HttpRedirectError as HttpRedirectError,
        HttpStatusError as HttpStatusError,
        HttpTimeoutError as HttpTimeoutError,
        HttpUrlError as HttpUrlError,
    )
    from .http_client.limits import HttpLimits as HttpLimits
    from .http_client.observer import HttpClientObservation as HttpClientObservation, HttpClientObserver as HttpClientObserver
    from .http_client.pool import HttpPoolStatistics as HttpPoolStatistics
    from .http_client.proxy import HttpProxy as HttpProxy
    from .http_client.response import HttpClientResponse as HttpClientResponse
    from .http_client.timeouts import HttpTimeouts as HttpTimeouts
    from .matcher import ChannelMatchers as ChannelMatchers
    from .option import ChannelOption as ChannelOption, WriteBufferWaterMark as WriteBufferWaterMark
    from .pool import (
        ChannelPool as ChannelPool,
        ChannelPoolMap as ChannelPoolMap,
        FixedChannelPool as FixedChannelPool,
        PoolStatistics as PoolStatistics,
        SimpleChannelPool as SimpleChannelPool,
    )
    from .server import (
        EchoHandler as EchoHandler,
        EchoServer as EchoServer,
        HJ212Frame as HJ212Frame,
        HJ212FrameHandler as HJ212FrameHandler,
        HJ212Server as HJ212Server,
        Server as Server,
    )
    from .transport import *
    from .wire.http.cookie import (
        ClientCookieDecoder as ClientCookieDecoder,
        ClientCookieEncoder as ClientCookieEncoder,
        Cookie as Cookie,
        SameSite as SameSite,
        ServerCookieDecoder as ServerCookieDecoder,
        ServerCookieEncoder as ServerCookieEncoder,
    )
    from .wire.http.errors import HttpDecoderError as HttpDecoderError, HttpEncoderError as HttpEncoderError
    from .wire.http.event_stream import ServerSentEvent as ServerSentEvent
    from .wire.http.headers import HttpHeaders as HttpHeaders
    from .wire.http.message import (
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
    from .wire.http.query import QueryStringDecoder as QueryStringDecoder, QueryStringEncoder as QueryStringEncoder
    from .wire.http.start_line import HttpMethod as HttpMethod, HttpResponseStatus as HttpResponseStatus, HttpVersion as HttpVersion
    from .wire.http1.config import HttpDecoderConfig as HttpDecoderConfig
    from .wire.http2.config import Http2Config as Http2Config
    from .wire.http2.errors import (
        Http2ConnectionError as Http2ConnectionError,
        Http2Error as Http2Error,
        Http2ErrorCode as Http2ErrorCode,
        Http2GoAwayError as Http2GoAwayError,
        Http2NoMoreStreamIdsError as Http2NoMoreStreamIdsError,
        Http2StreamError as Http2StreamError,
        Http2StreamResetError as Http2StreamResetError,
    )
    from .wire.http2.frame import (
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
    from .wire.http2.settings import Http2Settings as Http2Settings
    from .wire.websocket.close_status import WebSocketCloseStatus as WebSocketCloseStatus
    from .wire.websocket.deflate import DeflateOptions as DeflateOptions
    from .wire.websocket.errors import (
        CorruptedWebSocketFrameError as CorruptedWebSocketFrameError,
        WebSocketHandshakeError as WebSocketHandshakeError,
        WebSocketHandshakeTimeoutError as WebSocketHandshakeTimeoutError,
    )
    from .wire.websocket.frame import (
        BinaryWebSocketFrame as BinaryWebSocketFrame,
        CloseWebSocketFrame as CloseWebSocketFrame,
        ContinuationWebSocketFrame as ContinuationWebSocketFrame,
        PingWebSocketFrame as PingWebSocketFrame,
        PongWebSocketFrame as PongWebSocketFrame,
        TextWebSocketFrame as TextWebSocketFrame,
        WebSocketFrame as WebSocketFrame,
    )
else:
    from .surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
