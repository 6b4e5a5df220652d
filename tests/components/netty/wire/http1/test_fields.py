"""A block of header fields."""

from typing import Any

import pytest

from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig
from pyboot.components.netty.wire.http1.fields import CHUNKED_CONTENT, FIXED_CONTENT, NO_CONTENT, FieldBlock, FieldReader


def read(block: bytes, *, of_requests: bool = True, **rules: Any) -> FieldBlock:
    """Read a block with *rules* of a config."""
    return FieldReader(HttpDecoderConfig(**rules), of_requests).read(block)


def reason(block: bytes, *, of_requests: bool = True, **rules: Any) -> tuple[str, int]:
    """Why a block is refused, and with what status."""
    with pytest.raises(HttpDecoderError) as caught:
        read(block, of_requests=of_requests, **rules)
    return caught.value.reason, caught.value.status


def test_a_field_is_a_name_and_a_value_without_the_white_space_around_it() -> None:
    """The name as it came, and in lower case."""
    block = read(b"Host:x\r\nA: \t b c\t \r\nEmpty:\r\nE2: \r\nObs: \xe9:\xff")

    assert [
        (b"host", b"Host", b"x"),
        (b"a", b"A", b"b c"),
        (b"empty", b"Empty", b""),
        (b"e2", b"E2", b""),
        (b"obs", b"Obs", b"\xe9:\xff"),
    ] == block.fields
    assert (NO_CONTENT, b"x") == (block.framing, block.host)


@pytest.mark.parametrize("byte", [each for each in [*range(32), 127] if each != 9])
def test_a_control_character_is_refused_wherever_it_stands(byte: int) -> None:
    """NUL, a CR without LF and an LF without CR among them, and those that some take for white space."""
    bad = bytes([byte])
    expected = ({10: "bare-lf", 13: "bare-cr"}.get(byte, "control-character"), 400)

    for block in (
        b"A: b" + bad,
        b"A: " + bad + b"b",
        b"A: b" + bad + b"c",
        b"A" + bad + b": b",
        bad + b"A: b",
        b"A: b\r\nC: d" + bad + b"\r\nE: f",
    ):
        assert expected == reason(block)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"A", "no-colon"),
        (b"A: b\r\nnonsense", "no-colon"),
        (b"A : b", "space-before-colon"),
        (b"A\t: b", "space-before-colon"),
        (b"Transfer-Encoding : chunked", "space-before-colon"),
        (b": b", "header-name"),
        (b"A b: c", "header-name"),
        (b"A(: c", "header-name"),
        (b"\xc3\xa9: c", "header-name"),
        (b" A: b", "obs-fold"),
        (b"A: b\r\n c", "obs-fold"),
        (b"A: b\r\n\tc", "obs-fold"),
        (b"A: b\r\n ", "obs-fold"),
        (b"A: b\r\n\r\n C: d", "no-colon"),
    ],
)
def test_a_line_that_is_no_field_is_refused(block: bytes, expected: str) -> None:
    """Never joined, trimmed or skipped."""
    assert (expected, 400) == reason(block)


def test_leniencies_let_pass_what_they_name() -> None:
    """And nothing else."""
    assert [(b"a", b"A", b"b c d")] == read(b"A: b\r\n c \r\n\t d", allow_obs_fold=True).fields
    assert ("obs-fold", 400) == reason(b" A: b", allow_obs_fold=True)
    assert [(b"a", b"A", b"b")] == read(b"A \t: b", allow_space_before_colon=True).fields
    assert ("header-name", 400) == reason(b"A b : c", allow_space_before_colon=True)
    twice = read(b"Content-Length: 5\r\nX: y\r\nContent-Length: 5", allow_duplicate_content_length=True)
    assert ([(b"content-length", b"Content-Length", b"5"), (b"x", b"X", b"y")], 5) == (twice.fields, twice.length)
    assert ("content-length-count", 400) == reason(b"Content-Length: 5\r\nContent-Length: 6", allow_duplicate_content_length=True)
    both = read(b"Content-Length: 5\r\nTransfer-Encoding: chunked", allow_content_length_with_transfer_encoding=True)
    assert (CHUNKED_CONTENT, True, [b"transfer-encoding"]) == (both.framing, both.must_close, [field[0] for field in both.fields])


def test_what_one_reader_lets_pass_is_nothing_for_another() -> None:
    """Lines are remembered for all, but not those that are no fields to a strict one; nor are limits forgotten."""
    for _ in range(2):
        assert [(b"a", b"A", b"b")] == read(b"A : b", allow_space_before_colon=True).fields
        assert ("space-before-colon", 400) == reason(b"A : b")
        assert [(b"long", b"Long", b"b" * 20)] == read(b"Long: " + b"b" * 20).fields
        assert ("header-too-long", 431) == reason(b"Long: " + b"b" * 20, max_header_line=10)
        assert (5, b"x") == ((block := read(b"Content-Length: 5\r\nHost: x")).length, block.host)
        assert ("content-length-count", 400) == reason(b"Content-Length: 5\r\nContent-Length: 5")
        assert ("host-count", 400) == reason(b"Host: x\r\nHost: x")


