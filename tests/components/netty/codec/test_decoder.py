"""Bases for decoders: Netty's contract of ByteToMessageDecoder, in each form a user may write."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.budget import TURN_CALLS
from pyboot.components.netty.codec.decoder import (
    ByteToByteBufferMessageDecoder,
    ByteToMessageDecoder,
    MessageToByteDecoder,
)
from pyboot.components.netty.codec.frames import LineBasedFrameDecoder
from pyboot.components.netty.codec.text import StringDecoder
from pyboot.components.netty.errors import CorruptedFrameError, DecoderError, HandlerCallbackError, PrematureCloseError, TooLongFrameError
from pyboot.testing.codec import check_decoder, decode

STREAM = b"\x03ada\x00\x05grace"
MESSAGES = [b"ada", b"", b"grace"]


def cut(buffer: ByteBuffer) -> bytes | None:
    """A byte of length, then the message."""
    if not buffer.is_readable() or buffer.readable_bytes() < 1 + buffer.get_byte(buffer.reader_index):
        return None
    return bytes(buffer.read_bytes(buffer.read_byte()))


class Returning(ByteToMessageDecoder[bytes]):
    """The seed's form."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
        return cut(buffer)


class Coroutine(ByteToMessageDecoder[bytes]):
    """The same as a coroutine that never waits."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
        return cut(buffer)


class WithOut(ByteToMessageDecoder[bytes]):
    """Netty's form, several messages a call."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[bytes]) -> None:  # type: ignore[override]  # Netty's form
        while (message := cut(buffer)) is not None:
            out.append(message)


