"""The contract suite finds the mistakes that decoders make."""

from typing import Any

import pytest

from pyboot.components.netty import (
    ByteBuffer,
    ByteToMessageDecoder,
    ChannelHandler,
    ChannelHandlerContext,
    LineBasedFrameDecoder,
    StringDecoder,
    StringEncoder,
)
from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.wire.line import LineReader
from pyboot.testing import check_decoder, check_round_trip, decode, read_frames

LINES = b"one\ntwo\n"


class Naive(ChannelHandler[Any]):
    """Takes a read for a message: the mistake of everybody's first server."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Splits what has come, whole or not."""
        for line in msg.take_bytes().splitlines():
            ctx.fire_channel_read(line)


class Keeping(ChannelHandler[Any]):
    """Right but for the memory: it never releases."""

    def __init__(self) -> None:
        self.rest = b""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Cuts lines."""
        *lines, self.rest = (self.rest + msg.get_readable_bytes()).split(b"\n")
        for line in lines:
            ctx.fire_channel_read(line)


class Forgetful(Keeping):
    """Releases, and drops what it kept when it is taken out."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """As above."""
        super().channel_read(ctx, msg)
        msg.release()


class Fragile(Forgetful):
    """Raises what is no error of the network tower."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Takes every byte for a character."""
        msg.get_readable_bytes().decode("ascii")
        super().channel_read(ctx, msg)


def test_a_right_decoder_passes() -> None:
    """Wrong streams included."""
    check_decoder(LineBasedFrameDecoder, LINES, [b"one", b"two"])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (Naive, "byte by byte"),
        (Keeping, "8 of 8 buffers were not released"),
        (Fragile, "rubbish .* gave .*UnicodeDecodeError"),
        (Forgetful, "replaced at 1"),
    ],
)
def test_a_wrong_decoder_does_not(make: Any, said: str) -> None:
    """And the failure says under which treatment."""
    with pytest.raises(AssertionError, match=said):
        check_decoder(make, LINES, [b"one", b"two"])


def test_an_error_that_was_expected_and_did_not_come_is_told() -> None:
    """With what came instead."""
    with pytest.raises(AssertionError, match="and no error, TooLongFrameError expected"):
        check_decoder(LineBasedFrameDecoder, LINES, [b"one", b"two"], wrong={b"short\n": TooLongFrameError})


def test_a_round_trip_compares_what_comes_back() -> None:
    """An encoder that adds a line's end does not fit a decoder that keeps it."""
    check_round_trip(StringEncoder(), LineBasedFrameDecoder(), [])
    with pytest.raises(AssertionError):
        check_round_trip(StringEncoder(), StringDecoder(strip=True), [" a "])


def test_decoding_gives_messages_and_errors() -> None:
    """In order."""
    found = decode(StringDecoder(), [b"ok", b"\xff"])

    assert (["ok"], 1) == (found.messages, len(found.errors))


def test_a_reader_of_the_wire_is_read_without_a_pipeline() -> None:
    """Frames and errors in the order in which they came."""
    assert [b"on", TooLongFrameError, b"off"] == read_frames(LineReader(3), b"on\nmuch too", b" long\noff\nres")


class Halves(ByteToMessageDecoder[bytes]):
    """Frames that end with a bar; the end of the stream is none."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
        size = buffer.bytes_before(b"|")
        if size < 0:
            return None
        frame = bytes(buffer.read_bytes(size))
        buffer.skip_bytes(1)
        return frame


def test_a_decoder_that_forgets_the_half_closed_stream_is_caught() -> None:
    """It would answer a peer that leaves and not one that waits for the answer."""

    class Forgetful(Halves):
        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> Any:
            return ctx.fire_user_event_triggered(event)

    check_decoder(Halves, b"ab|cd|", [b"ab", b"cd"])
    with pytest.raises(AssertionError, match="half-closed at 1"):
        check_decoder(Forgetful, b"ab|cd|", [b"ab", b"cd"])
