"""ExecutorHandler: stands in the pipeline for a handler whose callbacks run in an executor of its user's.

::

    loop      event ──▶ mailbox ──▶ waits ················▶ the next event
                                     │              ▲ ended
    executor                         └─▶ callback ──┘
                                           │ ctx.write(…), ctx.fire_…(…), ctx.close()
    loop                                   ▼ done there, in the order asked for, before the next event

Law 1: the callbacks of the handler run one at a time, events and operations together, in the order they came; a mailbox that is full stops
the reading, as of a coroutine handler. Law 2: what a callback asks of its context is done on the loop, before the next callback begins.
Law 3: what runs in a thread cannot be broken off. A handler that is removed, or whose channel is gone, is told of it when its callback
has ended; one that has not begun is not called any more, but for ``handler_added``: who is told that it goes was told that it came.

The context that the callbacks are given is a real one, so that ``super().channel_read(ctx, msg)`` works: whatever
leaves it comes to a neighbour in all directions that mails it to the loop. Source: Netty's ``pipeline.addLast(EventExecutorGroup, …)``.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
from collections.abc import Callable
from functools import partial
from types import CoroutineType
from typing import Any, final

from pyboot.components.netty.channel.context import INTERPRETED, ChannelHandlerContext
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.mask import BITS, INBOUND, LIFE, OUTBOUND, Traits, traits_of
from pyboot.components.netty.channel.threadsafe import ThreadsafeCall
from pyboot.components.netty.errors import ChannelPipelineError

__all__ = ["ExecutorHandler", "traits_in_executor"]


def traits_in_executor(handler: ChannelHandler[Any]) -> Traits:
    """The traits of *handler* where all its callbacks are waited for.

    Raises `ChannelPipelineError` for one that cannot run in an executor: with coroutine callbacks, or with ``channel_write``.
    """
    traits = traits_of(type(handler))
    if traits.coroutines or traits.overrides_channel_write:
        what = "coroutine callbacks, which run on the loop" if traits.coroutines else "channel_write: override write"
        raise ChannelPipelineError(f"{type(handler).__qualname__} cannot run in an executor, for it has {what}")
    mask = traits.overrides
    if mask & (INBOUND | LIFE):
        mask |= INBOUND
    if mask & OUTBOUND:
        mask |= OUTBOUND
    return Traits(traits.overrides, mask, traits.overrides, False, False)


@final
class ExecutorHandler(ChannelHandler[Any]):
    """Calls *handler*, of the context *ctx*, in *executor*; what that does not override passes on."""

    def __init__(self, executor: concurrent.futures.Executor, handler: ChannelHandler[Any], ctx: ChannelHandlerContext) -> None:
        self._executor = executor
        self._ctx = _context_elsewhere(ctx)
        self._turn = asyncio.Lock()
        try:
            overrides = traits_in_executor(handler).overrides
        except ChannelPipelineError:
            handler.was_added = False  # it may still be added to the loop's own
            raise
        for name, bit in BITS.items():
            if overrides & bit:
                setattr(self, name, partial(self._call, getattr(handler, name), name != "handler_added"))

    async def _call(self, callback: Callable[..., Any], may_be_left_out: bool, ctx: ChannelHandlerContext, *arguments: Any) -> None:
        async with self._turn:
            self._ctx.is_removed = ctx.is_removed
            # A copy of the context: one cannot be entered by two threads, and the loop is in the channel's own.
            called = self._executor.submit(contextvars.copy_context().run, _run, callback, self._ctx, arguments)
            end = asyncio.wrap_future(called)
            try:
                await asyncio.shield(end)
            except asyncio.CancelledError:
                if not (may_be_left_out and called.cancel()):  # it has begun: the turn is not given on before it is over (law 3)
                    await _end_of(end)
                    end.result()  # what it raised is told
                raise


def _run(callback: Callable[..., Any], ctx: ChannelHandlerContext, arguments: tuple[Any, ...]) -> None:
    outcome = callback(ctx, *arguments)
    if isinstance(outcome, CoroutineType):
        outcome.close()
        raise TypeError(f"{callback!r} gave a coroutine, which nobody runs in an executor")


async def _end_of(future: asyncio.Future[Any]) -> None:
    """Wait for *future*, whoever cancels this meanwhile: the thread is not free before."""
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            continue


class _Mails(ChannelHandler[Any]):
    """Has each operation of another context done, on its loop."""

    def __init__(self, ctx: ChannelHandlerContext) -> None:
        for name, bit in BITS.items():
            if bit & (INBOUND | OUTBOUND):
                operation = getattr(ctx, f"fire_{name}" if bit & INBOUND else name)
                setattr(self, name, partial(self._mail, ctx, operation))

    def _mail(self, ctx: ChannelHandlerContext, operation: Callable[..., Any], _: ChannelHandlerContext, *arguments: Any) -> ThreadsafeCall:
        return ThreadsafeCall(ctx.channel, operation, *arguments)


def _context_elsewhere(ctx: ChannelHandlerContext) -> ChannelHandlerContext:
    """A context for the handler of *ctx* to use in another thread."""
    gate = ChannelHandlerContext(ctx.pipeline, ctx.name, _Mails(ctx))
    gate.mask = INBOUND | OUTBOUND
    gate.inbound_kind = gate.outbound_kind = INTERPRETED  # so that the paths of messages, too, call what was set on the object
    gate.bind_callbacks()
    here = ChannelHandlerContext(ctx.pipeline, ctx.name, ctx.handler)
    here.next = here.next_read = here.next_read_complete = gate
    here.prev = here.next_write = here.next_flush = gate
    return here
