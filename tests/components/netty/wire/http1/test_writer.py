"""What writers of both roles share: the framing that fields say, chunks, and the words of a first line."""

import pytest

from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import EMPTY_LAST_CONTENT, DefaultLastHttpContent
from pyboot.components.netty.wire.http1.state import END
from pyboot.components.netty.wire.http1.writer import (
    FieldsSaid,
    HttpWriter,
    checked_reason,
    checked_target,
    checked_token,
    chunk,
    length_line,
)


def test_fields_say_how_content_ends() -> None:
    """By its length or by chunks, and what becomes of the connection."""
    length = FieldsSaid(HttpHeaders({"Content-Length": 5, "Connection": "Close, x"}))
    chunks = FieldsSaid(HttpHeaders({"transfer-encoding": "Chunked", "Connection": ["keep-alive", "upgrade"]}))

    assert (5, False, True, False) == (length.length, length.is_chunked, length.says_close, length.says_keep_alive)
    assert (-1, True, True, True) == (chunks.length, chunks.is_chunked, chunks.says_keep_alive, chunks.says_upgrade)


@pytest.mark.parametrize(
    "fields",
    [
        {"Content-Length": ["5", "5"]},
        {"Content-Length": "+5"},
        {"Content-Length": ""},
        {"Transfer-Encoding": "gzip, chunked"},
        {"Transfer-Encoding": ["chunked", "chunked"]},
        {"Content-Length": "5", "Transfer-Encoding": "chunked"},
    ],
)
def test_what_two_parsers_could_read_otherwise_is_never_written(fields: dict[str, str | list[str]]) -> None:
    """A peer of ours must not be the one that is tricked."""
    with pytest.raises(HttpEncoderError):
        FieldsSaid(HttpHeaders(fields))


def test_content_goes_in_chunks() -> None:
    """Long content is not copied; no content is no chunk, for an empty one would end the message."""
    long = b"x" * 5000

    assert [b"5\r\nhello\r\n"] == chunk(b"hello", None)
    assert [b""] == chunk(b"", None)
    assert [b"0\r\n\r\n"] == chunk(b"", EMPTY_LAST_CONTENT)
    assert [b"5\r\nhello\r\n0\r\nT: 1\r\n\r\n"] == chunk(b"hello", DefaultLastHttpContent(b"hello", {"T": "1"}))
    pieces = chunk(long, EMPTY_LAST_CONTENT)
    assert [b"1388\r\n", long, b"\r\n0\r\n\r\n"] == pieces
    assert pieces[1] is long


def test_a_length_is_written_in_digits() -> None:
    """From a table, or made."""
    assert [b"content-length: 0\r\n", b"content-length: 1023\r\n", b"content-length: 1024\r\n"] == [length_line(n) for n in (0, 1023, 1024)]


def test_a_word_that_would_end_its_line_is_never_written() -> None:
    """Any of the 33 control characters, and white space in words that are divided by it."""
    for character in (*map(chr, range(32)), "\x7f", " "):
        for check in (checked_token, checked_target):
            with pytest.raises(HttpEncoderError):
                check(f"a{character}b")
        if character not in " \t":
            with pytest.raises(HttpEncoderError):
                checked_reason(f"a{character}b")
    for check in (checked_token, checked_target):
        with pytest.raises(HttpEncoderError):
            check("")
    assert [b"GET", b"/a?b", b"Not Found"] == [checked_token("GET"), checked_target("/a?b"), checked_reason("Not Found")]
    assert b"?" == checked_reason("\N{SNOWMAN}")


def test_a_move_that_is_in_no_table_is_refused() -> None:
    """Law 2 of the states."""
    writer = HttpWriter()

    with pytest.raises(HttpEncoderError, match="END while the state is IDLE"):
        writer.move(END)
    assert writer.is_idle
    assert "<HttpWriter IDLE>" == repr(writer)
    with pytest.raises(NotImplementedError):
        writer.encode(b"")
