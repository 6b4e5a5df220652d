"""Bytes to frames, at every cut."""

import pytest

from pyboot.components.netty.wire.http2.connection import Http2Connection
from pyboot.components.netty.wire.http2.errors import Http2ConnectionError
from pyboot.components.netty.wire.http2.frame import Http2HeadersFrame

from .bytes import GET, NO_SETTINGS, PREFACE, frame, read, server

STREAM = PREFACE + NO_SETTINGS + frame(1, 5, 1, GET) + frame(6, 0, 0, b"12345678") + frame(1, 5, 3, GET)


@pytest.mark.parametrize("cut", range(1, len(STREAM)))
def test_frames_are_the_same_at_every_cut(cut: int) -> None:
    """Also within the preface and the head of a frame."""

    reader = Http2Connection(is_server=True)
    assert ["Http2SettingsFrame", "Http2HeadersFrame", "Http2PingFrame", "Http2HeadersFrame"] == [
        type(each).__name__ for each in [*read(reader, STREAM[:cut]), *read(reader, STREAM[cut:])]
    ]
    assert (True, 0) == (reader.is_between_frames(), reader.held_bytes())


def test_frames_come_byte_by_byte() -> None:
    """What is held until then is what has come."""
    reader = server()
    data = frame(1, 5, 1, GET)
    found = [each for at in range(len(data)) for each in read(reader, data[at : at + 1])]
    assert [Http2HeadersFrame] == [type(each) for each in found]


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"GET / HTTP/1.1\r\n", "a message of HTTP/1"), (PREFACE[:20] + b"XXXX", "where HTTP/2 was to begin"), (b"\x16\x03", "where")],
)
def test_what_is_no_http_2_is_told_at_the_first_byte_that_shows_it(data: bytes, what: str) -> None:
    """Who speaks HTTP/1 here by mistake is told so."""

    with pytest.raises(Http2ConnectionError, match=what):
        read(Http2Connection(is_server=True), data)


def test_a_frame_beyond_the_limit_is_refused_by_its_head() -> None:
    """Before a byte of it is kept."""
    with pytest.raises(Http2ConnectionError, match="a frame of 16385 bytes, allowed are 16384") as caught:
        read(server(), b"\x00\x40\x01\x00\x00\x00\x00\x00\x01")
    assert 6 == caught.value.code
