"""The characters of HTTP, all 256 of them in every place."""

import pytest

from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.grammar import (
    checked_name,
    checked_value,
    is_field_value,
    is_target,
    is_token,
    known_name,
    number_of_fields,
)

LETTERS = {*range(ord("a"), ord("z") + 1), *range(ord("A"), ord("Z") + 1), *range(ord("0"), ord("9") + 1)}
TOKEN = LETTERS | set(b"!#$%&'*+-.^_`|~")
ALL = [bytes([number]) for number in range(256)]


def test_a_token_holds_letters_digits_and_fifteen_marks() -> None:
    """Each byte alone, and behind another."""
    assert TOKEN == {each[0] for each in ALL if is_token(each)} == {each[0] for each in ALL if is_token(b"a" + each)}
    assert not is_token(b"")


def test_a_field_value_holds_no_control_characters() -> None:
    """HTAB may stand within; white space around is no part of a value."""
    inside = {each[0] for each in ALL if is_field_value(b"a" + each + b"b")}

    assert {9, *range(32, 127), *range(128, 256)} == inside
    assert inside - {9, 32} == {each[0] for each in ALL if is_field_value(each)}
    assert is_field_value(b"")


def test_a_target_holds_what_is_visible_and_ascii() -> None:
    """And no fragment, which never leaves a client."""
    assert set(range(33, 127)) - {ord("#")} == {each[0] for each in ALL if is_target(b"/" + each)}
    assert not is_target(b"")


def test_a_name_is_known_by_its_lower_case() -> None:
    """Whatever its case, and None if it is none; asked twice, as a table remembers it."""
    for _ in range(2):
        assert [b"x-first", b"x-first", None, None] == [known_name(name) for name in (b"X-First", b"x-FIRST", b"x first", b"")]


def test_names_that_are_not_kept_are_checked_all_the_same() -> None:
    """A long one, and one that comes when the table is full."""
    assert b"x" * 100 == known_name(b"X" * 100)
    assert [f"n{number}".encode() for number in range(2000)] == [known_name(f"N{number}".encode()) for number in range(2000)]
    assert known_name(b"n1999:") is None


@pytest.mark.parametrize("name", [b"a b", "a\r\nb", "", "a:", "\N{LATIN SMALL LETTER E WITH ACUTE}", "\N{SNOWMAN}"])
def test_a_name_that_is_none_cannot_be_sent(name: str | bytes) -> None:
    """The error shows it."""
    with pytest.raises(HttpEncoderError, match="no name of a header field"):
        checked_name(name)


@pytest.mark.parametrize("bad", [b"\r", b"\n", b"\r\n", b"\x00", b"\x0b", b"\x0c", b"\x7f", b"\x1f"])
@pytest.mark.parametrize("form", [b"a%sb", b"%sa", b"a%s"])
def test_a_value_that_would_end_its_line_cannot_be_sent(bad: bytes, form: bytes) -> None:
    """Wherever the character stands, as bytes and as text."""
    for value in (form % bad, (form % bad).decode("latin-1")):
        with pytest.raises(HttpEncoderError, match="control characters"):
            checked_value("x", value)


def test_a_value_may_be_text_bytes_or_a_number() -> None:
    """White space around it is taken away."""
    assert [b"text", b"bytes", b"12", b"\xe9"] == [checked_value("x", value) for value in (" text\t", b"bytes", 12, "\xe9")]
    with pytest.raises(HttpEncoderError, match="8859-1"):
        checked_value("x", "\N{SNOWMAN}")


def test_the_number_of_fields_is_that_of_http_1() -> None:
    """Pseudo-header fields are none, the crumbs of a cookie are one."""
    assert 0 == number_of_fields([b":method", b":path"])
    assert 3 == number_of_fields([b":method", b"cookie", b"a", b"cookie", b"a", b"cookie"])
