"""FileSender: files over real sockets, in order with other writes, as fast as the peer takes them, closed once."""

import asyncio
import errno
import io
import os
import random
import resource
import socket
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import (
    Bootstrap,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    ChannelProgressivePromise,
    ChannelPromise,
    DefaultFileRegion,
)
from pyboot.components.netty.errors import ClosedChannelError, WriteStallError

CONTENT = bytes(range(256)) * 8 * 1024  # 2 MiB: more than the buffers of both sides hold


class Sender(ChannelHandler[Any]):
    """Sends regions when a line comes, and keeps what became of them."""

    sharable = True

    def __init__(self, path: Path, *, in_memory: bool = False) -> None:
        self.path = path
        self.in_memory = in_memory
        self.files: list[Any] = []
        self.promises: list[ChannelPromise] = []
        self.received = b""
        self.ctx: ChannelHandlerContext | None = None
        self.gone = asyncio.Event()

    def region(self, position: int = 0, count: int | None = None) -> DefaultFileRegion:
        """A region of the file, which is kept."""
        file: Any = io.BytesIO(self.path.read_bytes()) if self.in_memory else self.path.open("rb")
        self.files.append(file)
        return DefaultFileRegion(file, position, count)

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.ctx = ctx
        for message in (b"head", self.region(), b"between", self.region(10, 300_000), self.region(5, 0), b"tail"):
            self.promises.append(ctx.channel.new_progressive_promise())
            ctx.write(message, self.promises[-1])
        ctx.flush()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.received += bytes(msg)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.gone.set()


