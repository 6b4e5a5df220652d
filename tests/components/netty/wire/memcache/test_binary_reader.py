"""The bytes of a peer as messages of the binary protocol."""

import tracemalloc
from typing import Any

import pytest

from pyboot.components.netty.wire.memcache.binary_message import BinaryMemcacheOpcode, BinaryMemcacheRequest, BinaryMemcacheResponse
from pyboot.components.netty.wire.memcache.binary_reader import BinaryMemcacheReader
from pyboot.components.netty.wire.memcache.config import MemcacheDecoderConfig
from pyboot.components.netty.wire.memcache.errors import CorruptedMemcacheMessageError, MemcacheLimitError
from pyboot.testing import read_frames

SET = (
    b"\x80\x01\x00\x05\x08\x00\x00\x00\x00\x00\x00\x12\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00"
    b"\xde\xad\xbe\xef\x00\x00\x0e\x10HelloWorld"[:42]
)
GET = b"\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x02a"
FOUND = b"\x81\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x09\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x01\xde\xad\xbe\xefWorld"
MISSED = b"\x81\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00"
EMPTY = bytes(16)


def read(stream: bytes, *, of_requests: bool = True, **limits: Any) -> list[Any]:
    """What comes of *stream*, as a whole and byte by byte, which is the same."""
    make = lambda: BinaryMemcacheReader(of_requests=of_requests, config=MemcacheDecoderConfig(**limits))  # noqa: E731
    whole = read_frames(make(), stream)
    assert whole == read_frames(make(), *(stream[at : at + 1] for at in range(len(stream))))
    return whole


def test_requests() -> None:
    """With what stands in each field."""
    assert [
        BinaryMemcacheRequest(BinaryMemcacheOpcode.SET, b"Hello", b"World", b"\xde\xad\xbe\xef\x00\x00\x0e\x10", 7),
        BinaryMemcacheRequest(BinaryMemcacheOpcode.GET, b"a", opaque=7, cas=2),
    ] == read(SET + GET)


def test_responses() -> None:
    """With how it went."""
    assert [
        BinaryMemcacheResponse(BinaryMemcacheOpcode.GET, b"", b"World", b"\xde\xad\xbe\xef", 7, 1),
        BinaryMemcacheResponse(BinaryMemcacheOpcode.GET, opaque=7, status=1),
    ] == read(FOUND + MISSED, of_requests=False)


@pytest.mark.parametrize(
    "stream",
    [
        b"\x81",
        b"get a\r\n",
        b"\x80\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x01" + bytes(12) + b"a",  # a key that is longer than the body
        b"\x80\x01\x00\x01\x08\x00\x00\x00\x00\x00\x00\x08" + bytes(12) + b"12345678",  # key and extras together are
        b"\x80\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00" + bytes(12),  # a data type that there is not
    ],
)
def test_lengths_that_contradict_each_other_are_refused(stream: bytes) -> None:
    """Once; what comes behind is dropped: a value must never be read as a request."""
    assert [CorruptedMemcacheMessageError] == read(stream + GET)


def test_a_magic_of_the_other_side_is_refused() -> None:
    """A server answers no answers."""
    assert [CorruptedMemcacheMessageError] == read(FOUND)
    assert [CorruptedMemcacheMessageError] == read(GET, of_requests=False)


def test_what_is_too_long_is_refused_by_its_head() -> None:
    """Before any of it has come."""
    huge = b"\x80\x01\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff" + bytes(12)
    key = b"\x80\x00\x00\xfb\x00\x00\x00\x00\x00\x00\x00\xfb" + bytes(12)

    assert [MemcacheLimitError] == read(huge)
    assert [MemcacheLimitError] == read(key)
    assert [MemcacheLimitError] == read(SET, max_value_bytes=4)
    assert 1 == len(read(SET, max_value_bytes=5))


def test_nothing_is_allocated_for_what_was_declared() -> None:
    """A value grows by what comes."""
    reader = BinaryMemcacheReader(of_requests=True)
    tracemalloc.start()
    try:
        read_frames(reader, b"\x80\x01\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00" + bytes(12))
        assert tracemalloc.get_traced_memory()[1] < 50_000
    finally:
        tracemalloc.stop()


def test_what_is_not_whole_is_given_back() -> None:
    """To whoever goes on with the stream."""
    reader = BinaryMemcacheReader(of_requests=True)
    assert [] == read_frames(reader, SET[:30])
    assert (30, False) == (reader.held_bytes(), reader.is_between_frames())
    assert SET[:30] == reader.unread()
    assert reader.is_between_frames()
