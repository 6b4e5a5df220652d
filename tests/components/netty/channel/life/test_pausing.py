"""Decoders that have spent the turn: what they go on with, in which order, and when it is dropped."""

import asyncio
import random
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.life.budget import TURN_CALLS
from pyboot.components.netty.codec import ByteToMessageDecoder, LengthFieldBasedFrameDecoder, LineBasedFrameDecoder, MessageToMessageDecoder
from tests.components.netty.suspending import Gate, embedded, until


class Plain(ChannelHandler[Any]):
    """Logs what it sees."""

    def __init__(self) -> None:
        self.log: list[Any] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(int(bytes(msg)))

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("complete")

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.log.append(repr(event))

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.log.append(type(error).__name__)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("inactive")

    @property
    def numbers(self) -> list[int]:
        return [entry for entry in self.log if isinstance(entry, int)]


class Suspends(Plain):
    """The same, waiting now and then."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if self._chance.random() < 0.1:
            await asyncio.sleep(0)
        super().channel_read(ctx, msg)


class Lines(ByteToMessageDecoder[bytes]):
    """A user's decoder of lines."""

    def decode(self, ctx: ChannelHandlerContext, buffer: Any) -> Any:
        end = buffer.index_of(b"\n", buffer.reader_index)
        if end < 0:
            return None
        line = bytes(buffer.read_bytes(end - buffer.reader_index))
        buffer.read_byte()
        return line


