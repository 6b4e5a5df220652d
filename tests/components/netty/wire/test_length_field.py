"""Frames with a length field: Netty's seven shapes and its own test cases, byte for byte."""

import random
from typing import Any, Literal

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, DecoderError, TooLongFrameError
from pyboot.components.netty.wire import length_field
from pyboot.components.netty.wire.length_field import LengthFieldReader
from pyboot.testing.codec import read_frames as frames

HELLO = b"HELLO, WORLD"


SHAPES: dict[str, tuple[dict[str, Any], bytes, bytes]] = {
    "2 bytes length field at offset 0, do not strip header": (
        {"length_field_offset": 0, "length_field_length": 2},
        b"\x00\x0c" + HELLO,
        b"\x00\x0c" + HELLO,
    ),
    "2 bytes length field at offset 0, strip header": (
        {"length_field_offset": 0, "length_field_length": 2, "initial_bytes_to_strip": 2},
        b"\x00\x0c" + HELLO,
        HELLO,
    ),
    "2 bytes length field at offset 0, the length field counts itself": (
        {"length_field_offset": 0, "length_field_length": 2, "length_adjustment": -2},
        b"\x00\x0e" + HELLO,
        b"\x00\x0e" + HELLO,
    ),
    "3 bytes length field at the end of 5 bytes header": (
        {"length_field_offset": 2, "length_field_length": 3},
        b"\xca\xfe\x00\x00\x0c" + HELLO,
        b"\xca\xfe\x00\x00\x0c" + HELLO,
    ),
    "3 bytes length field at the beginning of 5 bytes header": (
        {"length_field_offset": 0, "length_field_length": 3, "length_adjustment": 2},
        b"\x00\x00\x0c\xca\xfe" + HELLO,
        b"\x00\x00\x0c\xca\xfe" + HELLO,
    ),
    "2 bytes length field in the middle of 4 bytes header, strip the first header field and the length": (
        {"length_field_offset": 1, "length_field_length": 2, "length_adjustment": 1, "initial_bytes_to_strip": 3},
        b"\xca\x00\x0c\xfe" + HELLO,
        b"\xfe" + HELLO,
    ),
    "the same, the length field counts the whole message": (
        {"length_field_offset": 1, "length_field_length": 2, "length_adjustment": -3, "initial_bytes_to_strip": 3},
        b"\xca\x00\x10\xfe" + HELLO,
        b"\xfe" + HELLO,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_seven_shapes_of_netty(shape: str) -> None:
    """Each diagram of the javadoc of LengthFieldBasedFrameDecoder."""
    parameters, before, after = SHAPES[shape]

    assert [after, after] == frames(LengthFieldReader(1024, **parameters), before + before)
    assert [after, after] == frames(LengthFieldReader(1024, **parameters), *(bytes([byte]) for byte in before + before))


@pytest.mark.parametrize(
    ("width", "order", "field"),
    [
        (1, "big", b"\x03"),
        (1, "little", b"\x03"),
        (2, "big", b"\x00\x03"),
        (2, "little", b"\x03\x00"),
        (3, "big", b"\x00\x00\x03"),
        (3, "little", b"\x03\x00\x00"),
        (4, "big", b"\x00\x00\x00\x03"),
        (4, "little", b"\x03\x00\x00\x00"),
        (8, "big", b"\x00\x00\x00\x00\x00\x00\x00\x03"),
        (8, "little", b"\x03\x00\x00\x00\x00\x00\x00\x00"),
    ],
)
def test_widths_and_orders(width: int, order: Any, field: bytes) -> None:
    """Every width of the seed, in both byte orders."""
    assert [b"abc"] == frames(LengthFieldReader(1024, 0, width, 0, width, byte_order=order), field + b"abc")


def test_a_frame_of_no_bytes_is_a_frame() -> None:
    """An empty message is not the lack of one."""
    assert [b"", b"", b"x"] == frames(LengthFieldReader(1024, 0, 1, 0, 1), b"\x00\x00\x01x")


def test_a_length_past_the_sign_is_a_length_up_to_four_bytes() -> None:
    """Lengths are unsigned: 0xFFFFFFFF is a frame that is too long, not one of -1 bytes."""
    assert [TooLongFrameError] == frames(LengthFieldReader(1024, 0, 4), b"\xff\xff\xff\xff")


def test_a_negative_length_of_eight_bytes_is_corrupt() -> None:
    """As in Netty, whose numbers of eight bytes are signed; reading goes on behind the header."""
    assert [CorruptedFrameError, b"\x00" * 7 + b"\x01x"] == frames(LengthFieldReader(1024, 0, 8), b"\xff" * 8 + b"\x00" * 7 + b"\x01x")


def test_an_adjustment_makes_no_negative_length_right() -> None:
    """It is refused for what it is, before anything is added to it."""
    reader = LengthFieldReader(1024, 0, 8, 100)
    reader.feed(b"\xff" * 8)

    with pytest.raises(CorruptedFrameError, match="negative"):
        reader.next_frame()


def test_a_length_near_the_end_of_the_numbers_is_too_long() -> None:
    """The sum with the header does not overflow."""
    assert [TooLongFrameError] == frames(LengthFieldReader(1024, 0, 8), b"\x7f" + b"\xff" * 7)


def test_a_length_that_does_not_cover_its_own_header_is_corrupt() -> None:
    """Reading goes on behind the header."""
    reader = LengthFieldReader(1024, 0, 2, length_adjustment=-2)

    assert [CorruptedFrameError, b"\x00\x03x"] == frames(reader, b"\x00\x01\x00\x03x")


def test_stripping_more_than_the_frame_is_corrupt() -> None:
    """The frame is skipped as a whole, once it is here."""
    reader = LengthFieldReader(1024, 0, 1, initial_bytes_to_strip=3)

    assert [CorruptedFrameError, b"yz"] == frames(reader, b"\x01", b"x\x04wxyz")


def test_discard_too_long_frame_1() -> None:
    """Netty: LengthFieldBasedFrameDecoderTest.testDiscardTooLongFrame1."""
    reader = LengthFieldReader(16, 0, 4)

    assert [TooLongFrameError, b"\x00\x00\x00\x01a"] == frames(reader, b"\x00\x00\x00\x20" + bytes(32) + b"\x00\x00\x00\x01a")


def test_discard_too_long_frame_2() -> None:
    """Netty: testDiscardTooLongFrame2; the same in two chunks."""
    reader = LengthFieldReader(16, 0, 4)
    stream = b"\x00\x00\x00\x20" + bytes(32) + b"\x00\x00\x00\x01a"

    assert [TooLongFrameError] == frames(reader, stream[:14])
    assert [b"\x00\x00\x00\x01a"] == frames(reader, stream[14:])


def test_fail_slow_too_long_frame_recovery() -> None:
    """Netty: testFailSlowTooLongFrameRecovery; the error comes when the frame has gone by."""
    reader = LengthFieldReader(5, 0, 4, 0, 4, fail_fast=False)

    for _ in range(2):
        assert [] == frames(reader, b"\x00\x00\x00\x02")
        assert [TooLongFrameError] == frames(reader, b"\x00\x00")
        assert [b"A"] == frames(reader, b"\x00\x00\x00\x01A")


def test_fail_fast_too_long_frame_recovery() -> None:
    """Netty: testFailFastTooLongFrameRecovery; the error comes as soon as the length is known."""
    reader = LengthFieldReader(5, 0, 4, 0, 4)

    for _ in range(2):
        assert [TooLongFrameError] == frames(reader, b"\x00\x00\x00\x02")
        assert [b"A"] == frames(reader, b"\x00\x00\x00\x00\x00\x01A")


def test_a_longest_frame_passes_and_one_byte_more_does_not() -> None:
    """The limit counts the frame before stripping."""
    reader = LengthFieldReader(5, 0, 1, 0, 1)

    assert [b"four", TooLongFrameError] == frames(reader, b"\x04four\x05fiveX")


def test_the_error_tells_the_length_and_the_limit() -> None:
    """In bytes."""
    reader = LengthFieldReader(16, 0, 4)
    reader.feed(b"\x00\x00\x00\x20")

    with pytest.raises(TooLongFrameError, match="frame of 36 bytes, limit 16"):
        reader.next_frame()


def test_a_stream_that_ends_while_a_frame_is_discarded_ends_in_a_frame() -> None:
    """Even though nothing of it is kept."""
    reader = LengthFieldReader(16, 0, 4)

    frames(reader, b"\x00\x00\x00\x20")
    assert not reader.is_between_frames()
    frames(reader, bytes(32))
    assert reader.is_between_frames()


def test_nothing_is_copied_where_a_frame_lies_within_a_chunk() -> None:
    """A chunk that is one frame comes out as the very object that went in."""
    chunk = b"\x00\x00\x00\x05hello"
    reader = LengthFieldReader(1024, 0, 4)
    reader.feed(chunk)
    frame = reader.next_frame()

    assert frame is not None
    assert frame.get_readable_bytes() is chunk


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"length_field_length": 5}, "length_field_length 5, allowed is one of 1, 2, 3, 4, 8"),
        ({"length_field_offset": -1}, "length_field_offset -1"),
        ({"initial_bytes_to_strip": -1}, "initial_bytes_to_strip -1"),
        ({"max_frame_bytes": 3}, "max_frame_bytes 3"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(parameters: dict[str, int], said: str) -> None:
    """When the reader is made, not when the first frame comes."""
    with pytest.raises(ValueError, match=said):
        LengthFieldReader(**{"max_frame_bytes": 1024, "length_field_offset": 0, "length_field_length": 4} | parameters)


def model(
    stream: bytes,
    max_frame_bytes: int,
    length_field_offset: int,
    length_field_length: int,
    length_adjustment: int,
    initial_bytes_to_strip: int,
    fail_fast: bool,
    byte_order: Literal["big", "little"],
) -> tuple[list[bytes | str], bool]:
    """What a whole *stream* says, by the rule alone: the frames and errors, and whether it ends between two frames."""
    told: list[bytes | str] = []
    at, header = 0, length_field_offset + length_field_length
    while len(stream) - at >= header:
        field = stream[at + length_field_offset : at + header]
        value = min(int.from_bytes(field, byte_order, signed=length_field_length == 8), 2**62)  # more makes no difference, and may overflow
        length = header + value + length_adjustment
        if value < 0:
            told.append("length field holds a negative number")
            length = header
        elif length < header:
            told.append(f"frame of {length} bytes (length field {value}, adjustment {length_adjustment}), header {header} bytes")
            length = header
        elif length > max_frame_bytes:
            if fail_fast or at + length <= len(stream):
                told.append(f"frame of {length} bytes, limit {max_frame_bytes}")
            at += length
            continue
        elif at + length > len(stream):
            break
        elif length < initial_bytes_to_strip:
            told.append(f"frame of {length} bytes, initial_bytes_to_strip {initial_bytes_to_strip}")
        else:
            told.append(stream[at + initial_bytes_to_strip : at + length])
        at += length
    return told, at == len(stream)


def spoken(reader: LengthFieldReader, chunks: list[bytes]) -> list[bytes | str]:
    """What *reader* says of *chunks*, errors as their text."""
    told: list[bytes | str] = []
    for chunk in chunks:
        reader.feed(chunk)
        while True:
            try:
                frame = reader.next_frame()
            except DecoderError as error:
                told.append(str(error))
                continue
            if frame is None:
                break
            told.append(frame.get_readable_bytes())
    return told


@pytest.mark.parametrize("seed", range(40))
def test_any_stream_says_what_the_rule_says_however_it_is_cut(seed: int) -> None:
    """Frames, errors with their numbers, and whether it ends in a frame, for any parameters."""
    chance = random.Random(seed)
    for _ in range(25):
        offset, width = chance.randrange(4), chance.choice([1, 2, 3, 4, 8])
        parameters = (
            offset + width + chance.choice([0, 1, 5, 20]),
            offset,
            width,
            chance.randint(-4, 4),
            chance.randrange(8),
            chance.random() < 0.5,
            chance.choice(["big", "little"]),
        )
        order: Literal["big", "little"] = "big" if parameters[-1] == "big" else "little"
        stream = b""
        for _ in range(chance.randrange(1, 6)):
            value = chance.choice([0, 1, 2, 3, 5, 9, 30, 2 ** (8 * width - 1), 2 ** (8 * width) - 1])
            stream += chance.randbytes(offset) + value.to_bytes(width, order) + chance.randbytes(chance.choice([0, 1, 3, 5, value % 31]))
        cuts = sorted(chance.randrange(len(stream) + 1) for _ in range(chance.randrange(6)))
        chunks = [stream[low:high] for low, high in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
        *places, fail_fast, _ = parameters
        reader = LengthFieldReader(*places, fail_fast=fail_fast, byte_order=order)
        told, ends_between = model(stream, *places, fail_fast, order)
        assert told == spoken(reader, chunks), (seed, parameters, chunks)
        assert ends_between == reader.is_between_frames(), (seed, parameters, chunks)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("order", ["big", "little"])
def test_only_four_bytes_with_the_highest_first_are_read_byte_by_byte(monkeypatch: pytest.MonkeyPatch, width: int, order: Any) -> None:
    """Where the compiled core reads so."""
    monkeypatch.setattr(length_field, "_IS_COMPILED", True)
    field = (0x0102 if width > 1 else 0x12).to_bytes(width, order)

    assert [f"frame of {int.from_bytes(field, order) + width} bytes, limit 16"] == spoken(
        LengthFieldReader(16, 0, width, byte_order=order), [field]
    )


@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize(
    ("field", "length"), [(b"\x01\x02\x03\x04", 0x01020304), (b"\x00\x00\x80\xff", 0x80FF), (b"\xfe\x00\x00\x00", 0xFE000000)]
)
def test_both_ways_of_reading_four_bytes_read_the_same(
    monkeypatch: pytest.MonkeyPatch, is_compiled: bool, field: bytes, length: int
) -> None:
    """Byte by byte, as the compiled core does, and by the library."""
    monkeypatch.setattr(length_field, "_IS_COMPILED", is_compiled)

    assert [f"frame of {length + 6} bytes, limit 16"] == spoken(LengthFieldReader(16, 2, 4), [b"\x07\x09" + field])
    assert [b"\x07\x09\x00\x00\x00\x02ab"] == spoken(LengthFieldReader(16, 2, 4), [b"\x07\x09\x00\x00\x00\x02ab"])


@pytest.mark.parametrize("width", [1, 2])
def test_a_short_length_past_the_sign_is_a_length(width: int) -> None:
    """0x80 bytes follow, or 0x8000."""
    size = 1 << (8 * width - 1)

    assert [bytes(size)] == frames(LengthFieldReader(1 << 16, 0, width, 0, width), size.to_bytes(width, "big") + bytes(size))


def test_a_limit_that_a_header_alone_reaches_is_allowed() -> None:
    """Its frames are empty."""
    assert [b"\x00\x00"] == frames(LengthFieldReader(2, 0, 2), b"\x00\x00")
