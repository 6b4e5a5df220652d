"""Frames to bytes (RFC 9113 6), each a function of what is in it."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from .frame import ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS, WINDOW_UPDATE

__all__ = [
    "SETTINGS_ACK",
    "data_head",
    "frame_bytes",
    "goaway_bytes",
    "head_frames",
    "ping_bytes",
    "reset_bytes",
    "settings_bytes",
    "window_update_bytes",
]


def _head(size: i64, kind: i64, flags: i64, stream_id: i64) -> bytes:
    return (
        int((size << 48) | (kind << 40) | (flags << 32) | stream_id).to_bytes(9, "big")
        if size < 32768
        else _long_head(size, kind, flags, stream_id)
    )


def _long_head(size: i64, kind: i64, flags: i64, stream_id: i64) -> bytes:
    return int(size).to_bytes(3, "big") + int((kind << 40) | (flags << 32) | stream_id).to_bytes(6, "big")


def frame_bytes(kind: int, flags: int, stream_id: int, payload: bytes) -> bytes:
    """Any frame."""
    return _head(len(payload), kind, flags, stream_id) + payload


def data_head(size: i64, end_stream: bool, stream_id: i64) -> bytes:
    """The head of a DATA frame of *size* bytes, which follow."""
    # hot path: once for each piece of content.
    return _head(size, DATA, END_STREAM if end_stream else 0, stream_id)


def head_frames(block: bytes, end_stream: bool, stream_id: i64, max_frame: i64) -> bytes:
    """Return HEADERS with the header block *block*, and CONTINUATION frames where it is longer than *max_frame* bytes."""
    # hot path: once for each head.
    flags: i64 = END_STREAM if end_stream else 0
    size: i64 = len(block)
    if size <= max_frame:
        return _head(size, HEADERS, flags | END_HEADERS, stream_id) + block
    parts = [_head(max_frame, HEADERS, flags, stream_id), block[:max_frame]]
    at = max_frame
    while at < size:
        piece = block[at : at + max_frame]
        at += len(piece)
        parts.append(_head(len(piece), CONTINUATION, END_HEADERS if at >= size else 0, stream_id))
        parts.append(piece)
    return b"".join(parts)


def settings_bytes(values: dict[int, int]) -> bytes:
    """Return SETTINGS with *values*."""
    return frame_bytes(SETTINGS, 0, 0, b"".join([key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in values.items()]))


SETTINGS_ACK: Final = b"\x00\x00\x00\x04\x01\x00\x00\x00\x00"


def window_update_bytes(increment: int, stream_id: int) -> bytes:
    """Return WINDOW_UPDATE for *increment* bytes."""
    return frame_bytes(WINDOW_UPDATE, 0, stream_id, increment.to_bytes(4, "big"))


def reset_bytes(code: int, stream_id: int) -> bytes:
    """Return RST_STREAM."""
    return frame_bytes(RST_STREAM, 0, stream_id, code.to_bytes(4, "big"))


def ping_bytes(content: bytes, ack: bool) -> bytes:
    """Return PING, or with *ack* the answer to one."""
    return frame_bytes(PING, ACK if ack else 0, 0, content)


def goaway_bytes(last_stream_id: int, code: int, debug: bytes) -> bytes:
    """Return GOAWAY."""
    return frame_bytes(GOAWAY, 0, 0, last_stream_id.to_bytes(4, "big") + code.to_bytes(4, "big") + debug)
