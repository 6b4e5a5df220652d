"""The generators and coroutines under a mailbox; interpreted on purpose, for they are what asyncio talks to.

`driver` is long-lived: it is sent one coroutine after the other and runs each. Sending it a coroutine costs a fraction
of a fresh task, and a finished coroutine does not cost a ``StopIteration`` that somebody must catch.
`carry` is the body of the mailbox's task, which takes over only when a coroutine really suspends.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, Final, final

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.pipeline import ChannelPipeline
    from pyboot.components.netty.channel.promise import ChannelPromise

    from .mailbox import Mailbox

__all__ = [
    "IDLE",
    "MailboxTask",
    "adopt",
    "awaiting_handler_added",
    "containing",
    "driver",
    "is_end",
    "leaving",
    "leaving_behind",
    "operate_through",
    "settling_promise",
    "write_through",
]


@final
class _Idle:
    __slots__ = ()

    def __repr__(self) -> str:
        return "IDLE"


IDLE: Final = _Idle()


@types.coroutine
def driver() -> Generator[Any, Any, None]:  # Any: whatever coroutines await and are answered
    """Run each coroutine that is sent; yield `IDLE` between them, and within one what it awaits."""
    while True:
        coroutine = yield IDLE
        yield from coroutine


@types.coroutine
def carry(mailbox: Mailbox) -> Generator[Any, Any, None]:  # Any: as above
    """Wait until a callback suspends, see it to its end, then what waits behind it; and again.

    A cancellation while a callback is suspended goes into that callback, and with the end of it the task ends too, as any
    task would; one while none is suspended ends the task at once, and the next callback gets another.
    """
    task = asyncio.current_task()
    assert isinstance(task, MailboxTask)
    task.has_begun = True
    interrupt: BaseException | None = None
    while mailbox.is_served_by(task):
        try:
            yield from mailbox.wait_for_work()
        except asyncio.CancelledError as cancelled:
            if not mailbox.busy or not mailbox.is_served_by(task):
                return  # the channel is closed, or the loop ends
            interrupt = cancelled
        awaited = mailbox.take_over()
        while awaited is not IDLE:
            if interrupt is None:
                try:
                    answer = yield awaited
                except GeneratorExit:  # of nobody but who closes a task that the loop has left behind
                    mailbox.let_go()
                    raise
                except BaseException as error:  # noqa: BLE001  # whatever a task throws in belongs to the callback
                    interrupt = error
                    continue
                awaited = mailbox.resume(answer)
            else:
                thrown, interrupt = interrupt, None
                awaited = mailbox.interrupt(thrown)
        if task.cancelling() > 0:
            return


@final
class MailboxTask(asyncio.Task[None]):
    """The task of a mailbox; it tells the mailbox of a cancellation at once, not when the loop gets to it."""

    def __init__(self, mailbox: Mailbox, name: str) -> None:
        self._mailbox = mailbox
        self.has_begun = False
        self.is_giving_up = False  # cancelled before its first step
        self.was_writing = False  # when it was cancelled: it waited for the end of a write (`waiting`)
        channel = mailbox.ctx.channel
        super().__init__(main(mailbox), loop=channel.loop, name=name, context=channel.own_context())
        # It waits for work for as long as the channel lives: one that ends with its program is nothing to warn about.
        self._log_destroy_pending = False

    def cancel(self, msg: Any = None) -> bool:  # Any: asyncio's own signature
        self._mailbox.cancel_asked()
        if self.has_begun or not self._mailbox.is_occupied:
            return super().cancel(msg)
        self.is_giving_up = True
        # A task that is cancelled before its first step never takes that step, and the callback under way would have to go
        # on in another task: its timeouts and task groups know only this one. So the first step comes first.
        self.get_loop().call_soon(self.cancel_now, msg)
        return True

    def cancel_now(self, msg: Any = None) -> None:  # Any: as above
        """Cancel the task itself, begun or not."""
        super().cancel(msg)


async def main(mailbox: Mailbox) -> None:
    """`carry` as the coroutine that a task wants."""
    await carry(mailbox)


def is_end(raised: BaseException) -> bool:
    """Whether a callback did not fail but was ended: its own task was cancelled, or the loop has left it behind."""
    if isinstance(raised, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and (task.cancelling() > 0 or (isinstance(task, MailboxTask) and task.is_giving_up))
    return isinstance(raised, GeneratorExit) and asyncio._get_running_loop() is None


def _has_passed_on(ctx: ChannelHandlerContext, promise: ChannelPromise | None) -> bool:
    """Whether a callback that was cancelled had handed its operation on before: then others have it, and its end is theirs to tell.

    That is so once it has passed the promise on, or was cancelled in waiting for a write of its own.
    """
    if promise is not None and promise.holder is not ctx:
        return True
    task = None if asyncio._get_running_loop() is None else asyncio.current_task()
    return isinstance(task, MailboxTask) and task.was_writing


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
                ctx.channel.writing.write_lost((ctx, msg, promise, answer))
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
    ended = ctx.channel.loop.create_future()
    outbox.deliver_first("given", ended.set_result, (None,))
    await ended
    removed = pipeline.depart(ctx)
    if removed is not None:
        await removed


async def leaving(pipeline: ChannelPipeline, ctx: ChannelHandlerContext, removed: Awaitable[Any]) -> None:
    """Await a handler_removed."""
    try:
        await removed
    except BaseException as raised:  # a user's callback
        if is_end(raised):
            raise
        pipeline.tell_failure(f"handler_removed of {ctx.name} raised {raised!r}", ctx.loop_state.error_of(raised, ctx.name))
