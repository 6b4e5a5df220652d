"""DnsCache: answers for as long as they hold. It reads no clock: who asks says what time it is.

Laws. (1) An answer holds no longer than the shortest TTL on its way, and no longer than a limit of ours. (2) That there is nothing holds as
long as the zone says (RFC 2308), and no longer than a limit of ours; where the zone says nothing it is not kept. (3) What failed is not
kept. (4) The entries are bounded: for a new one the one that was not asked for longest goes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple, final

__all__ = ["CachedAnswer", "DnsCache"]


class CachedAnswer(NamedTuple):
    """An answer: *addresses*, none where there is nothing, with *code* saying why; it holds until *expires*."""

    addresses: tuple[str, ...]
    code: int
    expires: float


@final
class DnsCache:
    """Answers by name and type, for all loops.

    Args:
        max_entries: answers at most; 0 keeps none.
        min_ttl_seconds: answers are kept at least so long, whatever their TTL; 0 by default, as the protocol has it.
        max_ttl_seconds: and at most so long; a day by default.
        max_negative_ttl_seconds: how long it is kept at most that there is nothing; a minute by default, 0 keeps none.

    Raises:
        ValueError: for a number below 0, or a maximum below the minimum.
    """

    def __init__(
        self,
        max_entries: int = 10_000,
        *,
        min_ttl_seconds: float = 0.0,
        max_ttl_seconds: float = 86_400.0,
        max_negative_ttl_seconds: float = 60.0,
    ) -> None:
        if min(max_entries, min_ttl_seconds, max_negative_ttl_seconds) < 0 or max_ttl_seconds < min_ttl_seconds:
            raise ValueError(
                f"max_entries {max_entries}, TTL {min_ttl_seconds:g} to {max_ttl_seconds:g} s, of nothing {max_negative_ttl_seconds:g} s: "
                "none may be below 0, and the longest not below the shortest"
            )
        self._max_entries = max_entries
        self._min_ttl = min_ttl_seconds
        self._max_ttl = max_ttl_seconds
        self._max_negative_ttl = max_negative_ttl_seconds
        self._entries: OrderedDict[tuple[str, int], CachedAnswer] = OrderedDict()
        self._lock = threading.Lock()  # loops of several threads may share one resolver

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, name: str, type: int, now: float) -> CachedAnswer | None:
        """The answer that holds at *now*; None where there is none."""
        key = (name.lower(), type)
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if entry.expires <= now:
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
            return entry

    def put(self, name: str, type: int, addresses: tuple[str, ...], ttl: float, now: float) -> None:
        """Keep *addresses* for *ttl* seconds, within the limits."""
        self._put((name.lower(), type), CachedAnswer(addresses, 0, now + min(max(ttl, self._min_ttl), self._max_ttl)), now)

    def put_nothing(self, name: str, type: int, code: int, ttl: float, now: float) -> None:
        """Keep that there is nothing, for *ttl* seconds, within the limit."""
        self._put((name.lower(), type), CachedAnswer((), code, now + min(ttl, self._max_negative_ttl)), now)

    def clear(self) -> None:
        """Forget all answers."""
        with self._lock:
            self._entries.clear()

    def _put(self, key: tuple[str, int], entry: CachedAnswer, now: float) -> None:
        if entry.expires <= now or not self._max_entries:
            return
        with self._lock:
            self._entries[key] = entry
            self._entries.move_to_end(key)
            if len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)
