"""Messages of the binary protocol."""

from pyboot.components.netty.wire.memcache.binary_message import (
    BinaryMemcacheOpcode,
    BinaryMemcacheRequest,
    BinaryMemcacheResponse,
    BinaryMemcacheStatus,
)


def test_a_request_is_no_response() -> None:
    """Though they say the same."""
    assert BinaryMemcacheRequest(BinaryMemcacheOpcode.GET, b"a") == BinaryMemcacheRequest(0, b"a")
    assert BinaryMemcacheRequest(0, b"a") != BinaryMemcacheResponse(0, b"a")
    assert BinaryMemcacheStatus.SUCCESS == BinaryMemcacheResponse(0).status
