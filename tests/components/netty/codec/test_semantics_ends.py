"""However a stream is cut, and wherever its decoder goes or its peer leaves: the same messages, and no byte lost or doubled."""

import random
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import bytes_of
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.decoder import ByteToMessageDecoder
from pyboot.components.netty.codec.delimiters import ByteDelimiterBasedFrameDecoder, DelimiterBasedFrameDecoder
from pyboot.components.netty.codec.fixed import FixedLengthFrameDecoder
from pyboot.components.netty.codec.frames import LengthFieldBasedFrameDecoder, LineBasedFrameDecoder
from pyboot.components.netty.codec.generator import GeneratorDecoder
from pyboot.components.netty.codec.hj212 import HJ212FrameDecoder
from pyboot.components.netty.codec.json_text import JsonObjectDecoder
from pyboot.components.netty.codec.text import StringDecoder
from pyboot.components.netty.codec.varint import ProtobufVarint32FrameDecoder
from pyboot.components.netty.errors import PrematureCloseError
from pyboot.components.netty.wire.steps import Message, need

type Decoder = ChannelHandler[Any]


class Short(ByteToMessageDecoder[bytes]):
    """A length in one byte, and so many bytes; 9 and more is wrong."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
        length = buffer.get_byte(buffer.reader_index)
        if length > 8:
            buffer.skip_bytes(1)
            raise ValueError(length)
        if not buffer.is_readable(1 + length):
            return None
        return bytes(buffer.skip_bytes(1).read_bytes(length))


class AsyncShort(ByteToMessageDecoder[bytes]):
    """The same, Netty's form, as coroutine."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[Any]) -> None:  # type: ignore[override]  # Netty's form
        made = Short.decode(self, ctx, buffer)  # type: ignore[arg-type]  # it asks nothing of its class
        if made is not None:
            out.append(made)


class SingleShort(Short):
    """The same, one a read."""

    single_decode: ClassVar[bool] = True


class Steps(GeneratorDecoder):
    """The same, as generator."""

    max_message_bytes: ClassVar[int] = 9

    def message(self) -> Message:
        length = (yield need(1))[0]
        if length > 8:
            raise ValueError(length)
        return (yield need(length)) if length else b""


JSON = [b'{"a":"b}"}', b"[1]", b" ", b'{"\\""', b'"}', b"x", b"}"]
HJ = [b"##0014MN=1;CP=&&a=1&&B0C1\r\n", b"##0014MN=1;CP=&&a=1&&0000\r\n", b"#", b"##", b"x", b"\r\n"]
FAST = [True, False]

