"""Http2Config: what one side of HTTP/2 tells the other to keep to, and how much of everything it bears.

Each limit answers an attack that has been seen (the CVE beside it), is checked before memory or time is spent on what lies beyond it, and
ends the connection with ENHANCE_YOUR_CALM and one line of the log. A *budget* is a number for each `budget_seconds`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import final

from .settings import DEFAULT_FRAME_SIZE, DEFAULT_WINDOW, LARGEST_FRAME_SIZE, LARGEST_WINDOW

__all__ = ["Http2Config"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Http2Config:
    """Settings for the peer, limits and budgets; sizes are bytes.

    Args:
        max_concurrent_streams: that the peer may have open; more are refused (CVE-2026-47244).
        initial_window_size: of content that a stream may hold unread.
        connection_window_size: the same of all streams of a connection together.
        max_frame_size: of one frame that is taken.
        header_table_size: of the table that header blocks refer to.
        max_headers: of a head, 32 more for each field; a request beyond it is answered 431, a quarter more ends the connection. The
            peer is told it as SETTINGS_MAX_HEADER_LIST_SIZE.
        max_header_fields: of a head, the crumbs of a cookie counted as one; a request beyond it is answered 431.
        max_header_block: of a head as it comes, compressed (CVE-2024-27316).
        max_continuations: frames that one head may go on in (CVE-2026-33871).
        max_resets_received: budget of streams that the peer opens and resets (rapid reset, CVE-2023-44487).
        max_resets_sent: budget of streams that we have to reset because of the peer (MadeYouReset, CVE-2025-8671).
        max_empty_data: frames in a row, on all streams, with nothing in them and not the last (CVE-2019-9518).
        max_pings: budget of PING frames (CVE-2019-9512).
        max_settings: budget of SETTINGS frames (CVE-2019-9515).
        max_settings_in_frame: settings that one of them may have: there are six, and a frame has room for thousands.
        max_ignored: budget of frames that change nothing: PRIORITY, unknown ones, those of streams that are over (CVE-2019-9513).
        max_control_queue: answers to the peer's frames that it does not read (CVE-2019-9512, 9514, 9515).
        max_small_frames: budget of frames that the peer's window makes shorter than 256 bytes (CVE-2019-9511).
        budget_seconds: the time that the budgets are for.

    Raises:
        ValueError: for a limit out of bounds.
    """

    max_concurrent_streams: int = 100
    initial_window_size: int = 65535
    connection_window_size: int = 1024 * 1024
    max_frame_size: int = DEFAULT_FRAME_SIZE
    header_table_size: int = 4096
    max_headers: int = 16384
    max_header_fields: int = 100
    max_header_block: int = 32768
    max_continuations: int = 16
    max_resets_received: int = 200
    max_resets_sent: int = 200
    max_empty_data: int = 2
    max_pings: int = 10_000
    max_settings: int = 1000
    max_settings_in_frame: int = 32
    max_ignored: int = 10_000
    max_control_queue: int = 10_000
    max_small_frames: int = 1000
    budget_seconds: float = 30.0

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < (0 if field.name in ("header_table_size", "initial_window_size", "max_empty_data") else 1):
                raise ValueError(f"{field.name} {getattr(self, field.name)}, must be at least 1")
        _within("initial_window_size", self.initial_window_size, 0, LARGEST_WINDOW)
        _within("connection_window_size", self.connection_window_size, DEFAULT_WINDOW, LARGEST_WINDOW)
        _within("max_frame_size", self.max_frame_size, DEFAULT_FRAME_SIZE, LARGEST_FRAME_SIZE)
        _within("header_table_size", self.header_table_size, 0, 1024 * 1024)


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} {value}, allowed is {low} to {high}")
