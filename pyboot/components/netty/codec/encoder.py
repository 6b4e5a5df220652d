"""Bases for encoders of your own: messages to bytes, and messages to messages."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.matching import Frame, accepted_types
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.channel.variable import K, T
from pyboot.components.netty.errors import EncoderError, NettyError

from .calling import Steps, is_coroutine, run, run_async, takes_out

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["MessageToByteEncoder", "MessageToMessageEncoder"]


class _Encoder(ChannelHandler[Any], Generic[T, K]):
    """The part that both encoders share: which messages are theirs, and how the user's function is called."""

    _accepted: ClassVar[tuple[type[Any], ...]] = (object,)
    _encode_takes_out: ClassVar[bool] = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._encode_takes_out = takes_out(cls.encode)
        if is_coroutine(cls.encode):
            cls.write = cls._write_async  # type: ignore[method-assign]  # the same work, awaited

    def encode(self, ctx: ChannelHandlerContext, msg: T, /, *out: Any, **unused: Any) -> K | Awaitable[K | None] | None:
        """Turn *msg* into what is to be written."""
        name = type(self).__qualname__
        raise NotImplementedError(f"{name} must write encode(self, ctx, msg) or encode(self, ctx, msg, out)")

    def accept_outbound_message(self, msg: object, /) -> bool:
        """True if *msg* is for this encoder: by default, whether it is of the type that the class names."""
        return isinstance(msg, self._outbound_types)

    @property
    def _outbound_types(self) -> tuple[type[Any], ...]:
        return self._accepted

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if not self.accept_outbound_message(msg):
            return ctx.write(msg, promise)
        written: Awaitable[None] | None = run(self._encode_steps(ctx, msg, promise))
        return written

    async def _write_async(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        """`write` of a class whose ``encode`` is a coroutine function; it takes that place when the class is made."""
        if self.accept_outbound_message(msg):
            await (await run_async(self._encode_steps(ctx, msg, promise)))
        else:
            await ctx.write(msg, promise)

    def _encode_steps(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Steps:
        raise NotImplementedError


class MessageToByteEncoder(_Encoder[T, Frame], Generic[T]):
    """Turns messages of the type *T* into bytes; what is no *T* passes through.

    Write ``encode`` in one of two forms, each as ``def`` or ``async def``::

        def encode(self, ctx, msg):                 # bytes, or a buffer
        def encode(self, ctx, msg, out):            # Netty's: write to the buffer out

    *T* may be a union. A message that is a buffer is released afterwards. An error fails the write, in an `EncoderError` unless
    it is a `NettyError`. Source: Netty's class of that name.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._accepted = accepted_types(cls, MessageToByteEncoder)

    def _encode_steps(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Steps:
        out = ctx.allocator.buffer() if self._encode_takes_out else None
        try:
            made = yield self.encode(ctx, msg) if out is None else self.encode(ctx, msg, out)
        except BaseException as error:  # a cancellation closes these steps, which raises GeneratorExit here
            release(out)
            release(msg)
            if isinstance(error, Exception):
                raise _wrapped(self, error) from error
            raise
        if made is not msg:
            release(msg)
        if out is None:
            return ctx.write(b"" if made is None else made, promise)
        if out.is_readable():
            return ctx.write(out, promise)
        out.release()
        return ctx.write(b"", promise)


class MessageToMessageEncoder(_Encoder[T, K], Generic[T, K]):
    """Turns messages of the type *T* into others, of the type *K*; what is no *T* passes through.

    Write ``encode(self, ctx, msg)`` to give one message, or Netty's ``encode(self, ctx, msg, out)`` to give several; ``def`` or
    ``async def``. One that gives none raises `EncoderError`: the write would never end. A promise is done when all of them are,
    and failed when one is. Source: Netty's class of that name.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._accepted = accepted_types(cls, MessageToMessageEncoder)

    def close_encode(self, ctx: ChannelHandlerContext, out: list[K], /) -> Awaitable[None] | None:
        """The messages in *out* were written. Nothing to do by default."""
        return None

    def _encode_steps(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Steps:
        out: list[Any] = []
        try:
            made = yield self.encode(ctx, msg, out) if self._encode_takes_out else self.encode(ctx, msg)
        except BaseException as error:  # as above
            for each in [msg, *(other for other in out if other is not msg)]:
                release(each)
            if isinstance(error, Exception):
                raise _wrapped(self, error) from error
            raise
        if not self._encode_takes_out and made is not None:
            out.append(made)
        if not any(each is msg for each in out):
            release(msg)
        if not out:
            raise EncoderError(
                f"{type(self).__qualname__}.encode() gave no message for a {type(msg).__qualname__}: it must give at least one"
            )
        written = _write_all(ctx, out, promise)
        yield self.close_encode(ctx, out)
        return written


def _write_all(ctx: ChannelHandlerContext, messages: list[Any], promise: ChannelPromise | None) -> Awaitable[None]:
    """Write *messages* in order; *promise* ends with the last of them, or with the first that fails."""
    if promise is None or len(messages) == 1:
        for message in messages[:-1]:
            ctx.write(message)
        return ctx.write(messages[-1], promise)
    outstanding = len(messages)

    def one_done(part: ChannelPromise) -> None:
        nonlocal outstanding
        outstanding -= 1
        if part.error is not None:
            promise.try_failure(part.error)
        elif outstanding == 0:
            promise.try_success()

    for message in messages:
        ctx.write(message, ctx.new_promise().add_listener(one_done))
    return promise


def _wrapped(handler: object, error: Exception) -> NettyError:
    return error if isinstance(error, NettyError) else EncoderError(f"encode() of {type(handler).__qualname__} raised {error!r}")