class CoroutineWithOut(ByteToMessageDecoder[bytes]):
    """Netty's form as a coroutine."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[bytes]) -> None:  # type: ignore[override]  # as above
        message = cut(buffer)
        if message is not None:
            out.append(message)


@pytest.mark.parametrize("make", [Returning, Coroutine, WithOut, CoroutineWithOut])
def test_every_form_keeps_the_contract(make: Callable[[], ChannelHandler[Any]]) -> None:
    """Four ways to write one decoder."""
    check_decoder(make, STREAM, MESSAGES, wrong={b"\x05half": PrematureCloseError})


def test_the_specification_has_another_name_for_it() -> None:
    """`MessageToByteDecoder[T]` stands beside `MessageToByteEncoder[T]`."""
    assert MessageToByteDecoder is ByteToMessageDecoder


async def test_reads_that_come_while_a_coroutine_decodes_wait_for_it() -> None:
    """In order, however long it takes."""
    gate = asyncio.Event()

    class Slow(ByteToMessageDecoder[bytes]):
        async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
            message = cut(buffer)
            await gate.wait()
            return message

    channel = EmbeddedChannel(Slow(), loop=asyncio.get_running_loop())
    for byte in STREAM:
        channel.write_inbound(ByteBuffer(bytes((byte,))))
    assert [] == channel.inbound_messages()
    gate.set()
    await channel.pipeline().fire_channel_read("the end")

    assert [*MESSAGES, "the end"] == channel.inbound_messages()


def test_a_decoder_that_removes_itself_hands_the_rest_on() -> None:
    """Netty: testRemoveItself; the message comes first, then the bytes behind it."""

    class Once(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
            ctx.pipeline.remove(self)
            return bytes((buffer.read_byte(),))

    assert [b"a", b"bc"] == decode(Once(), [b"abc"]).messages


def test_bytes_behind_a_removal_during_a_coroutine_are_handed_on_too() -> None:
    """The removal waits for decode to return."""

    class Once(ByteToMessageDecoder[bytes]):
        async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
            ctx.pipeline.remove(self)
            return bytes((buffer.read_byte(),))

    assert [b"a", b"bc"] == decode(Once(), [b"abc"]).messages


def test_one_message_a_read_where_that_is_wanted() -> None:
    """Netty: setSingleDecode."""

    class Single(Returning):
        single_decode = True

    channel = EmbeddedChannel(Single())
    channel.write_inbound(ByteBuffer(STREAM))
    assert [b"ada"] == channel.inbound_messages()
    channel.write_inbound(ByteBuffer(b"\x01"))
    assert [b"ada", b""] == channel.inbound_messages()


def test_a_message_made_without_reading_is_an_error_and_the_end() -> None:
    """It would be made for ever."""

    class Endless(ByteToMessageDecoder[str]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> str:
            return "again"

    found = decode(Endless(), [b"x", b"y"])

    assert ["again"] == found.messages
    assert ["Endless.decode() made a message without reading anything"] == [
        str(error).rpartition(".<locals>.")[2] for error in found.errors
    ]


def test_an_error_is_wrapped_once_and_comes_behind_the_messages_before_it() -> None:
    """What was read stays read, so that decoding goes on behind it."""

    class Picky(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
            byte = bytes(buffer.read_bytes(1))
            if byte == b"!":
                raise ValueError("not that")
            if byte == b"?":
                raise CorruptedFrameError("nor that")
            return byte

    found = decode(Picky(), [b"a!b?c"])

    assert [b"a", b"b", b"c"] == found.messages
    assert [DecoderError, CorruptedFrameError] == [type(error) for error in found.errors]
    assert isinstance(found.errors[0].__cause__, ValueError)


def test_an_error_that_read_nothing_waits_for_more_bytes() -> None:
    """The loop must not turn on the spot."""

    class Refusing(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
            raise ValueError("no")

    assert 2 == len(decode(Refusing(), [b"x", b"y"]).errors)


def test_the_last_bytes_are_decoded_when_the_peer_has_left() -> None:
    """Netty: testDecodeLast; also with nothing left."""
    calls: list[bytes] = []

    class Rest(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
            return None

        def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:  # type: ignore[override]  # the returning form
            calls.append(buffer.get_readable_bytes())
            return bytes(buffer.read_bytes(buffer.readable_bytes())) or None

    assert ([b"rest"], []) == ((found := decode(Rest(), [b"re", b"st"], close=True)).messages, found.errors)
    assert ([], []) == ((found := decode(Rest(), [], close=True)).messages, found.errors)
    assert [b"rest", b""] == calls


class Counting(ChannelHandler[Any]):
    """Writes down what a decoder fires."""

    def __init__(self) -> None:
        self.log: list[object] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(bytes(msg))

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("complete")

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("inactive")


@pytest.mark.parametrize("form", ["plain", "coroutine", "coroutine behind a plain decode", "removing"])
def test_the_end_of_input_is_told_as_one_read(form: str) -> None:
    """What the last bytes gave, one channel_read_complete, then channel_inactive; without a message no such read."""

    class Rest(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
            return None

        def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:  # type: ignore[override]  # the returning form
            return bytes(buffer.read_bytes(buffer.readable_bytes())) or None

    class RestLater(ByteToMessageDecoder[bytes]):
        async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
            return None

        async def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:  # type: ignore[override]  # as above
            await asyncio.sleep(0)
            return bytes(buffer.read_bytes(buffer.readable_bytes())) or None

    class Mixed(Rest):
        async def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:  # type: ignore[override]  # as above
            await asyncio.sleep(0)
            return bytes(buffer.read_bytes(buffer.readable_bytes())) or None

    class Removing(Rest):
        def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:  # type: ignore[override]  # as above
            ctx.pipeline.remove(self)
            return None

    make = {"plain": Rest, "coroutine": RestLater, "coroutine behind a plain decode": Mixed, "removing": Removing}[form]
    for data in (b"rest", b""):
        counting = Counting()
        channel = EmbeddedChannel(make(), counting)
        if data:
            channel.write_inbound(ByteBuffer(data))
            counting.log.clear()
        channel.finish()
        assert [*([data, "complete"] if data else []), "inactive"] == counting.log


def test_the_end_of_a_half_closed_stream_is_the_end_of_input() -> None:
    """Netty: ChannelInputShutdownEvent runs the same path."""
    config = ChannelConfig()
    config.allow_half_closure = True
    channel = EmbeddedChannel(Returning(), config=config)
    channel.write_inbound(ByteBuffer(b"\x05half"))

    with pytest.raises(PrematureCloseError, match="5 bytes that no message was made of"):
        channel.finish_input()


def test_a_read_that_gave_no_message_is_followed_by_another() -> None:
    """Netty: testDoesNotOverRead; only where nobody reads by himself."""
    channel = EmbeddedChannel(Returning())
    channel.auto_read = False
    before = channel.reads
    channel.write_inbound(ByteBuffer(b"\x03ad"))
    assert 1 == channel.reads - before

    channel.write_inbound(ByteBuffer(b"a"))
    assert 1 == channel.reads - before


def test_a_read_within_a_read_keeps_the_order() -> None:
    """Netty: testDisorder."""
    channel = EmbeddedChannel(Returning())

    class Again(ChannelHandler[bytes]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
            ctx.fire_channel_read(msg)
            if msg == b"ada":
                channel.pipeline().fire_channel_read(ByteBuffer(b"\x03bob"))

    channel.pipeline().add_last(Again())
    channel.write_inbound(ByteBuffer(b"\x03ada\x05grace"))

    assert [b"ada", b"grace", b"bob"] == channel.inbound_messages()


@pytest.mark.parametrize("form", ["returning", "out"])
def test_a_read_that_comes_while_a_message_is_made_waits_for_it(form: str) -> None:
    """`decode` may cause another read, by reading or by what it calls: it is not called again before it has returned."""
    log: list[str] = []

    def work(ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
        log.append("begin")
        message = cut(buffer)
        if message == b"ada":
            ctx.channel.pipeline().fire_channel_read(ByteBuffer(b"ce\x03bob"))
        log.append(f"end {message!r}")
        return message

    class Again(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
            return work(ctx, buffer)

    class AgainWithOut(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[bytes]) -> None:  # type: ignore[override]  # Netty's form
            message = work(ctx, buffer)
            if message is not None:
                out.append(message)

    channel = EmbeddedChannel(Again() if form == "returning" else AgainWithOut())
    channel.write_inbound(ByteBuffer(b"\x03ada\x05gra"))

    assert [b"ada", b"grace", b"bob"] == channel.inbound_messages()
    assert ["begin", "end"] * (len(log) // 2) == [entry.split()[0] for entry in log]


def test_a_read_that_comes_while_a_list_is_handed_on_over_several_turns_waits_for_it() -> None:
    """The next messages come behind the last of the list."""

    class All(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[bytes]) -> None:  # type: ignore[override]  # Netty's form
            out.extend(bytes([byte]) for byte in buffer.read_bytes(buffer.readable_bytes()))

    channel = EmbeddedChannel(All())
    pipeline = channel.pipeline()
    channel.loop.call_soon(pipeline.fire_channel_read, ByteBuffer(b"a" * 2000 + b"b"))
    for letter in b"cde":
        channel.loop.call_soon(pipeline.fire_channel_read, ByteBuffer(bytes([letter])))
    channel.run_pending_tasks()

    assert b"a" * 2000 + b"bcde" == b"".join(channel.inbound_messages())


def test_views_of_what_was_read_are_not_disturbed_by_what_comes() -> None:
    """The collected bytes are never moved in place."""

    class Views(ByteToMessageDecoder[memoryview]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> memoryview | None:
            return buffer.read_bytes(4) if buffer.is_readable(4) else None

    found = decode(Views(), [b"0123456", b"789abcde", b"fghijklmnopq"]).messages

    assert [b"0123", b"4567", b"89ab", b"cdef", b"ghij", b"klmn"] == found


def test_retained_slices_outlive_the_collected_bytes() -> None:
    """Each holds a reference of its own."""

    class Slices(ByteToMessageDecoder[ByteBuffer]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> ByteBuffer | None:
            return buffer.read_retained_slice(2) if buffer.is_readable(2) else None

    found = decode(Slices(), [b"abc", b"def"]).messages

    assert [b"ab", b"cd", b"ef"] == [message.take_bytes() for message in found]


def test_what_is_kept_without_a_message_is_bounded() -> None:
    """Past the bound it is an error, and the end of the stream."""

    class Small(Returning):
        max_cumulation_bytes = 8

    found = decode(Small(), [b"\xff12345", b"678", b"\x01a"])

    assert ([], [TooLongFrameError]) == (found.messages, [type(error) for error in found.errors])


def test_a_large_message_in_small_reads_costs_its_bytes_once_not_each_time() -> None:
    """64 KiB in single bytes: the collected bytes move only when they double."""
    moved = 0

    class Counting(ByteToMessageDecoder[int]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> int | None:
            nonlocal moved
            if buffer.capacity != self.seen:
                moved += buffer.readable_bytes()
                self.seen = buffer.capacity
            return buffer.skip_bytes(65536).readable_bytes() if buffer.is_readable(65536) else None

        seen = 0

    assert [0] == decode(Counting(), [b"x"] * 65536).messages
    assert moved < 2 * 65536


def test_a_sharable_decoder_is_refused_when_its_class_is_written() -> None:
    """It would mix the bytes of connections."""
    with pytest.raises(TypeError, match="keeps bytes of one channel"):

        class Shared(Returning):
            sharable = True


def test_a_class_that_does_not_write_decode_says_so() -> None:
    """With both forms it may have."""

    class Nothing(ByteToMessageDecoder[bytes]): ...

    found = decode(Nothing(), [b"x"])
    assert isinstance(found.errors[0].__cause__, NotImplementedError)
    assert "Nothing must write decode(self, ctx, buffer) or decode(self, ctx, buffer, out)" in str(found.errors[0].__cause__)


class LastOfAll(WithOut):
    """Netty's form that leaves everything to the end."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[bytes]) -> None:  # type: ignore[override]  # Netty's form
        if not ctx.channel.is_active:
            super().decode(ctx, buffer, out)


