"""The coroutines around callbacks end what they were given."""

import asyncio
from typing import Any

from pyboot.components.netty.channel import ChannelHandler, EmbeddedChannel
from pyboot.components.netty.channel.coroutines.callback import adopt, containing, operate_through, write_through
from pyboot.components.netty.channel.promise import ChannelPromise


async def test_adopting_awaits_whatever_can_be_awaited() -> None:
    """A promise, for instance."""
    promise = ChannelPromise()
    asyncio.get_running_loop().call_soon(promise.set_success)
    await adopt(promise)
    assert promise.is_done


async def test_containing_logs_the_second_error_and_raises_nothing() -> None:
    """exception_caught ends there."""
    log: list[tuple[BaseException, BaseException]] = []
    first, second = ValueError("first"), KeyError("second")
    promise = ChannelPromise().set_failure(second)
    await containing(promise, first, lambda *errors: log.append(errors))
    assert [(first, second)] == log


class Fails(ChannelHandler[Any]):
    """Cannot write and cannot close."""

    async def write(self, ctx: Any, msg: Any, promise: Any) -> None:
        raise ValueError("no")

    async def close(self, ctx: Any, promise: Any) -> None:
        raise ValueError("no")


async def test_a_write_that_raises_fails_answer_and_promise() -> None:
    """Both with the same error."""
    ctx = EmbeddedChannel(Fails(), loop=asyncio.get_running_loop()).pipeline().context(Fails)
    answer, promise = ChannelPromise(), ctx.new_promise()
    await write_through(ctx, b"a", promise, answer)
    assert ("ValueError('no')", "ValueError('no')") == (repr(answer.error), repr(promise.error))


async def test_an_operation_that_raises_fails_its_promise() -> None:
    """And nothing else."""
    ctx = EmbeddedChannel(Fails(), loop=asyncio.get_running_loop()).pipeline().context(Fails)
    promise = ctx.new_promise()
    await operate_through(ctx, "close", (promise,), promise)
    assert "ValueError('no')" == repr(promise.error)
