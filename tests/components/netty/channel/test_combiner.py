"""PromiseCombiner: one promise for the ends of many."""

import pytest

from pyboot.components.netty.channel import PromiseCombiner
from pyboot.components.netty.channel.promise import ChannelPromise


def test_the_whole_is_done_when_all_are() -> None:
    """Not before the last one."""
    promises = [ChannelPromise() for _ in range(3)]
    promises[0].set_success()
    whole = PromiseCombiner().add(*promises).finish(ChannelPromise())
    promises[2].set_success()
    assert not whole.is_done
    promises[1].set_success()
    assert whole.is_success


def test_the_whole_fails_with_the_first_error_when_all_are_over() -> None:
    """The others are waited for all the same."""
    first, second, third = (ChannelPromise() for _ in range(3))
    whole = PromiseCombiner().add(first, second).add(third).finish(ChannelPromise())
    second.set_failure(ValueError("second"))
    first.set_failure(ValueError("first"))
    assert not whole.is_done
    third.set_success()
    assert "second" == str(whole.error)


def test_a_combiner_of_nothing_is_done_at_once() -> None:
    """There is nothing to wait for."""
    assert PromiseCombiner().finish(ChannelPromise()).is_success


def test_nothing_is_added_and_nothing_finished_after_the_finish() -> None:
    """A combiner is for one promise."""
    combiner = PromiseCombiner().add(ChannelPromise())
    combiner.finish(ChannelPromise())
    with pytest.raises(RuntimeError, match="finish"):
        combiner.add(ChannelPromise())
    with pytest.raises(RuntimeError, match="finish"):
        combiner.finish(ChannelPromise())
