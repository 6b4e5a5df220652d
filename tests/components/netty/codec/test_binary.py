"""Frames as bytes, and as Base64."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.binary import Base64Decoder, Base64Encoder, ByteArrayDecoder, ByteArrayEncoder
from pyboot.components.netty.errors import DecoderError
from pyboot.testing.codec import check_round_trip, decode


def outgoing(handler: Any, message: object) -> Any:
    """What leaves the channel for *message*."""
    channel = EmbeddedChannel(handler)
    channel.write_outbound(message)
    return channel.read_outbound()


def test_buffers_become_bytes_and_back() -> None:
    """A buffer is released."""
    buffer = ByteBuffer(b"ada")
    found = decode(ByteArrayDecoder(), [buffer]).messages

    assert ([b"ada"], bytes, 0) == (found, type(found[0]), buffer.ref_count)
    assert isinstance(outgoing(ByteArrayEncoder(), b"ada"), ByteBuffer)


@pytest.mark.parametrize(
    ("text", "content"),
    [(b"", b""), (b"Zg==", b"f"), (b"Zm9v", b"foo"), (b"Zm9v\r\nYmFy\n", b"foobar"), (b"+/+/", b"\xfb\xff\xbf")],
)
def test_base64_is_decoded(text: bytes, content: bytes) -> None:
    """RFC 4648, 10; white space is skipped."""
    assert [content] == decode(Base64Decoder(), [text]).messages


@pytest.mark.parametrize("text", [b"Zg=", b"Zg", b"Z!==", b"-_-_", b"Zg==Zg==", b"\xff\xff\xff\xff"])
def test_what_is_no_base64_is_refused(text: bytes) -> None:
    """Also what others would skip, and the other dialect."""
    assert [DecoderError] == [type(error) for error in decode(Base64Decoder(), [text]).errors]


def test_dialects() -> None:
    """The one for addresses has no + and /."""
    assert (b"+/+/", b"-_-_") == (outgoing(Base64Encoder(), b"\xfb\xff\xbf"), outgoing(Base64Encoder("urlsafe"), b"\xfb\xff\xbf"))
    assert [b"\xfb\xff\xbf"] == decode(Base64Decoder("urlsafe"), [b"-_-_"]).messages
    check_round_trip(Base64Encoder(), FrameOfFour(), [b"abc"])


class FrameOfFour(Base64Decoder):
    """Collects four characters, as a frame decoder would."""

    sharable = False

    def __init__(self) -> None:
        super().__init__()
        self.collected = b""

    def decode(self, ctx: Any, msg: Any) -> Any:
        self.collected += msg.take_bytes()
        return super().decode(ctx, self.collected) if len(self.collected) == 4 else None


def test_lines_are_broken_where_that_is_wanted() -> None:
    """After 76 characters (RFC 2045)."""
    assert b"A" * 76 + b"\n" + b"AAAA" == outgoing(Base64Encoder(break_lines=True), bytes(60))


def test_an_unknown_dialect_is_refused() -> None:
    """When the handler is made."""
    for make in (Base64Decoder, Base64Encoder):
        with pytest.raises(ValueError, match="dialect 'xml'"):
            make("xml")  # type: ignore[arg-type]  # that is the point
