"""The write without a promise: how a handler that overrides `channel_write` stands in the way of writes.

Its promise goes along unseen. It is kept in the context while the callback runs, and goes with the first message that is passed on
(`ChannelHandlerContext.fire_channel_write`); a callback that passes nothing on has kept the message to itself, and the write is done.
Source: the published package, whose handlers know no promises.
"""

from __future__ import annotations

from types import CoroutineType
from typing import TYPE_CHECKING, Any

from .coroutines.callback import settling_promise

if TYPE_CHECKING:
    from .context import ChannelHandlerContext
    from .promise import ChannelPromise

__all__ = ["call_channel_write"]


def call_channel_write(ctx: ChannelHandlerContext, msg: object, promise: ChannelPromise | None) -> Any:
    """Call `channel_write` of the handler of *ctx*, in the place of its `write`; a write it does not pass on is done."""
    ctx.channel_write_promise = promise
    outcome = ctx.handler.channel_write(ctx, msg)
    if isinstance(outcome, CoroutineType):
        return settling_promise(ctx, outcome, _settle)
    _settle(ctx)
    return outcome


def _settle(ctx: ChannelHandlerContext) -> None:
    promise, ctx.channel_write_promise = ctx.channel_write_promise, None
    if promise is not None:
        promise.try_success()
