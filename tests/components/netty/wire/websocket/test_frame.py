"""The six kinds of frames."""

import pytest

from pyboot.components.netty.wire.websocket.frame import (
    BinaryWebSocketFrame,
    CloseWebSocketFrame,
    ContinuationWebSocketFrame,
    PingWebSocketFrame,
    PongWebSocketFrame,
    TextWebSocketFrame,
    WebSocketFrame,
)

FRAMES: list[tuple[WebSocketFrame, int, bytes]] = [
    (TextWebSocketFrame("Hé"), 0x81, b"H\xc3\xa9"),
    (TextWebSocketFrame(b"H\xc3", is_final=False), 0x01, b"H\xc3"),
    (TextWebSocketFrame("a", rsv=4), 0xC1, b"a"),
    (BinaryWebSocketFrame(b"\x00\xff"), 0x82, b"\x00\xff"),
    (BinaryWebSocketFrame(b"", is_final=False, rsv=1), 0x12, b""),
    (ContinuationWebSocketFrame(b"b"), 0x80, b"b"),
    (ContinuationWebSocketFrame(b"b", is_final=False), 0x00, b"b"),
    (PingWebSocketFrame(b"p"), 0x89, b"p"),
    (PongWebSocketFrame(), 0x8A, b""),
    (CloseWebSocketFrame(1001, "bye"), 0x88, b"\x03\xe9bye"),
    (CloseWebSocketFrame(1005), 0x88, b""),
]


@pytest.mark.parametrize(("frame", "head", "content"), FRAMES)
def test_a_frame_is_its_head_and_its_content(frame: WebSocketFrame, head: int, content: bytes) -> None:
    """The first byte says all but the length."""
    assert (head, content) == (frame.head, frame.content)
    assert (head & 0xF, head >= 0x80, head >> 4 & 7) == (frame.opcode, frame.is_final, frame.rsv)


def test_text_is_known_both_ways() -> None:
    """Whichever it was made of."""
    assert "Hé" == TextWebSocketFrame(b"H\xc3\xa9").text
    assert "Hé" == TextWebSocketFrame("Hé").text


def test_a_cut_character_has_no_text() -> None:
    """Its continuation has the rest of it."""
    with pytest.raises(UnicodeDecodeError):
        _ = TextWebSocketFrame(b"\xc3", is_final=False).text


def test_frames_are_values() -> None:
    """Equal if they would be the same bytes."""
    assert TextWebSocketFrame("é") == TextWebSocketFrame("é".encode())
    assert TextWebSocketFrame("a") != BinaryWebSocketFrame(b"a")
    assert TextWebSocketFrame("a") != TextWebSocketFrame("a", is_final=False)
    assert BinaryWebSocketFrame(b"a") != b"a"
    assert 1 == len({PingWebSocketFrame(b"a"), PingWebSocketFrame(b"a")})


@pytest.mark.parametrize(
    ("frame", "shown"),
    [
        (TextWebSocketFrame("hi"), "TextWebSocketFrame('hi')"),
        (TextWebSocketFrame(b"hi", is_final=False, rsv=4), "TextWebSocketFrame(b'hi', is_final=False, rsv=4)"),
        (TextWebSocketFrame("x" * 100), "TextWebSocketFrame(<100 bytes>)"),
        (BinaryWebSocketFrame(b"x" * 65), "BinaryWebSocketFrame(<65 bytes>)"),
        (CloseWebSocketFrame(1000), "CloseWebSocketFrame(1000)"),
        (CloseWebSocketFrame(4000, "why"), "CloseWebSocketFrame(4000, 'why')"),
    ],
)
def test_a_frame_shows_what_it_says(frame: WebSocketFrame, shown: str) -> None:
    """But not a megabyte of it."""
    assert shown == repr(frame)


def test_a_close_says_why() -> None:
    """Or that it does not."""
    assert (1000, "") == (CloseWebSocketFrame().code, CloseWebSocketFrame().reason)
    assert (4999, "é") == (CloseWebSocketFrame(4999, "é").code, CloseWebSocketFrame(4999, "é").reason)
    assert (1005, "") == (CloseWebSocketFrame(1005).code, CloseWebSocketFrame(1005).reason)


@pytest.mark.parametrize(("code", "reason"), [(999, ""), (1004, ""), (1006, ""), (1015, ""), (2000, ""), (5000, ""), (1005, "why")])
def test_a_code_that_may_not_be_sent_makes_no_frame(code: int, reason: str) -> None:
    """RFC 6455, 7.4."""
    with pytest.raises(ValueError, match=r"close code \d+: allowed|without a code"):
        CloseWebSocketFrame(code, reason)


def test_control_frames_are_short() -> None:
    """RFC 6455, 5.5: 125 bytes, of which a close has two for its code."""
    assert 125 == len(PingWebSocketFrame(bytes(125)).content)
    for make in (
        lambda: PingWebSocketFrame(bytes(126)),
        lambda: PongWebSocketFrame(bytes(126)),
        lambda: CloseWebSocketFrame(1000, "x" * 124),
    ):
        with pytest.raises(ValueError, match="control frame of 126 bytes, allowed are 125"):
            make()


@pytest.mark.parametrize("rsv", [-1, 8])
def test_there_are_three_reserved_bits(rsv: int) -> None:
    """No more."""
    with pytest.raises(ValueError, match=f"rsv {rsv}, allowed is 0 to 7"):
        BinaryWebSocketFrame(b"", rsv=rsv)
