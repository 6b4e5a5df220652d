"""FileSending: one file region on its way to the network, as far as that takes it and no faster.

Theory of operation. A channel whose transport can make the operating system send (`Transport.transfer`) is asked for that, piece by piece;
one that cannot, over TLS, in memory, of a file that the system cannot send, gets pieces that a thread of the loop's executor has read, each
when the one before was taken. Whichever it is, `Writing` sees one run that is under way::

    state      what happens                               goes on with
    SENDING    bytes are handed over, on this stack       the same loop, up to the budget of a turn, then a later turn
    WAITING    the network has enough                     `drained`
    READING    a thread reads the next piece              its end

Law 1. Nothing overtakes a region: `Writing` hands over the next run when the region is taken whole. Law 2. Of a region no more than one
piece is in memory. Law 3. A thread that reads holds a reference, so the file is closed behind it, never under it. Law 4. A region that
cannot be read to its end ends the connection: its reader was promised bytes, and would take what follows for them.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, final

from pyboot.components.netty.channel.promise import ChannelProgressivePromise

from .budget import TURN_BYTES
from .closing import ACTIVE, CLOSED

if TYPE_CHECKING:
    from pyboot.components.netty.buffer.file_region import FileRegion
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["FileSending"]

_PIECE_BYTES: Final = 256 * 1024


class _State(Enum):
    SENDING = auto()
    WAITING = auto()
    READING = auto()


@final
class FileSending:
    """*region* on its way through *channel*; *promise* is told of its progress if it is a progressive one."""

    def __init__(self, channel: Channel, region: FileRegion, promise: ChannelPromise | None) -> None:
        self._channel = channel
        self.region: Final = region
        self._progressive = promise if isinstance(promise, ChannelProgressivePromise) else None
        self._state = _State.SENDING
        self._can_transfer = True
        self._handed_over = 0  # bytes of a piece that the network has not taken whole

    def begin(self) -> bool:
        """Hand over what the network takes; True if that was all, else `Writing.file_taken` follows."""
        self._state = _State.SENDING
        spent = 0
        while self._can_transfer and self.region.left:
            size = self._transfer()
            if size is None:
                return False
            spent += size
            if size == 0 and self._can_transfer:
                self._state = _State.WAITING
                return False
            if spent >= TURN_BYTES and self.region.left:
                self._state = _State.WAITING
                self._channel.loop.call_soon(self.drained)
                return False
        if self.region.left:
            self._read()
            return False
        return True

    def drained(self) -> None:
        """Go on, since the network takes more."""
        if self._state is not _State.WAITING or not self._is_wanted():
            return
        if self._handed_over:
            self._gone(self._handed_over)
        if self._is_wanted() and self.begin():
            self._channel.writing.file_taken(self)

    def _is_wanted(self) -> bool:
        return ACTIVE <= self._channel.state < CLOSED and self.region.ref_count > 0

    def _gone(self, size: int) -> None:
        self._handed_over = 0
        self.region.transferred += size
        if self._progressive is not None:
            self._progressive.try_progress(self.region.transferred, self.region.count)

    # By the operating system.

    def _transfer(self) -> int | None:
        """Let the system send the next bytes; 0 if the network is full or it cannot, None if the region is lost."""
        region = self.region
        try:
            size = self._channel.transfer(region, min(region.left, TURN_BYTES))
        except (OSError, EOFError) as error:
            self._fail(error)
            return None
        if size < 0:
            self._can_transfer = False
            return 0
        if size:
            self._channel.turn_bytes += size
            self._channel.bytes_out += size
            self._gone(size)
            if not self._is_wanted():  # who heard of the progress has aborted
                return None
        return size

    # By a thread that reads.

    def _read(self) -> None:
        self._state = _State.READING
        region = self.region.retain()  # law 3
        try:
            reading = self._channel.loop.run_in_executor(None, region.read, region.transferred, min(region.left, _PIECE_BYTES))
        except RuntimeError as error:  # the executor was shut down
            region.release()
            self._fail(error)
            return
        reading.add_done_callback(self._has_read)

    def _has_read(self, reading: asyncio.Future[bytes]) -> None:
        error = asyncio.CancelledError() if reading.cancelled() else reading.exception()
        self.region.release()
        if not self._is_wanted():
            return
        if isinstance(error, Exception):
            self._fail(error)
        elif error is not None:
            self._fail(EOFError(f"reading {self.region!r} was cancelled"))
        elif not (data := reading.result()):
            self._fail(EOFError(f"{self.region.left} bytes of {self.region!r} are missing: it was cut while it was sent"))
        else:
            self._handed_over = len(data)
            self._channel.bytes_out += len(data)
            self._state = _State.WAITING
            if self._channel.transmit(data):
                self.drained()

    def _fail(self, error: Exception) -> None:
        """The rest of the region will not come (law 4)."""
        self._channel.loop.call_soon(self._channel.writing.file_failed, self, error)
