"""The built-in handlers that open WebSockets, behind a codec of HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

import pyboot.components.netty as netty
from pyboot.boot import DataSize
from pyboot.netty.pipeline.codec import Codec

from .handlers import Patience, Time


def _path(value: str) -> str:
    if not value.startswith("/") or "?" in value:
        raise ValueError("a path begins with a slash and has no query")
    return value


Subprotocols = Annotated[list[str], Field(description="Those spoken here, the preferred one first.")]
MaxFrame = Annotated[DataSize, Field(ge=1, description="The longest frame that may come in, in bytes.")]
MaxMessage = Annotated[
    DataSize, Field(ge=1, description="The longest message that may come in, in bytes, inflated where it was compressed.")
]
MaxFragments = Annotated[int, Field(ge=1, description="The most frames of a message.")]
Aggregate = Annotated[bool, Field(description="Whether messages that come in fragments are joined.")]
Compression = Annotated[bool, Field(description="Whether messages are compressed, where the peer can do that too (permessage-deflate).")]
WindowBits = Annotated[
    int, Field(ge=9, le=15, description="The window of the compression, in bits: 12 is 4 KiB to inflate, 16 KiB to deflate.")
]
Takeover = Annotated[bool, Field(description="Whether the window is kept from message to message; else each is compressed by itself.")]
Level = Annotated[int, Field(ge=1, le=9, description="How hard it is tried to compress: 1 to 9.")]
HandshakeTimeout = Annotated[Time, Field(description="How long the opening may take, from the request on.")]
CloseTimeout = Annotated[Time, Field(description="How long the peer may take to answer a close.")]
PingInterval = Annotated[Patience, Field(description="Silence after which a ping asks whether the peer lives; 0s: never.")]
PingTimeout = Annotated[Time, Field(description="How long the peer may say nothing after that.")]

_MEBIBYTE = 1024 * 1024
_TEN_SECONDS = timedelta(seconds=10)


@Codec("websocket")
def websocket(
    path: Annotated[str, AfterValidator(_path), Field(description="Of requests that are answered here, without a query.")] = "/",
    starts_with: Annotated[bool, Field(description="Whether paths below it are answered too.")] = False,
    subprotocols: Subprotocols = [],  # noqa: B006  # pydantic copies it
    origins: Annotated[
        list[str] | None,
        Field(description="Of pages that may connect, as https://example.com, or *; none: all, but with cookies only those of this host."),
    ] = None,
    max_frame: MaxFrame = _MEBIBYTE,
    max_message: MaxMessage = _MEBIBYTE,
    max_fragments: MaxFragments = 1024,
    aggregate: Aggregate = True,
    compression: Compression = False,
    window_bits: WindowBits = 12,
    takeover: Takeover = True,
    level: Level = 6,
    handshake_timeout: HandshakeTimeout = _TEN_SECONDS,
    close_timeout: CloseTimeout = timedelta(seconds=3),
    ping_interval: PingInterval = timedelta(seconds=30),
    ping_timeout: PingTimeout = _TEN_SECONDS,
) -> netty.WebSocketServerProtocolHandler:
    """Opens a WebSocket for each request for its path that asks for one, behind ``http-server``; plain requests pass."""
    deflate = _deflate(window_bits, takeover, level) if compression else None
    times = (handshake_timeout, close_timeout, ping_interval, ping_timeout)
    config = _config((max_frame, max_message, max_fragments), deflate, times)
    return netty.WebSocketServerProtocolHandler(
        path, subprotocols=subprotocols, origins=origins, config=config, starts_with=starts_with, aggregate=aggregate
    )


@Codec("websocket-client")
def websocket_client(
    url: Annotated[str, Field(description="As ws://example.com/chat; wss says how the port is named, TLS is the client's own setting.")],
    subprotocols: Subprotocols = [],  # noqa: B006  # as above
    headers: Annotated[dict[str, str], Field(description="More header fields of the request.")] = {},  # noqa: B006  # as above
    origin: Annotated[str | None, Field(description="That of the page on whose behalf this connects.")] = None,
    max_frame: MaxFrame = _MEBIBYTE,
    max_message: MaxMessage = _MEBIBYTE,
    max_fragments: MaxFragments = 1024,
    aggregate: Aggregate = True,
    compression: Compression = False,
    window_bits: WindowBits = 12,
    takeover: Takeover = True,
    level: Level = 6,
    handshake_timeout: HandshakeTimeout = _TEN_SECONDS,
    close_timeout: CloseTimeout = timedelta(seconds=3),
    ping_interval: PingInterval = timedelta(seconds=30),
    ping_timeout: PingTimeout = _TEN_SECONDS,
) -> tuple[netty.HttpClientCodec, netty.WebSocketClientProtocolHandler]:
    """Asks the server for a WebSocket as soon as it is connected; brings the codec of HTTP along."""
    deflate = _deflate(window_bits, takeover, level) if compression else None
    times = (handshake_timeout, close_timeout, ping_interval, ping_timeout)
    config = _config((max_frame, max_message, max_fragments), deflate, times)
    handler = netty.WebSocketClientProtocolHandler(
        url, subprotocols=subprotocols, headers=headers, origin=origin, config=config, aggregate=aggregate
    )
    return netty.HttpClientCodec(), handler


def _deflate(window_bits: int, takeover: bool, level: int) -> netty.DeflateOptions:
    return netty.DeflateOptions(window_bits, window_bits, takeover, takeover, level)


def _config(
    limits: tuple[int, int, int], deflate: netty.DeflateOptions | None, times: tuple[timedelta, timedelta, timedelta, timedelta]
) -> netty.WebSocketConfig:
    return netty.WebSocketConfig(*limits, deflate, *(time.total_seconds() for time in times))
