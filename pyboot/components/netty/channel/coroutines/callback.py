"""The coroutines around callbacks: each ends what it was given, a promise or the membership of a handler, as the callback ends.

One law for all of them. A callback that was *ended* (its task was cancelled, its loop is gone) has not failed: the cancellation goes on,
and what the callback had not passed on is lost. Whatever else it raises is told, as if a plain callback had raised it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from .task import MailboxTask, is_end

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = [
    "adopt",
    "awaiting_handler_added",
    "containing",
    "leaving",
    "operate_through",
    "settling_promise",
    "write_through",
]


async def adopt(awaitable: Awaitable[Any]) -> None:
    """Await what a plain callback returned, as a coroutine that a driver can run."""
    await awaitable


async def containing(outcome: Awaitable[Any], error: Exception, log: Callable[[BaseException, BaseException], None]) -> None:
    """Await an exception_caught; what it raises in turn is logged and goes no further."""
    try:
        await outcome
    except BaseException as second:  # Netty's rule: propagation ends here
        if is_end(second):
            raise
        log(error, second)


async def write_through(ctx: ChannelHandlerContext, msg: object, promise: ChannelPromise | None, answer: ChannelPromise) -> None:
    """Run the write of a handler with coroutine callbacks; *answer* ends with it, and if it raises, so does *promise*."""
    if promise is not None:
        promise.holder = ctx
    # Called in here and not before: a plain override that a coroutine class inherits may raise too.
    try:
        outcome = ctx.write_function(ctx, msg, promise)
        if outcome is not None:
            await outcome
    except BaseException as raised:  # an encoder's error belongs to the write
        if is_end(raised):
            if _has_passed_on(ctx, promise):
                answer.try_success()
            else:
                ctx.channel.writing.write_lost(promise, answer)
            raise
        error = ctx.loop_state.error_of(raised, ctx.name)
        # One of the two is looked at by whoever wrote: with a promise that is told, and the answer only for who awaits it.
        ctx.channel.writing.fail(error, answer, reported=promise is None)
        if promise is not None:
            promise.try_failure(error)
    else:
        answer.try_success()


async def operate_through(ctx: ChannelHandlerContext, name: str, arguments: tuple[Any, ...], promise: ChannelPromise) -> None:
    """Run an outbound operation of a handler with coroutine callbacks; if it raises, the operation has failed."""
    promise.holder = ctx
    try:
        outcome = getattr(ctx.target, name)(ctx, *arguments)
        if outcome is not None:
            await outcome
    except BaseException as error:  # Netty's rule: an outbound error fails the operation only
        if is_end(error):
            if not _has_passed_on(ctx, promise):
                promise.try_failure(ctx.channel.writing.cancelled_error())
            raise
        promise.try_failure(ctx.loop_state.error_of(error, ctx.name))


async def settling_promise(ctx: ChannelHandlerContext, outcome: Awaitable[Any], settle: Callable[[ChannelHandlerContext], None]) -> None:
    """Await a channel_write, then *settle* its promise."""
    await outcome
    settle(ctx)


async def awaiting_handler_added(
    ctx: ChannelHandlerContext,
    added: Awaitable[Any],
    expel: Callable[[ChannelHandlerContext], bool],
    tell: Callable[[str, Exception], None],
) -> None:
    """Await a handler_added; one that raises takes its handler out again, with *expel*, and *tell* says so."""
    try:
        await added
    except BaseException as raised:  # a user's callback
        if is_end(raised):
            raise
        error = ctx.loop_state.error_of(raised, ctx.name)
        said = f"handler_added of {ctx.name} raised {raised!r}; it was removed"
        try:
            removed = ctx.actor.handler_removed(ctx) if expel(ctx) else None
            if removed is not None:
                await removed
        except BaseException as second:  # a user's callback
            if is_end(second):
                raise
            ctx.loop_state.error_of(second, ctx.name)
            said = f"handler_added of {ctx.name} raised {raised!r}, and it failed to remove: {second!r}"
        tell(said, error)


async def leaving(ctx: ChannelHandlerContext, removed: Awaitable[Any], tell: Callable[[str, Exception], None]) -> None:
    """Await a handler_removed; *tell* says what it raises."""
    try:
        await removed
    except BaseException as raised:  # a user's callback
        if is_end(raised):
            raise
        tell(f"handler_removed of {ctx.name} raised {raised!r}", ctx.loop_state.error_of(raised, ctx.name))


def _has_passed_on(ctx: ChannelHandlerContext, promise: ChannelPromise | None) -> bool:
    """True if a callback that was cancelled had handed its operation on before: then others have it, and its end is theirs to tell.

    That is so once it has passed the promise on, or was cancelled in waiting for a write of its own.
    """
    if promise is not None and promise.holder is not ctx:
        return True
    task = None if asyncio._get_running_loop() is None else asyncio.current_task()
    return isinstance(task, MailboxTask) and task.was_writing