def test_what_a_decoder_in_nettys_form_makes_of_the_last_bytes_is_handed_on() -> None:
    """As of any others: it is called once more when the peer has left."""
    channel = EmbeddedChannel(LastOfAll())
    channel.write_inbound(STREAM)
    assert [] == channel.inbound_messages()
    channel.finish()

    assert MESSAGES == channel.inbound_messages()


@pytest.mark.parametrize("make", [Returning, Coroutine, WithOut, CoroutineWithOut])
def test_what_holds_no_bytes_passes_a_decoder_by(make: Callable[[], ChannelHandler[Any]]) -> None:
    """It is somebody else's, and the same object."""
    stranger = ("not", "bytes")
    channel = EmbeddedChannel(make())
    channel.write_inbound(b"\x03a", stranger, b"da")

    assert [stranger, b"ada"] == channel.inbound_messages()


def test_the_hook_behind_a_message_runs_when_the_next_handlers_are_done() -> None:
    """The published package's `close_decode`."""
    log: list[Any] = []

    class Closing(Returning):
        async def close_decode(self, ctx: ChannelHandlerContext, message: bytes) -> None:
            log.append(("closed", message))

    class Seen(ChannelHandler[bytes]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
            log.append(("seen", msg))

    EmbeddedChannel(Closing(), Seen()).write_inbound(ByteBuffer(b"\x01a\x01b"))

    assert [("seen", b"a"), ("closed", b"a"), ("seen", b"b"), ("closed", b"b")] == log


class Seed(ByteToByteBufferMessageDecoder):
    """The decoder of chapter 4.3 of the specification, as written."""

    def __init__(self, fix_length: int, pool_bucket_size: int = 1024) -> None:
        super().__init__(pool_bucket_size=pool_bucket_size)
        assert fix_length > 0, f"Frame长度必须大于0，但是获得{fix_length}"  # noqa: RUF001  # as written
        self._fix_length = fix_length

    async def decode(self, ctx: ChannelHandlerContext, bytebuffer: ByteBuffer) -> ByteBuffer | None:
        if bytebuffer.readable_bytes() >= self._fix_length:
            buf = self.allocate_bytebuffer(self._fix_length)
            buf.write_from_reader(bytebuffer, self._fix_length)
            return buf
        return None


def test_the_decoder_of_the_seed_keeps_the_contract() -> None:
    """Its buffers come from the channel's allocator, in buckets."""
    check_decoder(lambda: Seed(4), b"abcdefgh", [b"abcd", b"efgh"])
    message = decode(Seed(4, pool_bucket_size=4096), [b"abcd"]).messages[0]
    assert 4096 == message.capacity


def test_a_bucket_of_no_bytes_is_refused() -> None:
    """When the decoder is made."""
    with pytest.raises(ValueError, match="pool_bucket_size 0"):
        ByteToByteBufferMessageDecoder(0)


def test_buffers_before_the_pipeline_are_an_error_that_says_so() -> None:
    """There is no channel whose allocator could give them."""
    with pytest.raises(DecoderError, match="stands in no pipeline"):
        Seed(4).allocate_bytebuffer(4)


class Pairs(ByteToMessageDecoder[int]):
    """Two bytes each."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> int | None:
        return buffer.read_short() if buffer.is_readable(2) else None


class Recorded(ChannelHandler[Any]):
    """Takes everything, and keeps the errors."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Nobody else wants it."""

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(error)


@pytest.mark.parametrize("make", [LineBasedFrameDecoder, StringDecoder, Pairs])
def test_whoever_closes_in_the_middle_of_a_message_is_told_nothing(make: Callable[[], ChannelHandler[Any]]) -> None:
    """We knew that; a peer that leaves there is another matter."""
    left = [PrematureCloseError]
    for end, errors in ((EmbeddedChannel.close, []), (EmbeddedChannel.finish_input, left), (EmbeddedChannel.lose, left)):
        recorded = Recorded()
        channel = EmbeddedChannel(make(), recorded)
        channel.write_inbound(b"\xe4")
        end(channel)

        assert errors == [type(error) for error in recorded.errors], end


class EachByte(ByteToMessageDecoder[int]):
    """Several messages of one call, with a hook behind each that fails for one of them."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[int]) -> None:  # type: ignore[override]  # Netty's form
        while buffer.is_readable():
            out.append(buffer.read_byte())

    def close_decode(self, ctx: ChannelHandlerContext, message: int) -> Any:
        if message == 2:
            raise OSError("no")


class EachByteLater(EachByte):
    """The same, as a coroutine."""

    async def close_decode(self, ctx: ChannelHandlerContext, message: int) -> None:
        await asyncio.sleep(0)
        super().close_decode(ctx, message)


@pytest.mark.parametrize("make", [EachByte, EachByteLater])
def test_a_hook_that_fails_costs_no_message(make: Callable[[], ChannelHandler[Any]]) -> None:
    """Neither of the same call nor of the next read."""
    found = decode(make(), [b"\x01\x02\x03", b"\x04"])

    assert ([1, 2, 3, 4], [DecoderError]) == (found.messages, [type(error) for error in found.errors])


class Sliced(ByteToMessageDecoder[ByteBuffer]):
    """Forgets the reference that its messages need."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> ByteBuffer | None:
        return buffer.read_slice(2) if buffer.is_readable(2) else None


@pytest.mark.parametrize("late", [False, True])
def test_a_message_without_a_reference_is_an_error_that_says_so(late: bool) -> None:
    """Once, whether it is released where it is handled or later; nothing more is made of the stream."""
    errors: list[Exception] = []
    kept: list[ByteBuffer] = []

    class Behind(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            kept.append(msg)
            if not late:
                msg.release()

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            errors.append(error)

    channel = EmbeddedChannel(Sliced(), Behind())
    channel.receive(b"abc")
    if late:
        kept[0].release()
    channel.receive(b"def")
    channel.receive(b"ghi")

    assert 1 == len(kept)
    assert [DecoderError] == [type(error) for error in errors]
    assert "read_retained_slice" in str(errors[0])


class Odd(BaseException):
    """No Exception."""


@pytest.mark.parametrize("raised", [asyncio.CancelledError, Odd])
@pytest.mark.parametrize("is_coroutine", [False, True])
def test_what_is_no_exception_costs_no_message_either(raised: type[BaseException], is_coroutine: bool) -> None:
    """What the call had made comes, then the error, then what is made of the bytes behind; all in one read."""

    class Failing(ByteToMessageDecoder[int]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[int]) -> None:  # type: ignore[override]  # Netty's form
            out.append(buffer.read_byte())
            if out[0] == 2:
                raise raised

    class FailingLater(Failing):
        async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[int]) -> None:  # type: ignore[override]  # as above
            await asyncio.sleep(0)
            super().decode(ctx, buffer, out)

    found = decode(FailingLater() if is_coroutine else Failing(), [b"\x01\x02\x03"])

    assert ([1, 2, 3], [HandlerCallbackError]) == (found.messages, [type(error) for error in found.errors])


@pytest.mark.parametrize("sizes", [(700, 700), (1, 1500, 1), (256, 257, 512, 513)])
def test_a_list_that_takes_several_turns_is_whole(sizes: tuple[int, ...]) -> None:
    """Whatever comes meanwhile is decoded behind it."""

    class All(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[bytes]) -> None:  # type: ignore[override]  # Netty's form
            while buffer.is_readable(2):
                out.append(bytes(buffer.read_bytes(2)))

    stream = b"".join(number.to_bytes(2, "big") for number in range(sum(sizes)))
    reads, at = [], 0
    for size in sizes:
        reads.append(stream[at : at + 2 * size - 1])  # each ends within a message
        at += 2 * size - 1
    channel = EmbeddedChannel(All())
    channel.write_inbound(*reads, stream[at:])

    assert stream == b"".join(channel.inbound_messages())


class All(ByteToMessageDecoder[bytes]):
    """A list of as many messages as there are bytes, at once or when the peer has left."""

    def __init__(self, *, at_the_end: bool = False) -> None:
        self.at_the_end = at_the_end

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[bytes]) -> Any:  # type: ignore[override]  # Netty's form
        while buffer.is_readable() and not (self.at_the_end and ctx.channel.is_active):
            out.append(bytes((buffer.read_byte(),)))


