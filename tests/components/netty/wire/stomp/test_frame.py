"""Frames of STOMP."""

import pytest

from pyboot.components.netty.wire.stomp.frame import StompCommand, StompFrame


def test_a_frame_is_a_value() -> None:
    """Its command may be written as text; its body read as such."""
    frame = StompFrame("SEND", {"destination": "/queue/a"}, "é".encode())

    assert StompFrame(StompCommand.SEND, {"destination": "/queue/a"}, b"\xc3\xa9") == frame
    assert "é" == frame.text
    with pytest.raises(UnicodeDecodeError):
        _ = StompFrame("SEND", {}, b"\xff").text
