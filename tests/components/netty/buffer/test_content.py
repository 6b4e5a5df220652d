"""What can be done with bytes wherever they lie: in one buffer, or in several."""

from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.errors import BufferIndexError, ReadOnlyBufferError

type Make = Callable[[bytes], Any]

both = pytest.mark.parametrize(
    "make",
    [
        ByteBuffer,
        lambda data: ByteBuffer(b"<" + data + b">").slice(1, len(data)),
        lambda data: CompositeByteBuffer([data]),
        lambda data: CompositeByteBuffer([data[:2], data[2:3], data[3:]]),
    ],
    ids=["buffer", "slice", "composite", "three"],
)


@both
def test_each_byte_is_looked_at_until_one_is_found(make: Make) -> None:
    """From both ends, in the whole and in a part; what gives nothing goes on."""
    content = make(b"a,b,c")
    content.skip_bytes(1)
    seen: list[int] = []

    assert (1, 3, -1) == (
        content.for_each_byte(lambda byte: byte != 0x2C),
        content.for_each_byte_desc(lambda byte: byte != 0x2C),
        content.for_each_byte(seen.append),
    )
    assert list(b",b,c") == seen
    assert (3, -1, 0) == (
        content.for_each_byte(lambda byte: byte != 0x2C, 2),
        content.for_each_byte_desc(lambda byte: byte != 0x2C, 2, 1),
        content.for_each_byte(lambda byte: False, 0, 1),
    )
    with pytest.raises(BufferIndexError):
        content.for_each_byte(seen.append, 4, 2)


@both
def test_bytes_are_looked_at_in_order(make: Make) -> None:
    """Every one, the first and the last among them, in either direction; a part ends where the readable bytes do."""
    content = make(b"abcdef")
    content.skip_bytes(1)
    for index, length, expected in ((None, None, b"bcdef"), (None, 2, b"bc"), (2, None, b"cdef"), (0, None, b"abcdef"), (2, 3, b"cde")):
        forward: list[int] = []
        backward: list[int] = []

        assert (-1, -1) == (
            content.for_each_byte(forward.append, index, length),
            content.for_each_byte_desc(backward.append, index, length),
        )
        assert (expected, expected[::-1]) == (bytes(forward), bytes(backward))
    assert (0, 2, 5, 3) == (
        content.for_each_byte(lambda byte: byte != 0x61, 0),
        content.for_each_byte_desc(lambda byte: byte != 0x63, 2),
        content.for_each_byte(lambda byte: byte != 0x66),
        content.for_each_byte_desc(lambda byte: byte != 0x64, 2, 2),
    )


@both
def test_contents_are_ordered_as_unsigned_bytes(make: Make) -> None:
    """Whatever holds the other."""
    others = [b"abc", bytearray(b"abd"), memoryview(b"ab"), ByteBuffer(b"\xff"), CompositeByteBuffer([b"a", b"bc"])]

    assert [0, -1, 1, -1, 0] == [make(b"abc").compare_to(other) for other in others]
    assert make(b"abc") == CompositeByteBuffer([b"a", b"bc"])
    assert make(b"abc") != ByteBuffer(b"abd")
    assert (3, b"abc", hash(b"abc")) == (len(make(b"abc")), bytes(make(b"abc")), hash(make(b"abc")))


@both
def test_zeros_are_set_and_nothing_beyond(make: Make) -> None:
    """A length that a peer made up allocates nothing."""
    content = make(b"abcdef")

    assert b"a\0\0\0ef" == bytes(content.set_zero(1, 3))
    for index, length in ((0, 7), (6, 1), (-1, 1), (0, -1), (0, 2**62)):
        with pytest.raises(BufferIndexError):
            content.set_zero(index, length)
    assert b"a\0\0\0ef" == bytes(content)
    assert b"a\0\0\0ef" == bytes(content.set_zero(0, 0).set_zero(6, 0))
    assert bytes(6) == bytes(content.set_zero(0, 6))


@both
def test_contents_are_equal_to_bytes_that_are_the_same(make: Make) -> None:
    """Of whatever type; to anything else they are not."""
    content = make(b"abcd")

    assert all(content == same for same in (b"abcd", bytearray(b"abcd"), memoryview(b"abcd")))
    assert all(content != other for other in (b"abc", bytearray(b"abce"), memoryview(b""), "abcd", 4, None))


@both
def test_bytes_are_dumped_for_people(make: Make) -> None:
    """Those that can be read."""
    content = make(b"abcd\xff")
    content.skip_bytes(1)

    assert "62 63 64 ff" in content.hex_dump()
    assert "bcd." in content.hex_dump()
    assert "61" not in content.hex_dump()


@both
def test_numbers_text_truth_and_characters_are_read_and_set(make: Make) -> None:
    """Across the borders of components too."""
    content = make(b"\0\1\0\0\0\5hello\x01\x02\xff\x00\xe4")

    assert (1, "hello", 0x0102, True, "ä") == (
        content.read_ushort(),
        content.read_string(),
        content.read_ushort(),
        content.read_boolean(),
        content.read_char(),
    )
    content.set_int(1, -2).set_double(3, 1.5).set_boolean(11, True).set_char(12, "中").set_float(12, 0.5)
    assert (1.5, True, 0.5, "㼀") == (content.get_double(3), content.get_boolean(11), content.get_float(12), content.get_char(12))
    assert b"\xff\xff" == content.get_bytes(1, 2)
    with pytest.raises(ValueError, match="does not fit"):
        content.set_char(0, "🙂")


@pytest.mark.parametrize("make", [lambda: ByteBuffer(0), CompositeByteBuffer, lambda: CompositeByteBuffer([b""])])
def test_numbers_text_truth_and_characters_are_written(make: Any) -> None:
    """As they are read."""
    content = make()
    content.write_int(-2).write_string("ä").write_boolean(True).write_char("中").write_double(1.5).write_zero(2).write_byte(0x141)
    content.write_null_terminated_string("end").write_bytes(CompositeByteBuffer([b"x", b"y"])).write_bytes(memoryview(b"z"))

    assert (-2, "ä", True, "中", 1.5) == (
        content.read_int(),
        content.read_string(),
        content.read_boolean(),
        content.read_char(),
        content.read_double(),
    )
    assert (b"\0\0A", "end", b"xyz") == (bytes(content.read_bytes(3)), content.read_terminated_string(), bytes(content.read_bytes(3)))


@both
@pytest.mark.parametrize("data", [7, None, "text", [1, 2]])
def test_what_is_no_bytes_is_refused(make: Make, data: Any) -> None:
    """A number is not so many zeros."""
    content = make(b"abcdefgh")
    for operation in (content.write_bytes, lambda each: content.set_bytes(0, each), content.compare_to):
        with pytest.raises(TypeError):
            operation(data)
    with pytest.raises(TypeError, match=f"^{type(data).__name__} is neither bytes nor a buffer$"):
        content.compare_to(data)
    with pytest.raises(TypeError):
        CompositeByteBuffer([data])

    assert b"abcdefgh" == bytes(content)


def test_text_that_has_no_room_is_not_written_by_half() -> None:
    """Its length either."""
    content = ByteBuffer(bytearray(b"12345")).slice()
    content.clear()
    with pytest.raises(BufferIndexError):
        content.write_string("ab")

    assert (0, b"12345") == (content.writer_index, content.get_bytes(0, 5))
    with pytest.raises(ReadOnlyBufferError):
        CompositeByteBuffer([b"ab", ByteBuffer(b"cd").as_read_only()]).set_bytes(1, b"xy")
