"""The bytes of a peer as messages of the text protocol."""

from typing import Any

import pytest

from pyboot.components.netty.wire.memcache.config import MemcacheDecoderConfig
from pyboot.components.netty.wire.memcache.errors import CorruptedMemcacheMessageError, MemcacheLimitError
from pyboot.components.netty.wire.memcache.text_message import TextMemcacheRequest, TextMemcacheResponse
from pyboot.components.netty.wire.memcache.text_reader import TextMemcacheReader
from pyboot.testing import read_frames

VERSION = b"version\r\n"


def read(stream: bytes, *, of_requests: bool = True, **limits: Any) -> list[Any]:
    """What comes of *stream*, as a whole and byte by byte, which is the same."""
    make = lambda: TextMemcacheReader(of_requests=of_requests, config=MemcacheDecoderConfig(**limits))  # noqa: E731
    whole = read_frames(make(), stream)
    assert whole == read_frames(make(), *(stream[at : at + 1] for at in range(len(stream))))
    return whole


def test_requests() -> None:
    """Data is taken by its length, whatever is in it."""
    assert [
        TextMemcacheRequest("set", (b"a", b"0", b"60", b"9"), b"get b\r\n\x00\xff"),
        TextMemcacheRequest("get", (b"a", b"b")),
        TextMemcacheRequest("gat", (b"60", b"a")),
        TextMemcacheRequest("cas", (b"a", b"1", b"0", b"0", b"7", b"noreply"), b""),
        TextMemcacheRequest("incr", (b"a", b"5")),
        TextMemcacheRequest("ms", (b"a", b"2", b"T60"), b"hi"),
        TextMemcacheRequest("mg", (b"a", b"v")),
        TextMemcacheRequest("flush_all"),
        TextMemcacheRequest("version"),
    ] == read(
        b"set a 0 60 9\r\nget b\r\n\x00\xff\r\nget a  b \r\ngat 60 a\r\ncas a 1 0 0 7 noreply\r\n\r\nincr a 5\r\n"
        b"ms a 2 T60\r\nhi\r\nmg a v\r\nflush_all\r\nversion\r\n"
    )


def test_responses() -> None:
    """Each line by itself; text keeps its spaces."""
    assert [
        TextMemcacheResponse("VALUE", (b"a", b"0", b"5"), b"END\r\n"),
        TextMemcacheResponse("END"),
        TextMemcacheResponse("STORED"),
        TextMemcacheResponse("12345"),
        TextMemcacheResponse("CLIENT_ERROR", (b"bad  data chunk",)),
        TextMemcacheResponse("STAT", (b"pid", b"7")),
        TextMemcacheResponse("VA", (b"2", b"t60"), b"hi"),
        TextMemcacheResponse("HD"),
    ] == read(
        b"VALUE a 0 5\r\nEND\r\n\r\nEND\r\nSTORED\r\n12345\r\nCLIENT_ERROR bad  data chunk\r\nSTAT pid 7\r\nVA 2 t60\r\nhi\r\nHD\r\n",
        of_requests=False,
    )


@pytest.mark.parametrize(
    "stream",
    [
        b"\r\n",
        b"frobnicate a 0 0 5\r\n",  # whose data would be read as commands
        b"GET a\r\n",
        b"get\r\n",
        b"set a 0 0\r\n",
        b"set a 0 0 -1\r\n",
        b"set a 0 0 +1\r\n",
        b"set a 0 0 1_0\r\n",
        b"set a 0 0 0x5\r\n",
        b"set a 0 0 05\r\n",
        b"set a 0 0 \xd9\xa1\r\n",
        b"set a 0 0 2\r\nabc\r\n",
        b"set a 0 0 2\r\nab\n",
        b"set a 0 0 2\r\nab\rx",
        b"get a\n",
        b"get a\rb\r\n",
        b"get a\x00b\r\n",
        b"get a\tb\r\n",
        b"\x80\x00\x00\x01\n",
    ],
)
def test_what_is_no_request_is_refused(stream: bytes) -> None:
    """Once; what comes behind is dropped: what a peer wanted stored must never be read as commands."""
    assert [CorruptedMemcacheMessageError] == read(stream + VERSION)


def test_what_is_no_response_is_refused() -> None:
    """By a client."""
    for stream in (b"stored\r\n", b"VALUE a 0\r\n", b"VALUE a 0 x\r\n", b"\r\n"):
        assert [CorruptedMemcacheMessageError] == read(stream + b"END\r\n", of_requests=False)


def test_limits() -> None:
    """Of lines as they come, of keys, and of values by what is said of them."""
    assert [MemcacheLimitError] == read(b"get 1234567", max_line_bytes=9)
    assert 1 == len(read(b"get 12345\r\n", max_line_bytes=9))
    assert [MemcacheLimitError] == read(b"get " + b"k" * 251 + b"\r\n")
    assert [MemcacheLimitError] == read(b"get a " + b"k" * 251 + b"\r\n")
    assert 1 == len(read(b"get " + b"k" * 250 + b"\r\n"))
    assert [MemcacheLimitError] == read(b"set a 0 0 9999999999\r\n")
    assert [MemcacheLimitError] == read(b"set a 0 0 6\r\n", max_value_bytes=5)
    assert [MemcacheLimitError] == read(b"VALUE a 0 6\r\n", of_requests=False, max_value_bytes=5)


def test_a_reader_can_take_over_at_any_byte() -> None:
    """What another one has not made a message of, it gives back."""
    stream = b"set a 0 0 5\r\nhello\r\n"
    for cut in range(len(stream)):
        first, second = TextMemcacheReader(of_requests=True), TextMemcacheReader(of_requests=True)
        assert [] == read_frames(first, stream[:cut])
        assert (cut, cut == 0) == (first.held_bytes(), first.is_between_frames())
        rest = first.unread()
        assert (stream[:cut], True) == (rest, first.is_between_frames())
        assert [TextMemcacheRequest.store("set", b"a", b"hello")] == read_frames(second, rest + stream[cut:])
