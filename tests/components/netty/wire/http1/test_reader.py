"""What readers of both roles share: cuts, chunks, limits, and the end."""

import sys
import time

import pytest

from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.message import DefaultHttpContent, DefaultLastHttpContent, FullHttpRequest, HttpRequest
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig
from pyboot.components.netty.wire.http1.requests import HttpRequestReader
from pyboot.components.netty.wire.http1.state import BREAK, HOLD, IDLE, STATES

from .reading import error_of, joined, read, single_bytes

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
STREAM = (
    GET
    + b"\r\n\r\n"
    + b"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world"
    + b"\r\n"
    + CHUNKED
    + b'5\r\nhello\r\n6;a;b=c;d="e \\" ;f"\r\n world\r\n000\r\nX-Sum: 1\r\nX-Other:\r\n\r\n'
    + b"PUT /c HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
    + GET
)
MESSAGES = [
    FullHttpRequest("GET", "/", headers={"Host": "x"}),
    HttpRequest("POST", "/b", {"Host": "x", "Content-Length": "11"}),
    (b"hello world", []),
    HttpRequest("POST", "/a", {"Host": "x", "Transfer-Encoding": "chunked"}),
    (b"hello world", [("X-Sum", "1"), ("X-Other", "")]),
    FullHttpRequest("PUT", "/c", headers={"host": "x", "content-length": "0"}),
    FullHttpRequest("GET", "/", headers={"Host": "x"}),
]


def test_the_cuts_of_the_network_change_nothing() -> None:
    """Whole, byte by byte, with empty reads between, and at every cut in two and in three."""
    assert MESSAGES == joined(read(HttpRequestReader(), STREAM, answers=True))
    assert MESSAGES == joined(read(HttpRequestReader(), *single_bytes(STREAM), answers=True))
    assert MESSAGES == joined(read(HttpRequestReader(), *[piece for byte in single_bytes(STREAM) for piece in (b"", byte)], answers=True))
    for cut in range(len(STREAM)):
        assert MESSAGES == joined(read(HttpRequestReader(), STREAM[:cut], STREAM[cut:], answers=True)), cut
        three = STREAM[:cut], STREAM[cut : cut + 3], STREAM[cut + 3 :]
        assert MESSAGES == joined(read(HttpRequestReader(), *three, answers=True)), cut


WRONG = {
    b"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n": "space-before-colon",
    b"GET / HTTP/1.1\nHost: x\n\n": "bare-lf",
    b"GET / HTTP/1.1\r\nHost: x\n\r\n": "bare-lf",
    b"GET / HTTP/1.1\r\nHost: x\r\n\n": "bare-lf",
    b"\nGET / HTTP/1.1\r\nHost: x\r\n\r\n": "method",
    b"\rGET / HTTP/1.1\r\nHost: x\r\n\r\n": "method",
    b"GET / HTTP/1.1\rHost: x\r\n\r\n": "control-character",
    b"GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n": "bare-cr",
    b"\r\n\r\n\r\n\r\n\r\n" + GET: "empty-lines",
    CHUNKED + b"5\nhello\r\n0\r\n\r\n": "chunk-size",
    CHUNKED + b"5\r\nhello\n0\r\n\r\n": "chunk-end",
    CHUNKED + b"5\r\nhello\r0\r\n\r\n": "chunk-end",
    CHUNKED + b"5\r\nhello!\r\n0\r\n\r\n": "chunk-end",
    CHUNKED + b"5\r\nhello\r\n0\r\nA: b\n\r\n": "bare-lf",
    CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 1\r\n\r\n": "trailer",
}


