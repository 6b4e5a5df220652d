"""ChunkedInput: a message that is sent piece by piece, and must be closed by whoever has it last."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

__all__ = ["ChunkedInput"]


@runtime_checkable
class ChunkedInput(Protocol):
    """Something that is sent piece by piece: write one to a channel with a `ChunkedWriteHandler`."""

    async def read_chunk(self) -> Any:  # Any: whatever the handlers nearer the network take
        """The next piece, or None at the end; it may wait."""
        ...

    def close(self) -> object:
        """Called once, at the end or when nothing more will be read."""
        ...
