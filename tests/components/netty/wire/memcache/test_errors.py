"""The errors of memcache."""

from pyboot.components.netty.errors import CorruptedFrameError
from pyboot.components.netty.wire.memcache.errors import CorruptedMemcacheMessageError, MemcacheLimitError


def test_errors_say_what_was_seen_and_what_is_allowed() -> None:
    """With the facts as attributes."""
    error = MemcacheLimitError("bytes of a key", 300, 250)

    assert isinstance(error, CorruptedMemcacheMessageError)
    assert isinstance(error, CorruptedFrameError)
    assert "the peer sent bytes of a key 300, allowed are 250" == str(error)
    assert ("bytes of a key", 300, 250) == (error.what, error.seen_amount, error.limit)
