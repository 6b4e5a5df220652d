"""Rates: how fast channels have carried bytes since somebody asked last. Nothing is measured while nobody asks."""

import time
from collections.abc import Callable
from typing import Final, NamedTuple, final

from pyboot.components.netty import Channel

_SHORTEST: Final = 0.5  # seconds between two looks; who asks sooner gets what was found last

_FEW: Final = 1000


@final
class Rate(NamedTuple):
    """The bytes a second that came in and went out, and the seconds for which neither did, as far as it was looked at."""

    bytes_in: float
    bytes_out: float
    idle: float


@final
class _Look(NamedTuple):
    at: float
    bytes_in: int
    bytes_out: int
    moved_at: float
    rate: Rate


@final
class Rates:
    """The rates of all channels that were asked for, each between two looks, the first one since the channel became active."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a *clock* in seconds, the one of the loops."""
        self._clock = clock
        self._looks: dict[Channel, _Look] = {}
        self._bound = _FEW

    def of(self, channel: Channel) -> Rate:
        """Look at *channel*, and return its rate since the look before."""
        now, last = self._clock(), self._looks.get(channel)
        if last is None:
            since = float(channel.active_since) or now
            last = _Look(since, 0, 0, since, Rate(0.0, 0.0, 0.0))
        elif now - last.at < _SHORTEST:
            return last.rate
        came, went = int(channel.bytes_in), int(channel.bytes_out)
        moved_at = now if (came, went) != (last.bytes_in, last.bytes_out) else last.moved_at
        seconds = max(now - last.at, 1e-3)
        rate = Rate((came - last.bytes_in) / seconds, (went - last.bytes_out) / seconds, now - moved_at)
        self._looks[channel] = _Look(now, came, went, moved_at, rate)
        if len(self._looks) > self._bound:  # those that are closed go when there are twice as many as were left the last time
            self._looks = {each: look for each, look in self._looks.items() if not each.close_future.is_done}
            self._bound = max(_FEW, 2 * len(self._looks))
        return rate
