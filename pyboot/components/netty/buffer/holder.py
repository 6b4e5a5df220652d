"""ByteBufferHolder: a message that says more than its bytes, and is given back like a buffer. Source: Netty's ``ByteBufHolder``."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self

from .reference import ReferenceCounted

__all__ = ["ByteBufferHolder"]


class ByteBufferHolder:
    """Derive for a message around a buffer; its references are those of its ``content``, which may be any message::

        @dataclass
        class Chunk(ByteBufferHolder):
            content: ByteBuffer
            number: int

    It counts for the bytes of its content where bytes are counted, and is released where a buffer would be. Content without
    references, ``bytes`` for instance, counts as one reference that is never given back.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        content: Any  # the buffer that is held; a variable, since a field may stand in the place of no property

    @property
    def ref_count(self) -> int:
        """References to the content; 0 after the last release."""
        content = self.content
        return content.ref_count if isinstance(content, ReferenceCounted) else 1

    def retain(self, increment: int = 1) -> Self:
        """Add references to the content; raises `ReleasedBufferError` after the last release."""
        content = self.content
        if isinstance(content, ReferenceCounted):
            content.retain(increment)
        return self

    def release(self, decrement: int = 1) -> bool:
        """Give references to the content back; True if that was the last."""
        content = self.content
        return isinstance(content, ReferenceCounted) and content.release(decrement)

    def replace(self, content: Any) -> Self:
        """The same with another *content*."""
        other = copy.copy(self)
        object.__setattr__(other, "content", content)
        return other

    def copy(self) -> Self:
        """The same around a copy of the content, which has a reference of its own."""
        content = self.content
        return self.replace(content.copy() if hasattr(content, "copy") else content)

    def duplicate(self) -> Self:
        """The same around a duplicate of the content: indices of its own, memory and references shared."""
        content = self.content
        return self.replace(content.duplicate() if hasattr(content, "duplicate") else content)

    def retained_duplicate(self) -> Self:
        """The same as `duplicate`, with a reference added."""
        return self.retain().duplicate()