class AsyncLines(Lines):
    """The same as a coroutine."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: Any) -> Any:
        return super().decode(ctx, buffer)


def lines(start: int, stop: int) -> bytes:
    return b"".join(b"%d\n" % number for number in range(start, stop))


@pytest.mark.parametrize("decoder", [lambda: LineBasedFrameDecoder(), Lines], ids=["reader", "users"])
async def test_each_turn_has_its_budget_and_its_end(decoder: Any) -> None:
    """A read of two and a half budgets is three turns, each with a channel_read_complete; nothing is read before the last."""
    sink = Plain()
    channel = embedded(decoder(), sink)
    channel.receive(lines(0, 5 * TURN_CALLS // 2))
    assert [*range(TURN_CALLS), "complete"] == sink.log
    assert not channel.is_reading
    await until(lambda: not channel.reading.has_paused())

    whole = list(range(5 * TURN_CALLS // 2))
    assert [*whole[:256], "complete", *whole[256:512], "complete", *whole[512:], "complete"] == sink.log
    assert channel.is_reading


async def test_a_read_that_ends_with_the_budget_has_one_end() -> None:
    """The turn after it finds nothing, and says nothing."""
    sink = Plain()
    channel = embedded(LineBasedFrameDecoder(), sink)
    channel.receive(lines(0, TURN_CALLS))
    await until(lambda: not channel.reading.has_paused())

    assert [*range(TURN_CALLS), "complete"] == sink.log


async def test_the_end_of_the_input_comes_after_what_was_read() -> None:
    """With half-closure too, whose event would overtake otherwise."""
    config = ChannelConfig()
    config.allow_half_closure = True
    for half in (True, False):
        sink = Plain()
        channel = embedded(LineBasedFrameDecoder(), sink, config=config if half else None)
        channel.receive(lines(0, 1000))
        channel.finish_input()
        assert "inactive" not in sink.log
        while "inactive" not in sink.log:
            await asyncio.sleep(0)
            if half and not channel.reading.has_paused():
                channel.close()
        assert list(range(1000)) == sink.numbers
        ends = [entry for entry in sink.log if isinstance(entry, str) and entry != "complete"]
        assert (["ChannelInputShutdown", "inactive"] if half else ["inactive"]) == ends


async def test_what_was_read_before_a_loss_is_handed_on_before_it_is_told() -> None:
    """The error, then the end, both behind the last message."""
    sink = Plain()
    channel = embedded(LineBasedFrameDecoder(), sink)
    channel.receive(lines(0, 1000))
    channel.lose(ConnectionResetError("gone"))
    await until(lambda: "inactive" in sink.log)

    assert list(range(1000)) == sink.numbers
    assert ["complete", "ConnectionResetError", "inactive"] == sink.log[-3:]


async def test_a_full_mailbox_stops_the_decoder_in_the_middle_of_a_read() -> None:
    """So that one read never makes a hundred thousand letters; opened, everything comes, in order."""
    gate = Gate()
    passed: list[int] = []

    class Counts(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            number = int(bytes(msg))
            passed.append(number)
            ctx.fire_channel_read(number)

    config = ChannelConfig()
    config.mailbox_limit = 8
    channel = embedded(LineBasedFrameDecoder(), Counts(), gate, config=config)
    channel.receive(lines(0, 1000))
    for _ in range(20):
        await asyncio.sleep(0)
    assert 10 == len(passed)  # one that waits inside, nine letters
    gate.gate.set()
    await until(lambda: not channel.pipeline().has_mail())

    assert [f"-{number}" for number in range(1000)] == [entry for entry in gate.log if entry.startswith("-")]
    channel.finish()


async def test_a_loss_drops_what_nobody_has_room_for() -> None:
    """As it drops what waits in the mailbox; it does not wait for a callback that never ends, and tells no second error."""
    gate = Gate()
    config = ChannelConfig()
    config.mailbox_limit = 8
    channel = embedded(LineBasedFrameDecoder(), gate, config=config)
    channel.receive(lines(0, 1000))
    channel.lose()
    await until(lambda: "removed" in gate.log)

    assert ["inactive", "removed"] == gate.log[-2:]
    assert not [entry for entry in gate.log if isinstance(entry, Exception)]


async def test_a_decoder_that_is_removed_hands_its_rest_over() -> None:
    """Once, and to who stands behind."""
    sink, decoder = Raw(), LineBasedFrameDecoder()
    channel = embedded(decoder, sink)
    channel.receive(lines(0, 300))
    channel.pipeline().remove(decoder)
    await until(lambda: not channel.reading.has_paused())

    assert [b"%d" % number for number in range(256)] + [lines(256, 300)] == sink.log


class Raw(ChannelHandler[Any]):
    """Logs the bytes it gets."""

    def __init__(self) -> None:
        self.log: list[bytes] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(bytes(msg))


@pytest.mark.parametrize("seed", range(12))
async def test_nothing_is_lost_or_overtaken_in_any_stack(seed: int) -> None:
    """Decoders upon decoders, plain and coroutine handlers, small and large reads: the same messages, in order, before the end."""
    chance = random.Random(seed)
    print("seed", seed)
    sink = chance.choice([Plain, lambda: Suspends(chance)])()
    config = ChannelConfig()
    config.mailbox_limit = chance.choice([0, 3, 64])
    inner = [chance.choice([LineBasedFrameDecoder, Lines, AsyncLines])()]
    data, number = b"", 0
    if chance.random() < 0.5:
        inner.insert(0, LengthFieldBasedFrameDecoder(length_field_length=4, initial_bytes_to_strip=4))
        while number < 3000:
            stop = min(3000, number + chance.choice([0, 1, 5, 900]))
            body = lines(number, stop)
            data, number = data + len(body).to_bytes(4) + body, stop
    else:
        data, number = lines(0, 3000), 3000
    channel: EmbeddedChannel = embedded(*inner, sink, config=config)
    while data:
        size = chance.choice([1, 50, 5000, 100_000])
        if channel.is_reading:
            channel.receive(data[:size])
            data = data[size:]
        await asyncio.sleep(0)
    channel.finish_input()
    await until(lambda: "inactive" in sink.log)

    assert list(range(3000)) == sink.numbers
    assert "inactive" == sink.log[-1]
    assert "PrematureCloseError" not in sink.log


class Swaps(Plain):
    """Logs what it sees; with one message it swaps the decoder before it, with another the peer ends."""

    def __init__(self, decoder: ChannelHandler[Any], new: ChannelHandler[Any] | None, swap_at: int, end_at: int) -> None:
        super().__init__()
        self._decoder, self._new, self._swap_at, self._end_at = decoder, new, swap_at, end_at
        self.seen = 0
        self.has_ended = False

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log += [int(number) for number in bytes(msg).split()]
        self.seen += 1
        if self.seen == self._end_at:
            self.has_ended = True
            ctx.channel.finish_input()  # type: ignore[attr-defined]  # an embedded one
        if self.seen == self._swap_at:
            if self._new is None:
                ctx.pipeline.remove(self._decoder)
            else:
                ctx.pipeline.replace(self._decoder, self._new)


class AsyncSwaps(Swaps):
    """The same, waiting now and then."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if self.seen % 7 == 0:
            await asyncio.sleep(0)
        super().channel_read(ctx, msg)


class Passes(MessageToMessageDecoder[bytes, bytes]):
    """Makes of each piece its lines."""

    def decode(self, ctx: ChannelHandlerContext, msg: bytes, out: list[bytes]) -> None:
        out += bytes(msg).splitlines(keepends=True)


