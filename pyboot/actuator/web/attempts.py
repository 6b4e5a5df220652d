"""Attempts: who has said wrong credentials too often, and has to wait. No I/O here.

The law. Of one address at most *most* wrong credentials are heard in *seconds*, counted from the first of them; then none are, right or
wrong, until these are over: who guesses learns nothing meanwhile. Requests without credentials are none of this. An IPv6 address counts
with all of its /64, which is one machine's as often as not. At most `ROOM` addresses are remembered; the one that began first is forgotten.
"""

import math
import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final, final

ROOM: Final = 1000


@final
class Attempts:
    """Counts wrong credentials by the address that they came from; with *most* 0 none."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._wrong: dict[str, tuple[float, int]] = {}  # until when they count, and how many they are

    def wait_seconds(self, remote: str) -> int:
        """Return how long credentials from *remote*, host and port, are not heard; 0 where they are."""
        until, count = self._wrong.get(_address(remote), (0.0, 0))
        left = until - self._clock()
        return math.ceil(left) if self._most and count >= self._most and left > 0 else 0

    def note(self, remote: str) -> None:
        """Count one that was wrong."""
        if not self._most:
            return
        address, now = _address(remote), self._clock()
        until, count = self._wrong.get(address, (0.0, 0))
        if until <= now:
            self._wrong.pop(address, None)  # so that it is the youngest
            until, count = now + self._seconds, 0
            if len(self._wrong) >= ROOM:
                del self._wrong[next(iter(self._wrong))]
        self._wrong[address] = (until, count + 1)


def _address(remote: str) -> str:
    host = remote.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or int(address) >> 64)
