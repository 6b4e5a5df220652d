"""RequestResponseHandler: many requests at once over one connection, each with its own answer.

::

    request(msg) ── id_of(msg) ──> waits ── write ─────────────────────> network
                                     │
    answer <── id_of(msg) is known ──┘ <── channel_read <── decoders <── network

The law: a request that was taken ends once, with its answer or with an error, and leaves nothing behind. It fails if its write fails, if
its time is over, if the connection ends or the handler is removed first; nobody knows then whether the peer did what it was asked. Whoever
is cancelled takes a request back that is not on its way yet. An answer that nobody waits for any more goes no further.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import DeadlineScope
from pyboot.components.netty.errors import (
    ChannelError,
    ChannelPipelineError,
    ClosedChannelError,
    NotYetConnectedError,
)

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["Asks", "RequestResponseHandler", "RequestTimeoutError", "TooManyRequestsError"]

_log = logging.getLogger(__name__)


class RequestTimeoutError(ChannelError, TimeoutError):
    """The peer did not answer a request within its timeout; the connection goes on, and nobody knows whether the request was done."""

    def __init__(self, id: object, seconds: float) -> None:
        super().__init__(id, seconds)
        self.id = id
        self.seconds = seconds

    def __str__(self) -> str:
        return f"no answer to the request {self.id!r} within {self.seconds:g} s"


class TooManyRequestsError(ChannelError):
    """As many requests as are allowed wait for their answers already; this one was not written."""

    def __init__(self, outstanding: int) -> None:
        super().__init__(outstanding)
        self.outstanding = outstanding

    def __str__(self) -> str:
        return f"{self.outstanding} requests wait for their answers already, no more are allowed: await some, or raise max_outstanding"


class Asks[Q, A](Protocol):
    """Whoever takes requests, as a type checker wants it where one is handed over: of any request that fits, for any answer."""

    async def request(self, msg: Q, /, timeout_seconds: float | None = None) -> A:
        """As `RequestResponseHandler.request`."""


class RequestResponseHandler[Q, A](ChannelHandler[A]):
    """Asks by `request`, and hands each answer to the request whose id it bears. Put it behind the codecs whose messages it writes.

    Derive to say where a message has its id::

        class Calls(RequestResponseHandler[Request, Response]):
            def id_of(self, msg: Request | Response) -> int:
                return msg.id

        answer = await channel.pipeline().get(Calls).request(Request(7, "add", [1, 2]))

    Messages without an id, and what others write, pass. Raises ValueError for numbers that make no sense.

    Args:
        timeout_seconds: how long an answer may take; 0 for ever.
        max_outstanding: how many requests may wait for their answers.
    """

    def __init__(self, timeout_seconds: float = 30.0, max_outstanding: int = 1000) -> None:
        if timeout_seconds < 0:
            raise ValueError(f"request timeout of {timeout_seconds} s, must be 0, for ever, or more")
        if max_outstanding < 1:
            raise ValueError(f"{max_outstanding} outstanding requests, allowed is at least 1")
        self._timeout = timeout_seconds
        self._max_outstanding = max_outstanding
        self._ctx: ChannelHandlerContext | None = None
        self._waiting: dict[Hashable, asyncio.Future[A]] = {}

    def id_of(self, msg: Q | A, /) -> Hashable | None:
        """Return what a request and its answer have in common, and no two requests at one time; None for what is no answer."""
        raise NotImplementedError(f"{type(self).__name__} does not say where a message has its id: define id_of(self, msg)")

    @property
    def outstanding(self) -> int:
        """The number of requests that wait for their answers."""
        return len(self._waiting)

    async def request(self, msg: Q, /, timeout_seconds: float | None = None) -> A:
        """Write *msg* and return the answer to it. On the channel's loop; takes ownership of a ByteBuffer.

        *timeout_seconds*: for this request only.

        Raises:
            RequestTimeoutError: there was no answer in time.
            ClosedChannelError: the connection was lost first.
            TooManyRequestsError: as many as may wait do already.
            ValueError: the message has no id, or one that another request is waiting with.

        It raises what writing raised, too, and RuntimeError on another loop. If cancelled, a request that is not on its way is not sent.
        """
        ctx = self._ctx
        try:
            if ctx is None:
                raise NotYetConnectedError(f"{type(self).__name__} is in no pipeline: nothing can be asked by it")
            if asyncio.get_running_loop() is not ctx.channel.loop:
                raise RuntimeError(f"{ctx.channel!r} lives on another loop: ask there, by asyncio.run_coroutine_threadsafe for instance")
            if ctx.is_removed:
                raise _no_answer(ctx, "nothing was sent")
            key = self._new_id(msg)
        except BaseException:
            release(msg)
            raise
        answer: asyncio.Future[A] = ctx.channel.loop.create_future()
        self._waiting[key] = answer
        written = ctx.new_promise().add_listener(partial(_has_written, answer))
        seconds = self._timeout if timeout_seconds is None else timeout_seconds
        try:
            async with DeadlineScope(seconds or None):
                ctx.write_and_flush(msg, written)
                return await answer
        except TimeoutError:
            if answer.cancelled():
                raise RequestTimeoutError(key, seconds) from None
            return answer.result()  # it came in the very moment; or the timeout is that of the write
        except asyncio.CancelledError:
            if not answer.cancelled() and answer.done() and answer.exception() is None:
                release(answer.result())
            raise
        finally:
            answer.cancel()
            written.cancel()
            if self._waiting.get(key) is answer:
                del self._waiting[key]

    def _new_id(self, msg: Q) -> Hashable:
        key = self.id_of(msg)
        if key is None:
            raise ValueError(f"{type(msg).__name__} has no id by which its answer would be known")
        if key in self._waiting:
            raise ValueError(f"a request with the id {key!r} waits for its answer already: every request wants an id of its own")
        if len(self._waiting) >= self._max_outstanding:
            raise TooManyRequestsError(self._max_outstanding)
        return key

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._ctx = ctx
        return super().handler_added(ctx)

    def channel_read(self, ctx: ChannelHandlerContext, msg: A, /) -> Awaitable[None] | None:
        key = self.id_of(msg)
        if key is None:
            return ctx.fire_channel_read(msg)
        answer = self._waiting.pop(key, None)
        if answer is None or answer.done():
            _log.debug("%r: nobody waits for the answer %r", ctx.channel, key)
            release(msg)
        else:
            answer.set_result(msg)
        if not ctx.channel.config.auto_read:
            ctx.read()  # whoever asked for a message has not got one yet
        return None

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._fail(ctx)
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._fail(ctx)
        return super().handler_removed(ctx)

    def _fail(self, ctx: ChannelHandlerContext) -> None:
        while self._waiting:
            answer = self._waiting.popitem()[1]
            if not answer.done():
                answer.set_exception(_no_answer(ctx, "nobody knows whether the request was done"))


def _no_answer(ctx: ChannelHandlerContext, consequence: str) -> Exception:
    if ctx.channel.is_open:
        return ChannelPipelineError(f"{ctx.name} was removed from the pipeline, and hears no answer: {consequence}")
    error = ClosedChannelError(f"the connection was lost before the answer came: {consequence}")
    error.__cause__ = ctx.channel.close_cause
    return error


def _has_written(answer: asyncio.Future[Any], written: ChannelPromise) -> None:
    if written.error is not None and not answer.done():
        answer.set_exception(written.error)
