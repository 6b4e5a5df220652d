"""The leak detector: tells of buffers that were lost before their last release, and where they came from.

A lost buffer costs a pool its block: the garbage collector takes the memory, and the pool has to make it anew. The
detector puts itself between a buffer and its allocator. When the buffer goes, so does what stands between; if that was
never told of the last release, the buffer was lost. Nothing here refers to a buffer, so none is kept alive.
Source: Netty's ``ResourceLeakDetector``.

========  =========================  ===================================
level     which buffers              what is recorded
========  =========================  ===================================
off       none                       nothing, at no cost
simple    one in 128                 where it was allocated
advanced  one in 128                 that, and where it was last used
paranoid  every one                  the same
========  =========================  ===================================
"""

from __future__ import annotations

import logging
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, NamedTuple, final

if TYPE_CHECKING:
    from .allocator import MemoryOwner
    from .byte_buffer import ByteBuffer

__all__ = ["LEAK_DETECTOR", "BufferWatch", "Leak", "LeakDetector", "LeakLevel"]

_log = logging.getLogger(__name__)
_HERE: Final = str(Path(__file__).parent)
_FRAMES: Final = 6  # of the stack that are kept: enough to find the line, few enough to read


class LeakLevel(Enum):
    """The closeness with which buffers are watched: not at all, in samples, samples with each use of them, or every one so."""

    OFF = "off"
    SIMPLE = "simple"
    ADVANCED = "advanced"
    PARANOID = "paranoid"

    def closer(self, other: LeakLevel) -> LeakLevel:
        """Return the one of the two that watches more."""
        levels = list(LeakLevel)
        return max(self, other, key=levels.index)


class Leak(NamedTuple):
    """A buffer that was lost: the stacks, innermost line first, of its allocation and of its last recorded use."""

    allocated: tuple[str, ...]
    last_used: tuple[str, ...]

    def __str__(self) -> str:
        used = f"\nlast used:\n  {'\n  '.join(self.last_used)}" if self.last_used else ""
        return f"a buffer was lost before its last release(); allocated:\n  {'\n  '.join(self.allocated)}{used}"


@final
class BufferWatch:
    """The buffers that were handed out while all were watched: *lost* are those that the collector has found."""

    def __init__(self) -> None:
        self.lost: list[Leak] = []
        # By their ids: the references of such a dictionary can be listed while a buffer of another thread is handed out.
        self._out: weakref.WeakValueDictionary[int, _Watched] = weakref.WeakValueDictionary()

    def held(self) -> list[Leak]:
        """Return those that somebody has not released yet."""
        return [out.leak() for each in self._out.valuerefs() if (out := each()) is not None and not out.is_released]


@final
class LeakDetector:
    """Watches what allocators hand out; the one that all share is `LEAK_DETECTOR`.

    *sampling_interval*: one of so many buffers is watched, 128 by default, and every one at the level ``paranoid``.

    Each leak is logged as an error, once for each place of allocation, and told to *on_leak* if that is set.
    """

    def __init__(self, level: LeakLevel = LeakLevel.OFF, sampling_interval: int = 128) -> None:
        self.level = level
        self.sampling_interval = sampling_interval
        self.on_leak: Callable[[Leak], object] | None = None
        self._handed_out = 0
        self._reported: set[str] = set()
        self._watch: BufferWatch | None = None

    @contextmanager
    def watching_all(self) -> Iterator[BufferWatch]:
        """Watch every buffer that is handed out in this block, and tell of each place again, whether it was told before or not."""
        before = self.level, self._reported, self._watch
        self.level, self._reported, self._watch = LeakLevel.PARANOID, set(), BufferWatch()
        try:
            yield self._watch
        finally:
            self.level, self._reported, self._watch = before

    def watch(self, buffer: ByteBuffer, owner: MemoryOwner) -> None:
        """Watch *buffer*, which is new and belongs to *owner*, if the level and the sampling say so."""
        if self.level is LeakLevel.OFF:
            return
        self._handed_out += 1
        if self.level is not LeakLevel.PARANOID and self._handed_out % self.sampling_interval:
            return
        uses = self.level is not LeakLevel.SIMPLE
        watched = _Watched(owner, self, _stack())
        if self._watch is not None:
            self._watch._out[id(watched)] = watched
        buffer._watch(watched, uses=uses)

    @property
    def places(self) -> int:
        """The number of places in the program that have lost buffers."""
        return len(self._reported)

    @property
    def told(self) -> list[str]:
        """Those places, in order: ``file:line in function``."""
        return sorted(self._reported)

    def lost(self, leak: Leak) -> None:
        """Log *leak*, and tell *on_leak*, unless a buffer from the same place was lost before."""
        # Once a place: a leak in a handler loses a buffer for each message, and the log would be the next thing to fill up.
        place = leak.allocated[0] if leak.allocated else ""
        if place in self._reported:
            return
        self._reported.add(place)
        if self._watch is not None:
            self._watch.lost.append(leak)
        _log.error("%s", leak)
        if self.on_leak is not None:
            self.on_leak(leak)


@final
class _Watched:
    """Stands between one watched buffer and its owner, and goes when the buffer goes."""

    __slots__ = ("__weakref__", "_allocated", "_detector", "_last_used", "_owner", "is_released")

    def __init__(self, owner: MemoryOwner, detector: LeakDetector, allocated: tuple[str, ...]) -> None:
        self._owner = owner
        self._detector = detector
        self._allocated = allocated
        self._last_used: tuple[str, ...] = ()
        self.is_released = False

    def block(self, size: int) -> bytearray:
        return self._owner.block(size)

    def take_back(self, block: bytearray) -> None:
        self._owner.take_back(block)

    def released(self, block: bytearray | None) -> None:
        self.is_released = True
        self._owner.released(block)

    def used(self) -> None:
        self._last_used = _stack()

    def touched(self, hint: object) -> None:
        self._last_used = (f"touched: {hint}", *_stack())

    def leak(self) -> Leak:
        """Return what is known of it, lost or not."""
        return Leak(self._allocated, self._last_used)

    def __del__(self) -> None:
        # At the end of the interpreter everything goes in any order, and nothing of it is a leak.
        if not self.is_released and not sys.is_finalizing():
            self._detector.lost(self.leak())


def _stack() -> tuple[str, ...]:
    """The innermost lines outside of this folder, as ``file:line in function``."""
    lines: list[str] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and len(lines) < _FRAMES:
        code = frame.f_code
        if not code.co_filename.startswith(_HERE):
            lines.append(f"{code.co_filename}:{frame.f_lineno} in {code.co_qualname}")
        frame = frame.f_back
    return tuple(lines)


LEAK_DETECTOR: Final = LeakDetector()
