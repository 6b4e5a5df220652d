"""How users' functions are called."""

import asyncio

import pytest

from pyboot.components.netty.codec.calling import Steps, is_coroutine, run, run_async, takes_out


class Forms:
    """Each form of decode."""

    def returning(self, ctx: object, buffer: object) -> None: ...

    def with_out(self, ctx: object, buffer: object, out: object) -> None: ...

    async def coroutine(self, ctx: object, buffer: object) -> None: ...


def test_the_form_is_read_from_the_signature() -> None:
    """Two parameters, or three."""
    assert [False, True, False] == [takes_out(form) for form in (Forms.returning, Forms.with_out, Forms.coroutine)]
    assert (False, True) == (is_coroutine(Forms.returning, Forms.with_out), is_coroutine(Forms.returning, Forms.coroutine))


def steps(log: list[object]) -> Steps:
    """Yields a number, then something that fails, then ends."""
    log.append((yield 1))
    try:
        log.append((yield 2))
    except ValueError as error:
        log.append(error.args)
    return "end"


def test_plain_steps_are_sent_what_they_yield() -> None:
    """At once."""
    log: list[object] = []

    assert ("end", [1, 2]) == (run(steps(log)), log)


async def test_awaitable_steps_are_awaited_and_their_errors_thrown_in() -> None:
    """Whatever the user's coroutine raised is raised where its call stands."""

    async def failing() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    def asking(log: list[object]) -> Steps:
        try:
            yield failing()
        except ValueError as error:
            log.append(error.args)
        return (yield asyncio.sleep(0, "slept"))

    log: list[object] = []
    assert ("slept", [("no",)]) == (await run_async(asking(log)), log)


async def test_cancelled_steps_are_closed() -> None:
    """So that their `finally` runs."""
    log: list[str] = []
    started = asyncio.Event()

    async def waiting() -> None:
        started.set()
        await asyncio.Event().wait()

    def guarded() -> Steps:
        try:
            yield waiting()
        finally:
            log.append("closed")

    task = asyncio.create_task(run_async(guarded()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ["closed"] == log