# Of each decoder, how it is made and what streams of its kind are made of: short pieces, many of them wrong or too long.
DECODERS: dict[str, tuple[Callable[[], Decoder], list[bytes]]] = {
    **{
        f"line fast={fast} strip={strip} empty={empty}": (
            lambda fast=fast, strip=strip, empty=empty: LineBasedFrameDecoder(3, strip, fast, empty),  # type: ignore[misc]  # mypy infers no lambda with defaults
            [b"a", b"b", b"\r", b"\n", b"\r\n", b"long"],
        )
        for fast in FAST
        for strip in (True, False)
        for empty in (True, False)
    },
    **{
        f"delimiter {delimiters} fast={fast} strip={strip}": (
            lambda fast=fast, strip=strip, delimiters=delimiters: DelimiterBasedFrameDecoder(delimiters, 3, strip, fast),  # type: ignore[misc]  # as above
            [b"a", b"b", b"c", b"ab", b"|"],
        )
        for fast in FAST
        for strip in (True, False)
        for delimiters in (
            [b"|"],
            [b"ab"],
            [b"bb"],
            [b"abc"],
            [b"b", b"ab"],
            [b"ab", b"cb"],
            [b"aab", b"b"],
            [b"abc", b"b"],
            [b"ab", b"ba"],
        )
    },
    **{  # where one delimiter begins another, how much of it a frame keeps shows the cut
        f"delimiter {delimiters} begins, fast={fast}": (
            lambda fast=fast, delimiters=delimiters: ByteDelimiterBasedFrameDecoder(delimiters, 3, True, fast),  # type: ignore[misc]  # as above
            [b"a", b"b", b"c", b"ab", b"\r", b"\n"],
        )
        for fast in FAST
        for delimiters in ([b"\r", b"\n", b"\r\n"], [b"a", b"ab"], [b"a", b"aab"], [b"a", b"ab", b"abb"])
    },
    **{
        f"length field fast={fast}": (
            lambda fast=fast: LengthFieldBasedFrameDecoder(6, 1, 1, 0, 2, fast),  # type: ignore[misc]  # as above
            [b"\0", b"\1", b"\2", b"\5", b"x\0", b"x\2ab", b"x\7"],
        )
        for fast in FAST
    },
    "length field of two": (lambda: LengthFieldBasedFrameDecoder(7, 0, 2, -2, 0), [b"\0", b"\1", b"\2", b"\0\2", b"\0\4ab", b"\0\x09"]),
    "fixed": (lambda: FixedLengthFrameDecoder(3), [b"a", b"bcd"]),
    "varint": (lambda: ProtobufVarint32FrameDecoder(3), [b"\0", b"\1", b"\3", b"\4", b"\x80", b"\xff\xff", b"\2ab"]),
    "json": (lambda: JsonObjectDecoder(12), JSON),
    "json elements": (lambda: JsonObjectDecoder(12, stream_array_elements=True), [*JSON, b"[", b"]", b",", b"12"]),
    "hj212": (lambda: HJ212FrameDecoder(40), HJ),
    "steps": (Steps, [b"\0", b"\1", b"\2", b"\3ab", b"\x09", b"x"]),
    "short": (Short, [b"\0", b"\1", b"\2", b"\3ab", b"\x09", b"x"]),
    "short, awaited": (AsyncShort, [b"\0", b"\1", b"\2", b"\3ab", b"\x09", b"x"]),
    "text": (lambda: StringDecoder(), [b"a", b"\xc3", b"\xa4", "ä".encode(), "中".encode(), b"\xff"]),
}


class Seen(ChannelHandler[Any]):
    """Keeps what comes out: messages, classes of errors, and events; may take the decoder out with a message."""

    def __init__(self, out_with: int = -1) -> None:
        self.found: list[Any] = []
        self.events: list[str] = []
        self._out_with = out_with

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.events.append("read")
        data = bytes_of(msg)
        self.found.append(msg if data is None else data)
        if len(self.found) == self._out_with:
            ctx.pipeline.remove("decoder")

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.events.append("error")
        self.found.append(type(error))
        if len(self.found) == self._out_with:
            ctx.pipeline.remove("decoder")

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.events.append("complete")

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.events.append(repr(event))

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.events.append("inactive")


def decoded(make: Callable[[], Decoder], chunks: list[bytes], *, end: str = "", out_with: int = -1) -> Seen:
    """What comes out of *chunks*, and of the *end* behind them: ``half``, ``close``, or none."""
    seen = Seen(out_with)
    channel = EmbeddedChannel()
    channel.pipeline().add_last(make(), name="decoder")
    channel.pipeline().add_last(seen)
    for chunk in chunks:
        channel.receive(chunk)
    if end == "half":
        channel.pipeline().fire_user_event_triggered(INPUT_SHUTDOWN)
        channel.run_pending_tasks()
    elif end:
        channel.finish_input()
    return seen


def flat(found: list[Any]) -> list[Any]:
    """Pieces of text joined: how they are cut is not what they say, and a read of nothing says nothing."""
    joined: list[Any] = []
    for each in found:
        if each == "":
            continue
        if isinstance(each, str) and joined and isinstance(joined[-1], str):
            joined[-1] += each
        else:
            joined.append(each)
    return joined


