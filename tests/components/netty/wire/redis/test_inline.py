"""Commands as people type them."""

import pytest

from pyboot.components.netty.wire.redis.errors import CorruptedRedisMessageError
from pyboot.components.netty.wire.redis.inline import split_inline


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", []),
        (b"  \t ", []),
        (b"PING", [b"PING"]),
        (b"  SET\ta  1 ", [b"SET", b"a", b"1"]),
        (rb'SET "a b" "c\"d"', [b"SET", b"a b", b'c"d']),
        (rb'"\r\n\t\a\b\x00\xfF\q\\"', [b"\r\n\t\a\b\x00\xffq\\"]),
        (rb"'a b' '\n' 'it\'s' ''", [b"a b", rb"\n", b"it's", b""]),
        (b"\xff", [b"\xff"]),
    ],
)
def test_words(line: bytes, words: list[bytes]) -> None:
    """Quotes hold spaces; double ones escapes too."""
    assert words == split_inline(line)


@pytest.mark.parametrize("line", [b'"', b"'", b'a "b', b'"a"b', b"'a'b", b'a"b"', rb'"a\"'])
def test_quotes_must_close(line: bytes) -> None:
    """And a space or the end come behind them."""
    with pytest.raises(CorruptedRedisMessageError, match="whose quotes do not close"):
        split_inline(line)


def test_a_long_line_costs_no_more_than_its_length() -> None:
    """Neither quotes nor backslashes make the search go back and forth: this ends at once, or the run is over."""
    for line in (b'"' + b"\\" * 65_000, b'"a" ' * 16_000 + b'"', b"'" * 65_001, b" " * 65_000 + b'"'):
        with pytest.raises(CorruptedRedisMessageError):
            split_inline(line)
