"""HeaderBlock: the pieces of a header block that goes on in CONTINUATION frames, which nothing may stand between (RFC 9113 4.3, 6.10)."""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from .config import Http2Config
from .limits import calm

__all__ = ["HeaderBlock"]


@final
class HeaderBlock:
    """The block of one HEADERS frame of *stream_id*; *ends* if it ends the stream, *is_odd* if the stream depends on itself (5.3.1)."""

    def __init__(self, config: Http2Config) -> None:
        self._config = config
        self.pieces: list[bytes] = []
        self.size: i64 = 0
        self.is_under_way = False
        self.stream_id: i64 = 0
        self.ends = False
        self.is_odd = False

    def begin(self, stream_id: i64, ends: bool, is_odd: bool) -> None:
        """Be the block of another frame."""
        # hot path: once for each head.
        self.stream_id = stream_id
        self.ends = ends
        self.is_odd = is_odd

    def hold(self, piece: bytes) -> None:
        """Keep the first piece, behind which others come."""
        self.pieces = [piece]
        self.size = len(piece)
        self.is_under_way = True

    def go_on(self, piece: bytes) -> None:
        """Keep one more piece; raises `Http2ConnectionError` for one too many, the empty ones included, and for too many bytes."""
        config = self._config
        if len(self.pieces) > config.max_continuations:
            raise calm(f"a head in more than {config.max_continuations} CONTINUATION frames")
        self.pieces.append(piece)
        self.size += len(piece)
        if self.size > config.max_header_block:
            raise calm(f"a head of more than {config.max_header_block} bytes, compressed")

    def take(self) -> bytes:
        """Take the block, which is whole."""
        block = b"".join(self.pieces)
        self.drop()
        return block

    def drop(self) -> None:
        """Keep nothing."""
        self.pieces = []
        self.size = 0
        self.is_under_way = False
