"""ClientHellos: read whole however they are cut, refused where they are none, never half believed."""

import ssl
import tracemalloc

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, DecoderError, NotSslRecordError, TooLongFrameError
from pyboot.components.netty.wire.client_hello import ClientHello, ClientHelloReader

# TLS 1.2's version, a random, no session id, one suite, no compression.
FIXED = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00"
SERVER_NAME = b"\x00\x00" + b"\x00\x10" + b"\x00\x0e" + b"\x00" + b"\x00\x0b" + b"Server.Test"
ALPN = b"\x00\x10" + b"\x00\x0e" + b"\x00\x0c" + b"\x02h2" + b"\x08http/1.1"


def message(hello: bytes) -> bytes:
    """A handshake message that is a ClientHello."""
    return b"\x01" + len(hello).to_bytes(3) + hello


def records(content: bytes, size: int = 16384) -> bytes:
    """Records of the handshake, of so many bytes each."""
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    return b"".join(b"\x16\x03\x01" + len(piece).to_bytes(2) + piece for piece in pieces)


def hello_with(*extensions: bytes) -> bytes:
    """A hello with those."""
    joined = b"".join(extensions)
    return FIXED + len(joined).to_bytes(2) + joined


def read(stream: bytes, chunk: int = 1 << 20, max_bytes: int = 65536) -> ClientHello | None:
    """What a reader makes of *stream*, cut so."""
    reader = ClientHelloReader(max_bytes)
    for start in range(0, len(stream), chunk):
        reader.feed(stream[start : start + chunk])
        if (found := reader.next_frame()) is not None:
            return found
    return None


def real_hello(name: str | None) -> bytes:
    """What OpenSSL sends first."""
    context = ssl.create_default_context()
    context.check_hostname = name is not None
    context.set_alpn_protocols(["h2", "http/1.1"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("chunk", [1, 2, 5, 100, 1 << 20])
def test_the_name_is_found_however_the_stream_is_cut(chunk: int) -> None:
    """In lower case, with the protocols."""
    assert ClientHello("server.test", ("h2", "http/1.1")) == read(real_hello("Server.Test"), chunk)
    assert ClientHello("server.test", ("h2", "http/1.1")) == read(records(message(hello_with(SERVER_NAME, ALPN))), chunk)


@pytest.mark.parametrize("size", [1, 3, 7, 50])
def test_the_name_is_found_however_many_records_the_message_spans(size: int) -> None:
    """CVE-2026-75595: the header of the message split over records hid the name."""
    assert ClientHello("server.test") == read(records(message(hello_with(SERVER_NAME)), size))


def test_a_client_may_name_no_host() -> None:
    """With other extensions, with none, and by OpenSSL."""
    assert ClientHello(None, ("h2", "http/1.1")) == read(real_hello(None))
    assert ClientHello() == read(records(message(hello_with())))
    assert ClientHello() == read(records(message(FIXED)))


def test_every_byte_is_given_back() -> None:
    """TLS itself begins with them, those behind the hello included."""
    stream = records(message(hello_with(SERVER_NAME))) + b"\x14\x03\x03\x00\x01\x01"
    reader = ClientHelloReader()
    assert reader.is_between_frames()
    reader.feed(stream)

    assert ClientHello("server.test") == reader.next_frame()
    assert not reader.is_between_frames()
    assert stream == reader.unread()
    assert reader.is_between_frames()
    reader.feed(stream)
    assert ClientHello("server.test") == reader.next_frame()


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (b"\x17\x03\x03\x00\x05hello", "record of type 23"),
        (b"\x15\x03\x03\x00\x02\x01\x00", "record of type 21"),
        (records(message(FIXED)[:20]) + b"\x15\x03\x03\x00\x02\x01\x00", "record of type 21"),
        (records(b"\x02\x00\x00\x01\x00"), "message of type 2"),
        (records(message(b"\x03\x03" + bytes(32) + b"\xff")), "255 bytes wanted, 0 left"),
        (records(message(hello_with(SERVER_NAME, SERVER_NAME))), "extension 0 stands twice"),
        (records(message(hello_with(SERVER_NAME) + b"!")), "bytes behind the extensions"),
        (records(message(FIXED + b"\x00\x01\x00")), "2 bytes wanted, 1 left"),
        (records(message(hello_with(b"\x00\x00\x00\x05\x00\x03\x01\x00\x00"))), "not one host name"),
        (records(message(hello_with(b"\x00\x00\x00\x05\x00\x03\x00\x00\x00"))), "is no host name"),
        (records(message(hello_with(SERVER_NAME.replace(b"r.T", b"r\x00T")))), "is no host name"),
        (records(message(hello_with(SERVER_NAME.replace(b"r.T", b"r\xfcT")))), "is no host name"),
    ],
)
def test_what_is_no_hello_is_refused(stream: bytes, said: str) -> None:
    """With what is wrong, and the same byte by byte."""
    with pytest.raises(CorruptedFrameError, match=said):
        read(stream)
    with pytest.raises(CorruptedFrameError, match=said):
        read(stream, 1)