EXPECTED = b"head" + CONTENT + b"between" + CONTENT[10:300_010] + b"tail"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file that is sent."""
    file = tmp_path / "content"
    file.write_bytes(CONTENT)
    return file


@pytest.mark.parametrize("in_memory", [False, True], ids=["sendfile", "read in pieces"])
async def test_files_stand_between_other_writes_in_their_order(listen: Any, connect: Any, path: Path, in_memory: bool) -> None:
    """Whatever is flushed behind a file waits for it; each promise ends when its bytes were taken, and the file is closed before."""
    sender = Sender(path, in_memory=in_memory)
    reader, writer = await connect(await listen(sender))
    writer.write(b"while it is sent")
    assert EXPECTED == await asyncio.wait_for(reader.readexactly(len(EXPECTED)), 20)
    for promise in sender.promises:
        await asyncio.wait_for(promise, 20)
    assert all(file.closed for file in sender.files)
    assert sender.ctx is not None
    assert 0 == sender.ctx.channel.outbound.pending
    assert sender.ctx.channel.is_writable
    writer.close()
    await asyncio.wait_for(sender.gone.wait(), 20)
    assert b"while it is sent" == sender.received


async def test_a_file_over_a_unix_socket(listen: Any, connect: Any, path: Path, tmp_path: Path) -> None:
    """The same, over a path."""
    sender = Sender(path)
    reader, writer = await connect(await listen(sender, host=str(tmp_path / "socket")))
    assert EXPECTED == await asyncio.wait_for(reader.readexactly(len(EXPECTED)), 20)
    writer.close()
    await asyncio.wait_for(sender.gone.wait(), 20)
    assert all(file.closed for file in sender.files)


async def test_a_file_that_is_on_its_way_makes_the_channel_unwritable(listen: Any, connect: Any, path: Path) -> None:
    """So whoever awaits a write waits, and files do not pile up; what is read goes on meanwhile."""
    sender = Sender(path)
    reader, writer = await connect(await listen(sender))
    await reader.readexactly(4)
    assert sender.ctx is not None
    assert not sender.ctx.channel.is_writable
    writer.write(b"ping")
    await reader.readexactly(len(EXPECTED) - 4)
    for promise in sender.promises:
        await promise
    assert sender.ctx.channel.is_writable
    writer.close()
    await asyncio.wait_for(sender.gone.wait(), 20)


async def test_progress_is_told_as_the_network_takes_bytes(listen: Any, connect: Any, path: Path) -> None:
    """It never goes back, and ends with all of them before the promise does."""
    told: list[tuple[int, int]] = []
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    class Progress(ChannelHandler[Any]):
        """Sends one file."""

        sharable = True

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            promise = ctx.channel.new_progressive_promise()
            promise.add_progress_listener(lambda _, progress, total: told.append((progress, total)))
            promise.add_listener(lambda _: ended.set_result(len(told)))
            ctx.write_and_flush(DefaultFileRegion(path), promise)
            assert isinstance(promise, ChannelProgressivePromise)

    reader, writer = await connect(await listen(Progress()))
    assert CONTENT == await asyncio.wait_for(reader.readexactly(len(CONTENT)), 20)
    assert await asyncio.wait_for(ended, 20) == len(told) > 1
    assert (len(CONTENT), len(CONTENT)) == told[-1]
    assert sorted(set(told)) == told
    writer.close()


@pytest.mark.parametrize("in_memory", [False, True], ids=["sendfile", "read in pieces"])
async def test_a_connection_that_is_lost_fails_the_file_and_closes_it(listen: Any, connect: Any, path: Path, in_memory: bool) -> None:
    """Once, and what stands behind it fails too."""
    sender = Sender(path, in_memory=in_memory)
    server = await listen(sender)
    reader, writer = await connect(server)
    await reader.readexactly(4)
    writer.transport.abort()
    await asyncio.wait_for(sender.gone.wait(), 20)
    for promise in sender.promises[-1:]:
        with pytest.raises((ClosedChannelError, OSError)):
            await asyncio.wait_for(promise, 20)
    while not all(file.closed for file in sender.files):  # a thread that reads keeps its file for as long as that takes
        await asyncio.to_thread(int)


async def test_an_abort_in_the_middle_closes_file_and_connection(listen: Any, connect: Any, path: Path) -> None:
    """A duplicate of the socket that lived on would keep the peer waiting for ever."""
    sender = Sender(path)
    reader, writer = await connect(await listen(sender))
    await reader.readexactly(4)
    assert sender.ctx is not None
    sender.ctx.channel.abort()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(len(EXPECTED)), 20)
    await asyncio.wait_for(sender.gone.wait(), 20)
    assert all(file.closed for file in sender.files)
    writer.close()


async def test_a_close_delivers_the_file_that_was_flushed(listen: Any, connect: Any, path: Path) -> None:
    """Within the close timeout, as any write."""
    sender = Sender(path)
    reader, writer = await connect(await listen(sender))
    await reader.readexactly(4)
    assert sender.ctx is not None
    sender.ctx.close()
    assert EXPECTED[4:] == await asyncio.wait_for(reader.read(), 20)
    writer.close()


@pytest.mark.parametrize("in_memory", [False, True], ids=["sendfile", "read in pieces"])
async def test_a_file_that_was_cut_ends_the_connection(listen: Any, connect: Any, path: Path, in_memory: bool) -> None:
    """Its reader was promised more, and would take what follows for it; the write tells why."""
    failed: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

    class Cut(ChannelHandler[Any]):
        """Sends a file whose end was taken away."""

        sharable = True

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            file: Any = io.BytesIO(path.read_bytes()) if in_memory else path.open("rb")
            region = DefaultFileRegion(file)
            if in_memory:
                file.truncate(1000)
            else:
                os.truncate(path, 1000)
            ctx.write(region, ctx.new_promise().add_listener(lambda done: failed.set_result(done.error)))
            ctx.write_and_flush(b"behind")

    reader, writer = await connect(await listen(Cut()))
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1001), 20)
    error = await asyncio.wait_for(failed, 20)
    assert isinstance(error, EOFError)
    assert "1046152" in str(error) or "2096152" in str(error)
    writer.close()


async def test_a_peer_that_takes_nothing_is_a_write_stall(listen: Any, connect: Any, path: Path) -> None:
    """The deadline of writes holds for files too."""
    os.truncate(path, 64 << 20)  # more than any buffer on the way holds
    sender = Sender(path)
    caught: list[Exception] = []

    class Catch(ChannelHandler[Any]):
        """Keeps the error."""

        sharable = True

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            caught.append(error)

    def pipeline(channel: Any) -> None:
        channel.set_option(ChannelOption.WRITE_STALL_TIMEOUT, 0.05)
        channel.pipeline().add_last(sender, Catch())

    _, writer = await connect(await listen(pipeline))
    writer.transport.pause_reading()
    await asyncio.wait_for(sender.gone.wait(), 20)
    assert [WriteStallError] == [type(error) for error in caught]
    writer.transport.abort()


async def test_a_cancelled_file_never_leaves_and_is_closed(listen: Any, connect: Any, path: Path) -> None:
    """As any write that was cancelled before its flush."""
    files: list[Any] = []

    class Cancel(ChannelHandler[Any]):
        """Thinks better of it."""

        sharable = True

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            promise = ctx.new_promise()
            files.append(path.open("rb"))
            ctx.write(b"one")
            ctx.write(DefaultFileRegion(files[0]), promise)
            assert promise.cancel()
            ctx.write_and_flush(b"two")
            ctx.close()

    reader, writer = await connect(await listen(Cancel()))
    assert b"onetwo" == await asyncio.wait_for(reader.read(), 20)
    assert files[0].closed
    writer.close()


@pytest.mark.slow
async def test_a_gigabyte_takes_no_memory(listen: Any, tmp_path: Path) -> None:
    """A sparse file of 1 GiB over loopback: memory stays where it was, and all bytes come."""
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(1 << 30)

    class Whole(ChannelHandler[Any]):
        """Sends it and closes."""

        sharable = True

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            ctx.write_and_flush(DefaultFileRegion(path), ctx.new_promise().add_listener(lambda _: ctx.close()))

    server = await listen(Whole())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = await asyncio.get_running_loop().run_in_executor(None, _count, server.local_address())
    assert 1 << 30 == size
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024


def _count(address: Any) -> int:
    size = 0
    block = bytearray(1 << 18)
    with socket.create_connection(address) as sock:
        while count := sock.recv_into(block):
            size += count
    return size


async def test_many_files_side_by_side_come_whole(listen: Any, path: Path) -> None:
    """Twenty connections at once, each with the whole sequence."""
    server = await listen(Sender(path))

    async def read() -> bytes:
        reader, writer = await asyncio.open_connection(*server.local_address())
        try:
            return await reader.readexactly(len(EXPECTED))
        finally:
            writer.close()

    received = await asyncio.wait_for(asyncio.gather(*(read() for _ in range(20))), 60)
    assert [EXPECTED] * 20 == received


async def test_a_client_sends_a_file_too(listen: Any, recorder: Any, path: Path) -> None:
    """The other direction is the same."""
    server = await listen(recorder)
    channel = await Bootstrap().handler(lambda _: None).connect(*server.local_address())
    await channel.write_and_flush(DefaultFileRegion(path), (promise := channel.new_promise()))
    await asyncio.wait_for(promise, 20)
    await channel.close()
    await recorder.seen("channel_inactive")
    assert CONTENT == recorder.received


async def test_the_system_sends_what_is_a_file_of_it(listen: Any, connect: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte, on either loop: none is read by the program."""
    sent: list[int] = []
    send = os.sendfile

    def counted(*arguments: int) -> int:
        size = send(*arguments)
        sent.append(size)
        return size

    monkeypatch.setattr(os, "sendfile", counted)
    reader, writer = await connect(await listen(Sender(path)))
    assert EXPECTED == await asyncio.wait_for(reader.readexactly(len(EXPECTED)), 20)
    assert len(CONTENT) + 300_000 == sum(sent)
    writer.close()


