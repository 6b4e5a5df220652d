"""Frame decoders and encoders: the readers of `wire` in a pipeline."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.endian import ByteOrder, byte_order as as_byte_order
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.fault import is_cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.budget import TURN_CALLS
from pyboot.components.netty.channel.promise import DONE, ChannelPromise
from pyboot.components.netty.errors import DecoderError, EncoderError, PrematureCloseError
from pyboot.components.netty.wire.length_field import LengthFieldReader
from pyboot.components.netty.wire.line import LineReader
from pyboot.components.netty.wire.reader import FrameReader

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["JOINED_BYTES", "FrameDecoder", "LengthFieldBasedFrameDecoder", "LengthFieldPrepender", "LineBasedFrameDecoder"]

# Four-byte lengths: whole for short messages, in two pieces up to 64 KiB; making one from its number costs thrice as much.
_PREFIXES: Final = [n.to_bytes(4, "big") for n in range(1024)]
_UPPER: Final = [n.to_bytes(3, "big") for n in range(256)]
_LOWER: Final = [n.to_bytes(1, "big") for n in range(256)]
# Up to here a message and its length are joined at once: beyond it the copy costs more than a second piece in the queue.
JOINED_BYTES: Final = 448


@mypyc_attr(allow_interpreted_subclasses=True)
class FrameDecoder(ChannelHandler[Any]):
    """Cuts the byte stream into messages with a reader of `wire`; what is not bytes passes through.

    What one read brought is handed on within the budget of a turn (`channel.budget`); a rest goes on in a later turn, with a
    channel_read_complete of its own. A message that is wrong goes to exception_caught, and reading goes on behind it unless
    that closed the channel, as the tail does by default. Bytes that no message was made of go on to the next handler when
    this one is removed. A read that gave no message asks for another one where ``auto_read`` is off.
    """

    makes_frames: ClassVar[bool | None] = True

    def __init__(self, reader: FrameReader) -> None:
        self._reader = reader
        self._is_reading = False
        self._is_paused = False
        self._is_stopped = False
        self._waiting: list[bytes] = []  # chunks that came in while a message was handled, or while the turn was spent

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each read.
        if isinstance(msg, ByteBuffer):
            chunk = msg.take_bytes()
        elif isinstance(msg, bytes):
            chunk = msg
        else:
            other = take_bytes(msg)
            if other is None:
                return ctx.fire_channel_read(msg)
            chunk = other
        if self._is_reading or self._is_paused:
            self._waiting.append(chunk)
        elif not self._is_stopped:
            self._is_reading = True
            try:
                self._reader.feed(chunk)
                self._has_read(ctx, self._cut(ctx, False))
            finally:
                self._is_reading = False
        return DONE

    def _has_read(self, ctx: ChannelHandlerContext, is_barren: bool) -> None:
        """The read is over, or its turn is; *is_barren*: it gave no message, in this turn or one before."""
        if ctx.is_removed:
            self._hand_over(ctx)
        elif self._is_paused:
            ctx.channel.pause_read(partial(self._go_on, ctx, is_barren))
        elif is_barren and not self._is_stopped and not ctx.channel.config.auto_read:
            ctx.read()  # whoever asked for a message has not got one yet

    def _cut(self, ctx: ChannelHandlerContext, to_the_end: bool) -> bool:
        """Fire the frames that are whole, or as many as the turn allows; tell whether there was none to wait for more."""
        # hot path: the loop runs once for each frame (tests/bench/test_framed.py).
        reader, channel = self._reader, ctx.channel
        made: i64 = 0  # and not in the channel at once: an attribute of another object is a call
        while not ctx.is_removed:
            try:
                frame = reader.next_frame()
            except DecoderError as error:
                self.frame_failed(ctx, error)
                if not channel.is_open:
                    self._is_stopped = True
                    break
            else:
                if frame is not None:
                    made += 1
                    ctx.fire_channel_read(frame)
                elif self._waiting:
                    reader.feed(self._waiting.pop(0))
                    continue
                else:
                    break
            channel.turn_calls += 1
            if (channel.turn_calls >= TURN_CALLS or channel.must_pause) and not to_the_end:
                self._is_paused = not ctx.is_removed
                break
        channel.messages_in += made
        return made == 0

    def _go_on(self, ctx: ChannelHandlerContext, was_barren: bool) -> None:
        """The next turn of a read that was too much for one."""
        if not self._is_paused:
            return
        self._is_paused = False
        self._is_reading = True
        try:
            is_barren = self._cut(ctx, False)
            self._has_read(ctx, is_barren and was_barren)
        finally:
            self._is_reading = False
        if not is_barren:
            ctx.fire_channel_read_complete()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        if event is INPUT_SHUTDOWN:
            self._end_input(ctx)
        return ctx.fire_user_event_triggered(event)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end_input(ctx)
        return ctx.fire_channel_inactive()

    def _end_input(self, ctx: ChannelHandlerContext) -> None:
        if self._is_paused and ctx.channel.full_mailboxes:
            self._is_stopped = True  # nobody had room for the rest, and the channel is gone (`channel.life.pausing`)
        elif self._is_reading or self._is_paused:
            was_paused, self._is_paused = self._is_paused, False
            is_barren = self._cut(ctx, True)  # the end comes in while a frame is handled: the others of that read come before it
            if was_paused and not is_barren and not ctx.is_removed:
                ctx.fire_channel_read_complete()  # no turn of their own will tell of them
        if ctx.is_removed:
            self._hand_over(ctx)  # before the end itself, behind which nobody takes it
            return
        last = None if self._is_stopped or ctx.channel.closed_here else self._reader.last_frame()  # we have cut it off, not the peer
        if last is not None:
            ctx.channel.messages_in += 1
            ctx.fire_channel_read(last)
            ctx.fire_channel_read_complete()
        if not self._is_stopped and not ctx.channel.closed_here and not self._reader.is_between_frames() and not is_cut_off(ctx.channel):
            ctx.callback_raised(PrematureCloseError(self.premature_close()))
        self._is_stopped = True

    def frame_failed(self, ctx: ChannelHandlerContext, error: DecoderError, /) -> None:
        """The reader raised *error*, which goes to exception_caught: the place of a protocol that answers instead."""
        ctx.callback_raised(error)

    def begun(self) -> object:
        """As `FrameReader.begun`, for whoever watches how long a message takes; None where the stream is over."""
        return None if self._is_stopped else self._reader.begun()

    def held_bytes(self) -> int:
        """The number of bytes that are kept here and no message was made of."""
        return int(self._reader.held_bytes()) + sum(map(len, self._waiting))

    def premature_close(self) -> str:
        """The error to report for a peer that leaves where the stream must not end."""
        return "the peer left in the middle of a frame"

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if not self._is_reading:
            self._hand_over(ctx)
        return None

    def _hand_over(self, ctx: ChannelHandlerContext) -> None:
        """Pass the bytes that no message was made of to the next handler, or to the one that takes this one's place."""
        if self._is_stopped:
            return
        rest = b"".join([self._reader.unread(), *self._waiting])
        self._waiting = []
        self._is_paused = False
        if rest:
            ctx.fire_channel_read(ByteBuffer(rest))
            ctx.fire_channel_read_complete()


