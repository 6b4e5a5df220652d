"""The errors of Redis."""

from pyboot.components.netty.errors import CorruptedFrameError
from pyboot.components.netty.wire.redis.errors import CorruptedRedisMessageError, RedisLimitError, RedisResponseError


def test_errors_say_what_was_seen_and_what_is_allowed() -> None:
    """With the facts as attributes."""
    error = RedisLimitError("bytes of a line: at least", 70, 64)

    assert isinstance(error, CorruptedRedisMessageError)
    assert isinstance(error, CorruptedFrameError)
    assert "the peer sent bytes of a line: at least 70, allowed are 64" == str(error)
    assert ("bytes of a line: at least", 70, 64) == (error.what, error.seen_amount, error.limit)


def test_a_reply_that_is_an_error_has_a_code() -> None:
    """Its first word."""
    assert "WRONGTYPE" == RedisResponseError("WRONGTYPE Operation against a key").code
