"""Frames in a pipeline."""

import random

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.websocket.codec import WebSocketFrameCodec, WebSocketFrameDecoder, WebSocketFrameEncoder
from pyboot.components.netty.errors import EncoderError, OutboundOverflowError, PrematureCloseError
from pyboot.components.netty.option import ChannelOption, WriteBufferWaterMark
from pyboot.components.netty.wire.websocket.errors import CorruptedWebSocketFrameError
from pyboot.components.netty.wire.websocket.frame import (
    BinaryWebSocketFrame,
    ContinuationWebSocketFrame,
    PingWebSocketFrame,
    TextWebSocketFrame,
    WebSocketFrame,
)
from pyboot.components.netty.wire.websocket.reader import WebSocketFrameReader
from pyboot.components.netty.wire.websocket.writer import WebSocketFrameWriter
from pyboot.testing.codec import check_decoder, decode

# No fragments: one decoder in the place of another cannot know of a message under way. The reader's own tests cut those.
STREAM = b"\x81\x05Hello\x89\x00\x81\x02\xc3\xa9\x82\x7e\x00\x80" + bytes(128)
MESSAGES: list[WebSocketFrame] = [
    TextWebSocketFrame("Hello"),
    PingWebSocketFrame(),
    TextWebSocketFrame("é"),
    BinaryWebSocketFrame(bytes(128)),
]


def decoder() -> WebSocketFrameDecoder:
    return WebSocketFrameDecoder(WebSocketFrameReader(masked=False))


def test_the_decoder_keeps_the_contract_of_decoders() -> None:
    """However its input is cut, and whatever it is."""
    check_decoder(decoder, STREAM, MESSAGES)


def test_a_wrong_frame_is_the_last() -> None:
    """Its error comes behind the frames before it."""
    found = decode(decoder(), [b"\x81\x01a\x83\x81\x01b", b"\x81\x01c"])

    assert [TextWebSocketFrame("a")] == found.messages
    assert [CorruptedWebSocketFrameError] == [type(error) for error in found.errors]


def test_a_peer_that_leaves_within_a_message_is_told() -> None:
    """Between its fragments too."""
    for data in (b"\x81\x05He", b"\x01\x01a"):
        found = decode(decoder(), [data], close=True)
        assert ["the peer left in the middle of a WebSocket message"] == [
            str(error) for error in found.errors if isinstance(error, PrematureCloseError)
        ]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 448, 449, 65535, 65536, 200_000])
@pytest.mark.parametrize("is_masked", [True, False])
def test_what_is_written_is_read(is_masked: bool, size: int) -> None:
    """Each as one message; what is no frame passes."""
    content = random.Random(size).randbytes(size)
    for handler in (
        WebSocketFrameEncoder(WebSocketFrameWriter(masked=is_masked)),
        WebSocketFrameCodec(WebSocketFrameReader(masked=not is_masked), WebSocketFrameWriter(masked=is_masked)),
    ):
        channel = EmbeddedChannel(handler)
        channel.write_outbound(BinaryWebSocketFrame(content))
        reader = WebSocketFrameReader(masked=is_masked)
        reader.feed(channel.outbound_bytes())
        assert BinaryWebSocketFrame(content) == reader.next_frame()
        channel.write_outbound(b"as it is")
        assert b"as it is" == channel.outbound_bytes()


@pytest.mark.parametrize("size", [300, 5_000])
def test_a_frame_is_refused_as_a_whole(size: int) -> None:
    """Where there is no room for it: half of one would make rubbish of all that follows."""
    channel = EmbeddedChannel(WebSocketFrameEncoder(WebSocketFrameWriter(masked=False)))
    channel.set_option(ChannelOption.WRITE_BUFFER_WATER_MARK, WriteBufferWaterMark(1, size))
    channel.set_option(ChannelOption.WRITE_BUFFER_LIMIT, size)
    channel.hold_network()
    promise = channel.new_promise()
    channel.write_and_flush(BinaryWebSocketFrame(bytes(size)), promise)
    channel.release_network()
    channel.write_and_flush(TextWebSocketFrame("a"))

    assert isinstance(promise.error, OutboundOverflowError)
    assert b"\x81\x01a" == channel.outbound_bytes()


def test_a_frame_that_cannot_be_written_fails_its_write() -> None:
    """And no other."""
    channel = EmbeddedChannel(WebSocketFrameEncoder(WebSocketFrameWriter(masked=False)))
    promise = channel.new_promise()
    channel.write_and_flush(ContinuationWebSocketFrame(b"of nothing"), promise)
    channel.write_and_flush(TextWebSocketFrame("a"))

    assert isinstance(promise.error, EncoderError)
    assert b"\x81\x01a" == channel.outbound_bytes()
