"""ChunkedWriteHandler: Netty's ChunkedWriteHandlerTest in Python's terms."""

import asyncio
import io
import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.file_region import DefaultFileRegion
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.head_tail import log_unhandled_message
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError
from pyboot.components.netty.handler.chunked import (
    ChunkedFile,
    ChunkedInput,
    ChunkedIterable,
    ChunkedRegion,
    ChunkedStream,
    ChunkedWriteHandler,
)


class Pieces:
    """An input that tells whether it was closed."""

    def __init__(self, *pieces: bytes | BaseException) -> None:
        self.pieces = list(pieces)
        self.closed = 0

    async def read_chunk(self) -> bytes | None:
        """The next piece; an error is raised."""
        piece = self.pieces.pop(0) if self.pieces else None
        if isinstance(piece, BaseException):
            raise piece
        return piece

    def close(self) -> None:
        """Counted."""
        self.closed += 1


def test_pieces_are_written_in_order_and_messages_behind_them_wait() -> None:
    """The promise ends with the last piece, and the input is closed once."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    pieces = Pieces(b"one", b"two")
    assert isinstance(pieces, ChunkedInput)
    promise = channel.new_promise()
    channel.write(b"before")
    channel.write(pieces, promise)
    channel.write(b"behind")
    assert not promise.is_done
    channel.flush()

    assert [b"before", b"one", b"two", b"behind"] == channel.outbound_messages()
    assert (True, 1) == (promise.is_success, pieces.closed)


def test_only_as_much_is_read_as_the_peer_takes() -> None:
    """What is not read takes no memory."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    channel.hold_network()
    pieces = Pieces(*[bytes(40_000)] * 10)
    promise = channel.new_promise()
    channel.write(pieces, promise)
    channel.flush()
    assert 10 - len(pieces.pieces) <= 4

    channel.release_network()
    channel.run_pending_tasks()
    assert promise.is_success
    assert 10 == len(channel.outbound_messages())


def test_an_error_of_the_input_fails_its_write_and_no_other() -> None:
    """Netty: testListenerNotifiedWhenIsEnd, testWriteFailureChunkedStream."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    bad, good = Pieces(b"one", OSError("gone")), Pieces(b"two")
    failed, done = channel.new_promise(), channel.new_promise()
    channel.write(bad, failed)
    channel.write(good, done)
    channel.flush()

    assert isinstance(failed.error, OSError)
    assert ([b"one", b"two"], True) == (channel.outbound_messages(), done.is_success)
    assert [1, 1] == [bad.closed, good.closed]


def test_an_error_that_nobody_waits_for_is_told() -> None:
    """By exception_caught."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    channel.write(Pieces(OSError("gone")))
    with pytest.raises(OSError, match="gone"):
        channel.flush()