def streams(pieces: list[bytes], seed: int) -> Iterator[bytes]:
    """Random streams of *pieces*, the same in every run."""
    chance = random.Random(seed)
    for _ in range(25):
        yield b"".join(chance.choice(pieces) for _ in range(chance.randrange(1, 9)))


@pytest.mark.parametrize("name", DECODERS)
def test_a_stream_says_the_same_however_it_is_cut(name: str) -> None:
    """Cut in two at every place, and into single bytes; with the peer leaving behind it, half or whole."""
    make, pieces = DECODERS[name]
    for stream in streams(pieces, 1):
        whole = flat(decoded(make, [stream]).found)
        ends = {end: flat(decoded(make, [stream], end=end).found) for end in ("half", "close")}
        cuts = [[stream[:cut], stream[cut:]] for cut in range(1, len(stream))]
        for chunks in (*cuts, [stream[at : at + 1] for at in range(len(stream))], [b"", *cuts[0], b""] if cuts else []):
            if chunks:
                assert whole == flat(decoded(make, chunks).found), (stream, chunks)
                for end, expected in ends.items():
                    assert expected == flat(decoded(make, chunks, end=end).found), (stream, chunks, end)
        assert ends["half"] == ends["close"]
        assert whole == ends["close"][: len(whole)]
        assert ends["close"][len(whole) :] in ([], [PrematureCloseError]), stream


# What these know of the stream is more than bytes that are left: that an array is open, that the rest of a delimiter is to be skipped.
MINDFUL = {"json elements", *(name for name in DECODERS if "begins" in name)}


@pytest.mark.parametrize("name", [name for name in DECODERS if name not in MINDFUL])
def test_a_decoder_that_is_taken_out_hands_on_what_it_has_not_read(name: str) -> None:
    """With any message, at any cut: what comes out behind it, decoded anew, is what would have come."""
    make, pieces = DECODERS[name]
    for stream in streams(pieces, 2):
        for cut in range(len(stream)):
            chunks = [stream[:cut], stream[cut:]]
            whole = decoded(make, chunks).found
            for number, message in enumerate(whole, 1):
                if isinstance(message, type):
                    continue  # with an error it may be in the middle of something that is skipped
                found = decoded(make, chunks, out_with=number).found
                rest = found[number:]

                assert all(isinstance(each, bytes) for each in rest), (stream, cut, number, found)
                assert flat(whole) == flat(found[:number] + decoded(make, [b"".join(rest)]).found), (stream, cut, number)


class Leaving(ByteToMessageDecoder[bytes]):
    """Makes a message of each byte; ``!`` takes it out."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes:
        byte = bytes(buffer.read_bytes(1))
        if byte == b"!":
            ctx.pipeline.remove(self)
        return byte


class LeavingUnread(ByteToMessageDecoder[bytes]):
    """Says something and goes, without reading: another protocol begins."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes:
        ctx.pipeline.remove(self)
        return b"upgraded"


class LastLeaving(ByteToMessageDecoder[bytes]):
    """Waits for the end, and goes with it."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> None:
        return None

    def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[Any]) -> None:
        out.append(bytes(buffer.read_bytes(1)))
        ctx.pipeline.remove(self)


class AtTheEnd(ByteToMessageDecoder[bytes]):
    """Its message is what came until the end."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> None:
        return None

    def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[Any]) -> None:
        out.append(bytes(buffer.read_bytes(buffer.readable_bytes())))


class AsyncAtTheEnd(AtTheEnd):
    """The same, awaited."""

    async def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[Any]) -> None:
        out.append(bytes(buffer.read_bytes(buffer.readable_bytes())))


@pytest.mark.parametrize("end", ["half", "close"])
@pytest.mark.parametrize("make", [AtTheEnd, AsyncAtTheEnd])
def test_messages_made_at_the_end_are_completed_before_it(make: Any, end: str) -> None:
    """So that a handler which flushes at the end of a read answers a client that half-closes."""
    seen = decoded(make, [b"question"], end=end)

    assert [b"question"] == seen.found
    assert ["complete", "read", "complete", "inactive" if end == "close" else "ChannelInputShutdown"] == seen.events


