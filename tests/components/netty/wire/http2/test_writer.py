"""Frames to bytes, as `hyperframe` reads them."""

import hyperframe.frame
import pytest

from pyboot.components.netty.wire.http2.writer import (
    SETTINGS_ACK,
    data_head,
    frame_bytes,
    goaway_bytes,
    head_frames,
    ping_bytes,
    reset_bytes,
    settings_bytes,
    window_update_bytes,
)


def parsed(data: bytes) -> list[hyperframe.frame.Frame]:
    """All frames of *data*."""
    found = []
    while data:
        frame, size = hyperframe.frame.Frame.parse_frame_header(memoryview(data)[:9])
        frame.parse_body(memoryview(data)[9 : 9 + size])
        found.append(frame)
        data = data[9 + size :]
    return found


@pytest.mark.parametrize(
    ("written", "facts"),
    [
        (reset_bytes(8, 3), {"stream_id": 3, "error_code": 8}),
        (window_update_bytes(7, 5), {"stream_id": 5, "window_increment": 7}),
        (goaway_bytes(9, 11, b"why"), {"last_stream_id": 9, "error_code": 11, "additional_data": b"why"}),
        (settings_bytes({1: 2, 3: 4}), {"settings": {1: 2, 3: 4}}),
        (ping_bytes(b"12345678", False), {"opaque_data": b"12345678"}),
        (data_head(3, True, 1) + b"abc", {"data": b"abc", "stream_id": 1}),
        (data_head(100_000, False, 1) + bytes(100_000), {"data": bytes(100_000)}),
    ],
)
def test_frames_are_what_another_reads(written: bytes, facts: dict[str, object]) -> None:
    """One frame each."""
    (frame,) = parsed(written)
    assert facts == {name: getattr(frame, name) for name in facts}


def test_answers_have_their_flag() -> None:
    """ACK, of SETTINGS and PING."""
    assert b"\x00\x00\x00\x04\x01\x00\x00\x00\x00" == SETTINGS_ACK == frame_bytes(4, 1, 0, b"")
    assert b"\x00\x00\x08\x06\x01\x00\x00\x00\x0012345678" == ping_bytes(b"12345678", True)


def test_a_long_head_goes_on_in_continuations() -> None:
    """The first frame ends the stream, the last the head."""
    frames = parsed(head_frames(b"0123456789", True, 3, 4))
    assert [("HEADERS", {"END_STREAM"}), ("CONTINUATION", set()), ("CONTINUATION", {"END_HEADERS"})] == [
        (type(each).__name__.removesuffix("Frame").upper(), set(each.flags)) for each in frames
    ]
    assert {"END_STREAM", "END_HEADERS"} == set(parsed(head_frames(b"0123", True, 3, 4))[0].flags)
