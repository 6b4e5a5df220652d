"""What a reader of STOMP lets pass."""

import pytest

from pyboot.components.netty.wire.stomp.config import StompDecoderConfig


@pytest.mark.parametrize("name", ["max_line_bytes", "max_headers", "max_head_bytes", "max_body_bytes"])
def test_a_limit_is_at_least_one(name: str) -> None:
    """None of them can be switched off."""
    with pytest.raises(ValueError, match=f"{name} 0, must be at least 1"):
        StompDecoderConfig(**{name: 0})
