"""Limits and leniencies."""

import pytest

from pyboot.components.netty.wire.http1.config import HttpDecoderConfig


def test_everything_is_strict_unless_it_is_let_pass() -> None:
    """Each leniency can be named in the log of whoever has turned it on."""
    assert [] == HttpDecoderConfig().leniencies()
    assert ["allow_obs_fold", "allow_missing_host"] == HttpDecoderConfig(allow_missing_host=True, allow_obs_fold=True).leniencies()


@pytest.mark.parametrize("name", ["max_initial_line", "max_headers", "max_header_fields", "max_chunk_line", "max_pipelined"])
def test_a_limit_is_at_least_one(name: str) -> None:
    """Nothing could be read otherwise."""
    with pytest.raises(ValueError, match=f"{name} 0, must be at least 1"):
        HttpDecoderConfig(**{name: 0})  # type: ignore[arg-type]  # a limit, not a leniency
