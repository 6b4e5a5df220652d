"""SimpleChannelInboundHandler: handles messages of one type and passes the others on. Source: Netty's class of that name."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.message import release

from .handler import ChannelHandler
from .matching import accepted_types
from .variable import T

if TYPE_CHECKING:
    from .context import ChannelHandlerContext

__all__ = ["SimpleChannelInboundHandler"]


class SimpleChannelInboundHandler(ChannelHandler[T]):
    """Derive from ``SimpleChannelInboundHandler[T]`` and write `message_received`, as ``def`` or ``async def``.

    A message that is a T ends here: it is released when `message_received` is over, unless *auto_release* is off. Whoever keeps
    or passes on a `ByteBuffer` retains it. All other messages go on to the next handler.
    """

    _auto_release = True  # also for a class whose own __init__ does not call this one

    def __init__(self, *, auto_release: bool = True) -> None:
        self._auto_release = auto_release

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._accepted = accepted_types(cls, SimpleChannelInboundHandler)
        # Two functions, chosen once, instead of one that asks at each message: a coroutine callback is told from a plain one by its class.
        if "message_received" in cls.__dict__ and "channel_read" not in cls.__dict__:
            is_coroutine = inspect.iscoroutinefunction(cls.message_received)
            cls.channel_read = _read_later if is_coroutine else _read  # type: ignore[method-assign, assignment]  # the class decides, once

    _accepted: tuple[type[Any], ...] = (object,)

    def accept_inbound_message(self, msg: object, /) -> bool:
        """True if *msg* is for `message_received`."""
        return isinstance(msg, self._accepted)

    @abstractmethod
    def message_received(self, ctx: ChannelHandlerContext, msg: T, /) -> Awaitable[None] | None:
        """A message of this handler's type has come in."""

    def finished(self, msg: object, /) -> None:
        """`message_received` is over: give *msg* back."""
        if self._auto_release:
            release(msg)


def _read(self: SimpleChannelInboundHandler[Any], ctx: ChannelHandlerContext, msg: Any) -> Awaitable[None] | None:
    """The channel_read of those whose `message_received` is plain."""
    if not self.accept_inbound_message(msg):
        return ctx.fire_channel_read(msg)
    # In a finally: the message is this handler's, whether it could do anything with it or not (Netty's rule).
    try:
        return self.message_received(ctx, msg)
    finally:
        self.finished(msg)


async def _read_later(self: SimpleChannelInboundHandler[Any], ctx: ChannelHandlerContext, msg: Any) -> None:
    """The channel_read of those whose `message_received` is a coroutine function."""
    if not self.accept_inbound_message(msg):
        await ctx.fire_channel_read(msg)
        return
    try:
        handled = self.message_received(ctx, msg)
        if handled is not None:
            await handled
    finally:
        self.finished(msg)
