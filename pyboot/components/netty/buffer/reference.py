"""ReferenceCounted: what has to be released by whoever uses it last. Source: Netty's interface of that name."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

__all__ = ["ReferenceCounted"]


@runtime_checkable
class ReferenceCounted(Protocol):
    """A message that is given away with a reference, which its last user gives back.

    Buffers and their holders are such. So is any message of yours with these three members: the library releases it where it lets
    go of it, at the tail, on a closed channel and with a cancelled write. A ``memoryview`` has a ``release`` of another meaning,
    which ends it for everybody: it has no ``ref_count``, and is left alone.
    """

    @property
    def ref_count(self) -> int:
        """References held; 0 after the last release."""
        ...

    def retain(self, increment: int = 1) -> Self:
        """Add references."""
        ...

    def release(self, decrement: int = 1) -> bool:
        """Give references back; True if that was the last."""
        ...
