"""StompDecoderConfig: the limits of a reader of STOMP."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["StompDecoderConfig"]


@dataclass(frozen=True, slots=True)
class StompDecoderConfig:
    """The limits of a reader, each held before anything is allocated for what would break it.

    Args:
        max_line_bytes: longest line of a head, without its end; 8 KiB by default.
        max_headers: most headers of a frame; 100 by default.
        max_head_bytes: most bytes of a head, all its lines together; 16 KiB by default.
        max_body_bytes: longest body; 1 MiB by default.

    Raises:
        ValueError: for a limit below 1.
    """

    max_line_bytes: int = 8 * 1024
    max_headers: int = 100
    max_head_bytes: int = 16 * 1024
    max_body_bytes: int = 1024 * 1024

    def __post_init__(self) -> None:
        for name in ("max_line_bytes", "max_headers", "max_head_bytes", "max_body_bytes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)}, must be at least 1")
