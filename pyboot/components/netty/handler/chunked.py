"""ChunkedWriteHandler: sends large things piece by piece, no faster than the peer takes them. Source: Netty's class of that name.

Theory of operation. A file of a gigabyte must not become a gigabyte of pending writes, so one task, the pump, reads a piece, writes it, and
waits until the channel is writable before the next. It runs beside the handler's callbacks, from which three laws follow:

- Order. While anything is pending, whatever is written behind it waits too, plain messages included: a reply must not overtake a file.
- One end for each input. An input is closed exactly once: by the pump if it is the current one, by `_stop` if it has not begun. The pump
  takes it out of the queue before its first piece is read, and that is what tells the two apart.
- One end for each promise. The write of an input has succeeded when its last piece has, not when the last piece was read. A piece that
  fails ends the input; what is behind it in the queue is tried all the same.

Netty resumes from ``channelWritabilityChanged`` with a loop of its own; a task says the same in order, and a disk may be waited for.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple, final

from pyboot.components.netty.buffer.chunked_input import ChunkedInput
from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.buffer.message import release, size_of
from pyboot.components.netty.channel.coroutines.waiting import next_turn
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelProgressivePromise, ChannelPromise
from pyboot.components.netty.errors import ChannelError, ClosedChannelError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = [
    "ChunkedFile",
    "ChunkedInput",
    "ChunkedIterable",
    "ChunkedRegion",
    "ChunkedStream",
    "ChunkedWriteHandler",
    "write_in_chunks",
]

_log = logging.getLogger(__name__)


@final
class ChunkedFile:
    """The bytes of an open binary *file*, from *offset* on, *length* of them (default: to its end); it is closed at the end.

    Reading happens in a thread, so that a slow disk holds up no other connection; a file that is closed while it is read, which would
    wait for the disk, is closed by that thread. A file that turns out shorter than *length* raises EOFError, which fails the write.

    Args:
        file: open for reading in binary mode.
        offset: where to begin, in bytes from its start.
        length: bytes to send; by default all to its end.
        chunk_size: bytes of each piece.

    Raises:
        ValueError: for numbers below 0, and for pieces of less than one byte.
    """

    def __init__(self, file: BinaryIO, offset: int = 0, length: int | None = None, chunk_size: int = 64 * 1024) -> None:
        if offset < 0 or (length is not None and length < 0) or chunk_size < 1:
            raise ValueError(f"offset {offset}, length {length}, chunk_size {chunk_size}: allowed is 0, 0 and 1 or more")
        self._file = file
        self._offset = offset
        self._left = length
        self._chunk_size = chunk_size
        self._lock = threading.Lock()  # held for the two below alone, never while the disk is at work
        self._is_reading = False
        self._is_closed = False

    async def read_chunk(self) -> bytes | None:
        """The next piece; None at the end. Raises EOFError for a file that ends early."""
        size = self._chunk_size if self._left is None else min(self._chunk_size, self._left)
        if size == 0:
            return None
        data = await asyncio.to_thread(self._read, size)
        if not data and self._left is not None:
            raise EOFError(f"{self._left} bytes of {self._file} are missing: it was cut while it was sent")
        self._offset += len(data)
        if self._left is not None:
            self._left -= len(data)
        return data or None

    def _read(self, size: int) -> bytes:
        with self._lock:
            if self._is_closed:
                return b""
            self._is_reading = True
        try:
            self._file.seek(self._offset)
            return self._file.read(size)
        finally:
            with self._lock:
                self._is_reading = False
                is_last = self._is_closed
            if is_last:
                self._file.close()

    def close(self) -> None:
        """Close the file, at once or when the thread that reads has done so."""
        with self._lock:
            self._is_closed = True
            is_last = not self._is_reading
        if is_last:
            self._file.close()


@final
class ChunkedIterable:
    """The items of an iterable or an asynchronous iterable, a generator for instance, one by one."""

    def __init__(self, items: Iterable[Any] | AsyncIterable[Any]) -> None:
        self._items: Iterator[Any] | AsyncIterator[Any] = aiter(items) if isinstance(items, AsyncIterable) else iter(items)

    async def read_chunk(self) -> Any:  # Any: as in the protocol
        """The next item; None behind the last."""
        if isinstance(self._items, AsyncIterator):
            return await anext(self._items, None)
        return next(self._items, None)

    def close(self) -> None:
        """Close a plain generator; an asynchronous one is closed by its loop."""
        close = getattr(self._items, "close", None)
        if close is not None:
            close()


@final
class ChunkedStream:
    """The bytes of a binary *stream* as it gives them, a pipe or a decompressing file for instance, up to its end; it is closed there.

    Reading happens in a thread, as in `ChunkedFile`, which is for what can be sought in. Raises ValueError for a *chunk_size* below 1 byte.
    Source: Netty's class of that name.
    """

    def __init__(self, stream: BinaryIO, chunk_size: int = 8 * 1024) -> None:
        if chunk_size < 1:
            raise ValueError(f"chunk_size {chunk_size}: allowed is 1 or more")
        self._stream = stream
        self._chunk_size = chunk_size
        self._reading: asyncio.Future[bytes] | None = None
        self._is_closed = False

    async def read_chunk(self) -> bytes | None:
        """The next bytes; None at the end."""
        self._reading = asyncio.ensure_future(asyncio.to_thread(self._stream.read, self._chunk_size))
        try:
            # Shielded: a cancellation does not stop the thread, and the stream must not be closed under it.
            return await asyncio.shield(self._reading) or None
        finally:
            if self._reading.done():
                self._reading = None

    def close(self) -> None:
        """Close the stream, at once or when the thread that reads has done so."""
        if self._reading is None:
            self._stream.close()
        else:
            self._reading.add_done_callback(self._close_late)

    def _close_late(self, reading: asyncio.Future[bytes]) -> None:
        if not reading.cancelled():
            reading.exception()  # seen: nobody waits for it any more
        self._stream.close()


@final
class ChunkedRegion:
    """The bytes of a `FileRegion`, read in a thread; at the end the region's reference is given back.

    Raises EOFError where the file turns out shorter.
    """

    def __init__(self, region: FileRegion, chunk_size: int = 64 * 1024) -> None:
        self._region = region
        self._chunk_size = chunk_size
        self.length: Final = region.count

    async def read_chunk(self) -> bytes | None:
        """The next piece; None at the end. Raises EOFError where the file is shorter than the region."""
        region = self._region
        if not region.left:
            return None
        reading = asyncio.get_running_loop().run_in_executor(None, region.retain().read, region.transferred, self._chunk_size)
        reading.add_done_callback(lambda _: region.release())  # however this ends, the file is closed behind the thread and not under it
        data = await reading
        if not data:
            raise EOFError(f"{region.left} bytes of {region!r} are missing: it was cut while it was sent")
        region.transferred += len(data)
        return data

    def close(self) -> None:
        """Give the region back."""
        self._region.release()


class _Pending(NamedTuple):
    msg: Any
    promise: ChannelPromise | None


class ChunkedWriteHandler(ChannelHandler[Any]):
    """Writes each `ChunkedInput` piece by piece while the channel is writable; messages behind it wait for its end.

    Law 1: every input that was given is closed once, whether it was sent, failed, came too late or never had its turn. Law 2: the
    write's promise ends behind that: when the last piece was delivered, or with what went wrong, of ``close()`` too. Law 3: what one input
    does, an error or a cancellation of its own, ends its write and no other. When the channel closes first, what waits fails.
    """

    def __init__(self, *, splits_regions: bool = False) -> None:
        self._splits_regions = splits_regions
        self._pending: deque[_Pending] = deque()
        self._current: _Pending | None = None  # what the pump is at: it closes that one itself
        self._pump: asyncio.Task[None] | None = None
        self._writable: asyncio.Event = asyncio.Event()
        self._cause: ClosedChannelError | None = None  # nothing is written any more

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if isinstance(msg, FileRegion) and self._splits_regions:
            msg = ChunkedRegion(msg)
        is_chunked = isinstance(msg, ChunkedInput)
        if self._cause is not None or not ctx.channel.is_open:
            if is_chunked:
                _close(msg)
                raise ctx.channel.closed_error() if self._cause is None else self._cause
            return ctx.write(msg, promise)
        if not self._pending and self._current is None and not is_chunked:
            return ctx.write(msg, promise)
        self._pending.append(_Pending(msg, promise))
        return None

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._pending and self._pump is None:
            self._pump = ctx.channel.loop.create_task(self._run(ctx), name=f"chunks of channel {ctx.channel.id}")
        return ctx.flush()

    def channel_writability_changed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._note_writability(ctx)
        return ctx.fire_channel_writability_changed()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._stop(ClosedChannelError(f"{ctx.channel!r} closed while chunks were written"))
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._stop(ClosedChannelError("the handler that writes chunks was removed"))
        return None

    def _note_writability(self, ctx: ChannelHandlerContext) -> None:
        if ctx.channel.is_writable:
            self._writable.set()
        else:
            self._writable.clear()

    async def _run(self, ctx: ChannelHandlerContext) -> None:
        """Write what is pending, oldest first."""
        self._note_writability(ctx)
        try:
            while self._pending:
                self._current = self._pending.popleft()
                msg, promise = self._current
                if isinstance(msg, ChunkedInput):
                    await self._write_chunks(ctx, msg, promise)
                else:
                    ctx.write_and_flush(msg, promise)
                self._current = None
        finally:
            self._current = None
            self._pump = None

    async def _write_chunks(self, ctx: ChannelHandlerContext, chunks: ChunkedInput, promise: ChannelPromise | None) -> None:
        last: ChannelPromise | None = None
        error: Exception | None = None
        is_cancelled = False
        try:
            if promise is None or promise.set_uncancellable():
                last = await self._copy(ctx, chunks, promise)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            is_cancelled = task is not None and task.cancelling() > 0
            error = ChannelError(f"{type(chunks).__qualname__}.read_chunk() was cancelled") if self._cause is None else self._cause
        except Exception as raised:  # noqa: BLE001  # of the input: it fails this write and no other
            error = raised
        failed_to_close = _close(chunks)  # before the promise ends (law 2): who is told may delete the file
        if error is None:
            error = failed_to_close
        if error is None:
            _follow(ctx, promise, last)
        elif promise is not None or not is_cancelled:  # a cancellation of the pump is the end of the channel, and told as that
            _fail(ctx, promise, error)
        if is_cancelled:
            raise asyncio.CancelledError

    async def _copy(self, ctx: ChannelHandlerContext, chunks: ChunkedInput, promise: ChannelPromise | None) -> ChannelPromise | None:
        """Write all pieces, as far as the peer takes them; the promise of the last one."""
        last: ChannelPromise | None = None
        progressive = promise if isinstance(promise, ChannelProgressivePromise) else None
        progress, total = 0, getattr(chunks, "length", -1)
        while (last is None or last.error is None) and (chunk := await chunks.read_chunk()) is not None:
            try:
                await self._writable.wait()
            except asyncio.CancelledError:
                release(chunk)
                raise
            last = ctx.new_promise()
            if progressive is not None:
                progress += size_of(chunk)
                last.add_listener(partial(_tell_progress, progressive, progress, total))
            ctx.write_and_flush(chunk, last)
            if not ctx.channel.may_go_on():  # a network that takes everything would keep the loop for itself
                await next_turn(ctx.channel)
        return last

    def _stop(self, cause: ClosedChannelError) -> None:
        if self._cause is None:
            self._cause = cause
        pending, self._pending = self._pending, deque()
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.cancel()
        for msg, promise in pending:
            if isinstance(msg, ChunkedInput):
                _close(msg)
            else:
                release(msg)
            if promise is not None:
                promise.try_failure(self._cause)


def write_in_chunks(ctx: ChannelHandlerContext, region: FileRegion, promise: ChannelPromise | None) -> Awaitable[None] | None:
    """Write *region* once more, in pieces: for a handler that changes every byte, TLS for instance, and has got a region.

    A `ChunkedWriteHandler` that splits regions is put behind it, once, and keeps the order of all that is written from there on.
    """
    name = f"chunks#{ctx.name}"
    if ctx.pipeline.get(name) is None:
        ctx.pipeline.add_after(ctx.name, ChunkedWriteHandler(splits_regions=True), name)
    splitting = ctx.pipeline.context(name)
    return splitting.handler.write(splitting, region, promise)


def _tell_progress(promise: ChannelProgressivePromise, progress: int, total: int, piece: ChannelPromise) -> None:
    if piece.is_success:
        promise.try_progress(progress, total)


def _close(chunks: ChunkedInput) -> Exception | None:
    """Close *chunks*; what that raises is logged here and fails its write, but nothing else."""
    try:
        chunks.close()
    except Exception as error:  # noqa: BLE001  # a user's function
        _log.warning("close() of %r raised %r", chunks, error, exc_info=error)
        return error
    return None


def _follow(ctx: ChannelHandlerContext, promise: ChannelPromise | None, last: ChannelPromise | None) -> None:
    """Complete *promise* as the last piece is completed; pieces are delivered in order, so all others were before."""

    def ended(part: ChannelPromise) -> None:
        if isinstance(part.error, Exception):
            _fail(ctx, promise, part.error)
        elif promise is not None:
            promise.try_success()

    if last is not None:
        last.add_listener(ended)
    elif promise is not None:
        promise.try_success()


def _fail(ctx: ChannelHandlerContext, promise: ChannelPromise | None, error: Exception) -> None:
    if promise is None:
        ctx.fire_exception_caught(error)
    else:
        promise.try_failure(error)
