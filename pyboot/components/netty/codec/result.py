"""DecoderResult: how decoding one message went, for messages that are passed on although they are wrong.

A decoder that raises loses its message. One that must answer a wrong request instead, with 400 in HTTP, passes on what it has, with a
failed result; handlers behind it look at `decoder_result`.
Source: Netty's class of that name.
"""

from __future__ import annotations

from typing import ClassVar, Protocol, final, runtime_checkable

__all__ = ["DecoderResult", "DecoderResultProvider"]


@final
class DecoderResult:
    """`SUCCESS`, `UNFINISHED` (more of the message is to come), or `failure`."""

    __slots__ = ("cause",)

    SUCCESS: ClassVar[DecoderResult]
    UNFINISHED: ClassVar[DecoderResult]

    def __init__(self, cause: Exception | None = None) -> None:
        self.cause = cause

    @classmethod
    def failure(cls, cause: Exception) -> DecoderResult:
        """The message is wrong; *cause* says how."""
        return cls(cause)

    @property
    def is_finished(self) -> bool:
        """True if nothing more of the message is to come."""
        return self is not DecoderResult.UNFINISHED

    @property
    def is_success(self) -> bool:
        """True if the message is whole and right."""
        return self is DecoderResult.SUCCESS

    @property
    def is_failure(self) -> bool:
        """True if the message is wrong."""
        return self.cause is not None

    def __repr__(self) -> str:
        if self.cause is not None:
            return f"DecoderResult.failure({self.cause!r})"
        return f"DecoderResult.{'SUCCESS' if self.is_success else 'UNFINISHED'}"


DecoderResult.SUCCESS = DecoderResult()
DecoderResult.UNFINISHED = DecoderResult()


@runtime_checkable
class DecoderResultProvider(Protocol):
    """A message that says how decoding it went."""

    decoder_result: DecoderResult
