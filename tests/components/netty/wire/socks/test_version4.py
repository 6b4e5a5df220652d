"""SOCKS 4 and 4a, by their bytes. Netty: Socks4ServerDecoderTest, Socks4ClientDecoderTest."""

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.wire.socks.kinds import Socks4CommandStatus, SocksCommand
from pyboot.components.netty.wire.socks.message import Socks4CommandRequest, Socks4CommandResponse
from pyboot.components.netty.wire.socks.version4 import read_request4, read_response4

CONNECT, BIND = SocksCommand.CONNECT, SocksCommand.BIND
HEAD = b"\x04\x01\x00\x50\x0a\x00\x00\x01"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (HEAD + b"\0", Socks4CommandRequest(CONNECT, "10.0.0.1", 80)),
        (HEAD + b"fred\0", Socks4CommandRequest(CONNECT, "10.0.0.1", 80, "fred")),
        (b"\x04\x02\x01\xbb\xc0\x00\x02\xff\xe9\0", Socks4CommandRequest(BIND, "192.0.2.255", 443, "\xe9")),
        (b"\x04\x01\x00\x50\0\0\0\x01\0example.com\0", Socks4CommandRequest(CONNECT, "example.com", 80)),
        (b"\x04\x01\x00\x50\0\0\0\xfffred\0a\0", Socks4CommandRequest(CONNECT, "a", 80, "fred")),
        (b"\x04\x01\x00\x50\0\0\0\0\0", Socks4CommandRequest(CONNECT, "0.0.0.0", 80)),  # bytes of a client
    ],
)
def test_requests(data: bytes, expected: Socks4CommandRequest) -> None:
    """Whole at their last byte, and not before; what stands behind is not theirs."""
    assert (expected, len(data)) == read_request4(data + b"GET /")
    for cut in range(1, len(data)):
        assert (None, 0) == read_request4(data[:cut])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x05", "SOCKS version 5, 4 must stand here"),
        (b"\x04\x03", "command 3"),
        (b"\x04\x00", "command 0"),
        (b"\x04\xff", "command 255"),
        (b"\x04\x01\x00\x50\0\0\0\x01\0exa mple\0", "no name of a host"),
        (b"\x04\x01\x00\x50\0\0\0\x01\0\0", "no name of a host"),
    ],
)
def test_what_is_no_request(data: bytes, said: str) -> None:
    """As soon as the byte is here."""
    with pytest.raises(CorruptedFrameError, match=said):
        read_request4(data)


@pytest.mark.parametrize("start", [HEAD, b"\x04\x01\x00\x50\0\0\0\x01\0"])
def test_texts_are_bounded(start: bytes) -> None:
    """A user, and a name, without an end: 255 bytes are waited for, and not one more."""
    assert (None, 0) == read_request4(start + b"a" * 255)
    with pytest.raises(TooLongFrameError, match="255"):
        read_request4(start + b"a" * 256)
    with pytest.raises(TooLongFrameError, match="255"):
        read_request4(start + b"a" * 256 + b"\0")


def test_answers() -> None:
    """Eight bytes."""
    data = b"\x00\x5a\x00\x50\x0a\x00\x00\x01"
    assert (Socks4CommandResponse(Socks4CommandStatus.SUCCESS, "10.0.0.1", 80), 8) == read_response4(data + b"HTTP/1.1")
    for cut in range(1, 8):
        assert (None, 0) == read_response4(data[:cut])
    for wrong in (b"\x04", b"\x00\x59", b"\x00\x5e", b"\x00\x00"):
        with pytest.raises(CorruptedFrameError):
            read_response4(wrong)
