"""GoAwayReader: finds GOAWAY among the frames of a peer's control stream, of which aioquic's machine tells nothing. No I/O here.

::

    +----------------+----------+------------+---------+----------+------------+--------- …
    | stream type: 0 | type (i) | length (i) | payload | type (i) | length (i) | payload …     (i): 1, 2, 4 or 8 bytes
    +----------------+----------+------------+---------+----------+------------+--------- …

Theory of operation. The machine reads the same bytes first, and has judged by then that the stream begins with SETTINGS.
So this keeps nothing but the number that has begun: payloads of other frames are counted, not held. Source: RFC 9114 6.2.1, 7.1, 7.2.6.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, final

__all__ = ["GoAwayFrameError", "GoAwayReader"]

_CONTROL: Final = 0x0
_GOAWAY: Final = 0x7
_LONGEST: Final = 8  # bytes of an integer


class GoAwayFrameError(ValueError):
    """A GOAWAY frame that is not one integer."""


class _Wants(Enum):
    """The part of the stream that comes next."""

    STREAM_TYPE = auto()
    TYPE = auto()
    LENGTH = auto()
    PAYLOAD = auto()
    NOTHING = auto()  # of a stream that is not of control


@final
class GoAwayReader:
    """Reads one stream of the peer, whichever kind it turns out to be."""

    def __init__(self) -> None:
        self._wants = _Wants.STREAM_TYPE
        self._kind = 0
        self._left = 0  # of the payload
        self._begun = bytearray()  # of an integer, or of the payload of GOAWAY

    def feed(self, data: bytes) -> list[int]:
        """Return the identifiers of the GOAWAY frames that end in *data*; raises `GoAwayFrameError`."""
        found: list[int] = []
        at = 0
        while at < len(data) and self._wants is not _Wants.NOTHING:
            if self._wants is _Wants.PAYLOAD:
                piece = data[at : at + self._left]
                at += len(piece)
                self._left -= len(piece)
                if self._kind == _GOAWAY:
                    self._begun += piece
                if not self._left:
                    self._ended(found)
                continue
            self._begun.append(data[at])
            at += 1
            if len(self._begun) == _size(self._begun[0]):
                self._took(_value(self._begun), found)
        return found

    def _took(self, number: int, found: list[int]) -> None:
        self._begun.clear()
        if self._wants is _Wants.STREAM_TYPE:
            self._wants = _Wants.TYPE if number == _CONTROL else _Wants.NOTHING
        elif self._wants is _Wants.TYPE:
            self._kind, self._wants = number, _Wants.LENGTH
        elif self._kind == _GOAWAY and not 0 < number <= _LONGEST:
            raise GoAwayFrameError(f"GOAWAY of {number} bytes, it is one integer of at most {_LONGEST}")
        else:
            self._left = number
            self._wants = _Wants.PAYLOAD if number else _Wants.TYPE

    def _ended(self, found: list[int]) -> None:
        self._wants = _Wants.TYPE
        if self._kind == _GOAWAY:
            payload = bytes(self._begun)
            self._begun.clear()
            if len(payload) != _size(payload[0]):
                raise GoAwayFrameError(f"GOAWAY of {len(payload)} bytes, its integer has {_size(payload[0])}")
            found.append(_value(payload))


def _size(first: int) -> int:
    return 1 << (first >> 6)


def _value(integer: bytes | bytearray) -> int:
    return int.from_bytes(integer, "big") & ((1 << (8 * len(integer) - 2)) - 1)  # RFC 9000 16
