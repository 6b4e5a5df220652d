"""Frames as bytes, of both roles."""

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.websocket.deflate import Deflater
from pyboot.components.netty.wire.websocket.frame import (
    BinaryWebSocketFrame,
    CloseWebSocketFrame,
    ContinuationWebSocketFrame,
    PingWebSocketFrame,
    PongWebSocketFrame,
    TextWebSocketFrame,
    WebSocketFrame,
)
from pyboot.components.netty.wire.websocket.writer import WebSocketFrameWriter


def written(writer: WebSocketFrameWriter, *frames: WebSocketFrame) -> bytes:
    """All bytes of *frames*."""
    return b"".join(b"".join(writer.encode(frame)) for frame in frames)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([TextWebSocketFrame("Hello")], b"\x81\x05Hello"),
        ([TextWebSocketFrame("Hel", is_final=False), ContinuationWebSocketFrame(b"lo")], b"\x01\x03Hel\x80\x02lo"),
        ([PingWebSocketFrame(b"Hello")], b"\x89\x05Hello"),
        ([PongWebSocketFrame(b"Hello")], b"\x8a\x05Hello"),
        ([BinaryWebSocketFrame(bytes(256))], b"\x82\x7e\x01\x00" + bytes(256)),
        ([BinaryWebSocketFrame(bytes(65536))], b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + bytes(65536)),
        ([CloseWebSocketFrame(1000)], b"\x88\x02\x03\xe8"),
    ],
)
def test_a_server_writes_as_the_specification_shows(frames: list[WebSocketFrame], expected: bytes) -> None:
    """RFC 6455, 5.7: unmasked."""
    assert expected == written(WebSocketFrameWriter(masked=False), *frames)


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x82\x00"),
        (125, b"\x82\x7d"),
        (126, b"\x82\x7e\x00\x7e"),
        (65535, b"\x82\x7e\xff\xff"),
        (65536, b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_length_takes_as_few_bytes_as_hold_it(size: int, head: bytes) -> None:
    """RFC 6455, 5.2: the minimal number must be used; the same of a client, with the bit that says masked."""
    assert (head, bytes(size)) == WebSocketFrameWriter(masked=False).encode(BinaryWebSocketFrame(bytes(size)))

    prefix, payload = WebSocketFrameWriter(masked=True, random_bytes=bytes).encode(BinaryWebSocketFrame(bytes(size)))
    assert (bytes((head[0], head[1] | 0x80)) + head[2:] + bytes(4), bytes(size)) == (prefix, payload)


def test_a_client_masks_as_the_specification_shows() -> None:
    """RFC 6455, 5.7."""
    writer = WebSocketFrameWriter(masked=True, random_bytes=lambda size: b"\x37\xfa\x21\x3d" * (size // 4))

    assert b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" == written(writer, TextWebSocketFrame("Hello"))


def test_each_frame_has_a_key_of_its_own() -> None:
    """RFC 6455, 5.3: nobody can foresee it; also beyond those that were asked for at once."""
    writer = WebSocketFrameWriter(masked=True)
    keys = [writer.encode(PingWebSocketFrame())[0][2:] for _ in range(1000)]

    assert 1000 == len(set(keys))
    assert {4} == {len(key) for key in keys}


@pytest.mark.parametrize(
    "frames",
    [
        [ContinuationWebSocketFrame(b"a")],
        [TextWebSocketFrame("a"), ContinuationWebSocketFrame(b"a")],
        [TextWebSocketFrame("a", is_final=False), TextWebSocketFrame("b")],
        [BinaryWebSocketFrame(b"a", is_final=False), BinaryWebSocketFrame(b"b")],
        [BinaryWebSocketFrame(b"a", is_final=False), ContinuationWebSocketFrame(b"a"), ContinuationWebSocketFrame(b"b")],
    ],
)
def test_fragments_out_of_order_are_not_written(frames: list[WebSocketFrame]) -> None:
    """The peer would end the connection."""
    writer = WebSocketFrameWriter(masked=False)
    written(writer, *frames[:-1])
    with pytest.raises(EncoderError, match=r"a continuation of no message|within a message"):
        writer.encode(frames[-1])


def test_control_frames_stand_between_fragments() -> None:
    """RFC 6455, 5.4."""
    frames = [TextWebSocketFrame("a", is_final=False), PingWebSocketFrame(), ContinuationWebSocketFrame(b"b")]

    assert b"\x01\x01a\x89\x00\x80\x01b" == written(WebSocketFrameWriter(masked=False), *frames)


def test_text_that_has_no_utf8_is_not_written() -> None:
    """Half of a surrogate pair; and the next frame is."""
    writer = WebSocketFrameWriter(masked=False)
    with pytest.raises(EncoderError, match="whose text has no UTF-8"):
        writer.encode(TextWebSocketFrame("\ud800"))

    assert b"\x81\x01a" == written(writer, TextWebSocketFrame("a"))


def test_messages_are_compressed() -> None:
    """RFC 7692, 7.2.3.1: RSV1 in the first frame of a message, and in no control frame."""
    writer = WebSocketFrameWriter(masked=False, deflater=Deflater(15, takeover=True, min_bytes=0))

    assert b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00" == written(writer, TextWebSocketFrame("Hello"))
    assert b"\x89\x05Hello" == written(writer, PingWebSocketFrame(b"Hello"))
    made = written(writer, BinaryWebSocketFrame(b"Hello", is_final=False), ContinuationWebSocketFrame(b"Hello"))
    assert (0x42, 0x80) == (made[0], made[2 + made[1]])


def test_a_short_message_goes_uncompressed() -> None:
    """So do its continuations, whatever their length."""
    writer = WebSocketFrameWriter(masked=False, deflater=Deflater(8, takeover=True, min_bytes=0))

    assert b"\x01\x01a\x80\x02bc\x81\x01d" == written(
        writer, TextWebSocketFrame("a", is_final=False), ContinuationWebSocketFrame(b"bc"), TextWebSocketFrame("d")
    )


def test_a_frame_that_uses_reserved_bits_itself_is_left_alone() -> None:
    """Somebody compressed it already."""
    writer = WebSocketFrameWriter(masked=False, deflater=Deflater(15, takeover=True, min_bytes=0))

    assert b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00" == written(writer, TextWebSocketFrame(b"\xf2\x48\xcd\xc9\xc9\x07\x00", rsv=4))