def test_what_is_no_tls_is_refused_with_its_name() -> None:
    """At its first byte."""
    with pytest.raises(NotSslRecordError, match="a request of HTTP"):
        read(b"GET / HTTP/1.1\r\n")
    with pytest.raises(NotSslRecordError):
        read(b"G")


def test_what_is_no_tls_is_shown() -> None:
    """The first bytes of the stream; behind a good record, those that stand where another one must begin."""
    with pytest.raises(NotSslRecordError) as caught:
        read(b"GET / HTTP/1.1\r\nHost: server.test\r\n")
    assert b"GET / HTTP/1.1\r\n" == caught.value.received
    assert (caught.value.protocol or "").startswith("a request of HTTP")

    with pytest.raises(NotSslRecordError) as caught:
        read(records(message(FIXED)[:20]) + b"GET / HTTP/1.1\r\n")
    assert b"GET /" == caught.value.received


def test_a_length_that_is_announced_takes_no_memory() -> None:
    """16 MiB in the header, five bytes behind it: refused before anything is set aside (CVE-2023-34462)."""
    tracemalloc.start()
    try:
        with pytest.raises(TooLongFrameError, match="16777215"):
            read(records(b"\x01\xff\xff\xff" + b"hello"))
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024
    finally:
        tracemalloc.stop()


def test_a_message_that_never_ends_is_refused() -> None:
    """Record for record up to the limit, without a length that could be believed."""
    with pytest.raises(TooLongFrameError):
        read(records(message(bytes(70_000)), 16_000), max_bytes=65536)
    assert read(records(message(bytes(60_000))[:50_000], 16_000), max_bytes=65536) is None


def test_the_limit_is_that_of_the_message_without_its_header() -> None:
    """One byte more is refused: by the length it announces, or by the records that hold it."""
    hello = hello_with(SERVER_NAME)

    for size in (16384, 20):
        assert ClientHello("server.test") == read(records(message(hello), size), max_bytes=len(hello))
        with pytest.raises(TooLongFrameError, match=f"frame of {len(hello)} bytes, limit {len(hello) - 1}"):
            read(records(message(hello) if size == 20 else message(hello)[:-1], size), max_bytes=len(hello) - 1)
    with pytest.raises(TooLongFrameError, match="frame of at least 105 bytes, limit 100"):
        read(records(message(bytes(100))[:50]) + b"\x16\x03\x01" + (55).to_bytes(2), max_bytes=100)


def test_a_message_of_a_header_alone_is_no_hello() -> None:
    """Nothing more is waited for."""
    with pytest.raises(CorruptedFrameError, match="34 bytes wanted, 0 left"):
        read(records(b"\x01\x00\x00\x00"))


def test_any_change_of_one_byte_gives_a_hello_or_an_error() -> None:
    """Nothing else, and never an endless loop."""
    stream = records(message(hello_with(SERVER_NAME, ALPN)))
    for place in range(len(stream)):
        for byte in (0, 1, 0x7F, 0xFF):
            try:
                found = read(stream[:place] + bytes((byte,)) + stream[place + 1 :])
            except DecoderError:
                continue
            assert found is None or isinstance(found, ClientHello)
