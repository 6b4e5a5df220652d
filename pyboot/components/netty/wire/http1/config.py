"""HttpDecoderConfig: how much of HTTP/1 a reader takes, and what it lets pass. Source: Netty's class of that name.

Every limit is checked before memory is spent on what lies beyond it. Everything is strict unless a leniency, each called ``allow_…``, is
turned on: each of them is a way in which two parsers have come to see different messages in the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import final

__all__ = ["HttpDecoderConfig"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HttpDecoderConfig:
    """Limits in bytes, but for the numbers of fields and requests, and leniencies, all off.

    Args:
        max_initial_line: of the request or status line; more is answered 414.
        max_header_line: of one header field; more is answered 431, as with the next two.
        max_headers: of all header fields of a message, and of all its trailing ones.
        max_header_fields: their number.
        max_chunk_line: of the line in front of a chunk, its size and extensions.
        max_chunk_extensions: of the extensions of all chunks of a message.
        max_pipelined: requests that may wait for their response; what comes behind them is not read before one has it.
        allow_obs_fold: a field may go on in the next line, if that begins with white space (RFC 9112 5.2); joined by a space.
        allow_space_before_colon: white space between the name of a field and its colon is cut off (RFC 9112 5.1).
        allow_duplicate_content_length: ``Content-Length`` may come several times if all are the same.
        allow_content_length_with_transfer_encoding: the length is dropped, and the connection ends behind the message (RFC 9112 6.1).
        allow_missing_host: a request of HTTP/1.1 may come without ``Host``.
        allow_raw_target: the target of a request may hold bytes beyond ASCII.

    Raises:
        ValueError: for a limit below 1.
    """

    max_initial_line: int = 8192
    max_header_line: int = 8192
    max_headers: int = 16384
    max_header_fields: int = 100
    max_chunk_line: int = 256
    max_chunk_extensions: int = 16384
    max_pipelined: int = 128
    allow_obs_fold: bool = False
    allow_space_before_colon: bool = False
    allow_duplicate_content_length: bool = False
    allow_content_length_with_transfer_encoding: bool = False
    allow_missing_host: bool = False
    allow_raw_target: bool = False

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self) if field.name.startswith("max_")):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)}, must be at least 1")

    def leniencies(self) -> list[str]:
        """The names of those that are on, for the log of whoever turned them on."""
        return [field.name for field in fields(self) if field.name.startswith("allow_") and getattr(self, field.name)]
