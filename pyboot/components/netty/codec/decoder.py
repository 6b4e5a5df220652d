"""Bases for decoders of your own that make messages of bytes; those that make them of messages are in `message_decoder`.

Theory of operation. A decoder is a loop: call ``decode`` while it makes progress, fire what it made. What is subtle is that the loop is
left and entered again in the middle. While a message is fired, the handlers behind may close the channel, read more bytes into this very
decoder, replace it by another, or have no room; and a plain decoder must not keep the event loop for longer than the budget of a turn.
Hence::

    state      means                                            bytes that come in    leaves it by
    idle       nothing to do until bytes come                   begin a read          `channel_read`
    decoding   `_read` or `_end_input` is on the stack          wait (`_waiting`)     the end of that call
    paused     the turn was used up, or no room is behind        wait                  a later turn (`_go_on`), the end of the input
    stopped    the stream is over, or cannot be read further    are dropped           nothing

The state is kept so that every way in can continue: what is made and not fired yet is an iterator of the object (`_messages`), not a
local, so that the end of the input fires the rest first. Three invariants hold between any two calls:

1. Order: messages are fired in the order of their bytes, an error of ``decode`` behind those that the same call made.
2. Nothing twice, nothing lost: each byte is in exactly one of `_cumulation`, `_waiting` and a message; `_hand_over` empties all three.
3. Progress: a call of ``decode`` that makes a message and reads nothing would be repeated for ever, and is an error.

The steps are generators so that one body serves both forms: a plain ``decode`` runs them through at once, a coroutine ``decode`` is
awaited at each ``yield`` (`calling`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import release, take_bytes
from pyboot.components.netty.channel.coroutines.waiting import next_turn
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.fault import is_cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.raising import catch_in_place
from pyboot.components.netty.channel.variable import T
from pyboot.components.netty.compat13.methods import method_aliases
from pyboot.components.netty.errors import DecoderError, PrematureCloseError, TooLongFrameError

from .calling import Steps, as_decoder_error, is_coroutine, run, run_async, takes_out

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["ByteToByteBufferMessageDecoder", "ByteToMessageDecoder", "MessageToByteDecoder"]


class ByteToMessageDecoder(ChannelHandler[Any], Generic[T]):
    """Collects bytes and calls your `decode` with them, again and again, until it neither reads nor makes anything.

    Write ``decode`` in one of two forms, each as ``def`` or ``async def``::

        def decode(self, ctx, buffer):              # the next message, or None while it is not whole
        def decode(self, ctx, buffer, out):         # Netty's: append messages to out

    Look before you read: a ``decode`` that read and found the message not whole must put the reader index back. What is left
    is there again, with more behind it, the next time. A message that shares memory with *buffer* must hold a reference of its
    own: ``buffer.read_retained_slice(n)``; views (``read_bytes``) need none.

    An error of ``decode`` goes to exception_caught, in a `DecoderError` unless it is a `NettyError`; what was read stays read.
    What one read brought is handed on within the budget of a turn (`channel.budget`); a rest goes on in a later turn, with a
    channel_read_complete of its own.

    Law 1: whenever the handler is removed, from ``decode`` and ``decode_last`` themselves too, the bytes it has not read go on to the
    next handler, once. Law 2: when the peer has left, all messages come first, then channel_read_complete if there were any, then
    `PrematureCloseError` for bytes that are left over, then the event itself.
    Source: Netty's class of that name.
    """

    makes_frames: ClassVar[bool | None] = True  # set False in a class whose messages are pieces of a stream, as a decompressor's
    single_decode: ClassVar[bool] = False  # one message a read; the next with the bytes that come next
    max_cumulation_bytes: ClassVar[int] = 16 * 1024 * 1024  # more than that without a message is an attack or a mistake

    # Values for the class: a decoder that does not call super().__init__() works all the same.
    _cumulation: ByteBuffer | None = None
    _waiting: list[bytes] | None = None  # came in while decode was at work
    _is_decoding: bool = False
    _is_paused: bool = False
    _is_ending: bool = False
    _is_stopped: bool = False
    _made: int = 0
    _messages: Iterator[Any] = iter(())  # that one call of decode made and that are not handed on yet
    _is_list: bool = False  # whether they are several, which may be more than one turn takes
    _failure: Exception | None = None  # that the same call raised, told behind them
    _takes_out: ClassVar[bool] = False
    _last_takes_out: ClassVar[bool] = True
    _closes: ClassVar[bool] = False
    _awaits: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.sharable:
            raise TypeError(f"{cls.__qualname__} keeps bytes of one channel: it cannot be sharable")
        cls._takes_out = takes_out(cls.decode)
        cls._last_takes_out = cls.decode_last is ByteToMessageDecoder.decode_last or takes_out(cls.decode_last)
        cls._closes = cls.close_decode is not ByteToMessageDecoder.close_decode
        cls._awaits = is_coroutine(cls.decode, cls.decode_last, cls.close_decode)
        if cls._awaits:
            cls.channel_read = cls._channel_read_async  # type: ignore[method-assign]  # the same work, awaited
            cls.channel_inactive = cls._channel_inactive_async  # type: ignore[method-assign]
            cls.user_event_triggered = cls._user_event_triggered_async  # type: ignore[method-assign]

    # What you write.

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, /, *out: Any, **unused: Any) -> T | Awaitable[T | None] | None:
        """Make the next message of *buffer*, or None while it is not whole."""
        raise NotImplementedError(f"{type(self).__qualname__} must write decode(self, ctx, buffer) or decode(self, ctx, buffer, out)")

    def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, /, *out: Any, **unused: Any) -> T | Awaitable[T | None] | None:
        """The peer has left: make messages of what remains, which may be nothing. By default `decode` is called once more."""
        if buffer.is_readable():
            return self.decode(ctx, buffer, *out) if self._takes_out else self.decode(ctx, buffer)
        return None

    def close_decode(self, ctx: ChannelHandlerContext, message: T, /) -> Awaitable[None] | None:
        """The next handlers are done with *message*. Nothing to do by default."""
        return None

    # Events.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        data = take_bytes(msg)
        if data is None:
            return ctx.fire_channel_read(msg)
        if self._accept(ctx, data):
            run(self._read(ctx))
        return None

    async def _channel_read_async(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """`channel_read` of a class whose ``decode`` is a coroutine function; it takes that place when the class is made."""
        data = take_bytes(msg)
        if data is None:
            await ctx.fire_channel_read(msg)
        elif self._accept(ctx, data):
            await run_async(self._read(ctx))

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        run(self._end_input(ctx))
        return ctx.fire_channel_inactive()

    async def _channel_inactive_async(self, ctx: ChannelHandlerContext) -> None:
        """`channel_inactive` of a class whose ``decode`` is a coroutine function."""
        await run_async(self._end_input(ctx))
        await ctx.fire_channel_inactive()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        if event is INPUT_SHUTDOWN:
            run(self._end_input(ctx))
        return ctx.fire_user_event_triggered(event)

    async def _user_event_triggered_async(self, ctx: ChannelHandlerContext, event: object) -> None:
        """`user_event_triggered` of a class whose ``decode`` is a coroutine function."""
        if event is INPUT_SHUTDOWN:
            await run_async(self._end_input(ctx))
        await ctx.fire_user_event_triggered(event)

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if not self._is_decoding:
            self._hand_over(ctx)
        return None

    # The work.

    @property
    def internal_buffer(self) -> ByteBuffer:
        """The bytes that no message was made of yet."""
        return ByteBuffer(b"") if self._cumulation is None else self._cumulation

    def begun(self) -> object:
        """The mark that tells the message under way from the next one, for whoever watches how long it takes; None between messages."""
        kept = self._cumulation
        if kept is None or kept.ref_count == 0 or not kept.is_readable():
            return None
        return (kept, kept.reader_index)  # a message that was made has moved the index, or begun another buffer

    def held_bytes(self) -> int:
        """The number of bytes that are kept here and no message was made of."""
        kept = self._cumulation
        size = 0 if kept is None or kept.ref_count == 0 else kept.readable_bytes()
        return size + sum(map(len, self._waiting or ()))

    def _accept(self, ctx: ChannelHandlerContext, data: bytes) -> bool:
        """Keep *data*; tell whether decoding is to begin, for it goes on already where a read comes in during a read, or behind one."""
        if self._is_stopped:
            return False
        if self._is_decoding or self._is_paused:
            if self._waiting is None:
                self._waiting = []
            self._waiting.append(data)
            return False
        self._cumulate(ctx, data)
        return True

    def _cumulate(self, ctx: ChannelHandlerContext, data: bytes) -> None:
        kept = self._cumulation
        if kept is not None and kept.ref_count == 0:
            ctx.callback_raised(self._stop_without_buffer())
            return
        if kept is None or not kept.is_readable():
            self._cumulation = ByteBuffer(data)
            return
        size = kept.readable_bytes() + len(data)
        if size > self.max_cumulation_bytes:
            self._stop()
            ctx.callback_raised(TooLongFrameError(size, self.max_cumulation_bytes))
        elif kept.reader_index > kept.readable_bytes():
            # Never moved in place: views of what was read may be anywhere.
            self._cumulation = ByteBuffer(size).write_bytes(kept.get_readable_bytes()).write_bytes(data)
        else:
            kept.write_bytes(data)

    def _read(self, ctx: ChannelHandlerContext, made_before: int = 0) -> Steps:
        """Decode what is there; *made_before*: messages that this read gave in earlier turns."""
        self._made = 0
        self._is_decoding = True
        try:
            yield from self._decode_all(ctx)
        finally:
            self._is_decoding = False
        if ctx.is_removed:
            self._hand_over(ctx)
        elif self._is_paused:
            ctx.channel.pause_read(partial(self._go_on, ctx, made_before + self._made))
        elif made_before + self._made == 0 and not self._is_stopped and not ctx.channel.config.auto_read:
            ctx.read()  # whoever asked for a message has not got one yet

    def _decode_all(self, ctx: ChannelHandlerContext) -> Steps:
        yield from self._hand_on(ctx)  # what an earlier turn left; where that is too much for this one too, the next list waits
        while self._may_decode(ctx) and not self._is_paused:
            buffer = self._cumulation
            goes_on = False
            if buffer is not None and buffer.is_readable():
                goes_on = yield from self._decode_one(ctx, buffer, self.decode)
            if self._is_paused:
                return
            if not goes_on:
                if not self._waiting:
                    return
                self._cumulate(ctx, self._waiting.pop(0))
            elif self._awaits:
                if not ctx.channel.may_go_on():
                    yield next_turn(ctx.channel)
            elif (not ctx.channel.may_go_on() or ctx.channel.must_pause) and not self._is_ending and self._may_decode(ctx):
                self._is_paused = True
                return

    def _go_on(self, ctx: ChannelHandlerContext, made_before: int) -> None:
        """Go on, in a later turn, with a read that was too much for one."""
        if self._is_paused and self._may_decode(ctx):
            self._is_paused = False
            run(self._read(ctx, made_before))
            if self._made:
                ctx.fire_channel_read_complete()

    def _may_decode(self, ctx: ChannelHandlerContext) -> bool:
        return not ctx.is_removed and not self._is_stopped

    def _decode_one(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, decode: Any) -> Steps:  # Any: one of two forms
        """Call *decode* once and hand on what it made; tell whether to call it again with the bytes that are there."""
        before = buffer.readable_bytes()
        out: list[Any] = []
        failure: Exception | None = None
        try:
            if self._last_takes_out if decode == self.decode_last else self._takes_out:
                made = yield decode(ctx, buffer, out)
            else:
                made = yield decode(ctx, buffer)
            if made is not None and made is not out:
                out.append(made)
        except Exception as error:  # noqa: BLE001  # a user's function
            failure = None if self._waits_after(error, buffer) else error
        except GeneratorExit:  # a cancellation closes these steps
            for each in out:
                release(each)
            raise
        except BaseException as error:  # noqa: BLE001  # out of a plain function it ends neither the stream nor what is made of it
            failure = ctx.loop_state.error_of(error, ctx.name)
        if buffer.ref_count == 0:
            failure = self._stop_without_buffer()
        consumed = not self._is_stopped and buffer.readable_bytes() != before
        is_stuck = bool(out) and failure is None and not consumed and decode == self.decode
        self._messages = iter(out)
        self._is_list = len(out) > 1 and not is_stuck and not self.single_decode
        self._failure, failure = failure, None  # it knows this frame, which must not know it in turn
        yield from self._hand_on(ctx)
        if is_stuck and not ctx.is_removed:
            self._stop()
            yield from self._raise(ctx, DecoderError(f"{type(self).__qualname__}.decode() made a message without reading anything"))
        return consumed and not (out and self.single_decode)

    def _stop_without_buffer(self) -> DecoderError:
        self._stop()
        return DecoderError(
            f"{type(self).__qualname__} or a handler behind it released the buffer that decode() is given: "
            "bytes are taken out of it with read_bytes() or read_retained_slice()"
        )

    def _waits_after(self, error: Exception, buffer: ByteBuffer) -> bool:
        """True if *error* only says that more bytes are needed; none does, but where `ReplayingDecoder` says so."""
        return False

    def _hand_on(self, ctx: ChannelHandlerContext) -> Steps:
        """Fire what was made. The end of the input may come in while one is handled; then that fires the others."""
        for message in self._messages:
            self._made += 1
            ctx.channel.messages_in += 1
            fired = ctx.fire_channel_read(message)
            if self._closes or (self._awaits and ctx.channel.must_pause):
                yield fired  # a coroutine handler behind has no room: it is waited for
            if self._closes:
                failed: Exception | None = None
                try:
                    yield self.close_decode(ctx, message)
                except Exception as error:  # noqa: BLE001  # a user's function: the messages behind are none of its business
                    failed = error
                if failed is not None:
                    yield from self._raise(ctx, failed)
                    failed = None  # it knows this frame, which must not know it in turn
            if self._is_list and (not ctx.channel.may_go_on() or ctx.channel.must_pause):
                if self._awaits:
                    yield next_turn(ctx.channel)
                elif not self._is_ending and self._may_decode(ctx):
                    self._is_paused = True
                    return
        failure, self._failure = self._failure, None
        if failure is not None:
            yield from self._raise(ctx, failure)
            failure = None  # as above
        kept = self._cumulation
        if kept is not None and kept.ref_count == 0:  # a message shared its reference, and was released as messages are
            yield from self._raise(ctx, self._stop_without_buffer())

    def _raise(self, ctx: ChannelHandlerContext, error: Exception) -> Steps:
        told = as_decoder_error(self, error)
        if self._awaits:
            yield catch_in_place(ctx, told)  # mailed, it would come behind the messages that are made next
        else:
            ctx.callback_raised(told)
        if not ctx.channel.is_open:
            self._stop()

    def _end_input(self, ctx: ChannelHandlerContext) -> Steps:
        """Decode what remains when the peer has left, at last with `decode_last`."""
        if not self._may_decode(ctx):
            return
        if self._is_paused and ctx.channel.full_mailboxes:
            self._stop()  # nobody had room for the rest, and the channel is gone (`channel.life.pausing`)
            return
        self._is_paused = False
        self._is_ending = True
        made_before = self._made if self._is_decoding else 0  # by the read that this comes in, which tells of those itself
        self._made = 0
        self._is_decoding = True
        left = 0
        try:
            yield from self._hand_on(ctx)
            before = -1
            while self._may_decode(ctx) and self.internal_buffer.readable_bytes() != before:  # more than once with single_decode
                before = self.internal_buffer.readable_bytes()
                yield from self._decode_all(ctx)
            if self._may_decode(ctx):
                buffer = self.internal_buffer
                yield from self._decode_one(ctx, buffer, self.decode_last)
                left = 0 if self._is_stopped else buffer.readable_bytes()
        finally:
            self._is_decoding = False
        made, self._made = self._made, self._made + made_before
        has_handed_over = ctx.is_removed and self._hand_over(ctx)
        self._stop()
        if made and not has_handed_over:
            ctx.fire_channel_read_complete()
        if left and not ctx.is_removed and not ctx.channel.closed_here and not is_cut_off(ctx.channel):
            yield from self._raise(ctx, PrematureCloseError(f"the peer left with {left} bytes that no message was made of"))

    def _stop(self) -> None:
        """End the stream: nothing more can be made of it."""
        self._is_stopped = True
        self._cumulation = None
        self._waiting = None

    def _hand_over(self, ctx: ChannelHandlerContext) -> bool:
        """Pass the bytes that no message was made of to the next handler, or to the one that takes this one's place; True if there were
        any.
        """
        left = list(self._messages)
        rest = b"".join([self.internal_buffer.get_readable_bytes(), *(self._waiting or ())])
        self._cumulation = self._waiting = None
        self._is_paused = False
        for message in left:
            ctx.channel.messages_in += 1
            ctx.fire_channel_read(message)
        if rest:
            ctx.fire_channel_read(ByteBuffer(rest))
        if left or rest:
            ctx.fire_channel_read_complete()
        return bool(left or rest)


# The specification's name for it: the counterpart of MessageToByteEncoder.
MessageToByteDecoder = ByteToMessageDecoder


@method_aliases(decodeByteBuffer="decode")
class ByteToByteBufferMessageDecoder(ByteToMessageDecoder[ByteBuffer]):
    """A decoder whose messages are buffers, out of the channel's allocator: `allocate_bytebuffer` gives them.

    Args:
        pool_bucket_size: buffers are made a multiple of this many bytes large; raises ValueError for less than 1.
    """

    pool_bucket_size = 1024  # also for a class whose own __init__ does not call this one
    _ctx: ChannelHandlerContext | None = None

    def __init__(self, pool_bucket_size: int = 1024) -> None:
        if pool_bucket_size < 1:
            raise ValueError(f"pool_bucket_size {pool_bucket_size}, must be at least 1")
        self.pool_bucket_size = pool_bucket_size

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._ctx = ctx
        return super().handler_added(ctx)

    def allocate_bytebuffer(self, size: int) -> ByteBuffer:
        """An empty buffer with room for *size* bytes, from the channel's allocator; raises `DecoderError` outside of a pipeline."""
        if self._ctx is None:
            raise DecoderError(f"{type(self).__qualname__} stands in no pipeline: there is no allocator yet")
        bucket = self.pool_bucket_size
        return self._ctx.allocator.buffer((size + bucket - 1) // bucket * bucket)
