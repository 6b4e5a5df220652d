"""The limits of the client: what is refused where it is written."""

import pytest

from pyboot.components.netty import HttpLimits


@pytest.mark.parametrize("name", ["max_connections", "max_connections_per_host", "max_content_bytes", "max_ratio", "high_water_bytes"])
def test_a_limit_below_one_is_refused(name: str) -> None:
    """Nothing would go through."""
    with pytest.raises(ValueError, match=f"{name} 0, must be at least 1"):
        HttpLimits(**{name: 0})


def test_what_may_be_none() -> None:
    """No connection is kept, no redirect followed, no request sent again."""
    assert 0 == HttpLimits(idle_seconds=0, max_redirects=0, max_retries=0).idle_seconds
    with pytest.raises(ValueError, match="max_retries -1, must be at least 0"):
        HttpLimits(max_retries=-1)
