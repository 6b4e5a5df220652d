"""ReplayingDecoder: a decoder written as if all bytes had come already. Source: Netty's class of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from pyboot.components.netty.channel.variable import T
from pyboot.components.netty.errors import BufferIndexError

from .decoder import ByteToMessageDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
    from pyboot.components.netty.channel.context import ChannelHandlerContext

    from .calling import Steps

__all__ = ["ReplayingDecoder"]


class ReplayingDecoder(ByteToMessageDecoder[T], Generic[T]):
    """Reads without looking: where the bytes do not reach, ``decode`` is left and called again from its start when more have come::

        class Packets(ReplayingDecoder[bytes]):
            def decode(self, ctx, buffer):
                return bytes(buffer.read_bytes(buffer.read_ushort()))

    What ``decode`` has done by then is done again, so a long message in many pieces costs more each time. `checkpoint` says from
    where, and keeps a *state* of yours; a `GeneratorDecoder` goes on where it was and repeats nothing. An index that will never be
    right waits for ever, as in Netty: `max_cumulation_bytes` is the bound.

    Args:
        state: what `state` is at first; None by default.
    """

    def __init__(self, state: Any = None) -> None:
        self.state: Any = state
        self._checkpoint = 0

    def checkpoint(self, state: Any = None) -> None:
        """Mark what was read so far as done with: the next call starts from here, in *state* if one is given."""
        self._checkpoint = self.internal_buffer.reader_index
        if state is not None:
            self.state = state

    def _decode_one(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, decode: Any) -> Steps:  # Any: one of two forms
        self._checkpoint = buffer.reader_index
        return super()._decode_one(ctx, buffer, decode)

    def _waits_after(self, error: Exception, buffer: ByteBuffer) -> bool:
        if not isinstance(error, BufferIndexError) or buffer.ref_count == 0:
            return False
        buffer.reader_index = self._checkpoint
        return True
