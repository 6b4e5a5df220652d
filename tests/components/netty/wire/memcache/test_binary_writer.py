"""Messages of the binary protocol as bytes."""

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.memcache.binary_message import BinaryMemcacheMessage, BinaryMemcacheRequest, BinaryMemcacheResponse
from pyboot.components.netty.wire.memcache.binary_writer import encode_binary


def test_messages() -> None:
    """The head says how long each part is."""
    assert b"\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x02a" == encode_binary(
        BinaryMemcacheRequest(0, b"a", opaque=7, cas=2)
    )
    assert b"\x81\x00\x00\x00\x04\x00\x00\x01\x00\x00\x00\x09" + bytes(12) + b"\xde\xad\xbe\xefWorld" == encode_binary(
        BinaryMemcacheResponse(0, b"", b"World", b"\xde\xad\xbe\xef", status=1)
    )


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (BinaryMemcacheRequest(256), "opcode 256 of a message of memcache, allowed are 0 to 255"),
        (BinaryMemcacheRequest(0, bytes(65_536)), "key 65536"),
        (BinaryMemcacheRequest(0, extras=bytes(256)), "extras 256"),
        (BinaryMemcacheRequest(0, opaque=-1), "opaque -1"),
        (BinaryMemcacheRequest(0, cas=1 << 64), "cas 18446744073709551616"),
        (BinaryMemcacheResponse(0, status=1 << 16), "status 65536"),
    ],
)
def test_what_does_not_fit_is_refused(message: BinaryMemcacheMessage, said: str) -> None:
    """A length that is cut off would let the peer read the rest as a message."""
    with pytest.raises(EncoderError, match=said):
        encode_binary(message)
