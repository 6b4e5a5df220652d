"""MemcacheDecoderConfig: the limits of a reader of memcache."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MemcacheDecoderConfig"]


@dataclass(frozen=True, slots=True)
class MemcacheDecoderConfig:
    """The limits of a reader, each held before anything is allocated for what would break it.

    Args:
        max_key_bytes: longest key; 250 by default, which is memcached's own.
        max_value_bytes: longest value; 1 MiB by default, as in memcached.
        max_line_bytes: longest line of the text protocol, without its end; 64 KiB by default, for the keys of a large ``get``.

    Raises:
        ValueError: for a limit below 1.
    """

    max_key_bytes: int = 250
    max_value_bytes: int = 1024 * 1024
    max_line_bytes: int = 64 * 1024

    def __post_init__(self) -> None:
        for name in ("max_key_bytes", "max_value_bytes", "max_line_bytes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)}, must be at least 1")
