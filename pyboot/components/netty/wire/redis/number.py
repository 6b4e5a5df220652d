"""The numbers of RESP, strictly: Python's own ``int`` and ``float`` take spaces, underscores and the digits of other scripts as well."""

from __future__ import annotations

import re
from typing import Final

from .errors import CorruptedRedisMessageError, RedisLimitError

__all__ = ["MAX_BIG_NUMBER_DIGITS", "parse_big_number", "parse_double", "parse_integer", "parse_length"]

_INTEGER: Final = re.compile(rb"[+-]?[0-9]{1,19}")
_LENGTH: Final = re.compile(rb"0|[1-9][0-9]{0,18}")
_BIG_NUMBER: Final = re.compile(rb"[+-]?[0-9]+")
_DOUBLE: Final = re.compile(rb"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?|[+-]?inf|nan")

# Making a number of digits costs the square of how many there are; Python refuses 4301 by itself.
MAX_BIG_NUMBER_DIGITS: Final = 4096
_LONGEST_SHOWN: Final = 40


def parse_integer(text: bytes) -> int:
    """A number of 64 bits; raises `CorruptedRedisMessageError` for anything else."""
    if _INTEGER.fullmatch(text) is not None:
        number = int(text)
        if -(1 << 63) <= number < 1 << 63:
            return number
    raise CorruptedRedisMessageError(f"{text[:_LONGEST_SHOWN]!r}, which is no number of 64 bits")


def parse_length(text: bytes) -> int:
    """A length, 0 or more, as short as it can be written; raises `CorruptedRedisMessageError` for anything else."""
    if _LENGTH.fullmatch(text) is not None:
        number = int(text)
        if number < 1 << 63:
            return number
    raise CorruptedRedisMessageError(f"{text[:_LONGEST_SHOWN]!r}, which is no length")


def parse_double(text: bytes) -> float:
    """A number with a fraction; raises `CorruptedRedisMessageError` for anything else."""
    if _DOUBLE.fullmatch(text) is None:
        raise CorruptedRedisMessageError(f"{text[:_LONGEST_SHOWN]!r}, which is no double")
    return float(text)


def parse_big_number(text: bytes) -> int:
    """A number of at most `MAX_BIG_NUMBER_DIGITS`; raises `CorruptedRedisMessageError` for anything else."""
    if _BIG_NUMBER.fullmatch(text) is None:
        raise CorruptedRedisMessageError(f"{text[:_LONGEST_SHOWN]!r}, which is no big number")
    if len(text) > MAX_BIG_NUMBER_DIGITS:
        raise RedisLimitError("digits of a big number", len(text), MAX_BIG_NUMBER_DIGITS)
    return int(text)
