"""HAProxyReader: both versions, and what is none. Netty: HAProxyMessageDecoderTest."""

import pytest

from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.errors import CorruptedFrameError, DecoderError, TooLongFrameError
from pyboot.components.netty.wire.haproxy.kinds import HAProxyCommand, HAProxyProtocolVersion, HAProxyProxiedProtocol
from pyboot.components.netty.wire.haproxy.message import HAProxyMessage, HAProxyTLV
from pyboot.components.netty.wire.haproxy.reader import HAProxyReader, begins_proxy_header
from pyboot.testing.codec import check_decoder

V1, V2 = HAProxyProtocolVersion
PROXY, LOCAL = HAProxyCommand.PROXY, HAProxyCommand.LOCAL
Kind = HAProxyProxiedProtocol

SIGNATURE = b"\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a"
LINE4 = b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"
LINE6 = b"PROXY TCP6 2001:db8::1 ::1 65535 0\r\n"
LONGEST_LINE = b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535".ljust(105, b"x") + b"\r\n"
TCP4 = SIGNATURE + b"\x21\x11\x00\x0c" + b"\xc0\xa8\x00\x01\xc0\xa8\x00\x0b\xdc\x04\x01\xbb"
UDP4 = SIGNATURE + b"\x21\x12\x00\x0c" + b"\xc0\xa8\x00\x01\xc0\xa8\x00\x0b\xdc\x04\x01\xbb"
TCP6 = SIGNATURE + b"\x21\x21\x00\x24" + b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01" + bytes(15) + b"\x01" + b"\xdc\x04\x01\xbb"
UNIX = SIGNATURE + b"\x21\x31\x00\xd8" + b"/run/a".ljust(108, b"\0") + b"/run/b".ljust(108, b"\0")
UNSPECIFIED = SIGNATURE + b"\x21\x00\x00\x00"
CHECK = SIGNATURE + b"\x20\x00\x00\x00"
CHECK_WITH_RUBBISH = SIGNATURE + b"\x20\x11\x00\x03\xff\xff\xff"
WITH_TLVS = SIGNATURE + b"\x21\x11\x00\x1d" + TCP4[16:] + b"\x02\x00\x0bexample.com" + b"\x04\x00\x00"
# As haproxy 2.6 has sent it, with ``proxy-v2-options crc32c,unique-id``.
OF_HAPROXY = (
    SIGNATURE + b"\x21\x11\x00\x23" + b"\x7f\x00\x00\x01\x7f\x00\x00\x01\xd1\x40\x49\x71"
    b"\x03\x00\x04\x38\xfa\x7d\xba" + b"\x05\x00\x0d7F000001:D140"
)  # fmt: skip

SOURCE, DESTINATION = ("192.168.0.1", 56324), ("192.168.0.11", 443)
MESSAGE1 = HAProxyMessage(V1, PROXY, Kind.TCP4, SOURCE, DESTINATION)
MESSAGE2 = HAProxyMessage(V2, PROXY, Kind.TCP4, SOURCE, DESTINATION)


def read(data: bytes) -> HAProxyMessage:
    """The only message of *data*."""
    reader = HAProxyReader()
    reader.feed(data)
    message = reader.next_frame()
    assert reader.next_frame() is None
    assert reader.is_between_frames()
    assert isinstance(message, HAProxyMessage)
    return message


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (LINE4, MESSAGE1),
        (LINE6, HAProxyMessage(V1, PROXY, Kind.TCP6, ("2001:db8::1", 65535, 0, 0), ("::1", 0, 0, 0))),
        (b"PROXY UNKNOWN\r\n", HAProxyMessage(V1, PROXY, Kind.UNKNOWN)),
        (LONGEST_LINE, HAProxyMessage(V1, PROXY, Kind.UNKNOWN)),
        (TCP4, MESSAGE2),
        (UDP4, HAProxyMessage(V2, PROXY, Kind.UDP4, SOURCE, DESTINATION)),
        (TCP6, HAProxyMessage(V2, PROXY, Kind.TCP6, ("2001:db8::1", 56324, 0, 0), ("::1", 443, 0, 0))),
        (UNIX, HAProxyMessage(V2, PROXY, Kind.UNIX_STREAM, "/run/a", "/run/b")),
        (UNSPECIFIED, HAProxyMessage(V2, PROXY, Kind.UNKNOWN)),
        (CHECK, HAProxyMessage(V2, LOCAL, Kind.UNKNOWN)),
        (CHECK_WITH_RUBBISH, HAProxyMessage(V2, LOCAL, Kind.UNKNOWN)),
        (
            OF_HAPROXY,
            HAProxyMessage(
                *(V2, PROXY, Kind.TCP4, ("127.0.0.1", 53568), ("127.0.0.1", 18801)),
                [HAProxyTLV(3, b"\x38\xfa\x7d\xba"), HAProxyTLV(5, b"7F000001:D140")],
            ),
        ),
        (WITH_TLVS, HAProxyMessage(V2, PROXY, Kind.TCP4, SOURCE, DESTINATION, [HAProxyTLV(2, b"example.com"), HAProxyTLV(4, b"")])),
    ],
)
def test_headers(data: bytes, expected: HAProxyMessage) -> None:
    """Byte for byte as the specification has them."""
    assert expected == read(data)


