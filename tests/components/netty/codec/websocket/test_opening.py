"""The pipeline made anew, of both roles together, in memory."""

import random
from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.aggregator import HttpObjectAggregator
from pyboot.components.netty.codec.http.client import HttpClientCodec
from pyboot.components.netty.codec.http.expectation import HttpServerExpectContinueHandler
from pyboot.components.netty.codec.http.keep_alive import HttpServerKeepAliveHandler
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.codec.websocket.client import WebSocketClientProtocolHandler
from pyboot.components.netty.codec.websocket.config import WebSocketConfig
from pyboot.components.netty.codec.websocket.server import WebSocketServerProtocolHandler
from pyboot.components.netty.handler.http.compressor import HttpContentCompressor
from pyboot.components.netty.wire.websocket.deflate import DeflateOptions
from pyboot.components.netty.wire.websocket.frame import BinaryWebSocketFrame, TextWebSocketFrame, WebSocketFrame


class Frames(ChannelHandler[Any]):
    """Notes the frames that come."""

    def __init__(self) -> None:
        self.got: list[WebSocketFrame] = []

    def channel_read(self, ctx: Any, msg: Any) -> None:
        self.got.append(msg)


@pytest.mark.parametrize("seed", range(20))
def test_what_one_side_writes_the_other_reads(seed: int) -> None:
    """With and without compression, whatever each wants of it, however the bytes are cut; then either closes."""
    chance = random.Random(seed)

    def config() -> WebSocketConfig:
        bits = chance.randrange(8, 16), chance.randrange(8, 16)
        deflate = chance.choice([None, DeflateOptions(*bits, chance.random() < 0.5, chance.random() < 0.5, min_bytes=0)])
        return WebSocketConfig(deflate=deflate, ping_interval_seconds=0)

    at_server, at_client = Frames(), Frames()
    server = EmbeddedChannel(HttpServerCodec(), WebSocketServerProtocolHandler("/", config=config()), at_server)
    client = EmbeddedChannel(HttpClientCodec(), WebSocketClientProtocolHandler("ws://a", config=config()), at_client)

    def carry() -> None:
        for source, target in ((client, server), (server, client)) * 2:
            data = source.outbound_bytes()
            while data and target.is_open:
                size = chance.choice([1, 7, 100, 100_000])
                target.write_inbound(data[:size])
                data = data[size:]

    carry()
    frames: list[WebSocketFrame] = []
    for _ in range(10):
        frame: WebSocketFrame = chance.choice(
            [TextWebSocketFrame("é" * chance.randrange(200)), BinaryWebSocketFrame(chance.randbytes(70_000))]
        )
        frames.append(frame)
        for channel in (client, server):
            channel.write_and_flush(frame)
        carry()
    chance.choice([client, server]).close()
    carry()

    assert frames == at_server.got
    assert frames == at_client.got
    assert not server.is_open
    client.finish_input()
    assert not client.is_open


def test_handlers_of_http_go_with_it() -> None:
    """Those of ours, and what users derive, that stand in front; a handler of something else stays, and so does what is behind."""

    class Mine(HttpServerKeepAliveHandler):
        pass

    class Other(ChannelHandler[Any]):
        pass

    channel = EmbeddedChannel(
        Other(),
        HttpServerCodec(),
        Mine(),
        HttpContentCompressor(),
        HttpObjectAggregator(1000),
        WebSocketServerProtocolHandler("/"),
        HttpServerExpectContinueHandler(),
    )
    channel.pipeline().add_after(HttpContentCompressor, Other())
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    channel.write_inbound(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + key + b"\r\n")

    assert b"HTTP/1.1 101" == channel.outbound_bytes()[:12]
    assert [
        "Other#0",
        "WebSocketFrameCodec#0",
        "Other#1",
        "WebSocketProtocolHandler#0",
        "WebSocketFrameAggregator#0",
        "HttpServerExpectContinueHandler#0",
    ] == channel.pipeline().names()