@mypyc_attr(allow_interpreted_subclasses=True)
class LengthFieldBasedFrameDecoder(FrameDecoder):
    """Cuts the byte stream into frames by their length field; each becomes a `ByteBuffer`.

    The parameters are those of `LengthFieldReader`, which shows the bytes; `max_frame_length` is 1 MiB by default. *endian* is the
    published package's form of *byte_order*; its *pool_bucket_size* has no effect, since frames are views here. A longer frame goes to
    exception_caught as `TooLongFrameError`, a length that cannot be as `CorruptedFrameError`. Raises ValueError for parameters that
    contradict each other.
    """

    def __init__(
        self,
        max_frame_length: int = 1024 * 1024,
        length_field_offset: int = 0,
        length_field_length: int = 4,
        length_adjustment: int = 0,
        initial_bytes_to_strip: int = 0,
        fail_fast: bool = True,
        byte_order: Literal["big", "little"] = "big",
        endian: ByteOrder | None = None,
        pool_bucket_size: int = 1024,
    ) -> None:
        order = byte_order if endian is None else as_byte_order(endian)
        super().__init__(
            LengthFieldReader(
                max_frame_length,
                length_field_offset,
                length_field_length,
                length_adjustment,
                initial_bytes_to_strip,
                fail_fast,
                order,
            )
        )


