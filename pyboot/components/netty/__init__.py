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
