"""The built-in codecs of memcache: what each name does, by its bytes."""

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.codec.memcache import (
    BinaryMemcacheRequest,
    BinaryMemcacheResponse,
    MemcacheLimitError,
    TextMemcacheRequest,
    TextMemcacheResponse,
)
from pyboot.netty.pipeline.registry import CodecRegistry

HEAD = b"\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01" + bytes(12) + b"a"


def channel(name: str, **options: object) -> EmbeddedChannel:
    """A channel with the codec alone."""
    return EmbeddedChannel(*CodecRegistry().codec(name, options).handlers())


@pytest.mark.parametrize(
    ("name", "stream", "message", "written", "wire"),
    [
        ("memcache-binary", b"\x80" + HEAD, BinaryMemcacheRequest(0, b"a"), BinaryMemcacheResponse(0, b"a"), b"\x81" + HEAD),
        ("memcache-binary-client", b"\x81" + HEAD, BinaryMemcacheResponse(0, b"a"), BinaryMemcacheRequest(0, b"a"), b"\x80" + HEAD),
        ("memcache-text", b"get a\r\n", TextMemcacheRequest("get", (b"a",)), TextMemcacheResponse("END"), b"END\r\n"),
        ("memcache-text-client", b"END\r\n", TextMemcacheResponse("END"), TextMemcacheRequest("get", (b"a",)), b"get a\r\n"),
    ],
)
def test_each_reads_one_side_and_writes_the_other(name: str, stream: bytes, message: object, written: object, wire: bytes) -> None:
    """By its name."""
    embedded = channel(name)
    embedded.receive(stream)
    embedded.write_outbound(written)

    assert ([message], wire) == (embedded.inbound_messages(), embedded.outbound_bytes())


@pytest.mark.parametrize(
    ("name", "options", "stream"),
    [
        ("memcache-binary", {"max-value": 4}, b"\x80\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05" + bytes(12)),
        ("memcache-binary-client", {"max-key": 4}, b"\x81\x01\x00\x05\x00\x00\x00\x00\x00\x00\x00\x05" + bytes(12)),
        ("memcache-text", {"max-value": 4}, b"set a 0 0 5\r\n"),
        ("memcache-text", {"max-key": 4}, b"get 12345\r\n"),
        ("memcache-text-client", {"max-line": 4}, b"SERVER_ERROR\r\n"),
    ],
)
def test_each_limit_is_an_option(name: str, options: dict[str, object], stream: bytes) -> None:
    """Held by what a message says of itself."""
    with pytest.raises(MemcacheLimitError):
        channel(name, **options).receive(stream)
