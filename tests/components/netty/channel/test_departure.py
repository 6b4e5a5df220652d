"""Departure: every handler learns that the channel is gone before any is removed; nobody waits for ever."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.decoder import ByteToMessageDecoder
from pyboot.components.netty.errors import ClosedChannelError


class Logs(ChannelHandler[Any]):
    """Logs its farewell under a name."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self.log = log

    def channel_inactive(self, ctx: ChannelHandlerContext) -> Any:
        self.log.append(f"{self.name} inactive")
        ctx.fire_channel_inactive()

    def channel_unregistered(self, ctx: ChannelHandlerContext) -> Any:
        self.log.append(f"{self.name} unregistered")
        ctx.fire_channel_unregistered()

    def handler_removed(self, ctx: ChannelHandlerContext) -> Any:
        self.log.append(f"{self.name} removed")


class Slow(Logs):
    """Takes a second for its farewell."""

    async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(f"{self.name} leaves")
        await asyncio.sleep(1)
        self.log.append(f"{self.name} inactive")
        ctx.fire_channel_inactive()


class Stuck(Logs):
    """Never ends its farewell by itself."""

    async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            self.log.append(f"{self.name} cancelled")
            raise


def test_all_learn_before_any_is_removed() -> None:
    """Last to first, however long the farewells in between take."""
    log: list[str] = []
    channel = EmbeddedChannel(Logs("a", log), Slow("b", log), Logs("c", log), Slow("d", log))
    channel.close()
    assert ["a inactive", "b leaves", "a unregistered"] == log
    channel.advance_time(2)
    assert log.index("c inactive") < log.index("d leaves") < log.index("d inactive") < log.index("d unregistered")
    assert ["d removed", "c removed", "b removed", "a removed"] == log[-4:]
    assert [] == channel.pipeline().names()


def test_a_farewell_without_end_is_cut_off_after_the_close_timeout() -> None:
    """Its handler is removed all the same, and so are the others."""
    log: list[str] = []
    channel = EmbeddedChannel(Logs("a", log), Stuck("b", log), Logs("c", log))
    channel.close()
    channel.advance_time(29)
    assert "b cancelled" not in log
    channel.advance_time(2)
    assert "b cancelled" in log
    assert {"a removed", "b removed", "c removed"} <= set(log)
    assert [] == channel.pipeline().names()


def test_nothing_of_a_departed_channel_is_left_on_the_loop() -> None:
    """No timer, no task."""
    log: list[str] = []
    channel = EmbeddedChannel(Slow("a", log), Slow("b", log))
    channel.close()
    channel.advance_time(3)
    assert channel._own_loop is not None
    assert channel._own_loop.next_timer() is None
    assert set() == {task for task in asyncio.all_tasks(channel.loop) if not task.done()}


def test_messages_that_waited_are_dropped_and_their_buffers_released() -> None:
    """The farewell comes at once behind the cancelled callback."""
    log: list[Any] = []

    class Reads(Logs):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            self.log.append(str(msg))
            await asyncio.sleep(3600)

    channel = EmbeddedChannel(Reads("a", log))
    buffer = channel.allocate_bytebuffer(4)
    channel.write_inbound("first", buffer)
    channel.close()
    assert ["first", "a inactive", "a unregistered", "a removed"] == log
    assert 0 == buffer.ref_count


def test_an_error_of_a_farewell_is_caught_like_any_other() -> None:
    """And the others are told."""
    log: list[Any] = []

    class Fails(Logs):
        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(0)
            raise ValueError("farewell")

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            self.log.append(repr(error))

    channel = EmbeddedChannel(Fails("a", log), Logs("b", log))
    channel.close()
    assert ["ValueError('farewell')", "a unregistered", "b unregistered", "b removed", "a removed"] == log


@pytest.mark.parametrize("operation", ["write", "close", "deregister"])
def test_an_operation_that_waits_for_a_handler_ends_with_the_channel(operation: str) -> None:
    """A close has come true; everything else has failed."""

    class Holds(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.sleep(3600)

    channel = EmbeddedChannel(Holds())
    channel.write(b"first")
    promise = channel.new_promise()
    if operation == "write":
        channel.write(b"second", promise)
    else:
        getattr(channel.pipeline(), operation)(promise)
    channel.lose()
    if operation == "close":
        assert promise.is_success
    else:
        assert isinstance(promise.error, ClosedChannelError)


def test_a_close_that_no_handler_lets_through_is_carried_out_after_the_close_timeout() -> None:
    """A coroutine write that never ends does not keep a connection for ever."""

    class Holds(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.sleep(3600)

    channel = EmbeddedChannel(Holds())
    channel.write(b"first")
    promise = channel.pipeline().close()
    channel.advance_time(31)
    assert promise.is_success
    assert not channel.is_open


def test_a_handler_that_removes_itself_in_its_farewell_is_removed_once() -> None:
    """And the others after it."""
    log: list[str] = []

    class Leaves(Logs):
        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            ctx.pipeline.remove(self)
            ctx.fire_channel_inactive()

    channel = EmbeddedChannel(Leaves("a", log), Logs("b", log))
    channel.close()
    assert 1 == log.count("a removed") == log.count("b removed") == log.count("b inactive")


def test_a_stream_that_is_cut_off_has_no_gaps() -> None:
    """Behind messages that were dropped nothing comes, though a decoder in front still has some."""
    handled: list[bytes] = []

    class OneByte(ByteToMessageDecoder[bytes]):
        async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes:
            await asyncio.sleep(0)
            return bytes(buffer.read_bytes(1))

    class Handler(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            handled.append(msg)
            if msg == b"\x10":
                channel.lose()

    channel = EmbeddedChannel(OneByte(), Handler())
    channel.receive(bytes(range(64)))
    channel.run_pending_tasks()

    assert b"".join(handled) == bytes(range(len(handled)))
    assert 17 <= len(handled) < 64
