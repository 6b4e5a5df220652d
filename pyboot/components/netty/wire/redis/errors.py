"""The errors of Redis: bytes that are no RESP, and what a server answers instead of a result."""

from __future__ import annotations

from pyboot.components.netty.errors import CorruptedFrameError, NettyError

__all__ = ["CorruptedRedisMessageError", "RedisLimitError", "RedisResponseError"]


class CorruptedRedisMessageError(CorruptedFrameError):
    """The peer's bytes are no RESP: *seen* is what was seen. Nothing behind it is read, since where a message begins is not known."""

    def __init__(self, seen: str) -> None:
        super().__init__(seen)
        self.seen = seen

    def __str__(self) -> str:
        return f"the peer sent {self.seen}"


class RedisLimitError(CorruptedRedisMessageError):
    """A message is more than is allowed: *what* there was too much of, how much (*seen_amount*), and the *limit*."""

    def __init__(self, what: str, seen_amount: int, limit: int) -> None:
        super().__init__(f"{what} {seen_amount}, allowed are {limit}")
        self.args = (what, seen_amount, limit)
        self.what = what
        self.seen_amount = seen_amount
        self.limit = limit


class RedisResponseError(NettyError):
    """A server answered with an error: *message* as it came, *code* its first word, ``WRONGTYPE`` for instance."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def code(self) -> str:
        """The word that programs tell errors apart by."""
        return self.message.partition(" ")[0]
