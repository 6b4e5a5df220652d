"""Messages of the text protocol as bytes."""

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.memcache.text_message import TextMemcacheMessage, TextMemcacheRequest, TextMemcacheResponse
from pyboot.components.netty.wire.memcache.text_writer import encode_text


def test_messages() -> None:
    """Lines, and data behind those that say so."""
    assert b"set a 0 60 2\r\nhi\r\n" == encode_text(TextMemcacheRequest.store("set", b"a", b"hi", seconds=60))
    assert b"get a b\r\n" == encode_text(TextMemcacheRequest("get", (b"a", b"b")))
    assert b"VALUE a 0 2\r\nhi\r\n" == encode_text(TextMemcacheResponse.of_value(b"a", b"hi"))
    assert b"SERVER_ERROR out of memory\r\n" == encode_text(TextMemcacheResponse("SERVER_ERROR", (b"out of memory",)))


@pytest.mark.parametrize(
    "message",
    [
        TextMemcacheRequest("get", (b"a\r\nflush_all",)),
        TextMemcacheRequest("get", (b"a b",)),
        TextMemcacheRequest("get", (b"a\x00",)),
        TextMemcacheRequest("get", (b"",)),
        TextMemcacheRequest("get a"),
        TextMemcacheRequest("get\r\n"),
        TextMemcacheResponse("CLIENT_ERROR", (b"no\r\nEND",)),
        TextMemcacheRequest("set", (b"a", b"0", b"0", b"3"), b"hi"),
        TextMemcacheRequest("set", (b"a", b"0", b"0", b"2")),
        TextMemcacheRequest("set", (b"a",), b"hi"),
        TextMemcacheRequest("get", (b"a",), b"hi"),
    ],
)
def test_what_the_peer_would_read_otherwise_is_refused(message: TextMemcacheMessage) -> None:
    """A key that comes from a user could hold a command of his."""
    with pytest.raises(EncoderError):
        encode_text(message)
