"""Frames of one size in a pipeline, both ways."""

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.fixed import FixedLengthFrameDecoder, FixedLengthFrameEncoder
from pyboot.components.netty.errors import EncoderError, PrematureCloseError
from pyboot.testing.codec import check_decoder, check_round_trip


def test_frames_keep_the_contract() -> None:
    """By either keyword."""
    check_decoder(lambda: FixedLengthFrameDecoder(3), b"ABCDEFGHI", [b"ABC", b"DEF", b"GHI"], wrong={b"AB": PrematureCloseError})
    check_decoder(lambda: FixedLengthFrameDecoder(fix_length=2, pool_bucket_size=8), b"ABCD", [b"AB", b"CD"])  # type: ignore[call-arg]  # the published keyword


@pytest.mark.parametrize(("left", "content"), [(True, b"..ab"), (False, b"ab..")])
def test_messages_are_filled_up(left: bool, content: bytes) -> None:
    """In front or behind; what is no bytes passes."""
    channel = EmbeddedChannel(FixedLengthFrameEncoder(4, left_padding=left, fill=b"."))
    channel.write_outbound(b"ab", 1)

    assert [content, 1] == channel.outbound_messages()


def test_a_message_that_does_not_fit_is_refused() -> None:
    """Cut, it would be another message."""
    with pytest.raises(EncoderError, match="message of 5 bytes does not fit in a frame of 4"):
        EmbeddedChannel(FixedLengthFrameEncoder(4)).write_outbound(b"abcde")


def test_what_is_encoded_is_decoded() -> None:
    """Full frames."""
    check_round_trip(FixedLengthFrameEncoder(3), FixedLengthFrameDecoder(3), [b"abc", b"\0\0d"])


def test_parameters_that_make_no_sense_are_refused() -> None:
    """When the handler is made."""
    with pytest.raises(ValueError, match="frame_length 0"):
        FixedLengthFrameEncoder(0)
    with pytest.raises(ValueError, match="must be one byte"):
        FixedLengthFrameEncoder(1, fill=b"")