class AllLater(All):
    """The same as a coroutine."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[bytes]) -> None:  # type: ignore[override]  # as above
        super().decode(ctx, buffer, out)


class Each(All):
    """The same, one message a call."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> Any:  # type: ignore[override]  # the returning form
        return None if self.at_the_end and ctx.channel.is_active else bytes((buffer.read_byte(),))


class EachLater(Each):
    """The same as a coroutine."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:  # type: ignore[override]  # as above
        return super().decode(ctx, buffer)  # type: ignore[no-any-return]  # bytes or None


@pytest.mark.parametrize("make", [All, AllLater, Each, EachLater])
@pytest.mark.parametrize("at_the_end", [False, True])
def test_more_messages_than_one_turn_takes_all_come_before_the_end(make: type[All], at_the_end: bool) -> None:
    """A rest waits for a later turn while there is one; when the peer has left there is none, and nothing waits."""
    sent = bytes(number % 251 for number in range(4 * TURN_CALLS))
    counting = Counting()
    channel = EmbeddedChannel(make(at_the_end=at_the_end), counting)
    channel.write_inbound(sent)
    channel.finish()

    assert ["complete", "inactive"] == counting.log[-2:]
    assert sent == b"".join(entry for entry in counting.log if isinstance(entry, bytes))


@pytest.mark.parametrize("make", [Returning, Coroutine, WithOut, CoroutineWithOut])
def test_events_pass_a_decoder_by_and_the_end_of_the_input_comes_behind_its_messages(make: Callable[[], ChannelHandler[Any]]) -> None:
    """The rest of a half-closed stream is an error, told before the event; any other event is somebody else's."""
    log: list[object] = []

    class Behind(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            log.append(bytes(msg))

        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            log.append(event)

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            log.append(type(error))

    config = ChannelConfig()
    config.allow_half_closure, config.close_on_error = True, False
    channel = EmbeddedChannel(make(), Behind(), config=config)
    channel.write_inbound(ByteBuffer(b"\x03ada\x05half"))
    channel.pipeline().fire_user_event_triggered("hello")
    assert [b"ada", "hello"] == log
    channel.finish_input()

    assert [PrematureCloseError, INPUT_SHUTDOWN] == log[2:]


@pytest.mark.parametrize("make", [Returning, Coroutine])
def test_every_form_tells_of_too_much_that_is_kept(make: type[ByteToMessageDecoder[bytes]]) -> None:
    """Past the bound it is an error, once, and nothing more is made of the stream."""
    small = type("Small", (make,), {"max_cumulation_bytes": 8})
    found = decode(small(), [b"\xff12345", b"678", b"\x01a"])

    assert ([], [TooLongFrameError]) == (found.messages, [type(error) for error in found.errors])


def test_the_hook_behind_a_message_may_answer_it() -> None:
    """It is given the place in the pipeline that `decode` is given."""

    class Answering(Returning):
        def close_decode(self, ctx: ChannelHandlerContext, message: bytes) -> None:
            ctx.write_and_flush(b"done with " + message)

    channel = EmbeddedChannel(Answering())
    channel.write_inbound(b"\x01a\x01b")

    assert [b"done with a", b"done with b"] == channel.outbound_messages()


@pytest.mark.parametrize("make", [All, Each])
def test_what_one_turn_takes_is_handed_on_at_once(make: type[All]) -> None:
    """Only what is more than that waits for the next."""
    channel = EmbeddedChannel(make())
    fire = channel.pipeline().fire_channel_read
    fire(ByteBuffer(b"abc"))
    assert [b"a", b"b", b"c"] == channel.inbound_messages()
    fire(ByteBuffer(b"x" * 2 * TURN_CALLS))
    at_once = len(channel.inbound_messages())
    channel.run_pending_tasks()

    assert TURN_CALLS // 2 < at_once < 2 * TURN_CALLS
    assert [b"a", b"b", b"c", *[b"x"] * 2 * TURN_CALLS] == channel.inbound_messages()


@pytest.mark.parametrize("takes_out", [False, True])
def test_the_last_call_is_given_what_the_others_are_given(takes_out: bool) -> None:
    """The same place in the pipeline and the same bytes."""
    seen: list[tuple[ChannelHandlerContext, bytes]] = []

    class Seen(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> None:
            seen.append((ctx, bytes(buffer.get_readable_bytes())))

    class SeenWithOut(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[bytes]) -> None:  # type: ignore[override]  # Netty's form
            assert [] == out
            seen.append((ctx, bytes(buffer.get_readable_bytes())))

    channel = EmbeddedChannel(SeenWithOut() if takes_out else Seen(), Recorded())
    channel.write_inbound(b"ab")
    before = len(seen)
    channel.finish_input()

    assert len(seen) > before
    assert [(seen[0][0], b"ab")] * len(seen) == seen


def test_a_decode_last_in_nettys_form_appends_to_out() -> None:
    """Whatever the form of its `decode` is."""

    class Rest(Returning):
        def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[bytes]) -> None:  # type: ignore[override]  # as above
            out += [bytes(buffer.read_bytes(1)), bytes(buffer.read_bytes(buffer.readable_bytes()))]

    found = decode(Rest(), [b"\x03ada\x05half"], close=True)
    assert ([b"ada", b"\x05", b"half"], []) == (found.messages, found.errors)


def test_a_decode_last_that_releases_its_buffer_is_told_that_alone() -> None:
    """How many bytes were left nobody knows then."""

    class Releasing(Returning):
        def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:  # type: ignore[override]  # the returning form
            buffer.release()
            return None

    recorded = Recorded()
    channel = EmbeddedChannel(Releasing(), recorded)
    channel.write_inbound(b"\x05half")
    channel.finish_input()

    assert [DecoderError] == [type(error) for error in recorded.errors]
    assert "released the buffer" in str(recorded.errors[0])


def test_a_decoder_that_is_removed_at_its_last_call_hands_the_bytes_on() -> None:
    """Law 1, also where the peer has left already and the call is cancelled."""

    class Waiting(ByteToMessageDecoder[bytes]):
        async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
            return cut(buffer)

        async def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:  # type: ignore[override]  # as above
            await ctx.channel.loop.create_future()
            return None

    config = ChannelConfig()
    config.allow_half_closure = True
    channel = EmbeddedChannel(Waiting(), config=config)
    channel.write_inbound(b"\x03ada\x05half")
    channel.finish_input()
    assert [b"ada"] == channel.inbound_messages()
    channel.pipeline().remove(Waiting)
    channel.run_pending_tasks()

    _, rest = channel.inbound_messages()
    assert b"\x05half" == bytes(rest.get_readable_bytes())


def test_bytes_that_come_while_a_decoder_removes_itself_are_handed_on_in_one_piece() -> None:
    """Behind those that it has not read, with nothing between them."""

    class Once(ByteToMessageDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
            for piece in (b"d", b"ef"):
                ctx.channel.pipeline().fire_channel_read(ByteBuffer(piece))
            ctx.pipeline.remove(self)
            return bytes((buffer.read_byte(),))

    channel = EmbeddedChannel(Once())
    channel.write_inbound(b"abc")

    first, rest = channel.inbound_messages()
    assert (b"a", b"bcdef") == (first, bytes(rest.get_readable_bytes()))


@pytest.mark.parametrize(("size", "bucket", "capacity"), [(4, 1024, 1024), (1024, 1024, 1024), (1025, 1024, 2048), (256, 1, 256)])
def test_a_buffer_takes_as_many_whole_buckets_as_it_needs(size: int, bucket: int, capacity: int) -> None:
    """And not one more; buckets of one byte are none."""
    seed = Seed(size, pool_bucket_size=bucket)
    EmbeddedChannel(seed)

    assert capacity == seed.allocate_bytebuffer(size).capacity
