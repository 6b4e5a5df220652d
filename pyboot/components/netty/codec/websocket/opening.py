"""The moment at which HTTP ends and frames begin: a pipeline made anew, for both roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.websocket.deflate import Agreement, DeflateOptions
from pyboot.components.netty.wire.websocket.reader import WebSocketFrameReader
from pyboot.components.netty.wire.websocket.writer import WebSocketFrameWriter

from .aggregator import WebSocketFrameAggregator
from .codec import WebSocketFrameCodec
from .config import WebSocketConfig
from .events import HandshakeComplete
from .protocol import WebSocketProtocolHandler

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["open_websocket"]


def open_websocket(
    ctx: ChannelHandlerContext,
    handler: ChannelHandler[Any],
    http: tuple[type[ChannelHandler[Any]], type[ChannelHandler[Any]]],
    agreement: Agreement | None,
    config: WebSocketConfig,
    event: HandshakeComplete,
    *,
    is_server: bool,
    aggregate: bool,
) -> None:
    """Make the pipeline of *ctx* one of frames, without *handler* and the codec of *http*: a decoder and an encoder, or both in one."""
    wishes = config.deflate or DeflateOptions()
    reader = WebSocketFrameReader(
        masked=is_server,
        max_frame_bytes=config.max_frame_bytes,
        max_message_bytes=config.max_message_bytes,
        max_fragments=config.max_fragments,
        inflater=None if agreement is None else agreement.inflater(of_client=is_server),
    )
    writer = WebSocketFrameWriter(
        masked=not is_server, deflater=None if agreement is None else agreement.deflater(wishes, of_client=not is_server)
    )
    pipeline = ctx.pipeline
    protocol = WebSocketProtocolHandler(reader, config, is_server=is_server)
    decoder, encoder = http
    # The codec of frames first: who is told that the WebSocket is open may write at once, and what he writes passes the codec of HTTP.
    pipeline.add_after(decoder, WebSocketFrameCodec(reader, writer))
    if aggregate:
        pipeline.add_after(handler, WebSocketFrameAggregator(config.max_message_bytes))
    for between in _handlers_of_http(ctx, decoder):
        pipeline.remove(between)
    pipeline.replace(handler, protocol)
    pipeline.context(protocol).fire_user_event_triggered(event)
    # The decoder last: the bytes behind the handshake go on into the codec of frames now, or when the read is over that this is in.
    pipeline.remove_if_exists(encoder)
    pipeline.remove_if_exists(decoder)


# The folders of handlers that see nothing but HTTP. They would pass frames, at the price of a look at each.
_FOLDERS: Final = ("pyboot.components.netty.codec.http", "pyboot.components.netty.handler.http")


def _handlers_of_http(ctx: ChannelHandlerContext, decoder: type[ChannelHandler[Any]]) -> list[ChannelHandler[Any]]:
    """The handlers of HTTP that stand between *decoder* and the handler of *ctx*: an aggregator, a compressor."""
    found: list[ChannelHandler[Any]] = []
    each = ctx.prev
    first = ctx.pipeline.context(decoder)
    while each is not first:
        if any(base.__module__.startswith(_FOLDERS) for base in type(each.handler).__mro__):
            found.append(each.handler)
        each = each.prev
    return found
