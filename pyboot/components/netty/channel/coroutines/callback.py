"""The coroutines around callbacks: each ends what it was given, a promise or the membership of a handler, as the callback ends.

One law for all of them. A callback that was *ended* (its task was cancelled, its loop is gone) has not failed: the cancellation goes on,
and what the callback had not passed on is lost. Whatever else it raises is told, as if a plain callback had raised it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from .task import MailboxTask, is_end

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.pipeline import ChannelPipeline
    from pyboot.components.netty.channel.promise import ChannelPromise

    from .mailbox import Mailbox

__all__ = [
    "adopt",
    "awaiting_handler_added",
    "containing",
    "leaving",
    "leaving_behind",
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


async def settling_promise(ctx: ChannelHandlerContext, outcome: Awaitable[Any]) -> None:
    """Await a channel_write; a message that it kept to itself was the end of that write."""
    await outcome
    ctx.settle_channel_write()


async def awaiting_handler_added(pipeline: ChannelPipeline, ctx: ChannelHandlerContext, added: Awaitable[Any]) -> None:
    """Await a handler_added; a handler whose raises is taken out again."""
    try:
        await added
    except BaseException as raised:  # a user's callback
        if is_end(raised):
            raise
        error = ctx.loop_state.error_of(raised, ctx.name)
        said = f"handler_added of {ctx.name} raised {raised!r}; it was removed"
        try:
            removed = ctx.actor.handler_removed(ctx) if pipeline.expel(ctx) else None
            if removed is not None:
                await removed
        except BaseException as second:  # a user's callback
            if is_end(second):
                raise
            ctx.loop_state.error_of(second, ctx.name)
            said = f"handler_added of {ctx.name} raised {raised!r}, and it failed to remove: {second!r}"
        pipeline.tell_failure(said, error)


async def leaving_behind(pipeline: ChannelPipeline, ctx: ChannelHandlerContext, outbox: Mailbox) -> None:
    """Wait for the operation of *ctx* that was cancelled, then call handler_removed and await it."""
    await outbox.next_gap()
    removed = pipeline.depart(ctx)
    if removed is not None:
        await removed


def leaving(pipeline: ChannelPipeline, ctx: ChannelHandlerContext, removed: Awaitable[Any]) -> Coroutine[Any, Any, None]:
    """Return what awaits a handler_removed; from now on its pipeline has one handler more that is leaving."""
    pipeline.leavers += 1
    return _leaving(pipeline, ctx, removed)


async def _leaving(pipeline: ChannelPipeline, ctx: ChannelHandlerContext, removed: Awaitable[Any]) -> None:
    try:
        await removed
    except BaseException as raised:  # a user's callback
        if is_end(raised):
            raise
        pipeline.tell_failure(f"handler_removed of {ctx.name} raised {raised!r}", ctx.loop_state.error_of(raised, ctx.name))
    finally:
        pipeline.leavers -= 1  # what this runs in tells of it, once it is idle


def _has_passed_on(ctx: ChannelHandlerContext, promise: ChannelPromise | None) -> bool:
    """True if a callback that was cancelled had handed its operation on before: then others have it, and its end is theirs to tell.

    That is so once it has passed the promise on, or was cancelled in waiting for a write of its own.
    """
    if promise is not None and promise.holder is not ctx:
        return True
    task = None if asyncio._get_running_loop() is None else asyncio.current_task()
    return isinstance(task, MailboxTask) and task.was_writing
