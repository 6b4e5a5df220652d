"""Text in a pipeline."""

import zlib
from typing import Any, ClassVar

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.binary import ByteArrayDecoder
from pyboot.components.netty.codec.compression import ZlibDecoder
from pyboot.components.netty.codec.decoder import ByteToMessageDecoder
from pyboot.components.netty.codec.fixed import FixedLengthFrameDecoder
from pyboot.components.netty.codec.frames import LineBasedFrameDecoder
from pyboot.components.netty.codec.text import StringDecoder, StringEncoder
from pyboot.components.netty.errors import DecoderError, EncoderError, PrematureCloseError
from pyboot.components.netty.handler.recording import RecordingHandler
from pyboot.testing.codec import check_decoder, decode


class Bytes(ByteToMessageDecoder[bytes]):
    """Frames of one byte."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes:
        return bytes(buffer.read_bytes(1))


class Pieces(Bytes):
    """The same, as pieces of a stream."""

    makes_frames: ClassVar[bool | None] = False


class Swallowing(ChannelHandler[Any]):
    """Lets errors be."""

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        pass


@pytest.mark.parametrize(
    ("charset", "stream"),
    [("utf-8", "grün 中文 🙂".encode()), ("utf-16-le", "grün 🙂".encode("utf-16-le")), ("gbk", "中文ab".encode("gbk"))],
)
def test_characters_are_put_together_across_reads(charset: str, stream: bytes) -> None:
    """However they are cut."""
    check_decoder(lambda: StringDecoder(charset), stream, [stream.decode(charset)], collect="".join, replaceable=False)


def test_bytes_that_are_no_text_are_an_error_and_reading_goes_on() -> None:
    """Behind them."""
    found = decode(StringDecoder(), [b"ok", b"\xff", b"ok"])

    assert ["ok", "ok"] == found.messages
    assert [(DecoderError, "bytes that are not utf-8: invalid start byte at 0")] == [(type(error), str(error)) for error in found.errors]


FRAMES = b"caf\xc3\nhello\n\xc3\n\xa4\n\nnext\n"


@pytest.mark.parametrize("cut", range(len(FRAMES) + 1))
def test_a_frame_is_decoded_alone(cut: int) -> None:
    """The wrong one is blamed and no other, and two wrong ones do not make a right one."""
    errors: list[str] = []

    class Errors(ChannelHandler[Any]):
        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            errors.append(str(error))

    channel = EmbeddedChannel(LineBasedFrameDecoder(80), RecordingHandler(), StringDecoder(), Errors())
    channel.receive(FRAMES[:cut])
    channel.receive(FRAMES[cut:])

    assert ["hello", "", "next"] == channel.inbound_messages()
    assert [
        "bytes that are not utf-8: unexpected end of data at 3",
        "bytes that are not utf-8: unexpected end of data at 0",
        "bytes that are not utf-8: invalid start byte at 0",
    ] == errors


@pytest.mark.parametrize(
    ("in_front", "stream", "expected"),
    [
        ([], None, ["ä"]),
        ([], False, []),
        ([], True, ["ä"]),
        ([RecordingHandler], None, ["ä"]),
        ([lambda: FixedLengthFrameDecoder(1)], None, []),
        ([lambda: FixedLengthFrameDecoder(1)], True, ["ä"]),
        ([lambda: FixedLengthFrameDecoder(1), RecordingHandler, ByteArrayDecoder], None, []),
        ([lambda: FixedLengthFrameDecoder(1), Pieces], None, ["ä"]),
        ([Pieces, Bytes], None, []),
    ],
)
def test_the_handlers_in_front_say_whether_frames_come(in_front: list[Any], stream: bool | None, expected: list[str]) -> None:
    """The nearest that says anything; what the user says counts more, and what the network gives is a stream."""
    handlers = [make() for make in in_front]
    found = EmbeddedChannel(*handlers, StringDecoder(stream=stream), Swallowing())
    found.receive(b"\xc3")
    found.receive(b"\xa4")

    assert expected == found.inbound_messages()


def test_what_a_decompressor_gives_is_a_stream() -> None:
    """However its pieces are cut."""
    packed = zlib.compress("ää".encode())
    channel = EmbeddedChannel(ZlibDecoder(), StringDecoder())
    for at in range(len(packed)):
        channel.receive(packed[at : at + 1])

    assert "ää" == "".join(channel.inbound_messages())


CHARSETS = [
    "utf-8",
    "utf-16",
    "utf-16-be",
    "utf-32",
    "utf-8-sig",
    "gbk",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_jp",
    "iso2022_jp",
    "latin-1",
    "ascii",
]


@pytest.mark.parametrize("charset", CHARSETS)
def test_what_becomes_of_a_stream_does_not_depend_on_its_cuts(charset: str) -> None:
    """Nor what is text in it on what is none: at every cut, with rubbish between, the same text and as many errors."""
    text = "".join(each for each in "grün 中文 abc かな" if each.encode(charset.removesuffix("-sig"), "ignore"))
    rubbish = {"ascii": b"\x80", "latin-1": b"", "iso2022_jp": b"\x80", "utf-32": b"\xff\xff\xff\xff"}.get(charset, b"\xff")
    good = text.encode(charset)
    wide = len("a".encode(charset)) - len("".encode(charset))
    for middle in range(len("".encode(charset)), len(good), max(wide, 1)):
        stream = good[:middle] + rubbish + good[middle:]
        whole = decode(StringDecoder(charset), [stream])
        for cut in range(len(stream) + 1):
            found = decode(StringDecoder(charset), [stream[:cut], stream[cut:]])

            assert "".join(whole.messages) == "".join(found.messages), (stream, cut)
            assert len(whole.errors) == len(found.errors), (stream, cut, found.errors)


def test_text_around_what_is_none_arrives() -> None:
    """In its order, with the error between."""
    channel = EmbeddedChannel(StringDecoder(), recorder := RecordingHandler(), Swallowing())
    channel.receive(b"before\xffbehind")

    assert ["before", "behind"] == channel.inbound_messages()
    assert ["channel_read", "exception_caught", "channel_read"] == [
        each.event for each in recorder.events if each.event in ("channel_read", "exception_caught")
    ]


def test_who_asked_for_a_message_and_got_half_a_character_gets_the_rest() -> None:
    """Where the channel does not read by itself, the next read is asked for."""
    config = ChannelConfig()
    config.auto_read = False
    reads: list[str] = []

    class Reads(ChannelHandler[Any]):
        def read(self, ctx: ChannelHandlerContext) -> None:
            reads.append("read")
            ctx.read()

    channel = EmbeddedChannel(Reads(), StringDecoder(), config=config)
    channel.read()
    channel.receive(b"\xc3")
    channel.receive(b"\xa4")

    assert (["ä"], ["read", "read"]) == (channel.inbound_messages(), reads)


def test_a_half_closed_stream_that_ends_within_a_character_is_told() -> None:
    """Once."""
    found: list[Exception] = []

    class Errors(ChannelHandler[Any]):
        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            found.append(error)

    channel = EmbeddedChannel(StringDecoder(), Errors())
    channel.receive(b"\xc3")
    channel.pipeline().fire_user_event_triggered(INPUT_SHUTDOWN)
    channel.finish_input()

    assert [PrematureCloseError] == [type(error) for error in found]


def test_text_that_ends_within_a_character_is_told() -> None:
    """When the peer has left."""
    found = decode(StringDecoder(), ["ü".encode()[:1]], close=True)

    assert ([], [PrematureCloseError]) == (found.messages, [type(error) for error in found.errors])


def test_white_space_is_cut_off_where_that_is_wanted() -> None:
    """Around each text."""
    assert ["a b"] == decode(StringDecoder(strip=True), [b" a b\r\n"]).messages


def test_an_empty_frame_is_an_empty_text() -> None:
    """An empty line is a message too."""
    assert [""] == decode(StringDecoder(), [b""]).messages


def test_half_a_character_is_handed_on_when_the_decoder_goes() -> None:
    """To whoever comes behind."""
    channel = EmbeddedChannel(StringDecoder())
    channel.write_inbound(ByteBuffer("aü".encode()[:2]))
    channel.pipeline().remove(StringDecoder)

    assert ["a", b"\xc3"] == channel.inbound_messages()


def test_text_becomes_bytes_and_all_else_passes() -> None:
    """Also when it is empty."""
    channel = EmbeddedChannel(StringEncoder("gbk"))
    channel.write_outbound("中文", b"raw", "")

    assert ["中文".encode("gbk"), b"raw", b""] == channel.outbound_messages()


def test_text_that_the_encoding_cannot_hold_fails_its_write() -> None:
    """And no other."""
    channel = EmbeddedChannel(StringEncoder("ascii"))

    with pytest.raises(EncoderError, match="text that ascii cannot hold: ordinal not in range"):
        channel.write_outbound("grün")
    assert channel.write_outbound("ok")


def test_an_encoding_that_nobody_knows_is_refused_at_once() -> None:
    """When the handler is made, not when the first text comes."""
    for make in (StringEncoder, StringDecoder):
        with pytest.raises(LookupError):
            make("klingon")


def test_an_end_is_put_behind_each_text() -> None:
    """The published package's keyword."""
    channel = EmbeddedChannel(StringEncoder(end="\r\n"))
    channel.write_outbound("a", b"raw")

    assert [b"a\r\n", b"raw"] == channel.outbound_messages()


def test_the_handlers_in_front_are_asked_anew_when_they_change() -> None:
    """A frame decoder that leaves after the head of a stream leaves a stream behind."""
    lines = LineBasedFrameDecoder(80)
    channel = EmbeddedChannel(lines, StringDecoder())
    channel.receive("grün\n".encode())
    channel.pipeline().remove(lines)
    channel.receive(b"\xc3")
    channel.receive(b"\xa4")
    channel.pipeline().add_first(LineBasedFrameDecoder(80))
    channel.receive("ö\nü\n".encode())

    assert ["grün", "ä", "ö", "ü"] == channel.inbound_messages()


def test_rubbish_without_end_leaves_the_loop_its_turns() -> None:
    """Each error counts as a call of the turn, as a message does."""
    turns: list[int] = []

    class Counting(ChannelHandler[Any]):
        seen = 0

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            self.seen += 1

        def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
            turns.append(self.seen)

    counting = Counting()
    channel = EmbeddedChannel(StringDecoder(), counting)
    channel.receive(b"\xff" * 1000)

    assert 1000 == counting.seen
    assert 256 == turns[0]
