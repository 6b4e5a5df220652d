"""Buffers as binary files. Netty's ByteBufStreamTest among it."""

import gzip
import io
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.stream import ByteBufferInputStream, ByteBufferOutputStream
from pyboot.components.netty.errors import BufferIndexError


@pytest.mark.parametrize("make", [lambda: ByteBuffer(b"abc\ndef\n"), lambda: CompositeByteBuffer([b"abc", b"\nde", b"f\n"])])
def test_a_buffer_is_read_like_a_file(make: Any) -> None:
    """Its reader index goes along."""
    buffer = make()
    stream = ByteBufferInputStream(buffer)

    assert (b"ab", 2, 6) == (stream.read(2), stream.tell(), stream.available())
    assert [b"c\n", b"def\n"] == stream.readlines()
    assert (b"", 8) == (stream.read(), buffer.reader_index)
    assert (1, b"bc") == (stream.seek(1), stream.read(2))
    assert (8, b"f\n") == (stream.seek(0, io.SEEK_END), (stream.seek(-2, io.SEEK_END), stream.read())[1])
    with pytest.raises(ValueError, match="negative"):
        stream.seek(-9, io.SEEK_CUR)


def test_only_the_given_length_is_read() -> None:
    """It must be there."""
    buffer = ByteBuffer(b"abcdef").skip_bytes(1)

    assert (b"bc", b"def") == (ByteBufferInputStream(buffer, 2).read(), bytes(buffer))
    with pytest.raises(BufferIndexError):
        ByteBufferInputStream(buffer, 4)


def test_libraries_that_know_files_read_and_write_buffers() -> None:
    """Both ways."""
    buffer = ByteBuffer(16)
    with ByteBufferOutputStream(buffer) as out, gzip.GzipFile(fileobj=out, mode="wb") as packed:
        packed.write(b"hello" * 100)
    with gzip.GzipFile(fileobj=ByteBufferInputStream(buffer)) as unpacked:
        assert b"hello" * 100 == unpacked.read()


def test_closing_gives_the_reference_back_where_that_is_wanted() -> None:
    """Once; a closed stream does nothing more."""
    buffer = ByteBuffer(b"abc")
    kept, given = ByteBufferInputStream(buffer.retain()), ByteBufferOutputStream(buffer, release_on_close=True)
    kept.close()
    assert 3 == given.write(b"def")
    assert 3 == given.written_bytes()
    given.close()
    given.close()

    assert 1 == buffer.ref_count
    for use in (kept.read, lambda: given.write(b"x"), kept.tell):
        with pytest.raises(ValueError, match="closed"):
            use()
    ByteBufferInputStream(buffer, release_on_close=True).close()
    assert 0 == buffer.ref_count


@pytest.mark.parametrize("stream", [ByteBufferInputStream, ByteBufferOutputStream])
def test_a_stream_that_was_never_made_closes_in_silence(stream: Any) -> None:
    """Wrong arguments are one error, and not a second one of what io closes."""
    stream.__new__(stream).close()