class AsyncPieces(AsyncLines):
    """A coroutine that hands on in large pieces what it gets."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: Any) -> Any:
        return bytes(buffer.read_bytes(buffer.readable_bytes()))


@pytest.mark.parametrize("allow_half_closure", [True, False])
@pytest.mark.parametrize("seed", range(40))
async def test_the_end_comes_last_whoever_goes_and_wherever_it_waited(seed: int, allow_half_closure: bool) -> None:
    """A decoder that goes, for another or none, with any message, before or behind the end that comes with any other."""
    chance = random.Random(seed)
    print("seed", seed)
    decoder = chance.choice([LineBasedFrameDecoder, Lines, AsyncLines])()
    new = chance.choice([LineBasedFrameDecoder, Lines, AsyncLines, None])
    swap_at, end_at = (chance.choice([1, 5, 255, 256, 257, 700, chance.randrange(1, 1500)]) for _ in range(2))
    sink = chance.choice([Swaps, AsyncSwaps])(decoder, None if new is None else new(), swap_at, end_at)
    config = ChannelConfig()
    config.allow_half_closure = allow_half_closure
    config.mailbox_limit = chance.choice([0, 3, 64])
    channel = embedded(*chance.choice([(), (AsyncPieces(),)]), decoder, sink, config=config)
    given = 0
    while given < 1500 and channel.is_open and not sink.has_ended:
        stop = min(1500, given + chance.choice([1, 50, 1500]))
        channel.receive(lines(given, stop))
        given = stop
        if chance.random() < 0.5:
            await asyncio.sleep(0)
    if channel.is_open and not allow_half_closure:
        channel.finish_input()
        await until(lambda: "inactive" in sink.log)
        assert ["complete", "inactive"] == sink.log[-2:]
    elif channel.is_open:
        channel.finish_input()
        await until(lambda: "ChannelInputShutdown" in sink.log)
        assert ["complete", "ChannelInputShutdown"] == sink.log[-2:]
    assert list(range(given)) == sink.numbers
    channel.finish()


@pytest.mark.parametrize("decoder", [LineBasedFrameDecoder, Lines, Passes])
@pytest.mark.parametrize("size", [3, 1000])
@pytest.mark.parametrize("goes_first", [True, False])
async def test_a_decoder_that_goes_in_the_callback_that_ends_the_input_loses_nothing(decoder: Any, size: int, goes_first: bool) -> None:
    """The rest of the read, that it is complete, then the end; nothing behind it."""

    class Both(Plain):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            self.log += [int(number) for number in bytes(msg).split()]
            if len(self.numbers) == 2:
                acts = [lambda: ctx.pipeline.remove(decoder), lambda: ctx.pipeline.fire_user_event_triggered(INPUT_SHUTDOWN)]
                for act in acts if goes_first else reversed(acts):
                    act()

    sink = Both()
    channel = embedded(decoder(), sink)
    channel.receive(lines(0, size))
    await until(lambda: not (channel.is_delivering or channel.reading.has_paused()))

    assert list(range(size)) == sink.numbers
    assert ["complete", "ChannelInputShutdown"] == sink.log[-2:]


class Pairs(ByteToMessageDecoder[bytes]):
    """Netty's form: all of a read at once."""

    def decode(self, ctx: ChannelHandlerContext, buffer: Any, out: list[bytes]) -> None:  # type: ignore[override]  # Netty's form
        while buffer.is_readable(2):
            out.append(bytes(buffer.read_bytes(2)))


async def test_what_a_decoder_that_goes_had_made_is_completed() -> None:
    """Where it leaves no bytes too: it goes between two turns of one list."""
    sink, decoder = Plain(), Pairs()
    channel = embedded(decoder, sink)
    channel.receive(b"7\n" * 1000)
    channel.pipeline().remove(decoder)

    assert 1000 == len(sink.numbers)
    assert "complete" == sink.log[-1]


async def test_the_end_waits_for_a_message_decoder_too() -> None:
    """One that holds more than a turn takes, behind a coroutine whose mailbox the end waited in."""
    sink = Plain()
    channel = embedded(AsyncPieces(), Passes(), sink)
    channel.receive(lines(0, 1000))
    channel.finish_input()
    await until(lambda: "inactive" in sink.log)

    assert list(range(1000)) == sink.numbers
    assert ["complete", "inactive"] == sink.log[-2:]


async def test_nothing_comes_behind_a_message_whose_callback_the_loss_has_cancelled() -> None:
    """Not what a coroutine decoder, replaced in that turn, still hands over: a stream has no gaps."""

    class Slow(AsyncLines):
        async def decode(self, ctx: ChannelHandlerContext, buffer: Any) -> Any:
            await asyncio.sleep(0)
            return await super().decode(ctx, buffer)

    gate, decoder = Gate(), Slow()
    channel = embedded(decoder, gate)
    channel.receive(lines(0, 3))
    await until(lambda: gate.log)
    channel.lose()
    channel.pipeline().replace(decoder, Lines())
    await until(lambda: "removed" in gate.log)

    assert ["+b'0'", "cancelled b'0'"] == [entry for entry in gate.log if isinstance(entry, str) and "b'" in entry]