@pytest.mark.parametrize("stream", WRONG)
def test_what_is_wrong_is_wrong_however_it_is_cut(stream: bytes) -> None:
    """And nothing behind it is read: a request that was smuggled in never comes out."""
    smuggled = stream + GET
    for chunks in ([smuggled], single_bytes(smuggled), *([smuggled[:cut], smuggled[cut:]] for cut in range(len(smuggled)))):
        reader = HttpRequestReader()
        found = joined(read(reader, *chunks))

        assert [] == [each for each in found if isinstance(each, FullHttpRequest)], chunks
        reasons = [each for each in found if isinstance(each, str)]
        assert 1 == len(reasons)
        assert reasons[0] == WRONG[stream] or "bare-lf" in (reasons[0], WRONG[stream])  # which is found before the line is whole
        assert "BROKEN" == STATES[reader.state]
        assert reader.is_between_frames()


@pytest.mark.parametrize(
    "size",
    [
        b"",
        b"g",
        b"5 ",
        b" 5",
        b"+5",
        b"-5",
        b"0x5",
        b"5_0",
        b"\xb25",
        b"1" * 16,
        b"0" * 16,
        b"5\t",
        b"5\x00",
        b"5,5",
        b"5h",
        b'"5"',
        b"5.0",
    ],
)
def test_a_chunk_size_is_hexadecimal_digits_and_nothing_else(size: bytes) -> None:
    """Python's own numbers are more than that."""
    assert "chunk-size" == read(HttpRequestReader(), CHUNKED + size + b"\r\nhello")[-1]
    assert "chunk-size" == read(HttpRequestReader(), CHUNKED + size + b";a\r\nhello")[-1]


@pytest.mark.parametrize(
    "extension",
    [
        *(
            b";",
            b";a;",
            b";;a",
            b"; a",
            b" ;a",
            b";a ",
            b";a =b",
            b";a= b",
            b";a=",
            b";=b",
            b';a="b',
            b';a=b"',
            b';a="b"c',
            b";a\x00",
            b";a=\x01",
        ),
        *(b";a\x0b", b";a\r", b';a="\r"', b';a="\x7f"', b";a(b", b";a=b=c", b';"a"', b';a="b\\"', b";a\x80"),
    ],
)
def test_an_extension_of_a_chunk_hides_nothing(extension: bytes) -> None:
    """A name, and maybe a value that is a token or quoted within its line."""
    assert read(HttpRequestReader(), CHUNKED + b"5" + extension + b"\r\nhello\r\n0\r\n\r\n" + GET)[-1] in ("chunk-extension", "chunk-size")


def test_limits_are_kept_to_the_byte_and_before_memory_is_spent() -> None:
    """Whole and byte by byte; what never ends is refused as soon as it is too long."""
    limits = HttpDecoderConfig(max_initial_line=14, max_headers=20, max_header_line=12, max_chunk_line=3, max_chunk_extensions=4)
    fits = b"GET / HTTP/1.1\r\nHost: x\r\nA: b6789012\r\n"[:-2]
    assert 20 == len(fits) - 16
    for chunks in ([fits + b"\r\n\r\n"], single_bytes(fits + b"\r\n\r\n")):
        assert ["GET"] == [each.method for each in read(HttpRequestReader(limits), *chunks)]
    cases = {
        b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n": ("initial-line-too-long", 414),
        b"GET /" + b"a" * 60: ("initial-line-too-long", 414),
        b"GET / HTTP/1.1\r\nA: b678901234\r\n\r\n": ("header-too-long", 431),
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b67890\r\nB: c\r\n\r\n": ("headers-too-long", 431),
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 60: ("headers-too-long", 431),
    }
    for stream, expected in cases.items():
        for chunks in ([stream], single_bytes(stream)):
            error = error_of(HttpRequestReader(limits), *chunks)
            assert expected == (error.reason, error.status)


