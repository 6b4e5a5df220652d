"""Handlers whose callbacks run in an executor: one at a time, in order, and what they ask for is done on the loop."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, ChannelPromise, EmbeddedChannel
from pyboot.components.netty.errors import ChannelPipelineError
from tests.components.netty.suspending import Sink, embedded, until


@pytest.fixture
def executor() -> Iterator[Executor]:
    """Four threads."""
    with ThreadPoolExecutor(4) as pool:
        yield pool


class Works(ChannelHandler[Any]):
    """Notes which callbacks run, where, and whether any two ran at once."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.threads: set[threading.Thread] = set()
        self.overlapped = False
        self._works = threading.Lock()
        self.gate = threading.Event()
        self.gate.set()

    def note(self, what: Any) -> None:
        self.overlapped |= not self._works.acquire(blocking=False)
        self.threads.add(threading.current_thread())
        self.gate.wait(30)
        self.log.append(what)
        self._works.release()

    def handler_added(self, ctx: ChannelHandlerContext) -> None:
        self.note("added")

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.note(f"removed {ctx.is_removed}")

    def channel_active(self, ctx: ChannelHandlerContext) -> Any:
        self.note("active")
        return super().channel_active(ctx)

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.note(msg)
        if msg == "fail":
            raise ValueError("mine")
        ctx.fire_channel_read(f"got {msg}")
        ctx.write(f"{msg}".encode())
        ctx.flush()

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Any:
        self.note("write")
        return ctx.write(b"<" + msg + b">", promise)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.note(repr(error))

    def channel_inactive(self, ctx: ChannelHandlerContext) -> Any:
        self.note("inactive")
        return super().channel_inactive(ctx)


async def test_callbacks_run_there_one_at_a_time_and_in_order(executor: Executor) -> None:
    """Events and operations; what they fire and write comes back to the loop in that order, and so does the end of the channel."""
    handler, sink = Works(), Sink()
    channel = embedded()
    channel.pipeline().add_last(executor, handler).add_last(sink)
    for number in range(100):
        channel.pipeline().fire_channel_read(number)
    promise = channel.new_promise()
    channel.write_and_flush(b"w", promise)
    await promise
    await until(lambda: len(sink.log) == 100)
    await until(lambda: len(channel.outbound_messages()) == 101)
    await channel.close()
    await until(lambda: handler.log[-1] == "removed True")

    assert ["added", *range(100), "inactive", "removed True"] == [each for each in handler.log if each != "write"]
    assert [f"got {number}" for number in range(100)] == sink.log[:100]
    assert {b"<w>", *(str(number).encode() for number in range(100))} == {bytes(each) for each in channel.outbound_messages()}
    assert not handler.overlapped
    assert threading.current_thread() not in handler.threads


async def test_a_callback_that_fails_is_told_to_exception_caught_there(executor: Executor) -> None:
    """As any other; what comes behind it is handled."""
    handler = Works()
    channel = embedded()
    channel.pipeline().add_last(executor, handler)
    channel.pipeline().fire_channel_read("fail")
    channel.pipeline().fire_channel_read("next")
    await until(lambda: "next" in handler.log)

    assert ["added", "fail", "ValueError('mine')", "next"] == handler.log


async def test_what_runs_is_waited_for_and_what_waits_passes_on_when_the_handler_is_removed(executor: Executor) -> None:
    """A thread cannot be broken off: the handler is told when it is free."""
    handler, sink = Works(), Sink()
    channel = embedded()
    channel.pipeline().add_last(executor, handler, name="works").add_last(sink)
    await until(lambda: handler.log == ["added"])
    handler.gate.clear()
    channel.pipeline().fire_channel_read(1)
    channel.pipeline().fire_channel_read(2)
    await until(lambda: handler._works.locked())
    channel.pipeline().remove("works")
    for _ in range(20):
        await asyncio.sleep(0)
    assert [] == sink.log
    handler.gate.set()
    await until(lambda: len(sink.log) == 2)

    assert ["added", 1, "removed True"] == handler.log
    assert ["got 1", 2] == sink.log


async def test_the_loop_turns_while_a_callback_blocks_and_a_full_mailbox_stops_the_reading(executor: Executor) -> None:
    """That is what it is for."""
    handler = Works()
    channel = embedded()
    channel.pipeline().add_last(executor, handler)
    await until(lambda: handler.log == ["added"])
    handler.gate.clear()
    for number in range(channel.config.mailbox_limit + 2):
        channel.pipeline().fire_channel_read(number)
    for _ in range(10):
        await asyncio.sleep(0)
    stopped = channel.must_pause
    handler.gate.set()
    await until(lambda: len(handler.log) == channel.config.mailbox_limit + 3)

    assert stopped
    assert not channel.must_pause


class AsyncRead(ChannelHandler[Any]):
    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...


class Writes13(ChannelHandler[Any]):
    def channel_write(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...


@pytest.mark.parametrize("kind", [AsyncRead, Writes13])
def test_what_cannot_run_there_is_refused(kind: type[ChannelHandler[Any]], executor: Executor) -> None:
    """By name, before it stands in the pipeline; it may still be added without."""
    channel, handler = EmbeddedChannel(), kind()
    with pytest.raises(ChannelPipelineError, match=f"{kind.__name__} cannot run in an executor"):
        channel.pipeline().add_last(executor, handler)
    channel.pipeline().add_last(handler)

    assert 1 == len(channel.pipeline())


async def test_an_executor_that_is_shut_down_fails_the_callback(executor: Executor, caplog: pytest.LogCaptureFixture) -> None:
    """It is told, and nothing hangs."""
    handler = Works()
    channel = embedded()
    channel.pipeline().add_last(executor, handler)
    await until(lambda: handler.log == ["added"])
    executor.shutdown()
    channel.pipeline().fire_channel_read(1)
    await until(lambda: caplog.records)
    await channel.close()
    await until(lambda: len(channel.pipeline()) == 0)

    assert ["added"] == handler.log
    assert "after shutdown" in caplog.records[0].getMessage()


async def test_a_handler_that_is_told_that_it_goes_was_told_that_it_came(executor: Executor) -> None:
    """Also where its channel is lost before a thread had time for it: what it gives back it has got before."""
    gate = threading.Event()
    with ThreadPoolExecutor(1) as busy:
        busy.submit(gate.wait, 30)
        works = Works()
        channel = embedded()
        channel.pipeline().add_last(busy, works)
        await asyncio.sleep(0)  # its turn has begun, and waits for the thread
        channel.abort()
        await asyncio.sleep(0)
        gate.set()
        await until(lambda: "removed True" in works.log)
    assert works.log[0] == "added"
