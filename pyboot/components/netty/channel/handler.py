"""ChannelHandler: what a user writes. Every callback passes its event on; override the ones that matter.

A callback may be a plain function or a coroutine function; the class decides, once. Either way the callbacks of one
handler in one pipeline run one at a time, in order, on the channel's loop.

Inbound events travel from the head of the pipeline (the network) to its tail, outbound operations from the tail,
or from the handler that starts them, to the head. Source: Netty's ``ChannelInboundHandler`` and
``ChannelOutboundHandler``, joined as in ``ChannelDuplexHandler``.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from mypy_extensions import mypyc_attr

from .variable import T

if TYPE_CHECKING:
    from .context import ChannelHandlerContext
    from .event import ChannelEvent
    from .promise import ChannelPromise

__all__ = ["ChannelHandler", "ChannelHandlerAdapter"]


@mypyc_attr(allow_interpreted_subclasses=True)
class ChannelHandler(Generic[T]):
    """One link of a pipeline: reacts to inbound events, changes outbound operations.

    `sharable = True` on a class says that its objects keep no state of a channel, so that one object may stand in
    many pipelines. Without it, an object belongs to the first pipeline it was added to.
    """

    # Netty's ``@Sharable``; off by default, for a handler that keeps state would mix that of its channels and nothing would tell.
    sharable: ClassVar[bool] = False

    # Whether each message that it fires inbound is whole in itself, a frame, or, False, a piece of a stream that may be cut anywhere.
    # None says neither: what comes out is what came in. Handlers behind it go by this, a `StringDecoder` for instance.
    makes_frames: ClassVar[bool | None] = None

    # An attribute of the object once it is set: user classes need not call ``super().__init__()``.
    was_added: bool = False

    # Life of the handler in its pipeline.

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """The handler stands in the pipeline; events reach it from here on."""
        return None

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """The handler no longer stands in the pipeline; what it still fires goes to where it stood."""
        return None

    # Inbound events.

    def channel_registered(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """The channel belongs to its event loop."""
        return ctx.fire_channel_registered()

    def channel_unregistered(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """The channel has left its event loop."""
        return ctx.fire_channel_unregistered()

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """The channel is connected, or bound if it listens."""
        return ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """The channel is closed; nothing can be written any more."""
        return ctx.fire_channel_inactive()

    def channel_read(self, ctx: ChannelHandlerContext, msg: T, /) -> Awaitable[None] | None:
        """A message has come in: bytes from the network, or what the handler before this one made of them."""
        return ctx.fire_channel_read(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """All messages of one read from the network were delivered: the moment to flush."""
        return ctx.fire_channel_read_complete()

    def channel_writability_changed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """`channel.is_writable` has flipped: stop writing, or go on."""
        return ctx.fire_channel_writability_changed()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        """A handler, or the transport, tells something that is not a message: idle, half-closed, handshake done."""
        return ctx.fire_user_event_triggered(event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        """An inbound callback of this handler, or of one nearer the network, raised *error*."""
        return ctx.fire_exception_caught(error)

    # Events of the published package.

    def channel_event(self, ctx: ChannelHandlerContext, event: ChannelEvent, /, *args: Any) -> Awaitable[None] | None:
        """A `ChannelEvent` with its arguments: connected, disconnected, a read, a flush, idle, or one of your own."""
        return ctx.fire_channel_event(event, *args)

    def channel_write_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """Everything that was flushed has been taken by the network."""
        return ctx.fire_channel_write_complete()

    def channel_write(self, ctx: ChannelHandlerContext, msg: T, /) -> Awaitable[None] | None:
        """The same as `write`, for handlers that care for no promise; pass on with ``ctx.fire_channel_write``."""
        return ctx.fire_channel_write(msg)

    # Outbound operations.

    def bind(self, ctx: ChannelHandlerContext, address: object, promise: ChannelPromise, /) -> Awaitable[None] | None:
        """Somebody wants the channel to listen on *address*."""
        return ctx.bind(address, promise)

    def connect(self, ctx: ChannelHandlerContext, address: object, promise: ChannelPromise, /) -> Awaitable[None] | None:
        """Somebody wants the channel to connect to *address*."""
        return ctx.connect(address, promise)

    def disconnect(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        """Somebody wants the channel to give up its peer."""
        return ctx.disconnect(promise)

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        """Somebody wants the channel closed; pass it on when everything that must be said has been written."""
        return ctx.close(promise)

    def deregister(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        """Somebody wants the channel to leave its event loop."""
        return ctx.deregister(promise)

    def read(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """Somebody wants one more read from the network."""
        return ctx.read()

    def write(self, ctx: ChannelHandlerContext, msg: T, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        """Somebody writes *msg*; pass on what it becomes, with *promise*, which tells when it was delivered."""
        return ctx.write(msg, promise)

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """Somebody wants all that was written to go out."""
        return ctx.flush()


# The published package's and Netty's other name for the same class.
ChannelHandlerAdapter = ChannelHandler