def test_a_write_that_fails_ends_the_input() -> None:
    """Netty: testStopConsumingChunksWhenFailed."""

    class Failing(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Any:
            raise OSError("no")

    channel = EmbeddedChannel(Failing(), ChunkedWriteHandler())
    pieces = Pieces(b"one", b"two", b"three")
    promise = channel.new_promise()
    channel.write(pieces, promise)
    channel.flush()

    assert isinstance(promise.error, OSError)
    assert (1, 2) == (pieces.closed, len(pieces.pieces))


@pytest.mark.parametrize("flushed", [True, False])
def test_what_waits_fails_when_the_channel_closes(flushed: bool) -> None:
    """Netty: testDiscardPendingWritesOnInactive; every input is closed, once."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    channel.hold_network()
    inputs = [Pieces(*[bytes(80_000)] * 10), Pieces(b"two")]
    promises = [channel.new_promise() for _ in inputs]
    for pieces, promise in zip(inputs, promises, strict=True):
        channel.write(pieces, promise)
    if flushed:
        channel.flush()
    channel.abort()
    channel.run_pending_tasks()

    assert [ClosedChannelError] * 2 == [type(promise.error) for promise in promises]
    assert [1, 1] == [pieces.closed for pieces in inputs]


def test_an_input_of_nothing_is_done_at_once() -> None:
    """Netty: testEndOfInput."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    promise = channel.new_promise()
    channel.write(Pieces(), promise)
    channel.flush()

    assert (True, []) == (promise.is_success, channel.outbound_messages())


def test_items_of_generators_plain_and_asynchronous() -> None:
    """Closed at the end."""

    def plain() -> Iterator[bytes]:
        yield b"a"
        yield b"b"

    async def asynchronous() -> AsyncIterator[bytes]:
        yield b"c"
        await asyncio.sleep(0)
        yield b"d"

    channel = EmbeddedChannel(ChunkedWriteHandler())
    for items in (plain(), asynchronous(), [b"e"]):
        channel.write(ChunkedIterable(items))
    channel.flush()

    assert [b"a", b"b", b"c", b"d", b"e"] == channel.outbound_messages()


async def pieces_of(chunks: ChunkedFile) -> list[bytes]:
    """All that it gives."""
    found = []
    while (piece := await chunks.read_chunk()) is not None:
        found.append(piece)
    chunks.close()
    return found


async def test_files_as_a_whole_and_in_part(tmp_path: Path) -> None:
    """And closed."""
    path = tmp_path / "numbers"
    path.write_bytes(b"0123456789")
    file = path.open("rb")

    assert [b"0123", b"4567", b"89"] == await pieces_of(ChunkedFile(file, chunk_size=4))
    assert file.closed
    assert [b"345", b"6"] == await pieces_of(ChunkedFile(path.open("rb"), 3, 4, chunk_size=3))


async def test_a_file_that_was_closed_fails_its_write_and_no_other(tmp_path: Path) -> None:
    """Netty: testWriteFailureChunkedStream and its like, for a file that somebody closed."""
    path = tmp_path / "numbers"
    path.write_bytes(b"0123456789")
    file = path.open("rb")
    file.close()
    channel = EmbeddedChannel(ChunkedWriteHandler(), loop=asyncio.get_running_loop())
    promise, behind = channel.new_promise(), channel.new_promise()
    channel.write(ChunkedFile(file), promise)
    channel.write_and_flush(b"behind", behind)

    await behind
    assert isinstance(promise.error, ValueError)
    assert "closed file" in str(promise.error)
    assert [b"behind"] == channel.outbound_messages()


async def test_a_file_that_is_cut_while_it_is_sent_is_an_error() -> None:
    """The peer was promised more."""
    with pytest.raises(EOFError, match="6 bytes of"):
        await pieces_of(ChunkedFile(io.BytesIO(b"0123"), length=10))


def test_parameters_that_make_no_sense_are_refused() -> None:
    """When the input is made."""
    with pytest.raises(ValueError, match="offset -1"):
        ChunkedFile(io.BytesIO(), -1)


def told_at_the_end(pieces: Any, promise: ChannelPromise, log: list[str]) -> None:
    """Writes down in which order the input is closed and the promise ends."""
    close = pieces.close

    def closing() -> None:
        log.append("closed")
        close()

    pieces.close = closing
    promise.add_listener(lambda end: log.append("failed" if end.error else "done"))


def lose(channel: EmbeddedChannel) -> None:
    """The peer is gone."""
    channel.lose()
    channel.run_pending_tasks()


ENDS: dict[str, tuple[list[Any], Any]] = {
    "sent": ([b"one", b"two"], lambda channel: channel.flush()),
    "empty": ([], lambda channel: channel.flush()),
    "an error": ([b"one", OSError("gone")], lambda channel: channel.flush()),
    "cancelled by itself": ([b"one", asyncio.CancelledError()], lambda channel: channel.flush()),
    "lost before its turn": ([b"one"], lose),
    "lost on its way": ([bytes(80_000)] * 9, lambda channel: (channel.hold_network(), channel.flush(), lose(channel))),
    "lost before the first step": ([b"one"], lambda channel: (channel.loop.call_soon(channel.lose), channel.flush())),
    "closed before its turn": ([b"one"], lambda channel: (channel.close(), channel.run_pending_tasks())),
    "removed before its turn": ([b"one"], lambda channel: channel.pipeline().remove(ChunkedWriteHandler)),
    "removed on its way": (
        [bytes(80_000)] * 9,
        lambda channel: (
            channel.hold_network(),
            channel.flush(),
            channel.pipeline().remove(ChunkedWriteHandler),
            channel.run_pending_tasks(),
        ),
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_an_input_is_closed_once_and_its_promise_ends_behind_that(end: str) -> None:
    """Whatever becomes of it; and so for the one behind it."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    log: list[str] = []
    content, act = ENDS[end]
    inputs = [Pieces(*content), Pieces(b"next")]
    for pieces in inputs:
        promise = channel.new_promise()
        told_at_the_end(pieces, promise, log)
        channel.write(pieces, promise)
    act(channel)

    assert [1, 1] == [pieces.closed for pieces in inputs]
    assert ["closed", "closed"] == log[::2]
    assert {"done", "failed"} >= set(log[1::2])
    assert ("done" == log[1], "done" == log[3]) == (end in ("sent", "empty"), end in ("sent", "empty", "an error", "cancelled by itself"))


@pytest.mark.parametrize("leave", [lambda channel: channel.close(), lambda channel: channel.abort(), lose])
def test_an_input_that_comes_too_late_is_closed(leave: Any) -> None:
    """Before its promise fails; nothing of it is read."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    context = channel.pipeline().context(ChunkedWriteHandler)
    leave(channel)
    log: list[str] = []
    pieces, promise = Pieces(b"one"), channel.new_promise()
    told_at_the_end(pieces, promise, log)
    context.handler.write(context, b"", None)
    with pytest.raises(ClosedChannelError):
        context.handler.write(context, pieces, promise)

    assert (["closed"], [b"one"]) == (log, pieces.pieces)


def test_a_cancelled_write_is_not_read_and_its_input_closed() -> None:
    """It had not begun."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    pieces, promise = Pieces(b"one"), channel.new_promise()
    channel.write(pieces, promise)
    promise.cancel()
    channel.flush()

    assert (1, [b"one"], []) == (pieces.closed, pieces.pieces, channel.outbound_messages())


def test_an_input_that_cannot_be_closed_fails_its_write_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """Its error is logged as well, for where nobody waits."""

    class Stuck(Pieces):
        def close(self) -> None:
            raise OSError("busy")

    channel = EmbeddedChannel(ChunkedWriteHandler())
    failed, done = channel.new_promise(), channel.new_promise()
    channel.write(Stuck(b"one"), failed)
    channel.write(Pieces(b"two"), done)
    channel.flush()

    assert (OSError, True, [b"one", b"two"]) == (type(failed.error), done.is_success, channel.outbound_messages())
    assert "busy" in caplog.text


def test_messages_that_wait_behind_an_input_are_released_when_the_channel_closes() -> None:
    """As everywhere."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    buffer = ByteBuffer(b"behind")
    channel.write(Pieces(b"one"))
    channel.write(buffer)
    lose(channel)

    assert 0 == buffer.ref_count


@pytest.mark.parametrize("leave", [lambda channel: channel.close(), lambda channel: channel.abort(), lose])
def test_an_input_that_is_written_when_no_handler_is_left_is_closed(leave: Any) -> None:
    """A channel that is closed has none; its writer gave the input away all the same."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    leave(channel)
    channel.run_pending_tasks()
    pieces, promise = Pieces(b"one"), channel.new_promise()
    channel.write_and_flush(pieces, promise)

    assert (ClosedChannelError, 1, [b"one"]) == (type(promise.error), pieces.closed, pieces.pieces)


def test_an_input_that_nobody_cuts_to_pieces_is_closed() -> None:
    """Where the handler for that is missing, and where the write was cancelled before."""
    channel = EmbeddedChannel()
    pieces, cancelled = Pieces(b"one"), Pieces(b"two")
    promise = channel.new_promise()
    promise.cancel()
    channel.write(cancelled, promise)
    refused = channel.new_promise()
    channel.outbound.channel.write(pieces, refused)
    log_unhandled_message(EmbeddedChannel(ChunkedWriteHandler()).pipeline().context(ChunkedWriteHandler), pieces)

    assert (1, 1) == (cancelled.closed, pieces.closed)


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_file_that_is_closed_while_a_thread_reads_it_makes_nobody_wait(cancelled: bool) -> None:
    """As a channel does that closes before a slow disk has answered: the thread closes the file when it is done."""
    reading, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    class SlowDisk(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            reading.set()
            go_on.wait(20)
            return super().read(size)

        def close(self) -> None:
            assert go_on.is_set()
            super().close()
            closed.set()

    chunks = ChunkedFile(SlowDisk(b"piece"))
    read = asyncio.ensure_future(chunks.read_chunk())
    assert await asyncio.to_thread(reading.wait, 20)
    if cancelled:
        read.cancel()
    chunks.close()
    assert not closed.is_set()

    go_on.set()
    assert await asyncio.to_thread(closed.wait, 20)
    assert cancelled or await read == b"piece"


async def test_a_stream_is_sent_to_its_end_and_closed() -> None:
    """One that cannot be sought in, a pipe for instance."""
    channel = EmbeddedChannel(ChunkedWriteHandler(), loop=asyncio.get_running_loop())
    read, write = os.pipe()
    os.write(write, b"0123456789")
    os.close(write)
    stream = os.fdopen(read, "rb", buffering=0)
    promise = channel.new_promise()
    channel.write(ChunkedStream(stream, 4), promise)
    channel.flush()
    await promise
    assert [b"0123", b"4567", b"89"] == channel.outbound_messages()
    assert stream.closed
    with pytest.raises(ValueError, match="chunk_size 0"):
        ChunkedStream(io.BytesIO(), 0)


async def test_a_stream_is_closed_behind_the_thread_that_reads_it() -> None:
    """Not under it, when the channel ends."""
    may_read, is_read, closed = threading.Event(), threading.Event(), asyncio.Event()
    order: list[str] = []

    class Slow(io.BytesIO):
        """Waits before it gives anything."""

        def read(self, size: int | None = -1, /) -> bytes:
            is_read.set()
            assert may_read.wait(20)
            order.append("read")
            return b"late"

        def close(self) -> None:
            order.append("closed")
            closed.set()
            super().close()

    stream = ChunkedStream(Slow())
    reading = asyncio.ensure_future(stream.read_chunk())
    await asyncio.to_thread(is_read.wait, 20)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    stream.close()
    may_read.set()
    await asyncio.wait_for(closed.wait(), 20)
    assert ["read", "closed"] == order


async def test_a_progressive_promise_hears_of_each_piece() -> None:
    """Of what there is in all where the input says its length, else of -1."""
    channel = EmbeddedChannel(ChunkedWriteHandler())
    told: list[tuple[int, int]] = []
    promise = channel.new_progressive_promise().add_progress_listener(lambda _, progress, total: told.append((progress, total)))
    channel.write(Pieces(b"one", b"four"), promise)
    channel.flush()
    assert [(3, -1), (7, -1)] == told


async def test_a_region_is_split_where_somebody_wants_to_see_its_bytes() -> None:
    """It goes through whole otherwise; either way its file is closed once, after the last piece."""
    loop = asyncio.get_running_loop()
    whole = EmbeddedChannel(ChunkedWriteHandler(), loop=loop)
    region = DefaultFileRegion(io.BytesIO(b"0123456789"), 1, 8)
    whole.write_and_flush(region)
    assert [region] == whole.outbound_messages()
    region.release()

    file = io.BytesIO(b"0123456789")
    split = EmbeddedChannel(ChunkedWriteHandler(splits_regions=True), loop=loop)
    told: list[tuple[int, int]] = []
    promise = split.new_progressive_promise().add_progress_listener(lambda _, progress, total: told.append((progress, total)))
    split.write(DefaultFileRegion(file, 1, 8), promise)
    split.write(b"behind")
    split.flush()
    await promise
    assert b"12345678behind" == split.outbound_bytes()
    assert (True, [(8, 8)]) == (file.closed, told)


async def test_a_region_that_is_shorter_than_it_said_fails() -> None:
    """As a file does."""
    file = io.BytesIO(b"0123456789")
    region = DefaultFileRegion(file)
    file.truncate(4)
    chunks = ChunkedRegion(region)
    assert b"0123" == await chunks.read_chunk()
    with pytest.raises(EOFError, match="6 bytes"):
        await chunks.read_chunk()
    chunks.close()
    assert file.closed
