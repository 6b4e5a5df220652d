"""MessageAggregator: joins a message that comes in parts, a start and pieces of content, to one. Source: Netty's class of that name.

::

    START(len=5) | CONTENT("he") | CONTENT("llo", last)     -->     WHOLE("hello")
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.holder import ByteBufferHolder
from pyboot.components.netty.buffer.message import release, size_of
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError

from .result import DecoderResultProvider

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["MessageAggregator"]


class MessageAggregator(ChannelHandler[Any]):
    """Joins the parts of a message: derive and say which part is the start, which is content, which is the last, and make the whole.

    Pieces are `ByteBufferHolder`; nothing of their content is copied. What is neither start nor content passes. A message that
    begins while another is not whole raises `CorruptedFrameError`, and the older one is dropped. A part whose `decoder_result` is a
    failure ends its message: it goes on as it is. What is not whole when the channel closes, or the handler goes, is released.

    Args:
        max_content_bytes: of one message; one that holds more, or says so at its start, is dropped and `handle_oversized` called.
            Raises ValueError below 0.
    """

    def __init__(self, max_content_bytes: int) -> None:
        if max_content_bytes < 0:
            raise ValueError(f"max_content_bytes {max_content_bytes}, must not be negative")
        self.max_content_bytes = max_content_bytes
        self._start: Any = None
        self._content: CompositeByteBuffer | None = None

    # What you write.

    def is_start(self, msg: Any) -> bool:
        """True if a message begins with *msg*; a start may hold content itself."""
        raise NotImplementedError

    def is_content(self, msg: Any) -> bool:
        """True if *msg* is a piece of content."""
        raise NotImplementedError

    def is_last(self, msg: Any) -> bool:
        """True if *msg*, a start or a piece, is the last part of its message."""
        raise NotImplementedError

    def aggregate(self, start: Any, content: CompositeByteBuffer, last: Any) -> Any:
        """Make the whole message of its *start* and all *content*, whose reference is yours; *last* is the part that ended it."""
        raise NotImplementedError

    def declared_bytes(self, start: Any) -> int | None:
        """The number of bytes of content that *start* announces, so that too much is refused at once; None, the default, where it does
        not say.
        """
        return None

    def is_whole(self, msg: Any) -> bool:
        """True if *msg* is aggregated already, and passes; none is by default."""
        return False

    def begin(self, ctx: ChannelHandlerContext, start: Any, /) -> None:
        """A message begins: the place to answer ``100-continue`` and the like. Nothing to do by default."""

    def handle_oversized(self, ctx: ChannelHandlerContext, start: Any, length: int, /) -> None:
        """A message of at least *length* bytes began with *start*: the rest of it will be dropped. `TooLongFrameError` by default."""
        ctx.callback_raised(TooLongFrameError(length, self.max_content_bytes, at_least=True))

    # The work.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if self.is_whole(msg):
            return ctx.fire_channel_read(msg)
        if self.is_start(msg):
            self._begin(ctx, msg)
        elif self.is_content(msg):
            if self._content is None:
                release(msg)  # of a message that was refused
            else:
                self._go_on(ctx, msg)
        else:
            return ctx.fire_channel_read(msg)
        return None

    def _begin(self, ctx: ChannelHandlerContext, start: Any) -> None:
        if self._content is not None:
            self._drop()
            ctx.callback_raised(CorruptedFrameError("a message began before the one in front of it had ended"))
        try:
            declared = self.declared_bytes(start)
            is_oversized = declared is not None and declared > self.max_content_bytes
            if not is_oversized:
                self.begin(ctx, start)
        except BaseException:  # a user's function: who refuses a message does not get it
            release(start)
            raise
        if declared is not None and is_oversized:
            release(start)
            self.handle_oversized(ctx, start, declared)
            return
        self._start, self._content = start, CompositeByteBuffer()
        self._go_on(ctx, start)

    def _go_on(self, ctx: ChannelHandlerContext, part: Any) -> None:
        content, start = self._content, self._start
        assert content is not None
        size = content.readable_bytes() + size_of(part)
        if size > self.max_content_bytes:
            release(part)
            self._drop()
            self.handle_oversized(ctx, start, size)
            return
        if isinstance(part, ByteBufferHolder):
            content.add_component(part.content)
        if self.is_last(part) or (isinstance(part, DecoderResultProvider) and part.decoder_result.is_failure):
            self._start = self._content = None
            ctx.fire_channel_read(self._made(start, content, part))

    def _made(self, start: Any, content: CompositeByteBuffer, last: Any) -> Any:
        try:
            return self.aggregate(start, content, last)
        except BaseException:
            release(content)
            raise

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._content is not None and not ctx.channel.config.auto_read:
            ctx.read()  # whoever asked for a message has not got all of it yet
        return ctx.fire_channel_read_complete()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._drop()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._drop()
        return None

    def _drop(self) -> None:
        """Forget the message that is not whole; what its parts held is in its content."""
        content, self._start, self._content = self._content, None, None
        release(content)
