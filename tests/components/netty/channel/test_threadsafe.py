"""Operations asked for from another thread than the channel's own."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.channel.threadsafe import ThreadsafeCall
from pyboot.components.netty.errors import ClosedChannelError, LoopEndedError


class Notes(ChannelHandler[Any]):
    """Logs what reaches it and in which thread, and refuses what is bad."""

    def __init__(self) -> None:
        self.log: list[tuple[Any, bool]] = []
        self.errors: list[Exception] = []
        self.own = threading.get_ident()
        self.told = asyncio.Event()

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        self.log.append((msg, threading.get_ident() == self.own))
        if msg == b"bad":
            raise ValueError("bad")
        ctx.write(msg, promise)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(error)
        self.told.set()


async def in_thread(function: Callable[[], Any]) -> Any:
    """What *function* gives in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, function)


async def test_a_write_of_another_thread_happens_on_the_channels_loop() -> None:
    """In the order that thread asked for; the thread may block for the result."""
    notes = Notes()
    channel = EmbeddedChannel(notes, loop=asyncio.get_running_loop())

    def work() -> bool:
        channel.write(b"a")
        channel.write(b"b")
        answer = channel.write_and_flush(b"c")
        assert isinstance(answer, ThreadsafeCall)
        answer.result(10)
        return channel.in_event_loop()

    assert not await in_thread(work)
    assert [(b"a", True), (b"b", True), (b"c", True)] == notes.log
    assert b"abc" == channel.outbound_bytes()
    channel.finish()


async def test_flush_read_and_close_of_another_thread_arrive_too() -> None:
    """Each of them is over when its result is there."""
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())

    def work() -> None:
        channel.write(b"a")
        for operation in (channel.flush, channel.read, channel.close):
            answer = operation()
            assert isinstance(answer, ThreadsafeCall)
            answer.result(10)

    await in_thread(work)
    assert b"a" == channel.outbound_bytes()
    assert 2 == channel.reads
    assert not channel.is_open


async def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    """The very one."""
    channel = EmbeddedChannel(Notes(), loop=asyncio.get_running_loop())

    def work() -> None:
        answer = channel.write(b"bad")
        assert isinstance(answer, ThreadsafeCall)
        with pytest.raises(ValueError, match="bad"):
            answer.result(10)

    await in_thread(work)
    channel.finish()


async def test_an_error_that_nobody_waits_for_is_reported() -> None:
    """To exception_caught, once."""
    notes = Notes()
    channel = EmbeddedChannel(notes, loop=asyncio.get_running_loop())

    def work() -> None:
        channel.write(b"bad")

    await in_thread(work)
    await asyncio.wait_for(notes.told.wait(), 10)
    await asyncio.sleep(0)
    assert ["ValueError('bad')"] == [repr(error) for error in notes.errors]
    channel.finish()


async def test_another_loop_may_await_an_operation() -> None:
    """The waiting loop is not blocked, and gets the error."""
    channel = EmbeddedChannel(Notes(), loop=asyncio.get_running_loop())

    async def elsewhere() -> None:
        await channel.write_and_flush(b"a")
        with pytest.raises(ValueError, match="bad"):
            await channel.write(b"bad")
        await channel.close()
        with pytest.raises(ClosedChannelError):
            await channel.write(b"late")

    await in_thread(lambda: asyncio.run(elsewhere()))
    assert b"a" == channel.outbound_bytes()


async def test_abort_of_another_thread_arrives() -> None:
    """As soon as the loop turns."""
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    await in_thread(channel.abort)
    await channel.close_future
    assert not channel.is_open


async def test_cancelling_who_waits_does_not_take_the_operation_back() -> None:
    """The write is done all the same."""
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())

    async def elsewhere() -> None:
        async def write() -> None:
            await channel.write_and_flush(b"a")

        task = asyncio.ensure_future(write())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    await in_thread(lambda: asyncio.run(elsewhere()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert b"a" == channel.outbound_bytes()
    channel.finish()


async def test_an_operation_that_is_refused_at_once_raises_where_the_result_is_asked_for() -> None:
    """A promise of another channel, for instance: nobody waits for ever."""
    channel, other = EmbeddedChannel(loop=asyncio.get_running_loop()), EmbeddedChannel()

    def write() -> None:
        ThreadsafeCall(channel, channel.pipeline().write, b"a", other.new_promise())  # as refused as the next one, and told to the handlers
        ThreadsafeCall(channel, channel.pipeline().write, b"a", other.new_promise()).result(5)

    with pytest.raises(ValueError, match="belongs to"):
        await in_thread(write)
    with pytest.raises(ValueError, match="belongs to"):
        channel.check_exception()
    channel.finish()


def test_an_operation_of_a_loop_that_is_closed_is_refused() -> None:
    """Nothing will ever run there."""
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.raises(LoopEndedError, match="nothing runs there any more"):
        EmbeddedChannel(loop=loop, active=False).flush()


async def test_the_last_write_before_the_end_has_not_failed() -> None:
    """As of a stream whose answer is whole: it closes before who has written it in a thread is told that it was taken."""
    loop = asyncio.get_running_loop()
    channel = EmbeddedChannel(loop=loop)

    def work() -> Any:
        written = ThreadsafeCall(channel, lambda: (channel.write_and_flush(b"last"), loop.call_soon(channel.abort))[0])
        return written.result(20)

    await in_thread(work)
    assert b"last" == channel.outbound_bytes()
    assert not channel.is_open
