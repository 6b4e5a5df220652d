"""Text out of a stream, wherever it is cut and whatever stands between."""

import random

import pytest

from pyboot.components.netty.errors import DecoderError
from pyboot.components.netty.wire.text import TextReader
from pyboot.testing.codec import read_frames

CHARSETS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "shift_jis", "gb18030", "big5", "euc_kr", "hz", "iso2022_jp"]


def joined(frames: list[object]) -> list[object]:
    """The same with pieces of text that follow each other as one."""
    found: list[object] = []
    for frame in frames:
        if isinstance(frame, str) and found and isinstance(found[-1], str):
            found[-1] += frame
        else:
            found.append(frame)
    return found


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("seed", range(40))
def test_what_comes_follows_from_the_stream_alone(charset: str, seed: int) -> None:
    """The same text and the same errors between it, at random cuts, with random bytes changed."""
    chance = random.Random(f"{charset} {seed}")
    stream = bytearray("".join(chance.choice("aäé漢字あ\n") for _ in range(12)).encode(charset, "ignore"))
    for _ in range(chance.randrange(3)):
        stream[chance.randrange(len(stream))] = chance.randrange(256)
    whole = joined(read_frames(TextReader(charset), bytes(stream)))
    single = TextReader(charset)
    cut = joined([frame for byte in stream for frame in read_frames(single, bytes((byte,)))])

    assert whole == cut, bytes(stream)


def test_text_in_front_of_a_broken_escape_sequence_arrives() -> None:
    """Though the decoder of Python forgets it."""
    stream = "aああ".encode("iso2022_jp") + b"\x1b(\xe3456789" + "あ".encode("iso2022_jp")

    assert ["aああ", DecoderError] == joined(read_frames(TextReader("iso2022_jp"), stream))[:2]


@pytest.mark.parametrize(("charset", "stream"), [("utf-16", b"\xff\xad\n\x00B\xdf"), ("utf-32", b"c\xfe\0\0\xe4\0\0\0W[\xb9\0")])
def test_a_stream_without_its_byte_order_is_told_as_what_it_is(charset: str, stream: bytes) -> None:
    """However it goes on: no other error gets out."""
    assert {DecoderError} == set(read_frames(TextReader(charset), stream))


def test_what_was_not_read_is_given_to_who_goes_on() -> None:
    """The beginning of a character too."""
    reader = TextReader("utf-8")
    assert ["a"] == read_frames(reader, b"a\xe4\xb8")
    assert not reader.is_between_frames()
    assert b"\xe4\xb8" == reader.unread()
    assert reader.is_between_frames()
    assert ["b"] == read_frames(reader, b"b")