def test_every_cut_gives_the_same() -> None:
    """And rubbish behind it, and a peer that leaves anywhere."""
    wrong: dict[bytes, type[DecoderError]] = {
        b"GET / HTTP/1.1\r\n\r\n": CorruptedFrameError,
        SIGNATURE + b"\x11": CorruptedFrameError,
        b"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n": CorruptedFrameError,
        SIGNATURE + b"\x21\x11\xff\xff": TooLongFrameError,
    }
    stream = LINE4 + TCP4 + WITH_TLVS + LINE6
    messages = [read(each) for each in (LINE4, TCP4, WITH_TLVS, LINE6)]
    check_decoder(lambda: FrameDecoder(HAProxyReader()), stream, messages, wrong=wrong)


def test_the_rest_belongs_to_whoever_goes_on() -> None:
    """Nothing behind the header is touched."""
    reader = HAProxyReader()
    reader.feed(TCP4 + b"\x16\x03\x01")

    assert MESSAGE2 == reader.next_frame()
    assert 3 == reader.held_bytes()
    assert b"\x16\x03\x01" == reader.unread()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x16\x03\x01\x00\xa5", "where a PROXY header must stand"),
        (b"proxy TCP4", "where a PROXY header must stand"),
        (b"PROXY\tTCP4", "where a PROXY header must stand"),
        (b"\r\n\r\n\r", "where a PROXY header must stand"),
        (b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\n", "CR LF, and not with LF alone"),
        (b"PROXY TCP4 192.168.0.1 192.168.0.11 56324\r\n", "with 4 fields"),
        (b"PROXY TCP4  192.168.0.1 192.168.0.11 56324 443\r\n", "with 6 fields"),
        (b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443 \r\n", "with 6 fields"),
        (b"PROXY TCP5 192.168.0.1 192.168.0.11 56324 443\r\n", "the first 'TCP5'"),
        (b"PROXY UDP4 192.168.0.1 192.168.0.11 56324 443\r\n", "the first 'UDP4'"),
        (b"PROXY TCP4 299.168.0.1 192.168.0.11 56324 443\r\n", "'299.168.0.1' is no address of TCP4"),
        (b"PROXY TCP4 ::1 ::1 56324 443\r\n", "'::1' is no address of TCP4"),
        (b"PROXY TCP6 192.168.0.1 192.168.0.11 56324 443\r\n", "'192.168.0.1' is no address of TCP6"),
        (b"PROXY TCP4 192.168.0.1 192.168.0.11 80000 443\r\n", "'80000' is no port"),
        (b"PROXY TCP4 192.168.0.1 192.168.0.11 00001 443\r\n", "'00001' is no port"),
        (b"PROXY TCP4 192.168.0.1 192.168.0.11 1 \xff\r\n", "no ASCII"),
        (b"PROXY \r\n", "with 1 fields"),
        (SIGNATURE + b"\x31\x11\x00\x0c", "version and command 0x31"),
        (SIGNATURE + b"\x22\x11\x00\x0c", "version and command 0x22"),
        (SIGNATURE + b"\x21\x41\x00\x0c", "family and type 0x41"),
        (SIGNATURE + b"\x21\x13\x00\x0c", "family and type 0x13"),
        (SIGNATURE + b"\x21\x10\x00\x0c", "family and type 0x10"),
        (SIGNATURE + b"\x21\x11\x00\x0b" + bytes(11), "11 bytes, the addresses of TCP4 alone have 12"),
        (SIGNATURE + b"\x21\x21\x00\x0c" + bytes(12), "12 bytes, the addresses of TCP6 alone have 36"),
        (SIGNATURE + b"\x21\x31\x00\x24" + bytes(36), "36 bytes, the addresses of UNIX_STREAM alone have 216"),
        (SIGNATURE + b"\x21\x11\x00\x0e" + bytes(14), "2 bytes where a field begins"),
        (SIGNATURE + b"\x21\x31\x00\xd8" + b"/a\r\nb".ljust(216, b"\0"), "control characters"),
        (TCP4[:15] + b"\x13" + TCP4[16:] + b"\x03\x00\x04\0\0\0\x01", "CRC32C 0x00000001, computed"),
    ],
)
def test_what_is_no_header_is_refused(data: bytes, said: str) -> None:
    """With what was seen; and nothing is read behind it."""
    reader = HAProxyReader()
    reader.feed(data)

    with pytest.raises(CorruptedFrameError, match=said):
        reader.next_frame()
    reader.feed(TCP4)
    assert reader.next_frame() is None


