"""Rates: how fast channels have carried bytes since somebody asked last. Nothing is measured while nobody asks."""

import time
from collections.abc import Callable
from typing import Final, NamedTuple, final

from pyboot.components.netty import Channel

_SHORTEST: Final = 0.5  # seconds between two looks; who asks sooner gets what was found last

_FORGOTTEN_SECONDS: Final = 300.0
"""What nobody has looked at for as long is looked at for the first time again; what is closed is not kept for longer than twice that."""


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
        # By id, so that no channel stays for having been looked at; in two halves, the older of which goes as one.
        self._looks: dict[str, _Look] = {}
        self._older: dict[str, _Look] = {}
        self._turned = clock()

    def of(self, channel: Channel) -> Rate:
        """Look at *channel*, and return its rate since the look before."""
        now, id = self._clock(), channel.id
        if now - self._turned > _FORGOTTEN_SECONDS:
            self._older, self._looks, self._turned = self._looks, {}, now
        last = self._looks.get(id) or self._older.get(id)
        if last is None:
            since = float(channel.active_since) or now
            last = _Look(since, 0, 0, since, Rate(0.0, 0.0, 0.0))
        elif now - last.at < _SHORTEST:
            return last.rate
        came, went = int(channel.bytes_in), int(channel.bytes_out)
        moved_at = now if (came, went) != (last.bytes_in, last.bytes_out) else last.moved_at
        seconds = max(now - last.at, 1e-3)
        rate = Rate((came - last.bytes_in) / seconds, (went - last.bytes_out) / seconds, now - moved_at)
        self._looks[id] = _Look(now, came, went, moved_at, rate)
        return rate
