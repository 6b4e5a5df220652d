"""Delimiters in a pipeline, both ways."""

from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.delimiters import (
    ByteDelimiterBasedFrameDecoder,
    DelimiterBasedFrameDecoder,
    DelimiterEncoder,
    LineEncoder,
)
from pyboot.components.netty.errors import EncoderError, PrematureCloseError, TooLongFrameError
from pyboot.testing.codec import check_decoder, check_round_trip, decode


@pytest.mark.parametrize("make", [DelimiterBasedFrameDecoder, ByteDelimiterBasedFrameDecoder])
def test_both_decoders_keep_the_contract(make: Any) -> None:
    """With the keywords of the published package, and with ours."""
    check_decoder(
        lambda: make([b"\n", b"\r\n"], stripDelimiter=False, maxLength=8),
        b"first\r\nsecond\n",
        [b"first\r\n", b"second\n"],
        wrong={b"123456789\n": TooLongFrameError, b"half": PrematureCloseError},
    )
    check_decoder(lambda: make(b"--", max_length=8, ignore_empty=True), b"a------b--", [b"a", b"b"])


def test_one_gives_buffers_the_other_bytes() -> None:
    """Both compare as bytes."""
    assert isinstance(decode(ByteDelimiterBasedFrameDecoder([b";"]), [b"a;"]).messages[0], bytes)
    assert not isinstance(decode(DelimiterBasedFrameDecoder([b";"]), [b"a;"]).messages[0], bytes)


def test_no_bound_of_the_published_package_is_the_default_here() -> None:
    """`maxLength=None` meant that a peer may fill the memory."""
    assert [TooLongFrameError] == [
        type(error) for error in decode(DelimiterBasedFrameDecoder(delimiter=[b";"], maxLength=None), [b"x" * 8194]).errors
    ]  # type: ignore[call-arg]  # the published keywords


def written(encoder: Any, *messages: object) -> list[Any]:
    """What leaves the channel."""
    channel = EmbeddedChannel(encoder)
    channel.write_outbound(*messages)
    return channel.outbound_messages()


def test_messages_get_their_delimiter() -> None:
    """Text and bytes; all else passes."""
    assert [b"a;", b"\xc3\xbc;", 1] == written(DelimiterEncoder(b";"), b"a", "ü", 1)
    assert [b"a\n", b"b\r\n"] == [*written(LineEncoder(), "a"), *written(LineEncoder("\r\n"), b"b")]


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (DelimiterEncoder(b"--"), "a--b"),
        (LineEncoder(), "a\nSTOP"),
        (LineEncoder(b"\r\n"), b"a\nSTOP"),
        (LineEncoder(b"\r\n"), b"a\rSTOP"),
    ],
)
def test_a_message_cannot_smuggle_in_another(encoder: Any, message: object) -> None:
    """Its content must not end it."""
    with pytest.raises(EncoderError, match="would be read as two"):
        written(encoder, message)


def test_what_is_encoded_is_decoded() -> None:
    """Line by line."""
    check_round_trip(LineEncoder(), ByteDelimiterBasedFrameDecoder([b"\n"]), [b"first", b"", b"third"])


def test_an_empty_delimiter_is_refused() -> None:
    """It would end nothing."""
    with pytest.raises(ValueError, match="an empty delimiter"):
        DelimiterEncoder(b"")
