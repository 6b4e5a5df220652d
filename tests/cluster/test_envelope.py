"""Envelopes: their bytes, and what is no envelope."""

import pytest

from pyboot.cluster.envelope import HEADER_SIZE, Content, Envelope, Kind, decode, encode

MESSAGE = Envelope(Kind.MESSAGE, "chat-1", 7, 513, b"hi", Content.TEXT, 3)
BYTES = (
    b"\x10\x01\x03\x18"  # version, kind, flags, size of the header
    b"\x00\x06\x01\x00"  # size of the sender, content, nothing
    b"\x00\x00\x00\x00\x00\x00\x00\x07"  # epoch
    b"\x00\x00\x00\x00\x00\x00\x02\x01"  # number
    b"chat-1hi"
)


def test_an_envelope_has_these_bytes() -> None:
    """As the page draws them."""
    assert BYTES == encode(MESSAGE)
    assert HEADER_SIZE == 24


def test_bytes_are_an_envelope_again() -> None:
    """With the same facts."""
    assert MESSAGE == decode(BYTES)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_comes_back(kind: Kind) -> None:
    """With a payload of any bytes, and with none."""
    for payload in (b"", bytes(range(256))):
        envelope = Envelope(kind, "knoten-ü", 2**64 - 1, 2**64 - 1, payload)
        assert envelope == decode(encode(envelope))


def test_a_later_minor_version_may_add_to_the_header() -> None:
    """What it adds is skipped, and its flags are not looked at: both halves of a roll understand each other (C17)."""
    later = b"\x11\x01\xff\x1c" + BYTES[4:24] + b"more" + BYTES[24:]

    assert MESSAGE._replace(flags=255) == decode(later)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (b"", "nothing"),
        (BYTES[:23], "a header that is cut off"),
        (BYTES[:29], "a sender that is cut off"),
        (b"\x20" + BYTES[1:], "a version that may not be read"),
        (b"\x00" + BYTES[1:], "no version"),
        (BYTES[:1] + b"\xc8" + BYTES[2:], "a kind that is not known"),
        (BYTES[:3] + b"\x17" + BYTES[4:], "a header that is too small"),
        (BYTES[:3] + b"\xff" + BYTES[4:], "a header beyond the end"),
        (BYTES[:6] + b"\x09" + BYTES[7:], "a content that is not known"),
        (BYTES[:24] + b"\xff" + BYTES[25:], "a sender that is no text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_known_is_no_envelope(wrong: bytes, why: str) -> None:
    """And no error either."""
    assert decode(wrong) is None, why


def test_every_beginning_is_none_or_the_envelope_of_less_payload() -> None:
    """At any cut."""
    for cut in range(len(BYTES)):
        envelope = decode(BYTES[:cut])
        assert envelope is None or envelope == MESSAGE._replace(payload=MESSAGE.payload[: cut - 30])


def test_a_sender_has_255_bytes_at_most() -> None:
    """A number has 64 bits."""
    with pytest.raises(ValueError, match="the id of a node has 256 bytes, the limit is 255"):
        encode(Envelope(Kind.JOINED, "n" * 256, 1))
    with pytest.raises(ValueError, match="epoch -1"):
        encode(Envelope(Kind.JOINED, "n", -1))
