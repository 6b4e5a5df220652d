"""The numbers of RESP, and no others."""

import pytest

from pyboot.components.netty.wire.redis.errors import CorruptedRedisMessageError, RedisLimitError
from pyboot.components.netty.wire.redis.number import parse_big_number, parse_double, parse_integer, parse_length


def test_numbers() -> None:
    """Those at the edges."""
    assert (0, -9223372036854775808, 9223372036854775807) == (
        parse_integer(b"-0"),
        parse_integer(b"-9223372036854775808"),
        parse_integer(b"+9223372036854775807"),
    )
    assert (0, 9223372036854775807) == (parse_length(b"0"), parse_length(b"9223372036854775807"))
    assert (1.0, 0.5, 1e20, float("-inf")) == tuple(map(parse_double, (b"1.", b".5", b"1E+20", b"-inf")))
    assert -(10**30) == parse_big_number(b"-1" + b"0" * 30)


@pytest.mark.parametrize("parse", [parse_integer, parse_length, parse_double, parse_big_number])
@pytest.mark.parametrize("text", [b"", b" 1", b"1 ", b"1_0", b"\xd9\xa1", b"0x1", b"1\n", b"--1", b"+", b"one"])
def test_what_is_none(parse: object, text: bytes) -> None:
    """Though Python's own would take some of it."""
    with pytest.raises(CorruptedRedisMessageError):
        parse(text)  # type: ignore[operator]


@pytest.mark.parametrize("text", [b"9223372036854775808", b"-9223372036854775809", b"0" * 20])
def test_an_integer_has_64_bits(text: bytes) -> None:
    """Both ways; and no more digits than those need."""
    with pytest.raises(CorruptedRedisMessageError, match="no number of 64 bits"):
        parse_integer(text)


def test_too_many_digits_are_told_apart() -> None:
    """As a limit."""
    with pytest.raises(RedisLimitError, match="digits of a big number 4097, allowed are 4096"):
        parse_big_number(b"1" * 4097)
