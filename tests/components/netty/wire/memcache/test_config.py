"""What a reader of memcache lets pass."""

import pytest

from pyboot.components.netty.wire.memcache.config import MemcacheDecoderConfig


@pytest.mark.parametrize("name", ["max_key_bytes", "max_value_bytes", "max_line_bytes"])
def test_a_limit_is_at_least_one(name: str) -> None:
    """None of them can be switched off."""
    with pytest.raises(ValueError, match=f"{name} 0, must be at least 1"):
        MemcacheDecoderConfig(**{name: 0})
