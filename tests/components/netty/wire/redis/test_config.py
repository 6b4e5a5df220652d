"""What a reader of RESP lets pass."""

import pytest

from pyboot.components.netty.wire.redis.config import RedisDecoderConfig


@pytest.mark.parametrize("name", ["max_line_bytes", "max_bulk_bytes", "max_message_bytes", "max_elements", "max_depth"])
def test_a_limit_is_at_least_one(name: str) -> None:
    """None of them can be switched off."""
    with pytest.raises(ValueError, match=f"{name} 0, must be at least 1"):
        RedisDecoderConfig(**{name: 0})


def test_a_server_takes_no_inline_commands_unasked() -> None:
    """And gets whole messages."""
    config = RedisDecoderConfig()
    assert (False, True) == (config.inline, config.aggregate)
