"""Listeners that most programs need: CLOSE, CLOSE_ON_FAILURE, FIRE_EXCEPTION_ON_FAILURE."""

from typing import Any

import pytest

from pyboot.components.netty.channel import CLOSE, CLOSE_ON_FAILURE, FIRE_EXCEPTION_ON_FAILURE, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise


@pytest.mark.parametrize(("listener", "closes_at_success", "closes_at_failure"), [(CLOSE, True, True), (CLOSE_ON_FAILURE, False, True)])
def test_they_close_the_channel(listener: Any, closes_at_success: bool, closes_at_failure: bool) -> None:
    """Whatever happened, or for a failure only; a cancelled operation is one that did not succeed."""
    for end, closes in (("set_success", closes_at_success), ("set_failure", closes_at_failure), ("cancel", closes_at_failure)):
        channel = EmbeddedChannel()
        promise = channel.new_promise().add_listener(listener)
        getattr(promise, end)(*([ValueError("no")] if end == "set_failure" else []))
        assert closes != channel.is_open


def test_the_last_answer_is_delivered_before_the_close() -> None:
    """The idiom that the listener is for."""
    channel = EmbeddedChannel()
    channel.write_and_flush(b"bye", channel.new_promise().add_listener(CLOSE))
    assert b"bye" == channel.outbound_bytes()
    assert not channel.is_open


def test_a_failure_goes_to_exception_caught() -> None:
    """A success and a cancelled operation tell nothing."""
    channel = EmbeddedChannel()
    channel.new_promise().add_listener(FIRE_EXCEPTION_ON_FAILURE).set_success()
    channel.new_promise().add_listener(FIRE_EXCEPTION_ON_FAILURE).cancel()
    channel.check_exception()
    channel.new_promise().add_listener(FIRE_EXCEPTION_ON_FAILURE).set_failure(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        channel.check_exception()


def test_a_promise_without_a_channel_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    """There is nothing to close; the log says how to make a promise that has one."""
    ChannelPromise().add_listener(CLOSE).set_success()
    assert "new_promise()" in caplog.text
