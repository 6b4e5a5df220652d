"""Messages out of fragments."""

from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.websocket.aggregator import WebSocketFrameAggregator
from pyboot.components.netty.wire.websocket.errors import CorruptedWebSocketFrameError
from pyboot.components.netty.wire.websocket.frame import (
    BinaryWebSocketFrame,
    CloseWebSocketFrame,
    ContinuationWebSocketFrame,
    PingWebSocketFrame,
    TextWebSocketFrame,
    WebSocketFrame,
)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([TextWebSocketFrame("a")], [TextWebSocketFrame("a")]),
        (
            [
                TextWebSocketFrame(b"\xc3", is_final=False),
                ContinuationWebSocketFrame(b"", is_final=False),
                ContinuationWebSocketFrame(b"\xa9"),
            ],
            [TextWebSocketFrame("é")],
        ),
        (
            [
                BinaryWebSocketFrame(b"a", is_final=False),
                PingWebSocketFrame(b"p"),
                ContinuationWebSocketFrame(b"b"),
                BinaryWebSocketFrame(b"c"),
            ],
            [PingWebSocketFrame(b"p"), BinaryWebSocketFrame(b"ab"), BinaryWebSocketFrame(b"c")],
        ),
        ([TextWebSocketFrame("", is_final=False), CloseWebSocketFrame()], [CloseWebSocketFrame()]),
        ([TextWebSocketFrame("", is_final=False), ContinuationWebSocketFrame()], [TextWebSocketFrame("")]),
        ([b"no frame"], [b"no frame"]),
    ],
)
def test_fragments_become_one_frame(frames: list[Any], expected: list[Any]) -> None:
    """Of the kind of the first; all else passes where it stands."""
    channel = EmbeddedChannel(WebSocketFrameAggregator(10))
    channel.write_inbound(*frames)

    assert expected == channel.inbound_messages()


@pytest.mark.parametrize("parts", [[b"12345678901"], [b"123456", b"78901"]])
def test_a_message_beyond_the_limit_is_an_error(parts: list[bytes]) -> None:
    """Which knows the close code; the peer is told."""
    channel = EmbeddedChannel(WebSocketFrameAggregator(10))
    frames: list[WebSocketFrame] = [TextWebSocketFrame(parts[0], is_final=False), *map(ContinuationWebSocketFrame, parts[1:])]
    with pytest.raises(CorruptedWebSocketFrameError, match="at least 11 bytes, allowed are 10") as caught:
        channel.write_inbound(*frames)

    assert 1009 == caught.value.code
    assert [CloseWebSocketFrame(1009)] == channel.outbound_messages()
    assert [] == channel.inbound_messages()


def test_whoever_asked_for_a_message_gets_one() -> None:
    """Where the channel does not read by itself, a fragment is followed by another read."""

    class Reads(ChannelHandler[Any]):
        asked = 0

        def read(self, ctx: Any) -> None:
            self.asked += 1
            ctx.read()

    reads = Reads()
    channel = EmbeddedChannel(WebSocketFrameAggregator(10))
    channel.config.auto_read = False
    channel.pipeline().add_first(reads)
    channel.write_inbound(TextWebSocketFrame("a", is_final=False))
    assert 1 == reads.asked
    channel.write_inbound(ContinuationWebSocketFrame(b"b"))
    assert 1 == reads.asked


def test_a_limit_of_nothing_is_refused() -> None:
    """No message would pass."""
    with pytest.raises(ValueError, match="max_content_bytes 0, must be at least 1"):
        WebSocketFrameAggregator(0)
