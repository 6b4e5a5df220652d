"""HJ 212, the protocol of environmental monitors in China: bytes in, frames out.

::

    ## | 0101    | QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&& | 1C80 | CR LF
    ---+---------+-----------------------------------------------------------------------------------------------------+------+------
       | length  | data: so many bytes                                                                                 | CRC  |

Fields stand between ``;`` and, within a group, ``,``; those between the two ``&&`` are the data proper.
Source: HJ 212-2017, 6.2 and annex A.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Self, final

from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError

from .reader import FrameReader

__all__ = ["HJ212Frame", "HJ212Reader"]

_HEAD: Final = b"##"
_HEADER_BYTES: Final = 6  # the head and four digits
_CRC_BYTES: Final = 4


@dataclass(slots=True)
class HJ212Frame:
    """One frame: who sent it (*mn*), the fields in front of ``CP`` (*headdata*) and those within it (*data*)."""

    mn: str = ""
    size: int = 0
    headdata: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    raw: str = ""
    crc: str = ""

    @classmethod
    def parse_frame(cls, msg: str, ignore_crc: bool = False) -> Self:
        """The frame that *msg* is, from ``##`` to the CRC; raises `CorruptedFrameError` for any other text, and for a wrong CRC."""
        text = msg.strip().removeprefix("##")
        size, raw, crc = text[:4], text[4:-_CRC_BYTES], text[-_CRC_BYTES:]
        if not size.isascii() or not size.isdigit() or len(raw.encode()) != int(size):
            raise CorruptedFrameError(f"HJ 212 length {size!r}, data {len(raw.encode())} bytes")
        if not ignore_crc and crc.upper() != (wanted := cls.crcCheckCode(raw)):
            raise CorruptedFrameError(f"HJ 212 CRC {crc!r}, computed {wanted}")
        head, found, rest = raw.partition("CP=&&")
        if not found or not rest.endswith("&&"):
            raise CorruptedFrameError("HJ 212 data without CP=&&…&&")
        headdata = _fields(head)
        if not headdata.get("MN"):
            raise CorruptedFrameError("HJ 212 data without MN, the number of the monitor")
        return cls(headdata["MN"], int(size), headdata, _fields(rest.removesuffix("&&")), raw, crc)

    @staticmethod
    def crcCheckCode(cnt: str) -> str:
        """The CRC of *cnt* as four hexadecimal digits. Source: HJ 212-2017, annex A."""
        register = 0xFFFF
        for byte in cnt.encode():
            register = (register >> 8) ^ byte
            for _ in range(8):
                carry = register & 1
                register >>= 1
                if carry:
                    register ^= 0xA001
        return f"{register:04X}"


def _fields(text: str) -> dict[str, str]:
    pairs = (each.partition("=") for each in re.split(r"[;,]", text) if each)
    return {name: value for name, found, value in pairs if found}


@final
class HJ212Reader(FrameReader):
    """Cuts a stream of chunks into frames. After one that is wrong, reading goes on at the next ``##``; what lies between is skipped.

    Args:
        max_frame_bytes: longest frame accepted, all of it; four digits allow 9999 bytes of data.
        ignore_crc: whether a wrong CRC is let pass.
    """

    def __init__(self, max_frame_bytes: int, ignore_crc: bool = False) -> None:
        super().__init__()
        self._max = max_frame_bytes
        self._ignore_crc = ignore_crc
        self._kept = b""
        self._is_skipping = False  # what was wrong has been told, and no ## has come since

    def feed(self, data: bytes) -> None:
        # Frames are short and bounded, so joining what is kept with what comes costs little.
        self._kept += data

    def next_frame(self) -> HJ212Frame | None:
        """The next whole frame, or None if more bytes are needed; raises `TooLongFrameError` or `CorruptedFrameError` for a wrong one."""
        if self._is_skipping and not self._skip(0):
            return None
        kept = self._kept = self._kept.lstrip(b"\r\n")
        if len(kept) < _HEADER_BYTES:
            if kept and not _HEAD.startswith(kept[:2]):
                raise self._refuse("no ##")
            return None
        digits = kept[2:_HEADER_BYTES]
        if not kept.startswith(_HEAD) or not digits.isdigit():
            raise self._refuse(f"{kept[:_HEADER_BYTES]!r} is no ## with four digits")
        size = _HEADER_BYTES + int(digits) + _CRC_BYTES
        if size > self._max:
            self._skip()
            raise TooLongFrameError(size, self._max)
        if len(kept) < size:
            return None
        try:
            frame = HJ212Frame.parse_frame(kept[:size].decode(), self._ignore_crc)
        except UnicodeDecodeError as error:
            self._kept = kept[size:]
            raise CorruptedFrameError(f"HJ 212 data that is no text: {error}") from error
        except CorruptedFrameError:
            self._skip()
            raise
        self._kept = kept[size:]
        return frame

    def unread(self) -> bytes:
        rest, self._kept = self._kept, b""
        self._is_skipping = False
        return rest

    def is_between_frames(self) -> bool:
        return not self._kept.strip(b"\r\n")

    def _refuse(self, why: str) -> CorruptedFrameError:
        self._skip()
        return CorruptedFrameError(f"HJ 212: {why}")

    def _skip(self, start: int = 1) -> bool:
        """Go to what may be the beginning of another frame, *start* bytes on or later; tell whether it has come."""
        kept = self._kept
        at = kept.find(_HEAD, start)
        self._is_skipping = at < 0
        self._kept = kept[at if at >= 0 else max(start, len(kept) - kept.endswith(b"#")) :]
        return at >= 0
