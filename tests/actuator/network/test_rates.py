"""Rates: bytes a second between two looks."""

import gc
import weakref
from typing import Any

from pyboot.actuator.network.rates import Rates
from pyboot.components.netty import ChannelHandler, EmbeddedChannel


class Held(ChannelHandler[Any]):
    """Stands in a pipeline."""


def test_the_first_look_is_over_the_whole_life_and_the_next_since_then() -> None:
    """A look that comes too soon finds what the last one did."""
    now = [100.0]
    channel: Any = EmbeddedChannel()
    rates = Rates(lambda: now[0])
    channel.active_since = 90.0
    channel.bytes_in, channel.bytes_out = 1000, 20
    assert (100.0, 2.0, 0.0) == rates.of(channel)

    channel.bytes_in = 3000
    now[0] = 100.1
    assert (100.0, 2.0, 0.0) == rates.of(channel)
    now[0] = 102.0
    assert (1000.0, 0.0, 0.0) == rates.of(channel)
    now[0] = 105.0
    assert (0.0, 0.0, 3.0) == rates.of(channel)


def test_what_was_looked_at_is_forgotten_in_time() -> None:
    """So that whoever looks each second for a year keeps those that are open; a look that is recent stays, however many there were."""
    now = [1000.0]
    rates = Rates(lambda: now[0])
    channels: list[Any] = [EmbeddedChannel() for _ in range(3)]
    for channel in channels:
        channel.active_since = 1000.0
        rates.of(channel)
    for _ in range(3):
        now[0] += 301.0
        rates.of(channels[0])
    assert {channels[0].id} == {*rates._looks, *rates._older}


def test_no_channel_stays_for_having_been_looked_at() -> None:
    """Nor anything that it holds."""
    rates, channel = Rates(), EmbeddedChannel()
    held = Held()
    channel.pipeline().add_last(held)
    gone = weakref.ref(held)
    rates.of(channel)
    channel.close()
    channel.run_pending_tasks()
    del channel, held
    gc.collect()
    assert gone() is None
