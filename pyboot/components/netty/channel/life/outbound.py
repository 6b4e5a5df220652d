"""OutboundBuffer: what was written and has not reached the kernel yet, counted byte by byte.

::

     pieces:   | flushed, on their way | written, not flushed |
               first                                        first + len(pieces)

Writes append, `mark_flushed` moves the border to the end, `next_run` joins flushed pieces into what one system call
takes, `run_written` completes them in the order they were written. A run that the network takes bit by bit completes its
messages as it goes, each time that somebody asks how far it is (`note_unsent`): progress is what the network took, not what
was handed over, and an empty flush is none. Pending bytes, with a fixed overhead a message, rule
the writability: past the high mark the channel turns unwritable, below the low mark it turns back, one event a flip.

Law 1. Writes leave, and their promises end, in the order they were written. Law 2. A flush is a border: what was flushed can no longer be
cancelled, nor be overtaken by what was not. Law 3. Whatever calls out, a listener, a handler that hears of a water mark, is called
when all counts are right, since it may write, flush, close or abort before it returns. Law 4. Nothing is kept twice: a short buffer is
copied into the one system call that sends it, a long one goes out as it is. Law 5. A file region is a run of its own. It counts as
one piece of its bytes would, so that a channel with a file on its way is unwritable, however little memory that takes.

Source: Netty's ``ChannelOutboundBuffer``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.buffer.message import release, take_bytes
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import OutboundOverflowError, UnsupportedMessageError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel

__all__ = ["MESSAGE_OVERHEAD", "OutboundBuffer"]

# Memory that a queued message costs beside its bytes (Netty's figure), so that many small ones count too.
MESSAGE_OVERHEAD: Final = 96

# Pieces up to here are copied together into one system call; a longer one goes out alone, uncopied.
_JOIN_LIMIT: Final = 32 * 1024
_RUN_LIMIT: Final = 256 * 1024

# What a file region counts for at most: as much as lies in memory where the system cannot send it by itself.
_FILE_PIECE: Final = 256 * 1024


@final
class OutboundBuffer:
    """The queue of one channel's outbound bytes."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.pending: i64 = 0
        self.flushed: i64 = 0
        self.is_writable = True
        self._unwritable_bits: i64 = 0
        self._pieces: list[bytes | memoryview] = []
        self._first: i64 = 0
        self._run_count: i64 = 0
        self._run_size: i64 = 0
        # When a message was last taken whole, by the loop's clock; kept only where somebody watches.
        self.last_taken = 0.0
        self._watchers: list[Callable[[], object]] | None = None
        # Of the writes whose end somebody wants to know, in their order: which of all it is, its size, the promise.
        self.promises: deque[tuple[int, int, ChannelPromise]] | None = None
        # Of the file regions, in their order: which of all messages it is, what it counts for, the region. An empty piece has its place.
        self._files: deque[tuple[int, int, FileRegion]] | None = None

    def add(self, msg: object, promise: ChannelPromise | None) -> None:
        """Append a message; raises for one that is not bytes, and for one past the hard limit."""
        # hot path: once for each message that leaves (tests/bench/test_framed.py).
        piece: bytes | memoryview
        if isinstance(msg, bytes):
            piece = msg
        elif isinstance(msg, ByteBuffer):
            small = msg.take_bytes_within(_JOIN_LIMIT)
            piece = msg.take_view() if small is None else small
        elif isinstance(msg, FileRegion):
            self._add_file(msg, promise)
            return
        else:
            piece = _bytes_of(msg)
        pending = self.pending + len(piece) + MESSAGE_OVERHEAD
        is_high = pending > self.channel.config.high_water_mark
        if is_high:  # no mark lies above the limit (`ChannelConfig.set`), so most writes compare once
            limit = self.channel.config.write_buffer_limit
            if pending > limit > 0:
                raise OutboundOverflowError(int(self.pending), len(piece), limit)
        self.pending = pending
        self._pieces.append(piece)
        if promise is not None:
            # Beside the pieces and not with them: most writes have none, and a run is joined from a plain list.
            promises = self.promises
            if promises is None:
                promises = self.promises = deque()
            ordinal: i64 = self._first + len(self._pieces) - 1
            promises.append((int(ordinal), len(piece), promise))
        if is_high:
            self._set_bit(1)  # last: a handler that is told may flush, or close

    def _add_file(self, region: FileRegion, promise: ChannelPromise | None) -> None:
        size: i64 = min(region.count, _FILE_PIECE)
        limit = self.channel.config.write_buffer_limit
        if self.pending > limit > 0:  # what waits already: a limit below the size of a piece is no reason to send no files at all
            release(region)
            raise OutboundOverflowError(int(self.pending), int(size), limit)
        ordinal = int(self._first + len(self._pieces))
        if self._files is None:
            self._files = deque()
        self._files.append((ordinal, int(size), region))
        self._pieces.append(b"")
        self.pending += size + MESSAGE_OVERHEAD
        if promise is not None:
            if self.promises is None:
                self.promises = deque()
            self.promises.append((ordinal, 0, promise))
        if self.pending > self.channel.config.high_water_mark:
            self._set_bit(1)

    def mark_flushed(self) -> None:
        """Everything written so far is to go out. Cancelled writes leave the queue, the others can no longer be cancelled."""
        promises = self.promises
        border = int(self._first + self.flushed)
        self.flushed = len(self._pieces)
        if promises is None:
            return
        for ordinal, size, promise in reversed(promises):
            if ordinal < border:
                break  # flushed before, as all that are older
            if not promise.set_uncancellable():
                # An empty piece in its place, not a gap: ordinals, and the overhead that was counted, stay true for the others.
                self._pieces[ordinal - self._first] = b""
                self.pending -= size
                self._drop_files(ordinal, ordinal + 1)
        self._check_low_mark()

    def has_unflushed(self) -> bool:
        """True if something was written and not flushed."""
        return self.flushed < len(self._pieces)

    @property
    def is_empty(self) -> bool:
        """True if everything written has been taken by the transport."""
        return len(self._pieces) == 0

    def next_run(self) -> bytes | memoryview | None:
        """Join the flushed messages that go to the transport next into one piece; None if nothing is flushed, or a file is next."""
        # hot path: once for each flush.
        count = self.flushed
        if self._files is not None:
            count = min(count, self._files[0][0] - self._first)
        if count == 0:
            return None
        pieces = self._pieces
        if count == 1:
            data = pieces[0]
        elif self.pending <= _RUN_LIMIT:
            data = b"".join(pieces) if count == len(pieces) else b"".join(pieces[:count])
        else:
            count = self._count_of_run(count)
            data = pieces[0] if count == 1 else b"".join(pieces[:count])
        self._run_count = count
        self._run_size = len(data) + count * MESSAGE_OVERHEAD
        return data

    def next_file(self) -> tuple[FileRegion, ChannelPromise | None] | None:
        """The flushed file region that goes to the transport next, with its promise; None if none is."""
        if self._files is None or self.flushed == 0 or self._files[0][0] != self._first:
            return None
        ordinal, size, region = self._files[0]
        self._run_count = 1
        self._run_size = size + MESSAGE_OVERHEAD
        promises = self.promises
        return region, promises[0][2] if promises and promises[0][0] == ordinal else None

    def run_count(self) -> int:
        """The number of messages that the last `next_run` joined."""
        return int(self._run_count)

    @property
    def run_bytes(self) -> int:
        """The number of bytes of the last `next_run` that are not known to have been taken."""
        return int(self._run_size - self._run_count * MESSAGE_OVERHEAD)

    def _count_of_run(self, flushed: i64) -> i64:
        """The number of pieces to join: a long one alone, short ones up to the limit of a run."""
        total: i64 = 0
        count: i64 = 0
        while count < flushed:
            size: i64 = len(self._pieces[count])
            if size > _JOIN_LIMIT or total + size > _RUN_LIMIT:
                break
            total += size
            count += 1
        return max(count, 1)

    def run_written(self) -> None:
        """The transport has taken the last run: complete its writes, oldest first."""
        # hot path: once for each flush.
        self._taken(self._run_count, self._run_size)

    def _taken(self, count: i64, size: i64) -> None:
        """The first *count* messages of the run are delivered, which count for *size*."""
        if count == len(self._pieces):
            self._pieces.clear()
        else:
            del self._pieces[:count]
        # All counts before anybody is told: a listener, and a handler that hears of the water mark, may write, flush or close.
        self._first += count
        self.flushed -= count
        self.pending -= size
        self._run_count -= count
        self._run_size -= size
        if self._watchers is not None:
            self.last_taken = self.channel.loop.time()
        if self._files is not None:
            self._drop_files(0, int(self._first), counted=False)  # before the promise: who is told may delete the file
        promises = self.promises
        while promises and promises[0][0] < self._first:
            promises.popleft()[2].try_success()
        if self._unwritable_bits & 1:
            self._check_low_mark()

    # Progress.

    @property
    def messages_written(self) -> int:
        """The number of messages that were written since the channel was made."""
        return int(self._first + len(self._pieces))

    @property
    def messages_taken(self) -> int:
        """The number of messages that were taken whole since the channel was made."""
        return int(self._first)

    def taken(self) -> i64:
        """The same as `messages_taken`, for compiled callers."""
        return self._first

    def watch(self, watcher: Callable[[], object]) -> None:
        """Keep `last_taken` from here on, and call *watcher* whenever the network has not taken a run at once."""
        self.last_taken = self.channel.loop.time()
        self._watchers = [*(self._watchers or ()), watcher]

    def unwatch(self, watcher: Callable[[], object]) -> None:
        """Do so no more; harmless for one that does not watch."""
        self._watchers = [each for each in self._watchers or () if each != watcher] or None

    def run_waits(self) -> None:
        """The network has not taken the last run at once."""
        for watcher in self._watchers or ():
            watcher()

    def note_unsent(self, unsent: i64) -> int:
        """Of the last run *unsent* bytes are left with the transport: complete the messages before them.

        Gives how many bytes of the first message that is not taken whole have gone already.
        """
        # The transport knows bytes, the queue messages: those before the border are done, and the border lies within the next.
        taken = self._run_size - self._run_count * MESSAGE_OVERHEAD - unsent
        count: i64 = self.messages_within(taken)
        size: i64 = 0
        for index in range(count):
            size += len(self._pieces[index])
        if count:
            self._taken(count, size + count * MESSAGE_OVERHEAD)
        return int(max(taken - size, 0))

    def messages_within(self, taken: i64) -> int:
        """The number of messages of the last run that its first *taken* bytes hold whole."""
        count: i64 = 0
        while count < self._run_count and 0 < taken >= len(self._pieces[count]):
            taken -= len(self._pieces[count])
            count += 1
        return int(count)

    def bytes_before(self, ordinal: int) -> int:
        """The number of bytes in front of the message *ordinal*, of all that were ever written, which is not taken yet."""
        size: i64 = 0
        for index in range(ordinal - self._first):
            size += len(self._pieces[index])
        return int(size)

    def _check_low_mark(self) -> None:
        if self._unwritable_bits & 1 and self.pending < self.channel.config.low_water_mark:
            self._clear_bit(1)

    def fail_unflushed(self, error: Exception) -> int:
        """Forget what was written and not flushed; gives how many messages that were."""
        return self._fail_from(self.flushed, error)

    def fail_all(self, error: Exception) -> int:
        """Forget everything, failing it in the order it was written; gives how many messages that were."""
        self.flushed = 0
        self._run_count = 0
        self._run_size = 0
        return self._fail_from(0, error)

    def _drop_files(self, start: int, end: int, *, counted: bool = True) -> None:
        """Give back the regions that stand from *start* to before *end*; with *counted*, what they count for is pending still."""
        files = self._files
        if files is None:
            return
        dropped = [entry for entry in files if start <= entry[0] < end]
        self._files = deque(entry for entry in files if not start <= entry[0] < end) or None
        for _, size, region in dropped:
            if counted:
                self.pending -= size
            release(region)

    def _fail_from(self, start: i64, error: Exception) -> int:
        lost = self._pieces[start:]
        del self._pieces[start:]
        for piece in lost:
            self.pending -= len(piece) + MESSAGE_OVERHEAD
        border = int(self._first + start)
        if self._files is not None:
            self._drop_files(border, border + len(lost))
        promises = self.promises
        unpromised = len(lost)
        if promises is not None:
            # Taken out before any is failed: a listener may write again, behind what is left here.
            failed = [promise for ordinal, _, promise in promises if ordinal >= border]
            self.promises = deque(entry for entry in promises if entry[0] < border)
            for promise in failed:
                promise.try_failure(error)
            unpromised -= len(failed)
        self._check_low_mark()
        return unpromised

    # Writability.

    @property
    def bytes_before_unwritable(self) -> int:
        """The number of further pending bytes that the channel takes before it turns unwritable; 0 if it is already."""
        return max(0, int(self.channel.config.high_water_mark - self.pending + 1)) if self.is_writable else 0

    @property
    def bytes_before_writable(self) -> int:
        """The number of pending bytes that must go before the channel turns writable; 0 if it is."""
        return 0 if self.is_writable else max(0, int(self.pending - self.channel.config.low_water_mark + 1))

    def user_defined_writability(self, index: int) -> bool:
        """True if the user's bit *index* (1 to 31) allows writing."""
        return self._unwritable_bits & _user_bit(index) == 0

    def set_user_defined_writability(self, index: int, writable: bool) -> None:  # Netty's signature
        """Set the user's bit *index* (1 to 31): any bit that says no makes the channel unwritable."""
        if writable:
            self._clear_bit(_user_bit(index))
        else:
            self._set_bit(_user_bit(index))

    def _set_bit(self, bit: i64) -> None:
        # Bits, of which one is the water mark's and the others are users': one event when the first is set, one when the last goes.
        old = self._unwritable_bits
        self._unwritable_bits = old | bit
        if old == 0:
            self.is_writable = False
            self.channel.writability_changed()

    def _clear_bit(self, bit: i64) -> None:
        old = self._unwritable_bits
        self._unwritable_bits = old & ~bit
        if old != 0 and old & ~bit == 0:
            self.is_writable = True
            self.channel.writability_changed()


def _bytes_of(msg: object) -> bytes:
    """The bytes of a message that is neither ``bytes`` nor a `ByteBuffer`; its memory is released."""
    data = take_bytes(msg)
    if data is None:
        release(msg)
        raise UnsupportedMessageError(msg)
    return data


def _user_bit(index: int) -> i64:
    if not 1 <= index <= 31:
        raise ValueError(f"user defined writability {index}, allowed is 1 to 31")
    one: i64 = 1
    return one << index
