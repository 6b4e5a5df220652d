"""RedisDecoderConfig: the limits of a reader of RESP."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RedisDecoderConfig"]


@dataclass(frozen=True, slots=True)
class RedisDecoderConfig:
    """The limits of a reader, and what it makes. Every limit holds before anything is allocated for what would break it.

    Args:
        max_line_bytes: longest simple string, error, big number or inline command, without its end; 64 KiB by default, as in Redis.
        max_bulk_bytes: longest bulk string, and longest piece of a streamed one; 16 MiB by default, where Redis allows 512 MiB.
        max_message_bytes: most bytes of a whole message, its lengths and line ends included; 32 MiB by default.
        max_elements: most elements of a message, those of all its levels together; 65536 by default.
        max_depth: how deep aggregates may stand in each other; 32 by default.
        inline: whether a line that begins with none of RESP's own signs is a command, as a person types it. Off by default: a server
            that takes them also takes what a browser can be made to send.
        aggregate: whether whole messages are made; else the parts of bulk strings and aggregates as they come.

    Raises:
        ValueError: for a limit below 1.
    """

    max_line_bytes: int = 64 * 1024
    max_bulk_bytes: int = 16 * 1024 * 1024
    max_message_bytes: int = 32 * 1024 * 1024
    max_elements: int = 65_536
    max_depth: int = 32
    inline: bool = False
    aggregate: bool = True

    def __post_init__(self) -> None:
        for name in ("max_line_bytes", "max_bulk_bytes", "max_message_bytes", "max_elements", "max_depth"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)}, must be at least 1")
