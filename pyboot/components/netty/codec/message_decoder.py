"""The base for decoders of your own that make messages of messages.

Theory of operation. One message may give thousands, and firing them all would keep the event loop for longer than a turn should. So the
work on a message is a generator (`_steps`) that may stop between two of them; what is left waits in a queue of its context, and a message
that comes in meanwhile queues up behind, since it would otherwise overtake. The queue is kept by context because a sharable decoder has
many.

Who runs the first generator of a queue takes it out only when it has ended: a decoder that is removed while its own message is handled
finds that generator running, and leaves the rest to whoever runs it. A generator that is closed half-way releases what it has not fired.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable
from functools import partial
from inspect import GEN_RUNNING, getgeneratorstate
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.coroutines.waiting import next_turn
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.matching import accepted_types
from pyboot.components.netty.channel.variable import K, T

from .calling import PAUSED, Steps, as_decoder_error, is_coroutine, run, run_async, takes_out

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["MessageToMessageDecoder"]


class MessageToMessageDecoder(ChannelHandler[Any], Generic[T, K]):
    """Turns messages of the type *T* into others, of the type *K*; what is no *T* passes through.

    Write ``decode(self, ctx, msg)`` to give one message or None, or Netty's ``decode(self, ctx, msg, out)``; ``def`` or ``async def``.
    A buffer is released afterwards, unless it is itself passed on. What one message gives is handed on within the budget of a turn
    (`channel.budget`), a rest in a later turn with a channel_read_complete of its own; a message that comes meanwhile waits behind it.
    Source: Netty's class of that name.
    """

    _accepted: ClassVar[tuple[type[Any], ...]] = (object,)
    _takes_out: ClassVar[bool] = True
    _closes: ClassVar[bool] = False
    _awaits: ClassVar[bool] = False
    # Of each context that has more to hand on: the steps to go on with, first those that are under way.
    _paused: dict[ChannelHandlerContext, deque[Steps]] | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._accepted = accepted_types(cls, MessageToMessageDecoder)
        cls._takes_out = takes_out(cls.decode)
        cls._closes = cls.close_decode is not MessageToMessageDecoder.close_decode
        cls._awaits = is_coroutine(cls.decode, cls.close_decode)
        if cls._awaits:
            cls.channel_read = cls._channel_read_async  # type: ignore[method-assign]  # the same work, awaited

    def decode(self, ctx: ChannelHandlerContext, msg: T, /, *out: Any, **unused: Any) -> K | Awaitable[K | None] | None:
        """Make a message of *msg*, or None for none."""
        raise NotImplementedError(f"{type(self).__qualname__} must write decode(self, ctx, msg) or decode(self, ctx, msg, out)")

    def close_decode(self, ctx: ChannelHandlerContext, out: list[K], /) -> Awaitable[None] | None:
        """The next handlers are done with the messages in *out*. Nothing to do by default."""
        return None

    def accept_inbound_message(self, msg: object, /) -> bool:
        """True if *msg* is for this decoder; by default, if it is a *T*."""
        return isinstance(msg, self._accepted)

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        paused = self._paused
        if paused and ctx in paused:
            paused[ctx].append(self._steps_behind(ctx, msg))
        elif not self.accept_inbound_message(msg):
            return ctx.fire_channel_read(msg)
        else:
            steps = self._steps(ctx, msg)
            if run(steps) is PAUSED:
                self._pause(ctx, deque([steps]))
        return None

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._paused and ctx in self._paused and getgeneratorstate(self._paused[ctx][0]) != GEN_RUNNING:
            self._go_on(ctx)
        return None

    def _pause(self, ctx: ChannelHandlerContext, work: deque[Steps]) -> None:
        if self._paused is None:
            self._paused = {}
        self._paused[ctx] = work
        ctx.channel.pause_read(partial(self._go_on, ctx))

    def _go_on(self, ctx: ChannelHandlerContext) -> None:
        """Go on, in a later turn, with a message that gave too much for one, then with those behind it."""
        work = None if self._paused is None else self._paused.get(ctx)
        if not work:
            return  # done when the handler was removed
        while work:
            try:
                if run(work[0]) is PAUSED:
                    break
            except BaseException as error:  # noqa: BLE001  # as of channel_read
                ctx.callback_raised(error)
            work.popleft()
        if self._paused is not None:
            del self._paused[ctx]
        if work:
            self._pause(ctx, work)
        ctx.fire_channel_read_complete()

    def _steps_behind(self, ctx: ChannelHandlerContext, msg: Any) -> Steps:
        """The steps for a message that came while an earlier one waited for its next turn."""
        if not ctx.is_removed and self.accept_inbound_message(msg):
            yield from self._steps(ctx, msg)
        else:
            ctx.fire_channel_read(msg)
        if not ctx.is_removed and not ctx.channel.may_go_on():
            yield PAUSED

    async def _channel_read_async(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """`channel_read` of a class whose ``decode`` is a coroutine function; it takes that place when the class is made."""
        if self.accept_inbound_message(msg):
            await run_async(self._steps(ctx, msg))
        else:
            await ctx.fire_channel_read(msg)

    def _steps(self, ctx: ChannelHandlerContext, msg: Any) -> Steps:
        out: list[Any] = []
        failure: Exception | None = None
        try:
            made = yield self.decode(ctx, msg, out) if self._takes_out else self.decode(ctx, msg)
            if not self._takes_out and made is not None:
                out.append(made)
        except Exception as error:  # noqa: BLE001  # a user's function
            failure = as_decoder_error(self, error)
        except GeneratorExit:  # a cancellation closes these steps
            for each in [msg, *(other for other in out if other is not msg)]:
                release(each)
            raise
        except BaseException as error:  # noqa: BLE001  # as in `decoder`
            failure = ctx.loop_state.error_of(error, ctx.name)
        if not any(each is msg for each in out):
            release(msg)
        messages = iter(out)
        for message in messages:
            fired = ctx.fire_channel_read(message)
            if self._closes:
                yield fired
            if len(out) > 1 and not ctx.is_removed and (not ctx.channel.may_go_on() or ctx.channel.must_pause):
                try:
                    yield next_turn(ctx.channel) if self._awaits else PAUSED
                except GeneratorExit:  # the channel is gone, and nobody had room for the rest
                    for rest in messages:
                        release(rest)
                    raise
        if self._closes and out:
            try:
                yield self.close_decode(ctx, out)
            except Exception as error:  # noqa: BLE001  # a user's function
                if failure is not None:
                    ctx.callback_raised(failure)
                failure = error
        if not out and not ctx.channel.config.auto_read:
            ctx.read()  # whoever asked for a message has not got one yet, where it is wrong neither
        if failure is not None:
            try:
                raise failure
            finally:
                failure = None  # it knows this frame, which must not know it in turn
