"""UTF-8 in pieces."""

import random

import pytest

from pyboot.components.netty.wire.websocket.utf8 import Utf8Validator


def first_refused(text: bytes) -> int | None:
    """The index of the byte at which *text*, byte by byte, is refused."""
    validator = Utf8Validator()
    for index in range(len(text)):
        if not validator.is_valid(text[index : index + 1], False):
            return index
    return None


@pytest.mark.parametrize(
    ("text", "index"),
    [
        (b"a\xff", 1),  # never a byte of UTF-8
        (b"a\x80", 1),  # a continuation of nothing
        (b"\xc0", 0),  # could only be overlong
        (b"\xc3\x28", 1),  # no continuation
        (b"\xe0\x9f", 1),  # overlong, seen at the second byte
        (b"\xed\xa0", 1),  # a surrogate, seen at the second byte
        (b"\xf0\x8f", 1),  # overlong
        (b"\xf4\x90", 1),  # beyond U+10FFFF, seen at the second byte
        (b"\xf5", 0),
        (b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80edited", 12),  # Autobahn 6.4.1
    ],
)
def test_the_first_bad_byte_is_refused(text: bytes, index: int) -> None:
    """The earliest one at which no continuation makes it text."""
    assert index == first_refused(text)


@pytest.mark.parametrize("text", ["κόσμε", "a", "€", "𝄞", "\U0010ffff", "퟿", ""])
def test_text_is_valid_at_every_cut(text: str) -> None:
    """Also within a character."""
    encoded = text.encode()
    for cut in range(len(encoded) + 1):
        validator = Utf8Validator()
        assert validator.is_valid(encoded[:cut], False)
        assert validator.is_valid(encoded[cut:], True)


def test_a_cut_character_is_no_end() -> None:
    """The last piece must hold the whole of it."""
    validator = Utf8Validator()
    assert validator.is_valid(b"\xe2\x82", False)
    assert not validator.is_valid(b"", True)


@pytest.mark.parametrize("seed", range(20))
def test_it_agrees_with_the_decoder_of_the_whole(seed: int) -> None:
    """However the bytes are cut, which are often nearly text."""
    chance = random.Random(seed)
    for _ in range(200):
        encoded = bytearray("".join(chance.choice("aé€𝄞") for _ in range(chance.randrange(6))).encode())
        if encoded and chance.random() < 0.5:
            encoded[chance.randrange(len(encoded))] = chance.randrange(256)
        try:
            encoded.decode()
            expected = True
        except UnicodeDecodeError:
            expected = False
        validator, at, seen = Utf8Validator(), 0, True
        while seen and at < len(encoded):
            size = chance.randrange(1, 4)
            at += size
            seen = validator.is_valid(bytes(encoded[at - size : at]), at >= len(encoded))
        assert expected == seen, bytes(encoded)
