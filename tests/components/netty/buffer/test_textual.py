"""Text: with a length in front, of a given length, up to a terminator."""

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.errors import BufferIndexError


def test_text_with_its_length_in_front() -> None:
    """Four bytes, and they count bytes, not characters."""
    buffer = ByteBuffer(0).write_string("grün")

    assert b"\x00\x00\x00\x05gr\xc3\xbcn" == buffer.get_readable_bytes()
    assert "grün" == buffer.read_string()


def test_text_of_a_given_length() -> None:
    """In any encoding Python knows; `encode` is the published package's word."""
    buffer = ByteBuffer("中文ab".encode("gbk"))

    assert ("中", "文", "ab") == (buffer.read_string(2, "gbk"), buffer.read_string(2, encode="gbk"), buffer.get_string(4, 2, "gbk"))


@pytest.mark.parametrize("content", [b"\x00\x00\x00\x05gr", b"\x00\x00", b"\xff\xff\xff\xffgr"])
def test_text_that_is_not_whole_is_not_read(content: bytes) -> None:
    """Not its length either; a negative one is out of bounds too."""
    buffer = ByteBuffer(content)

    with pytest.raises(BufferIndexError):
        buffer.read_string()
    assert 0 == buffer.reader_index


def test_bytes_that_are_no_text_are_not_read() -> None:
    """The reader index stays in front of them."""
    buffer = ByteBuffer(b"\x00\x00\x00\x01\xff")

    with pytest.raises(UnicodeDecodeError):
        buffer.read_string()
    assert 0 == buffer.reader_index


def test_text_up_to_a_terminator() -> None:
    """The terminator is skipped."""
    buffer = ByteBuffer(0).write_null_terminated_string("ada").write_terminated_string("bob", terminator=b"\r\n")

    assert b"ada\x00bob\r\n" == buffer.get_readable_bytes()
    assert ("ada", "bob") == (buffer.read_terminated_string(), buffer.read_terminated_string(b"\r\n"))


def test_text_without_its_terminator_is_not_whole() -> None:
    """The reader index stays."""
    buffer = ByteBuffer(b"ada")

    with pytest.raises(BufferIndexError):
        buffer.read_terminated_string()
    assert 0 == buffer.reader_index


def test_text_that_contains_its_terminator_is_refused() -> None:
    """The reader would take it for two texts, the second of them the sender's choice."""
    with pytest.raises(ValueError, match="its own terminator"):
        ByteBuffer(0).write_null_terminated_string("a\0b")