@pytest.mark.parametrize("end", ["half", "close"])
def test_an_end_without_messages_completes_nothing(end: str) -> None:
    """There was no read."""
    assert ["inactive" if end == "close" else "ChannelInputShutdown"] == decoded(Short, [], end=end).events


def test_a_decoder_that_says_something_and_goes_keeps_the_bytes() -> None:
    """For whoever comes behind it."""
    seen = decoded(LeavingUnread, [b"SSH-2.0"])

    assert ([b"upgraded", b"SSH-2.0"], ["read", "read", "complete", "complete"]) == (seen.found, seen.events)


@pytest.mark.parametrize("end", ["half", "close"])
def test_a_decoder_that_goes_with_its_last_message_hands_the_rest_on(end: str) -> None:
    """Before the end itself."""
    seen = decoded(LastLeaving, [b"abc"], end=end)

    assert [b"a", b"bc"] == seen.found
    assert ["complete", "read", "read", "complete"] == seen.events[:4]
    assert 5 == len(seen.events)


@pytest.mark.parametrize("end", ["half", "close"])
def test_a_decoder_that_goes_while_the_end_is_decoded_hands_the_rest_on(end: str) -> None:
    """One that had left messages for later."""

    class Single(Leaving):
        single_decode: ClassVar[bool] = True

    seen = decoded(Single, [b"ab!cd"], end=end)

    assert [b"a", b"b", b"!", b"cd"] == seen.found


def test_one_message_a_read_gives_all_at_the_end() -> None:
    """There is no other read that could."""
    assert [b"", b"a", b"bc"] == decoded(SingleShort, [b"\0\1a\2bc"], end="close").found


@pytest.mark.parametrize("make", [Leaving, lambda: FixedLengthFrameDecoder(1), lambda: LineBasedFrameDecoder(9)])
def test_an_end_that_comes_while_a_message_is_handled_comes_last(make: Any) -> None:
    """Behind all the messages of that read."""
    events: list[Any] = []

    class Ending(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            events.append(bytes_of(msg))
            if len(events) == 1:
                ctx.pipeline.fire_user_event_triggered(INPUT_SHUTDOWN)

        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            events.append("end")

    channel = EmbeddedChannel(make(), Ending())
    channel.receive(b"a\nb\nc\n")

    assert "end" == events[-1]
    assert b"abc" == b"".join(event for event in events[:-1] if event != b"\n")
    channel.check_exception()


MANY = {
    "line": (lambda: LineBasedFrameDecoder(9), b"a\n"),
    "fixed": (lambda: FixedLengthFrameDecoder(2), b"ab"),
    "json": (JsonObjectDecoder, b"{}"),
    "steps": (Steps, b"\1a"),
    "short": (Short, b"\1a"),
    "short, awaited": (AsyncShort, b"\1a"),
}


@pytest.mark.parametrize("end", ["half", "close"])
@pytest.mark.parametrize("name", MANY)
def test_an_end_behind_more_than_a_turn_hands_on_comes_last_too(name: str, end: str) -> None:
    """All messages of a long read, then that they are complete, then what is left over, then the end."""
    make, message = MANY[name]
    seen = Seen()
    channel = EmbeddedChannel()
    channel.pipeline().add_last(make(), seen)
    channel.pipeline().fire_channel_read(message * 3000 + message[:1])
    channel.pipeline().fire_channel_read_complete()
    if end == "half":
        channel.pipeline().fire_user_event_triggered(INPUT_SHUTDOWN)
    else:
        channel.finish_input()
    channel.run_pending_tasks()

    assert 3000 == sum(isinstance(each, bytes) for each in seen.found)
    assert PrematureCloseError is seen.found[-1]
    assert ["read", "complete", "error", "inactive" if end == "close" else "ChannelInputShutdown"] == seen.events[-4:]
    assert "read" not in seen.events[seen.events.index("error") :]
