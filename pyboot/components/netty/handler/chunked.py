"""ChunkedWriteHandler: sends large things piece by piece, no faster than the peer takes them. Source: Netty's class of that name."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol, final, runtime_checkable

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.channel.waiting import until_next_turn
from pyboot.components.netty.errors import ClosedChannelError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["ChunkedFile", "ChunkedInput", "ChunkedIterable", "ChunkedWriteHandler"]


@runtime_checkable
class ChunkedInput(Protocol):
    """Something that is sent piece by piece: write one to a channel with a `ChunkedWriteHandler`."""

    async def read_chunk(self) -> Any:  # Any: whatever the handlers nearer the network take
        """The next piece, or None at the end; it may wait."""
        ...

    def close(self) -> object:
        """Called once, at the end or when nothing more will be read."""
        ...


@final
class ChunkedFile:
    """The bytes of an open binary *file*, from *offset* on, *length* of them (default: to its end); it is closed at the end.

    Reading happens in a thread, so that a slow disk holds up no other connection. A file that turns out shorter than *length*
    raises EOFError, which fails the write.
    """

    def __init__(self, file: BinaryIO, offset: int = 0, length: int | None = None, chunk_size: int = 64 * 1024) -> None:
        if offset < 0 or (length is not None and length < 0) or chunk_size < 1:
            raise ValueError(f"offset {offset}, length {length}, chunk_size {chunk_size}: allowed is 0, 0 and 1 or more")
        self._file = file
        self._offset = offset
        self._left = length
        self._chunk_size = chunk_size

    async def read_chunk(self) -> bytes | None:
        """The next piece; None at the end."""
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
        self._file.seek(self._offset)
        return self._file.read(size)

    def close(self) -> None:
        """Close the file."""
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


class _Pending(NamedTuple):
    msg: Any
    promise: ChannelPromise | None


class ChunkedWriteHandler(ChannelHandler[Any]):
    """Writes each `ChunkedInput` piece by piece while the channel is writable; messages behind it wait for its end.

    The write's promise ends when the last piece was delivered, or fails with what went wrong. Whatever happens, the input is closed
    once. When the channel closes first, what waits fails.
    """

    def __init__(self) -> None:
        self._pending: deque[_Pending] = deque()
        self._pump: asyncio.Task[None] | None = None
        self._writable: asyncio.Event = asyncio.Event()

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Awaitable[None] | None:
        if not self._pending and not isinstance(msg, ChunkedInput):
            return ctx.write(msg, promise)
        self._pending.append(_Pending(msg, promise))
        return None

    def flush(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        if self._pending and self._pump is None:
            self._pump = ctx.channel.loop.create_task(self._run(ctx), name=f"chunks of channel {ctx.channel.id}")
        return ctx.flush()

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        self._note_writability(ctx)
        return ctx.fire_channel_writability_changed()

    def channel_inactive(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        self._stop(ClosedChannelError(f"{ctx.channel!r} closed while chunks were written"))
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
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
                msg, promise = self._pending[0]
                if isinstance(msg, ChunkedInput):
                    await self._write_chunks(ctx, msg, promise)
                else:
                    ctx.write_and_flush(msg, promise)
                self._pending.popleft()
        finally:
            self._pump = None

    async def _write_chunks(self, ctx: ChannelHandlerContext, chunks: ChunkedInput, promise: ChannelPromise | None) -> None:
        last: ChannelPromise | None = None
        try:
            while (chunk := await chunks.read_chunk()) is not None:
                await self._writable.wait()
                last = ctx.new_promise()
                ctx.write_and_flush(chunk, last)
                if last.error is not None:
                    break
                if not ctx.channel.may_go_on():  # a network that takes everything would keep the loop for itself
                    await until_next_turn()
                    ctx.channel.begin_turn()
        except Exception as error:  # noqa: BLE001  # of the input: it fails this write and no other
            _fail(ctx, promise, error)
        else:
            _follow(ctx, promise, last)
        finally:
            chunks.close()

    def _stop(self, error: ClosedChannelError) -> None:
        pump, self._pump = self._pump, None
        pending, self._pending = self._pending, deque()
        for position, (msg, promise) in enumerate(pending):
            # The pump closes the one it is at.
            if isinstance(msg, ChunkedInput) and not (position == 0 and pump is not None):
                msg.close()
            if promise is not None:
                promise.try_failure(error)
        if pump is not None:
            pump.cancel()


def _follow(ctx: ChannelHandlerContext, promise: ChannelPromise | None, last: ChannelPromise | None) -> None:
    """*promise* ends as the last piece does; pieces are delivered in order."""

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
