"""TimeoutOptions: the times that clients of HTTP have."""

import pytest
from pydantic import ValidationError

from pyboot.netty.pipeline.builtin.timeouts import TimeoutOptions


def test_all_times_are_limited_by_default() -> None:
    """As docs/howto/set-up-servers.md says."""
    assert {
        "first_byte_seconds": 30.0,
        "head_seconds": 10.0,
        "content_seconds": 300.0,
        "keep_alive_seconds": 15.0,
        "content_rate": 256,
    } == TimeoutOptions().times()


def test_words_and_numbers_are_times() -> None:
    """Of whatever unit."""
    told = TimeoutOptions.model_validate({"head": "250ms", "content_rate": "1KB"}).times()

    assert 0.25 == told["head_seconds"]
    assert 1024 == told["content_rate"]


@pytest.mark.parametrize("settings", [{"head": "-1s"}, {"content_rate": -1}, {"heads": "1s"}])
def test_what_is_no_time_is_refused(settings: dict[str, object]) -> None:
    """And so is a name that nobody knows."""
    with pytest.raises(ValidationError, match=next(iter(settings))):
        TimeoutOptions.model_validate(settings)
