"""Operations of clients that other threads ask for."""

import asyncio
import threading
from typing import Any

import pytest

from pyboot.components.netty.errors import LoopEndedError
from pyboot.netty.client.elsewhere import Elsewhere


async def answer(value: Any) -> Any:
    """What an operation gives, or raises."""
    if isinstance(value, Exception):
        raise value
    return value


async def in_thread(work: Any) -> Any:
    """Run *work* in a thread."""
    return await asyncio.to_thread(work)


async def test_a_thread_may_wait_for_the_result() -> None:
    """Or for the error."""
    loop = asyncio.get_running_loop()

    assert 7 == await in_thread(lambda: Elsewhere(loop, "up", answer, 7).result(10))
    with pytest.raises(ValueError, match="no"):
        await in_thread(lambda: Elsewhere(loop, "up", answer, ValueError("no")).result(10))


async def test_another_loop_may_await_it() -> None:
    """As any awaitable."""
    loop = asyncio.get_running_loop()

    async def there() -> int:
        got: int = await Elsewhere(loop, "up", answer, 7)
        return got

    assert 7 == await in_thread(lambda: asyncio.run(there()))


async def test_operations_of_one_thread_keep_their_order() -> None:
    """Though nobody waits for them."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    heard: list[int] = []

    async def note(number: int) -> None:
        heard.append(number)
        if number == 9:
            done.set()

    threading.Thread(target=lambda: [Elsewhere(loop, "up", note, number) for number in range(10)]).start()
    await done.wait()

    assert list(range(10)) == heard


async def test_an_error_that_nobody_waits_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """At once refused, or later."""
    loop = asyncio.get_running_loop()

    def refuse() -> Any:
        raise ValueError("at once")

    Elsewhere(loop, "up", refuse)
    Elsewhere(loop, "up", answer, ValueError("later"))
    for _ in range(5):  # turns of the loop
        await asyncio.sleep(0)

    assert ["at once", "later"] == [text.rpartition(": ")[2] for text in caplog.messages]


def test_a_loop_that_is_closed_is_told_of() -> None:
    """Instead of an operation that never ends."""
    loop = asyncio.new_event_loop()
    loop.close()

    with pytest.raises(LoopEndedError):
        Elsewhere(loop, "up", answer, 7)