def test_more_lines_than_a_table_holds_are_read() -> None:
    """It begins anew, and nothing is taken for another."""
    for number in range(5000):
        line = b"A%d: %d" % (number % 700, number)
        assert [(b"a%d" % (number % 700), b"A%d" % (number % 700), b"%d" % number)] == read(line + b"\r\nB: c").fields[:1]


def test_a_length_is_digits_and_nothing_else() -> None:
    """Python's own numbers are more than that."""
    assert (FIXED_CONTENT, 5) == (read(b"Content-Length: 5").framing, read(b"content-LENGTH:  00005 ").length)
    for wrong in (b"+5", b"-5", b"5_0", b"0x5", b"5 0", b"5,5", b"5, 5", b"", b"\xb2", b"1e3", b"5;a", b"five", b"5.0"):
        assert ("content-length", 400) == reason(b"Content-Length: " + wrong), wrong
    assert ("content-length-digits", 400) == reason(b"Content-Length: " + b"1" * 16)
    assert ("content-length-count", 400) == reason(b"Content-Length: 5\r\nContent-Length: 5")


def test_a_transfer_coding_is_chunked_alone() -> None:
    """Once, in any case; others are not done, or are none."""
    assert {CHUNKED_CONTENT} == {read(b"Transfer-Encoding: " + each).framing for each in (b"chunked", b"Chunked", b" CHUNKED\t")}
    for undone in (b"gzip, chunked", b"deflate,gzip,Chunked"):
        assert ("coding-not-done", 501) == reason(b"Transfer-Encoding: " + undone), undone
    for wrong in (
        *(
            b"",
            b"identity",
            b"xchunked",
            b"chunkedx",
            b"chunked, chunked",
            b"chunked, gzip",
            b"chunked;q=1",
            b'"chunked"',
            b"gzip",
            b"chunked,",
        ),
        *(b",chunked", b"chunked identity", b"identity, chunked", b"ch\xc5\xbfunked", b"chunked\x85", b"chun ked"),
    ):
        assert ("transfer-encoding", 400) == reason(b"Transfer-Encoding: " + wrong), wrong
    assert ("transfer-encoding", 400) == reason(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")
    assert ("transfer-encoding", 400) == reason(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")


def test_length_and_coding_together_are_refused() -> None:
    """In either order: one of two parsers would go by the other."""
    assert ("length-and-coding", 400) == reason(b"Content-Length: 5\r\nTransfer-Encoding: chunked")
    assert ("length-and-coding", 400) == reason(b"Transfer-Encoding: x\r\nContent-Length: 5")


def test_a_request_names_one_host() -> None:
    """A response may say anything."""
    assert ("host-count", 400) == reason(b"Host: a\r\nHost: a")
    assert ("host", 400) == reason(b"Host:")
    assert [b"Host"] * 2 == [field[1] for field in read(b"Host: a b\r\nHost: a", of_requests=False).fields]


def test_what_the_connection_is_to_become_is_noted() -> None:
    """Over all fields of that name, in any case; an upgrade needs both fields."""
    block = read(b"Connection: Keep-Alive, , Upgrade\r\nconnection: Close\r\nUpgrade: x")
    none = read(b"Connection: closed, keep\r\nUpgrade: x")

    assert (True, True, True) == (block.says_keep_alive, block.says_close, block.says_upgrade)
    assert (False, False, False) == (none.says_keep_alive, none.says_close, none.says_upgrade)
    assert not read(b"Connection: upgrade").says_upgrade
    assert read(b"Connection: keep-alive").says_keep_alive


def test_limits_are_kept_to_the_byte() -> None:
    """Of one field, of all, and their number."""
    assert 1 == len(read(b"A: " + b"b" * 7, max_header_line=10).fields)
    assert ("header-too-long", 431) == reason(b"A: " + b"b" * 8, max_header_line=10)
    assert 2 == len(read(b"A: b\r\nC: d", max_headers=10).fields)
    assert ("headers-too-long", 431) == reason(b"A: b\r\nC: de", max_headers=10)
    assert 2 == len(read(b"A: b\r\nC: d", max_header_fields=2).fields)
    assert ("header-count", 431) == reason(b"A: b\r\nC: d\r\nE: f", max_header_fields=2)


def test_a_trailer_says_nothing_of_the_message_itself() -> None:
    """Such a field is refused, since it comes when all is decided."""
    reader = FieldReader(HttpDecoderConfig(), True)

    assert [(b"x-sum", b"X-Sum", b"1")] == reader.read_trailers(b"X-Sum: 1")
    for name in (b"Content-Length", b"transfer-encoding", b"Host", b"Trailer", b"Connection", b"Authorization", b"Set-Cookie"):
        with pytest.raises(HttpDecoderError, match="trailer"):
            reader.read_trailers(b"A: b\r\n" + name + b": x")
