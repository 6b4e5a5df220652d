"""The driver runs one coroutine after the other; the small coroutines around callbacks end what they were given."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, EmbeddedChannel
from pyboot.components.netty.channel.coroutines.driver import IDLE, adopt, containing, driver, operate_through, write_through
from pyboot.components.netty.channel.promise import ChannelPromise


def started() -> Any:
    """A driver that waits for its first coroutine."""
    made = driver()
    assert IDLE is made.send(None)
    return made


def test_a_coroutine_that_does_not_wait_is_over_with_the_send() -> None:
    """And the next one may come."""
    log: list[str] = []

    async def quick(name: str) -> None:
        log.append(name)

    made = started()
    assert IDLE is made.send(quick("a"))
    assert IDLE is made.send(quick("b"))
    assert ["a", "b"] == log


def test_what_a_coroutine_waits_for_comes_out_and_the_answer_goes_in() -> None:
    """Until it ends."""
    log: list[Any] = []

    class Question:
        def __await__(self) -> Any:
            log.append((yield "question"))

    async def asks() -> None:
        await Question()
        await Question()

    made = started()
    assert "question" == made.send(asks())
    assert "question" == made.send("first")
    assert IDLE is made.send("second")
    assert ["first", "second"] == log


def test_an_error_of_a_coroutine_comes_out_of_the_send() -> None:
    """And ends the driver."""

    async def fails() -> None:
        raise ValueError("no")

    made = started()
    with pytest.raises(ValueError, match="no"):
        made.send(fails())
    with pytest.raises(StopIteration):
        made.send(None)


def test_an_error_thrown_in_arrives_where_the_coroutine_waits() -> None:
    """A coroutine that catches it goes on."""
    log: list[str] = []

    async def patient() -> None:
        try:
            await asyncio.sleep(0)
        except KeyError:
            log.append("caught")

    made = started()
    assert made.send(patient()) is None
    assert IDLE is made.throw(KeyError())
    assert ["caught"] == log


def test_idle_shows_its_name() -> None:
    """In a debugger."""
    assert "IDLE" == repr(IDLE)


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
