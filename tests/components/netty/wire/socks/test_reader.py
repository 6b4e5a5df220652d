"""SocksReader: one part of the conversation at a time."""

import pytest

from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.errors import CorruptedFrameError, DecoderError, TooLongFrameError
from pyboot.components.netty.wire.socks.kinds import SocksCommand
from pyboot.components.netty.wire.socks.message import (
    Socks4CommandRequest,
    Socks5CommandRequest,
    Socks5InitialRequest,
    Socks5PasswordAuthRequest,
)
from pyboot.components.netty.wire.socks.reader import SocksPart, SocksReader
from pyboot.testing.codec import check_decoder

STREAMS = {
    SocksPart.BEGINNING: b"\x05\x02\x00\x02\x04\x01\x00\x50\x0a\x00\x00\x01fred\0",
    SocksPart.REQUEST4: b"\x04\x01\x00\x50\x0a\x00\x00\x01fred\0\x04\x01\x00\x50\0\0\0\x01\0example.com\0",
    SocksPart.INITIAL_REQUEST: b"\x05\x01\x00\x05\x02\x00\x02",
    SocksPart.PASSWORD_REQUEST: b"\x01\x02me\x03you\x01\x00\x00",
    SocksPart.REQUEST5: b"\x05\x01\x00\x03\x0bexample.com\x00\x50\x05\x01\x00\x01\x0a\x00\x00\x01\x01\xbb",
    SocksPart.RESPONSE4: b"\x00\x5a\x00\x50\x0a\x00\x00\x01\x00\x5b\x00\x00\x00\x00\x00\x00",
    SocksPart.INITIAL_RESPONSE: b"\x05\x00\x05\xff",
    SocksPart.PASSWORD_RESPONSE: b"\x01\x00\x01\x01",
    SocksPart.RESPONSE5: b"\x05\x00\x00\x01\x0a\x00\x00\x01\x01\xbb\x05\x05\x00\x03\x01a\x00\x00",
}
WRONG: dict[SocksPart, dict[bytes, type[DecoderError]]] = {
    SocksPart.BEGINNING: {b"GET /": CorruptedFrameError, b"\x06": CorruptedFrameError},
    SocksPart.REQUEST4: {b"\x04\x01\x00\x50\x0a\x00\x00\x01" + b"u" * 300: TooLongFrameError},
    SocksPart.REQUEST5: {b"\x05\x01\x00\x02": CorruptedFrameError},
}


def read_all(part: SocksPart, data: bytes) -> list[object]:
    """All messages of *data*."""
    reader = SocksReader(part)
    reader.feed(data)
    return list(iter(reader.next_frame, None))


@pytest.mark.parametrize("part", SocksPart)
def test_every_cut_gives_the_same(part: SocksPart) -> None:
    """Every part passes the contract of decoders."""
    messages = read_all(part, STREAMS[part])
    assert 2 == len(messages)
    check_decoder(lambda: FrameDecoder(SocksReader(part)), STREAMS[part], messages, wrong=WRONG.get(part))


def test_the_first_byte_tells_the_version() -> None:
    """Of what a client begins with."""
    assert [Socks5InitialRequest((0, 2)), Socks4CommandRequest(SocksCommand.CONNECT, "10.0.0.1", 80, "fred")] == read_all(
        SocksPart.BEGINNING, STREAMS[SocksPart.BEGINNING]
    )


def test_a_conversation() -> None:
    """What is next is said by who holds it; what comes early waits."""
    reader = SocksReader()
    reader.feed(b"\x05\x01\x02\x01\x02me\x03you\x05\x01\x00\x01\x0a\x00\x00\x01\x01\xbbGET /")

    assert Socks5InitialRequest((2,)) == reader.next_frame()
    reader.expect(SocksPart.PASSWORD_REQUEST)
    assert Socks5PasswordAuthRequest("me", "you") == reader.next_frame()
    reader.expect(SocksPart.REQUEST5)
    assert Socks5CommandRequest(SocksCommand.CONNECT, "10.0.0.1", 443) == reader.next_frame()
    assert (5, b"GET /", True) == (reader.held_bytes(), reader.unread(), reader.is_between_frames())


def test_nothing_is_read_behind_what_is_wrong() -> None:
    """For nobody knows where it ends."""
    reader = SocksReader()
    reader.feed(b"\x06")
    with pytest.raises(CorruptedFrameError, match="SOCKS version 6, allowed is 4 and 5"):
        reader.next_frame()
    reader.feed(b"\x05\x01\x00")
    assert (None, 0) == (reader.next_frame(), reader.held_bytes())
