"""The driver runs one coroutine after the other."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel.coroutines.driver import ENDED, driver


def started() -> Any:
    """A driver that waits for its first coroutine."""
    made = driver()
    assert ENDED is made.send(None)
    return made


def test_a_coroutine_that_does_not_wait_is_over_with_the_send() -> None:
    """And the next one may come."""
    log: list[str] = []

    async def quick(name: str) -> None:
        log.append(name)

    made = started()
    assert ENDED is made.send(quick("a"))
    assert ENDED is made.send(quick("b"))
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
    assert ENDED is made.send("second")
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
    assert ENDED is made.throw(KeyError())
    assert ["caught"] == log


def test_ended_shows_its_name() -> None:
    """In a debugger."""
    assert "ENDED" == repr(ENDED)
