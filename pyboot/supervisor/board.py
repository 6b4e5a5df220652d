"""Board: what nodes of one machine share: who hears which channel, leases, tables, limits. No I/O, no loop here.

It is the whole of a cluster's engine without a network: the supervisor keeps one for its workers, and the engine ``local`` of
`pyboot.cluster` one in the process where there is no supervisor. All values are plain ones, so that they can be JSON on the way; what they
mean is written there.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, Final, final

__all__ = ["Board", "paid_until"]

type Row = tuple[str, str, int, Any]  # owner, node, stamp, value
type Lease = tuple[str, int, Any, float]  # node, epoch, info, and until when, or how long

REPLACE: Final = "replace"
REFUSE: Final = "refuse"
MANY: Final = "many"

_MOST_OTHERS: Final = 16
_MANY_LIMITS: Final = 10_000  # from here on those are looked for of which nothing is taken


@final
class Board:
    """The shared state of nodes; who calls it takes care that one call is over before the next begins."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, calendar: Callable[[], float] = time.time) -> None:
        """Take the *clock* of leases and limits, and the *calendar* of stamps; both in seconds."""
        self._clock = clock
        self._calendar = calendar
        self._epoch = 0
        self._hearing: dict[str, dict[str, None]] = {}
        self._leases: dict[str, Lease] = {}
        self._acquired: dict[str, tuple[str, float]] = {}
        self._tables: dict[str, dict[str, dict[str, Row]]] = {}
        self._paid: dict[str, float] = {}
        self._subscriptions = self._rows = 0

    @property
    def size(self) -> int:
        """The number of entries of all kinds, for who keeps them within a bound."""
        return self._subscriptions + self._rows + len(self._leases) + len(self._acquired) + len(self._paid)

    # Channels.

    def subscribe(self, who: str, channels: Iterable[str]) -> None:
        """Let *who* hear *channels*."""
        for channel in channels:
            hearing = self._hearing.setdefault(channel, {})
            self._subscriptions += who not in hearing
            hearing[who] = None

    def unsubscribe(self, who: str, channels: Iterable[str]) -> None:
        """Let *who* hear *channels* no more."""
        for channel in channels:
            hearing = self._hearing.get(channel)
            if hearing is not None:
                if who in hearing:
                    del hearing[who]
                    self._subscriptions -= 1
                if not hearing:
                    del self._hearing[channel]

    def unsubscribe_all(self, who: str) -> None:
        """Let *who*, who is gone, hear nothing more."""
        self.unsubscribe(who, list(self._hearing))

    def hearing(self, channel: str) -> list[str]:
        """Return who hears *channel*, in the order of their coming."""
        return list(self._hearing.get(channel, ()))

    # Nodes.

    def epoch(self) -> int:
        """Return a number above all before."""
        self._epoch += 1
        return self._epoch

    def lease(self, node: str, epoch: int, info: Any, seconds: float) -> None:
        """Write a lease."""
        self._leases[node] = (node, epoch, info, self._clock() + seconds)

    def refresh(self, node: str, epoch: int, info: Any, seconds: float) -> bool:
        """Renew a lease that is there with this epoch; tell whether it is."""
        lease = self._leases.get(node)
        if lease is None or lease[1] != epoch or lease[3] <= self._clock():
            return False
        self.lease(node, epoch, info, seconds)
        return True

    def leave(self, node: str) -> None:
        """Remove a lease."""
        self._leases.pop(node, None)

    def members(self) -> list[Lease]:
        """Return the leases that last, each with the seconds that it has left."""
        now = self._clock()
        self._leases = {node: lease for node, lease in self._leases.items() if lease[3] > now}
        return [(node, epoch, info, until - now) for node, epoch, info, until in self._leases.values()]

    def acquire(self, name: str, owner: str, seconds: float) -> bool:
        """Give *name* to *owner* for *seconds*, unless another one has it; tell whether it has it now."""
        now = self._clock()
        for other in [other for other, (_, until) in self._acquired.items() if until <= now]:
            del self._acquired[other]
        if self._acquired.setdefault(name, (owner, now + seconds))[0] != owner:
            return False
        self._acquired[name] = (owner, now + seconds)
        return True

    # Tables.

    def claim_all(self, table: str, claims: Iterable[Sequence[Any]], policy: str) -> list[tuple[bool, int, list[Row]]]:
        """Make *claims* (key, owner, node, value, stamp or None): return for each whether it has the key, its stamp, and the others."""
        found = self._tables.setdefault(table, {})
        return [self._claim(found, policy, *claim) for claim in claims]

    def _claim(
        self, keys: dict[str, dict[str, Row]], policy: str, key: str, owner: str, node: str, value: Any, stamp: int | None
    ) -> tuple[bool, int, list[Row]]:
        rows = keys.get(key, {})
        before = len(rows)
        most = _MOST_OTHERS if policy == MANY else None  # an answer must not grow with the square of a topic
        others = sorted(islice((row for row in rows.values() if row[0] != owner), most), key=_by_stamp)
        latest = max((row[2] for row in rows.values()), default=0)
        if policy == REFUSE and others:
            return False, latest, others
        if policy == REPLACE and stamp is not None:
            later = [row for row in others if _by_stamp(row) > (stamp, owner)]
            if later:
                return False, later[-1][2], later
        given = max(int(self._calendar() * 1e6), latest + 1) if stamp is None else stamp
        kept = {} if policy == REPLACE else rows
        kept[owner] = (owner, node, given, value)
        self._rows += len(kept) - before
        keys[key] = kept
        return True, given, others

    def release_all(self, table: str, owned: Iterable[Sequence[str]]) -> int:
        """Remove each owner of the pairs of key and owner alone; return how many were there."""
        keys = self._tables.get(table, {})
        removed = 0
        for key, owner in owned:
            rows = keys.get(key, {})
            if rows.pop(owner, None) is not None:
                removed += 1
                if not rows:
                    del keys[key]
        self._rows -= removed
        return removed

    def find_all(self, table: str, keys: Iterable[str]) -> list[list[Row]]:
        """Return the owners of each of *keys*, the earliest first."""
        found = self._tables.get(table, {})
        return [sorted(found.get(key, {}).values(), key=_by_stamp) for key in keys]

    def scan(self, table: str) -> list[tuple[str, Row]]:
        """Return all keys with each of their owners."""
        return [(key, row) for key, rows in self._tables.get(table, {}).items() for row in rows.values()]

    # Limits.

    def take(self, name: str, tokens: int, per_second: float, burst: int) -> tuple[bool, float]:
        """Take *tokens*, or none; return whether, and the seconds until they are to be had (GCRA)."""
        now = self._clock()
        end, wait = paid_until(self._paid.get(name, now), now, tokens, per_second, burst)
        if wait:
            return False, wait
        self._paid[name] = end
        if len(self._paid) > _MANY_LIMITS:
            self._paid = {other: paid for other, paid in self._paid.items() if paid > now}
        return True, 0.0

    def forget(self) -> None:
        """Lose everything but who hears what, as a server does that was emptied; for tests."""
        self._epoch = self._rows = 0
        self._leases, self._acquired, self._tables, self._paid = {}, {}, {}, {}


def paid_until(paid: float, now: float, tokens: int, per_second: float, burst: int) -> tuple[float, float]:
    """Return until when all is paid for if *tokens* are taken *now*, and the seconds to wait before they may be: 0, or they may not.

    The generic cell rate algorithm (ITU-T I.371) keeps one number for a limit, the time at which all that was taken is *paid* for: it lies
    in the future by as much as was taken in advance, and may do so by what the burst is worth.
    """
    end = max(paid, now) + tokens / per_second
    wait = end - burst / per_second - now
    return (end, 0.0) if wait <= 1e-9 else (paid, wait)  # the sum of floats, not a token


def _by_stamp(row: Row) -> tuple[int, str]:
    return row[2], row[0]