def test_limits_of_chunks_are_kept() -> None:
    """Of one line, of all extensions of a message, of its trailing fields."""
    limits = HttpDecoderConfig(max_chunk_line=5, max_chunk_extensions=8, max_headers=60)

    assert (b"ab", []) == joined(read(HttpRequestReader(limits), CHUNKED + b"1;abc\r\na\r\n1;abc\r\nb\r\n0\r\n\r\n"))[-1]
    for chunks in ([b"1;abcd\r\na"], single_bytes(b"1;abcd\r\na"), [b"1" * 7], single_bytes(b"1" * 7)):
        assert "chunk-line-too-long" == read(HttpRequestReader(limits), CHUNKED, *chunks)[-1]
    assert "chunk-extensions-too-long" == read(HttpRequestReader(limits), CHUNKED + b"1;abc\r\na\r\n1;abc\r\nb\r\n1;a\r\n")[-1]
    for chunks in ([b"0\r\nA: " + b"b" * 70], [b"0\r\n", *single_bytes(b"A: " + b"b" * 70)], [b"0\r\nA: " + b"b" * 70 + b"\r\n\r\n"]):
        assert "headers-too-long" == read(HttpRequestReader(limits), CHUNKED, *chunks)[-1]


def test_content_comes_as_it_was_read() -> None:
    """A chunk of the network that is all content is not copied; many HTTP chunks within one are one piece."""
    body = b"x" * 1000
    reader = HttpRequestReader()
    read(reader, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2001\r\n\r\n")
    reader.feed(body)
    first = reader.next_frame()
    assert isinstance(first, DefaultHttpContent)
    assert first.content is body
    assert [DefaultHttpContent(body), DefaultLastHttpContent(b"y")] == read(reader, body, b"y")

    many = b"1\r\na\r\n" * 500
    assert [DefaultHttpContent(b"a" * 500), DefaultLastHttpContent(b"a" * 500)] == read(
        HttpRequestReader(), CHUNKED + many, many + b"0\r\n\r\n"
    )[1:]


def test_heads_that_are_the_same_share_their_fields_until_one_is_changed() -> None:
    """And one that only begins the same is another."""
    one, two, three = read(HttpRequestReader(), GET, GET + b"GET /a HTTP/1.1\r\nHost: xy\r\n\r\n")

    one.headers.add("a", "b")

    assert [["Host", "a"], ["Host"], ["Host"]] == [[name for name, _ in each.headers.items()] for each in (one, two, three)]
    assert ["x", "xy"] == [two.headers["host"], three.headers["host"]]
    different = read(HttpRequestReader(), GET + b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n" + GET)
    assert [1, 2, 1] == [len(each.headers) for each in different]


def test_a_head_that_comes_byte_by_byte_costs_no_more_than_its_length() -> None:
    """Ten times the fields cost about ten times the processor time, where a search from the beginning would cost a hundred times."""

    def seconds_of(fields: int) -> float:
        stream = single_bytes(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * fields + b"\r\n")
        config = HttpDecoderConfig(max_header_fields=10_000, max_headers=100_000)
        best = sys.float_info.max
        for _ in range(3):
            reader = HttpRequestReader(config)
            began = time.process_time()
            assert 1 == len(read(reader, *stream))
            best = min(best, time.process_time() - began)
        return best

    assert seconds_of(2000) < 50 * seconds_of(200)


def test_what_no_message_was_made_of_is_handed_over() -> None:
    """Of a head that is not whole: all that came of it."""
    reader = HttpRequestReader()

    assert 1 == len(read(reader, GET + b"GET /", b" HT"))
    assert not reader.is_between_frames()
    assert b"GET / HT" == reader.unread()


def test_the_stream_may_end_between_messages_alone() -> None:
    """At no byte of one that has begun."""
    stream = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + CHUNKED + b"1\r\na\r\n0\r\n\r\n"
    borders = {0, stream.index(CHUNKED), len(stream)}
    for cut in range(len(stream) + 1):
        reader = HttpRequestReader()
        read(reader, stream[:cut], answers=True)
        assert (cut in borders) is reader.is_between_frames(), cut
        assert reader.last_frame() is None


def test_a_move_that_is_in_no_table_is_refused() -> None:
    """Law 2 of the states."""
    reader = HttpRequestReader()
    reader.move(HOLD)
    assert "<HttpRequestReader HELD>" == repr(reader)
    with pytest.raises(HttpDecoderError, match="HOLD in state HELD"):
        reader.move(HOLD)
    reader.move(BREAK)
    reader.resume()
    assert IDLE != reader.state
