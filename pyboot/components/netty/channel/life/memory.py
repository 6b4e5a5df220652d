"""ChannelMemory: a cap for what all channels of a process hold together, where each is within limits of its own.

Theory of operation. A channel says what it holds where that is known anyway and rare: when the network does not take all of a flush, when
more is flushed meanwhile, at the water marks, when the network has taken what it had, when a mailbox is full or empties, and at the
end. A channel whose flushes are all taken at once never comes here, so the counting costs nothing per message.

Law 1. *Held* is what was written and not taken by the network, and what waits in full mailboxes. Law 2. When all channels together hold
more than the limit, reading stops where most is held: on each loop the largest holders, until those who are stopped hold three
quarters of what the loop does; then, while that lasts, each channel that comes to hold more. Law 3. One that holds nothing any more reads
again at once; all do, when less than three quarters of the limit are held. So what is held stays below the limit and one read of
each channel, with its answer. What handlers write that no read has caused is bounded by the write limit of their channel alone, and
what a decoder keeps of a frame that is not whole by the longest frame: to stop reading would not give it back. Law 4. The log says
when an episode begins, with the largest holder, and when it ends: two lines, however long it lasts.

Channels of several loops are counted by loop and summed; a loop stops and releases its own.
"""

from __future__ import annotations

import logging
import os
import weakref
from typing import TYPE_CHECKING, Final, final

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel

__all__ = ["CHANNEL_MEMORY", "ChannelMemory", "LoopMemory", "quarter_of_memory"]

_log = logging.getLogger(__name__)

_CGROUP_LIMITS: Final = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_IF_UNKNOWN: Final = 512 * 1024 * 1024

# Not each byte is a reason to look again: a loop does when it holds so much of the limit more, or less, than when it last did.
_STEPS: Final = 64


def quarter_of_memory() -> int:
    """A quarter of the memory of the machine, or of the control group of this process where that is less; in bytes."""
    found = [limit for path in _CGROUP_LIMITS if (limit := _read(path)) is not None]
    try:
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))  # of the machine: a container does not change that
    except (AttributeError, OSError, ValueError):  # not on every platform
        pass
    return min(found) // 4 if found else _IF_UNKNOWN


def _read(path: str) -> int | None:
    try:
        with open(path) as file:
            text = file.read().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None  # "max": there is none


@final
class ChannelMemory:
    """The memory that the channels of all loops hold, and its limit; the process has one, `CHANNEL_MEMORY`."""

    def __init__(self, limit_bytes: int | None = None) -> None:
        """Take the limit; None for a quarter of the memory there is, 0 for none."""
        self._limit = limit_bytes
        # By their ids, since the references of such a dictionary can be listed while a loop of another thread comes; a WeakSet cannot.
        self._loops: weakref.WeakValueDictionary[int, LoopMemory] = weakref.WeakValueDictionary()
        self.is_over = False  # between passing the limit and falling below three quarters of it

    @property
    def limit_bytes(self) -> int:
        """The number of bytes that all channels together may hold; 0 for any number.

        Set it at any time; by default a quarter of the memory there is.
        """
        if self._limit is None:
            self._limit = quarter_of_memory()
        return self._limit

    @limit_bytes.setter
    def limit_bytes(self, limit: int) -> None:
        if limit < 0:
            raise ValueError(f"memory limit of {limit} bytes, allowed is 0 (none) or more")
        self._limit = limit

    @property
    def held_bytes(self) -> int:
        """The number of bytes that they hold now: bytes that were written and not taken by the network, and messages in full mailboxes."""
        return sum(loop.held for each in self._loops.valuerefs() if (loop := each()) is not None)

    @property
    def stopped_channels(self) -> int:
        """The number of channels that do not read because of the limit."""
        return sum(len(loop.stopped) for each in self._loops.valuerefs() if (loop := each()) is not None)

    def add(self, loop: LoopMemory) -> None:
        """Count *loop* too, for as long as it lives."""
        self._loops[id(loop)] = loop

    def begin_episode(self, held: int, loop: LoopMemory) -> None:
        """Say once that the limit is passed; *held* is what all hold, *loop* the one that has noticed."""
        if not self.is_over:
            self.is_over = True
            text = "channels hold %d bytes together, the limit is %d: reading stops where most is held; most has %r, %d bytes"
            _log.warning(text, held, self.limit_bytes, *loop.largest())

    def end_episode(self, held: int) -> None:
        """Say once that all may read again."""
        if self.is_over:
            self.is_over = False
            _log.info("channels hold %d bytes together: all read again", held)

    def __repr__(self) -> str:
        return f"<ChannelMemory {self.held_bytes} of {self.limit_bytes} bytes stopped={self.stopped_channels}>"


CHANNEL_MEMORY: Final = ChannelMemory()


@final
class LoopMemory:
    """The memory that the channels of one loop hold, and those of them that do not read because of it."""

    def __init__(self, memory: ChannelMemory = CHANNEL_MEMORY) -> None:
        self.held = 0
        self.stopped: set[Channel] = set()
        self._memory = memory
        self._sizes: dict[Channel, int] = {}
        self._last_look = 0
        memory.add(self)

    def account(self, channel: Channel, size: int) -> None:
        """Note that *channel* holds *size* bytes now; stop or release whom that concerns."""
        before = self._sizes.get(channel, 0)
        if size == before:
            return
        if size:
            self._sizes[channel] = size
        else:
            self._sizes.pop(channel, None)
            if channel in self.stopped:
                self.stopped.discard(channel)
                channel.resume_reading()
        self.held += size - before
        # In the order of what they cost: over the limit one channel is looked at; else all are, once a sixty-fourth has come or gone.
        memory = self._memory
        limit = memory.limit_bytes
        if memory.is_over and size > before:
            self._stop(channel)
        elif memory.is_over or self.stopped or abs(self.held - self._last_look) * _STEPS >= limit > 0:
            self._look(limit)

    def _look(self, limit: int) -> None:
        self._last_look = self.held
        held = self._memory.held_bytes
        if held > limit > 0:
            self._memory.begin_episode(held, self)
            self._stop_largest()
        elif held * 4 < limit * 3 or limit == 0:
            # A new set first: whoever reads again may come to hold more, and be stopped again, before the last has been let go.
            stopped, self.stopped = self.stopped, set()
            for channel in stopped:
                channel.resume_reading()
            self._memory.end_episode(held)

    def _stop_largest(self) -> None:
        """Stop reading on the largest holders, until those who are stopped hold three quarters."""
        left = self.held * 3 // 4 - sum(self._sizes.get(channel, 0) for channel in self.stopped)
        for channel, size in sorted(self._sizes.items(), key=lambda item: item[1], reverse=True):
            if left <= 0:
                break
            if channel not in self.stopped:
                self._stop(channel)
                left -= size

    def _stop(self, channel: Channel) -> None:
        # Once, and resumed once: a pause is counted beside those that others have asked for (law 3 of `reading`).
        if channel not in self.stopped:
            self.stopped.add(channel)
            channel.pause_reading()

    def largest(self) -> tuple[Channel | None, int]:
        """The channel that holds most, and its bytes."""
        return max(self._sizes.items(), key=lambda item: item[1], default=(None, 0))