def test_a_header_is_refused_at_the_first_byte_that_differs() -> None:
    """CVE-2026-55851: a byte above 127 was a negative number, and looked as though more had to come; memory grew without end."""
    for first in range(256):
        reader = HAProxyReader()
        reader.feed(bytes((first,)))
        if first in (0x0D, 0x50):
            assert reader.next_frame() is None
        else:
            with pytest.raises(CorruptedFrameError):
                reader.next_frame()


@pytest.mark.parametrize("filler", [b"\xff", b"\x80", b" ", b"1"])
def test_a_line_of_version_1_is_bounded(filler: bytes) -> None:
    """At 107 bytes without an end, whatever they are."""
    reader = HAProxyReader()
    reader.feed(b"PROXY TCP4 " + filler * 95)
    assert reader.next_frame() is None

    reader.feed(filler)
    with pytest.raises(TooLongFrameError, match="107"):
        reader.next_frame()


def test_the_announced_length_is_compared_before_anything_is_waited_for() -> None:
    """16 bytes come, 65551 are announced: nothing is kept for them."""
    reader = HAProxyReader(max_header_bytes=100)
    reader.feed(SIGNATURE + b"\x21\x11\xff\xff")

    with pytest.raises(TooLongFrameError, match="65551"):
        reader.next_frame()
    assert 0 == reader.held_bytes()
    with pytest.raises(ValueError, match="must be at least 16"):
        HAProxyReader(15)


def test_a_header_that_was_changed_on_the_way_is_refused() -> None:
    """One bit of haproxy's, with its sum."""
    reader = HAProxyReader()
    reader.feed(OF_HAPROXY[:-1] + b"1")

    with pytest.raises(CorruptedFrameError, match="CRC32C 0x38fa7dba, computed 0x"):
        reader.next_frame()


def test_what_was_read_keeps_nothing_of_the_stream() -> None:
    """CVE-2026-44893 and CVE-2026-48059: fields that held slices of the buffer were not released where a later one was wrong."""
    reader = HAProxyReader()
    reader.feed(SIGNATURE + b"\x21\x11\x00\x1a" + TCP4[16:] + b"\x02\x00\x08hostname\x01\xff\xff")

    with pytest.raises(CorruptedFrameError):
        reader.next_frame()
    assert (0, b"", True) == (reader.held_bytes(), reader.unread(), reader.is_between_frames())


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", None),
        (b"P", None),
        (b"PROXY TCP", None),
        (b"PROXY TCP4 ", True),
        (b"PROXY UNKNOWN\r\n", True),
        (b"PROXY /path HTTP/1.1\r\n", False),
        (b"PUT / HTTP/1.1", False),
        (b"\r\n", None),
        (SIGNATURE, True),
        (SIGNATURE + b"x", True),
        (b"\r\n\r\nGET", False),
        (b"\x16\x03\x01", False),
    ],
)
def test_whether_bytes_begin_a_header(head: bytes, expected: bool | None) -> None:
    """As soon as it can be told."""
    assert begins_proxy_header(head) is expected
