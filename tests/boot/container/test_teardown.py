"""Teardown: reverse order, deadlines, faults apart."""

import asyncio

import pytest

from pyboot.boot.container.teardown import Teardown, undo


async def test_callbacks_run_in_reverse_order() -> None:
    """Plain ones and coroutines."""
    log: list[str] = []
    teardown = Teardown()

    async def awaited() -> None:
        await asyncio.sleep(0)
        log.append("second")

    teardown.add("first", lambda: log.append("first"))
    teardown.add("second", awaited)
    await teardown.run()
    await teardown.run()

    assert ["second", "first"] == log


async def test_failures_are_told_together_with_their_beans() -> None:
    """None keeps the next from its turn."""
    teardown = Teardown()

    def fail(text: str) -> None:
        raise OSError(text)

    teardown.add("one", lambda: fail("1"))
    teardown.add("two", lambda: fail("2"))
    with pytest.raises(ExceptionGroup) as raised:
        await teardown.run()

    assert ["2", "1"] == [str(error) for error in raised.value.exceptions]
    assert ["while destroying the bean 'two'"] == raised.value.exceptions[0].__notes__


async def test_a_slow_ending_is_broken_off_and_named() -> None:
    """The others still run."""
    log: list[str] = []
    teardown = Teardown(deadline_seconds=0.01)
    teardown.add("quick", lambda: log.append("quick"))
    teardown.add("slow", asyncio.Event().wait)
    with pytest.raises(ExceptionGroup) as raised:
        await teardown.run()

    assert "the bean 'slow' did not end within 0.01 s" == str(raised.value.exceptions[0])
    assert ["quick"] == log


async def test_an_ending_that_swallows_its_cancel_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As code does that waits for a task it has cancelled; who runs the teardown is not."""
    monkeypatch.setattr("pyboot.boot.container.teardown.PATIENCE_SECONDS", 0.001)
    swallowed: list[int] = []
    teardown = Teardown(deadline_seconds=0.001)

    async def end() -> None:
        for number in range(3):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed.append(number)
        await asyncio.Event().wait()

    teardown.add("stubborn", end)
    async with asyncio.timeout(20):
        with pytest.raises(ExceptionGroup) as raised:
            await teardown.run()

    assert [0, 1, 2] == swallowed
    assert ["the bean 'stubborn' did not end within 0.001 s"] == [str(error) for error in raised.value.exceptions]
    task = asyncio.current_task()
    assert task is not None
    assert 0 == task.cancelling()
    await asyncio.sleep(0)


async def test_a_cancel_goes_on_after_all_callbacks_ran() -> None:
    """The one that waited is broken off."""
    log: list[str] = []
    reached = asyncio.Event()
    teardown = Teardown()
    teardown.add("quick", lambda: log.append("quick"))

    async def wait() -> None:
        reached.set()
        await asyncio.Event().wait()

    teardown.add("waiting", wait)
    task = asyncio.ensure_future(teardown.run())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ["quick"] == log


async def test_what_fails_while_undoing_is_noted_on_the_first_error() -> None:
    """The first error is the one to report."""
    error = ValueError("first")

    async def fail(*errors: Exception) -> None:
        raise ExceptionGroup("several", errors) if len(errors) > 1 else errors[0]

    await undo(error, lambda: fail(OSError("a")), lambda: fail(OSError("b"), OSError("c")))

    assert [f"besides, while undoing: OSError: {letter}" for letter in "abc"] == error.__notes__
