"""Outcomes of callbacks that somebody must run: a coroutine, which nobody else would await, goes through the mailbox of its handler.

Law: whatever a callback returns is run, handed on to who awaits it, or raised as a mistake; nothing of it is dropped unseen.
"""

from __future__ import annotations

from collections.abc import Coroutine
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from .coroutines.callback import adopt
from .mask import is_generator

if TYPE_CHECKING:
    from .context import ChannelHandlerContext

__all__ = ["run_outcome"]


def run_outcome(ctx: ChannelHandlerContext, outcome: Any) -> Any:
    """Return as something to await what a callback of *ctx* returned, where that is nothing of ours (`ChannelHandlerContext.settle`)."""
    if isinstance(outcome, Coroutine):
        if ctx.inbox is None:
            ctx.inbox = ctx.channel.new_mailbox(ctx)
            if ctx.is_removed:
                ctx.inbox.close()  # it ends with this
        return ctx.inbox.accept(outcome if isinstance(outcome, CoroutineType) else adopt(outcome))
    if is_generator(outcome):
        ctx.callback_raised(TypeError(f"a callback of {ctx.name} returned a generator, which nobody runs: write async def"))
        return ctx.done
    return outcome