async def test_a_file_that_the_system_cannot_send_is_read(listen: Any, connect: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so with the first call."""

    def refuses(*_: int) -> int:
        raise OSError(errno.EINVAL, "no such way")

    monkeypatch.setattr(os, "sendfile", refuses)
    reader, writer = await connect(await listen(Sender(path)))
    assert EXPECTED == await asyncio.wait_for(reader.readexactly(len(EXPECTED)), 20)
    writer.close()


async def test_a_process_without_descriptors_sends_its_files_all_the_same(
    listen: Any, connect: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for room wants one more; where there is none, the rest is read."""

    def none_left(*_: int) -> int:
        raise OSError(errno.EMFILE, "too many open files")

    reader, writer = await connect(await listen(Sender(path)))
    monkeypatch.setattr(os, "dup", none_left)
    assert EXPECTED == await asyncio.wait_for(reader.readexactly(len(EXPECTED)), 20)
    writer.close()


async def test_an_error_of_the_disk_ends_the_connection(listen: Any, connect: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is what the write failed with."""

    def fails(*_: int) -> int:
        raise OSError(errno.EIO, "bad disk")

    monkeypatch.setattr(os, "sendfile", fails)
    sender = Sender(path)
    _, writer = await connect(await listen(sender))
    await asyncio.wait_for(sender.gone.wait(), 20)
    with pytest.raises(OSError, match="bad disk"):
        await sender.promises[1]
    assert all(file.closed for file in sender.files)
    writer.close()


@pytest.mark.parametrize("seed", range(12))
async def test_any_row_of_writes_leaves_in_its_order(listen: Any, connect: Any, path: Path, seed: int) -> None:
    """A model: bytes, files of the system and in memory, empty and cancelled ones, flushed anywhere, taken as slowly as a client likes."""
    chance = random.Random(seed)
    expected, files, promises = bytearray(), [], []
    content = CONTENT

    class Row(ChannelHandler[Any]):
        """Writes the row, some of it later."""

        sharable = True

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            self.go_on(ctx, chance.randrange(5, 40))

        def go_on(self, ctx: ChannelHandlerContext, left: int) -> None:
            for _ in range(min(left, chance.randrange(1, 8))):
                self.write(ctx)
                left -= 1
            ctx.flush()
            if left:
                ctx.channel.loop.call_soon(self.go_on, ctx, left)
            else:
                ctx.close()

        def write(self, ctx: ChannelHandlerContext) -> None:
            position = chance.randrange(len(content))
            count = chance.choice([0, 1, 1000, 70_000, 300_000, len(content)])
            data = content[position : position + count]
            promise = ctx.channel.new_progressive_promise()
            kind = chance.choice(["bytes", "file", "memory"])
            if kind == "bytes":
                ctx.write(data, promise)
            else:
                files.append(path.open("rb") if kind == "file" else io.BytesIO(content))
                ctx.write(DefaultFileRegion(files[-1], position, len(data)), promise)
            if chance.random() < 0.2 and promise.cancel():
                return
            promises.append(promise)
            expected.extend(data)
            if chance.random() < 0.4:
                ctx.flush()

    def pipeline(channel: Any) -> None:
        channel.set_option(ChannelOption.WRITE_BUFFER_LIMIT, 0)
        channel.pipeline().add_last(Row())

    reader, writer = await connect(await listen(pipeline))
    received = bytearray()
    while data := await asyncio.wait_for(reader.read(chance.choice([1000, 50_000, 1 << 20])), 20):
        received += data
    assert expected == received, f"seed {seed}"
    assert all(promise.is_success for promise in promises)
    assert all(file.closed for file in files)
    writer.close()
