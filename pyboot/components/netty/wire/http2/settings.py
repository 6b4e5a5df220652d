"""Http2Settings: what an endpoint tells its peer to keep to (RFC 9113 6.5).

::

    +-------------------------------+
    |         Identifier (16)       |
    +-------------------------------+-------------------------------+
    |                           Value (32)                          |
    +---------------------------------------------------------------+
"""

from __future__ import annotations

from typing import Final, final

from .errors import Http2ConnectionError, Http2ErrorCode

__all__ = ["DEFAULT_FRAME_SIZE", "DEFAULT_TABLE_SIZE", "DEFAULT_WINDOW", "LARGEST_FRAME_SIZE", "LARGEST_WINDOW", "Http2Settings"]

HEADER_TABLE_SIZE: Final = 0x1
ENABLE_PUSH: Final = 0x2
MAX_CONCURRENT_STREAMS: Final = 0x3
INITIAL_WINDOW_SIZE: Final = 0x4
MAX_FRAME_SIZE: Final = 0x5
MAX_HEADER_LIST_SIZE: Final = 0x6

DEFAULT_TABLE_SIZE: Final = 4096
DEFAULT_WINDOW: Final = 65535
LARGEST_WINDOW: Final = 0x7FFFFFFF
DEFAULT_FRAME_SIZE: Final = 16384
LARGEST_FRAME_SIZE: Final = 0xFFFFFF

_NAMES: Final = {
    HEADER_TABLE_SIZE: "HEADER_TABLE_SIZE",
    ENABLE_PUSH: "ENABLE_PUSH",
    MAX_CONCURRENT_STREAMS: "MAX_CONCURRENT_STREAMS",
    INITIAL_WINDOW_SIZE: "INITIAL_WINDOW_SIZE",
    MAX_FRAME_SIZE: "MAX_FRAME_SIZE",
    MAX_HEADER_LIST_SIZE: "MAX_HEADER_LIST_SIZE",
}


@final
class Http2Settings:
    """The settings of one side; those that were not told have the values of RFC 9113 6.5.2, without limit where it has none."""

    def __init__(self, values: dict[int, int] | None = None) -> None:
        self.values: dict[int, int] = {} if values is None else dict(values)

    @property
    def header_table_size(self) -> int:
        """The bytes of the table that header blocks for this side may rely on."""
        return self.values.get(HEADER_TABLE_SIZE, DEFAULT_TABLE_SIZE)

    @property
    def max_concurrent_streams(self) -> int | None:
        """The number of streams that the other side may have open; None for any."""
        return self.values.get(MAX_CONCURRENT_STREAMS)

    @property
    def initial_window_size(self) -> int:
        """The bytes that may be sent on a new stream before this side has made room."""
        return self.values.get(INITIAL_WINDOW_SIZE, DEFAULT_WINDOW)

    @property
    def max_frame_size(self) -> int:
        """The bytes of the longest frame that this side takes."""
        return self.values.get(MAX_FRAME_SIZE, DEFAULT_FRAME_SIZE)

    @property
    def max_header_list_size(self) -> int | None:
        """The bytes of header fields, 32 more for each, that this side takes; None for any."""
        return self.values.get(MAX_HEADER_LIST_SIZE)

    def update(self, told: dict[int, int]) -> None:
        """Take over what the peer told; unknown settings are ignored (6.5.2). Raises `Http2ConnectionError` for a value out of bounds."""
        for key, value in told.items():
            if key in _NAMES:
                _check(key, value)
                self.values[key] = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Http2Settings) and self.values == other.values

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.values.items())))

    def __repr__(self) -> str:
        return f"Http2Settings({', '.join(f'{_NAMES.get(key, hex(key))}={value}' for key, value in self.values.items())})"


def _check(key: int, value: int) -> None:
    if key == ENABLE_PUSH and value > 1:
        raise Http2ConnectionError(Http2ErrorCode.PROTOCOL_ERROR, f"ENABLE_PUSH={value}, allowed is 0 or 1")
    if key == INITIAL_WINDOW_SIZE and value > LARGEST_WINDOW:
        text = f"INITIAL_WINDOW_SIZE={value}, allowed is up to {LARGEST_WINDOW}"
        raise Http2ConnectionError(Http2ErrorCode.FLOW_CONTROL_ERROR, text)
    if key == MAX_FRAME_SIZE and not DEFAULT_FRAME_SIZE <= value <= LARGEST_FRAME_SIZE:
        text = f"MAX_FRAME_SIZE={value}, allowed is {DEFAULT_FRAME_SIZE} to {LARGEST_FRAME_SIZE}"
        raise Http2ConnectionError(Http2ErrorCode.PROTOCOL_ERROR, text)
