"""Text in a pipeline."""

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded import EmbeddedChannel
from pyboot.components.netty.codec.text import StringDecoder, StringEncoder
from pyboot.components.netty.errors import DecoderError, EncoderError, PrematureCloseError
from pyboot.testing.codec import check_decoder, decode


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
