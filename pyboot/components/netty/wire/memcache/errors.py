"""The errors of memcache: bytes that follow neither of its protocols, or are too much."""

from __future__ import annotations

from pyboot.components.netty.errors import CorruptedFrameError

__all__ = ["CorruptedMemcacheMessageError", "MemcacheLimitError"]


class CorruptedMemcacheMessageError(CorruptedFrameError):
    """The peer's bytes are no memcache: *seen* is what was seen. Nothing behind it is read, since where a message begins is not known."""

    def __init__(self, seen: str) -> None:
        super().__init__(seen)
        self.seen = seen

    def __str__(self) -> str:
        return f"the peer sent {self.seen}"


class MemcacheLimitError(CorruptedMemcacheMessageError):
    """A message is more than is allowed: *what* there was too much of, how much (*seen_amount*), and the *limit*."""

    def __init__(self, what: str, seen_amount: int, limit: int) -> None:
        super().__init__(f"{what} {seen_amount}, allowed are {limit}")
        self.args = (what, seen_amount, limit)
        self.what = what
        self.seen_amount = seen_amount
        self.limit = limit