@mypyc_attr(allow_interpreted_subclasses=True)
class LineBasedFrameDecoder(FrameDecoder):
    """Cuts the byte stream into lines ended by ``\\n`` or ``\\r\\n``; each becomes a `ByteBuffer`.

    Args:
        max_length: longest line accepted, without its end; 8 KiB by default.
        strip_delimiter: whether the end of the line is cut off.
        fail_fast: tell of a line that is too long at once, not when its end has come.
        ignore_empty: whether empty lines are left out.

    A longer line goes to exception_caught as `TooLongFrameError`. Raises ValueError for a limit below one byte. *maxLength*,
    *stripDelimiter*, *failFast* and *ignoreEmpty* are the published package's spellings.
    """

    def __init__(
        self,
        max_length: int = 8192,
        strip_delimiter: bool = True,
        fail_fast: bool = False,
        ignore_empty: bool = False,
        *,
        maxLength: int | None = None,  # noqa: N803  # as are those that follow, keywords of the published package
        stripDelimiter: bool | None = None,  # noqa: N803
        failFast: bool | None = None,  # noqa: N803
        ignoreEmpty: bool | None = None,  # noqa: N803
    ) -> None:
        longest = maxLength or max_length
        strip = strip_delimiter if stripDelimiter is None else stripDelimiter
        fast = fail_fast if failFast is None else failFast
        super().__init__(LineReader(longest, strip, fast, ignore_empty if ignoreEmpty is None else ignoreEmpty))


@mypyc_attr(allow_interpreted_subclasses=True)
class LengthFieldPrepender(ChannelHandler[Any]):
    """Puts the length of each outgoing message in front of it. Source: Netty's class of that name.

    Args:
        length_field_length: width of the field: 1, 2, 3, 4 or 8 bytes; raises ValueError for another one.
        length_adjustment: what to add to the length before it is written.
        length_includes_length_field: whether the field counts itself.
        byte_order: of the field.

    The write of a message whose length does not fit in the field fails with `EncoderError`.
    """

    sharable = True

    def __init__(
        self,
        length_field_length: int = 4,
        length_adjustment: int = 0,
        length_includes_length_field: bool = False,
        byte_order: Literal["big", "little"] = "big",
    ) -> None:
        if length_field_length not in (1, 2, 3, 4, 8):
            raise ValueError(f"length_field_length {length_field_length}, allowed is one of 1, 2, 3, 4, 8")
        self._width = length_field_length
        self._extra: i64 = length_adjustment + (length_field_length if length_includes_length_field else 0)
        self._byte_order: Literal["big", "little"] = byte_order
        self._is_four_bytes_big = length_field_length == 4 and byte_order == "big"

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each message that leaves (tests/bench/test_framed.py).
        if isinstance(msg, ByteBuffer):
            small = msg.take_bytes_within(JOINED_BYTES)
            if small is None:
                ctx.write(self._prefix(msg.readable_bytes() + int(self._extra)))
                return ctx.write(msg, promise)
            body = small
        elif isinstance(msg, bytes):
            body = msg
        else:
            other = take_bytes(msg)
            if other is None:
                return ctx.write(msg, promise)
            body = other
        size: i64 = len(body)
        value = size + self._extra
        prefix = _PREFIXES[value] if self._is_four_bytes_big and 0 <= value < 1024 else self._prefix(int(value))
        if size <= JOINED_BYTES:
            return ctx.write(prefix + body, promise)
        ctx.write(prefix)
        return ctx.write(body, promise)

    def _prefix(self, value: int) -> bytes:
        if self._is_four_bytes_big and 0 <= value < 65536:
            return _UPPER[value >> 8] + _LOWER[value & 255]
        if value < 0 or value >= 1 << (8 * self._width):
            raise EncoderError(f"length {value} does not fit in a length field of {self._width} bytes")
        return value.to_bytes(self._width, self._byte_order)
