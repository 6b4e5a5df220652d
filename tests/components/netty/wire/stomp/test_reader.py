"""The bytes of a peer as frames of STOMP."""

import tracemalloc
from typing import Any

import pytest

from pyboot.components.netty.wire.stomp.config import StompDecoderConfig
from pyboot.components.netty.wire.stomp.errors import CorruptedStompFrameError, StompLimitError
from pyboot.components.netty.wire.stomp.frame import StompFrame
from pyboot.components.netty.wire.stomp.reader import StompReader
from pyboot.testing import read_frames

CORRUPTED, LIMIT = CorruptedStompFrameError, StompLimitError
GOOD = b"DISCONNECT\n\n\x00"


def read(stream: bytes, **limits: Any) -> list[Any]:
    """What comes of *stream*, as a whole and byte by byte, which is the same."""
    whole = read_frames(StompReader(StompDecoderConfig(**limits)), stream)
    assert whole == read_frames(StompReader(StompDecoderConfig(**limits)), *(stream[at : at + 1] for at in range(len(stream))))
    return whole


@pytest.mark.parametrize(
    ("stream", "frame"),
    [
        (b"CONNECT\naccept-version:1.2\nhost:a:b\n\n\x00", StompFrame("CONNECT", {"accept-version": "1.2", "host": "a:b"})),
        (b"SEND\r\ndestination:/a\r\n\r\nhello\x00", StompFrame("SEND", {"destination": "/a"}, b"hello")),
        (b"SEND\ncontent-length:3\n\na\x00b\x00", StompFrame("SEND", {"content-length": "3"}, b"a\x00b")),
        (b"SEND\ncontent-length:0\n\n\x00", StompFrame("SEND", {"content-length": "0"})),
        (b"DISCONNECT\ncontent-length:0\n\n\x00", StompFrame("DISCONNECT", {"content-length": "0"})),
        (b"MESSAGE\na\\cb:c\\nd\\\\\n\n\x00", StompFrame("MESSAGE", {"a:b": "c\nd\\"})),
        (b"CONNECTED\nsession:a\\nb\n\n\x00", StompFrame("CONNECTED", {"session": "a\\nb"})),
        (b"MESSAGE\nfoo:World\nfoo:Hello\n\n\x00", StompFrame("MESSAGE", {"foo": "World"})),
        (b"MESSAGE\nempty:\n\n\x00", StompFrame("MESSAGE", {"empty": ""})),
        (b"SEND\n\n\n\n\x00", StompFrame("SEND", {}, b"\n\n")),
        (b"\n\r\n\nDISCONNECT\n\n\x00\n\n", StompFrame("DISCONNECT")),
    ],
)
def test_frames(stream: bytes, frame: StompFrame) -> None:
    """Alone, and one behind the other."""
    assert [frame] == read(stream)
    assert [frame, frame] == read(stream + stream)


@pytest.mark.parametrize(
    "stream",
    [
        b"HELLO\n\n\x00",
        b"send\n\n\x00",
        b"\x00",
        b"SEND \n\n\x00",
        b"SEND\nno colon\n\n\x00",
        b"SEND\n:no name\n\n\x00",
        b"SEND\na:b\rc\n\n\x00",
        b"SEND\na:b\x00\n\n\x00",
        b"SEND\na:\\t\n\n\x00",
        b"SEND\na:\xff\n\n\x00",
        b"SEND\ncontent-length:-1\n\n\x00",
        b"SEND\ncontent-length:+1\n\na\x00",
        b"SEND\ncontent-length:1_0\n\n\x00",
        b"SEND\ncontent-length: 1\n\na\x00",
        b"SEND\ncontent-length:\xd9\xa1\n\na\x00",
        b"SEND\ncontent-length:\n\n\x00",
        b"SEND\ncontent-length:1\ncontent-length:2\n\nab\x00",
        b"SEND\ncontent-length:1\n\nab\x00",
        b"SUBSCRIBE\nid:1\n\nbody\x00",
        b"SUBSCRIBE\ncontent-length:1\n\na\x00",
    ],
)
def test_what_is_no_frame_is_refused(stream: bytes) -> None:
    """Once, and what comes behind is dropped."""
    assert [CORRUPTED] == read(stream + GOOD)


def test_nothing_is_read_behind_an_error_in_later_chunks_either() -> None:
    """The connection is to be closed."""
    assert [CORRUPTED] == read_frames(StompReader(), b"SEND\nno colon\n", GOOD, GOOD)


def test_a_head_has_limits() -> None:
    """On each line, on their number, and on all of them together, as they come."""
    assert [LIMIT] == read(b"SUBSCRIBED")[:1] or [CORRUPTED] == read(b"SUBSCRIBED\n")
    assert [LIMIT] == read(b"A" * 30)
    assert [LIMIT] == read(b"SEND\na:" + b"b" * 20, max_line_bytes=16)
    assert 1 == len(read(b"SEND\na:" + b"b" * 14 + b"\n\n\x00", max_line_bytes=16))
    assert [LIMIT] == read(b"SEND\n" + b"a:b\n" * 4, max_headers=3)
    assert 1 == len(read(b"SEND\n" + b"a:b\n" * 3 + b"\n\x00", max_headers=3))
    assert [LIMIT] == read(b"SEND\n" + b"a:b\n" * 4, max_head_bytes=20)


def test_a_body_has_a_limit() -> None:
    """By what is said of it, and where nothing is said by what has come."""
    assert [LIMIT] == read(b"SEND\ncontent-length:6\n\n", max_body_bytes=5)
    assert [LIMIT] == read(b"SEND\ncontent-length:999999999999999999\n\n")
    assert [LIMIT] == read(b"SEND\n\n123456", max_body_bytes=5)
    assert 1 == len(read(b"SEND\n\n12345\x00", max_body_bytes=5))


def test_nothing_is_allocated_for_what_was_declared() -> None:
    """A body grows by what comes."""
    reader = StompReader()
    tracemalloc.start()
    try:
        read_frames(reader, b"SEND\ncontent-length:1048576\n\n", b"a")
        assert tracemalloc.get_traced_memory()[1] < 50_000
    finally:
        tracemalloc.stop()


def test_a_reader_can_take_over_at_any_byte() -> None:
    """What another one has not made a frame of, it gives back as bytes that say the same."""
    for stream in (b"SEND\r\na:b\r\nc:d\r\n\r\nhello\x00", b"\nSEND\ncontent-length:5\n\nhe\x00lo\x00"):
        expected = read_frames(StompReader(), stream)
        for cut in range(len(stream)):
            first, second = StompReader(), StompReader()
            assert [] == read_frames(first, stream[:cut])
            rest = first.unread()
            assert first.is_between_frames()
            assert expected == read_frames(second, rest + stream[cut:]), f"at {cut}: {rest!r}"


def test_a_frame_under_way_is_known() -> None:
    """The same mark until it is whole; line ends between frames begin none."""
    reader = StompReader()
    assert [] == read_frames(reader, b"\n\n")
    assert (None, True) == (reader.begun(), reader.is_between_frames())
    read_frames(reader, b"SEND\na:b\n\nhe")
    mark = reader.begun()
    assert (12, False) == (reader.held_bytes(), reader.is_between_frames())
    read_frames(reader, b"llo")
    assert mark is not None
    assert mark is reader.begun()
    assert [StompFrame("SEND", {"a": "b"}, b"hello")] == read_frames(reader, b"\x00")
    assert reader.begun() is None
