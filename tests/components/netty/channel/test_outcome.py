"""What plain callbacks return: a coroutine is run, a generator refused, and everything else handed on as it is."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext
from tests.components.netty.suspending import embedded, turn


class Returns(ChannelHandler[Any]):
    """Returns from its callback what it was given."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome
        self.log: list[str] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
        return self.outcome(self.log) if callable(self.outcome) else self.outcome


async def suspends(log: list[str]) -> None:
    """Takes more than one turn of the loop."""
    log.append("begins")
    await asyncio.sleep(0)
    log.append("ends")


class Wrapped(Coroutine[Any, Any, None]):
    """A coroutine that Python's compiler did not make."""

    def __init__(self, log: list[str]) -> None:
        self._inner = suspends(log)

    def __await__(self) -> Any:
        return self._inner.__await__()

    def send(self, value: Any) -> Any:
        return self._inner.send(value)

    def throw(self, *error: Any) -> Any:
        return self._inner.throw(*error)

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize("make", [suspends, Wrapped])
async def test_a_coroutine_that_a_plain_callback_returns_is_run(make: Any) -> None:
    """To its end, though nobody awaits it."""
    handler = Returns(make)
    embedded(handler).pipeline().fire_channel_read("message")
    await turn()

    assert ["begins", "ends"] == handler.log


async def test_a_generator_is_refused() -> None:
    """Nobody would run it."""
    channel = embedded(Returns(lambda log: (each for each in log)))
    channel.pipeline().fire_channel_read("message")
    with pytest.raises(TypeError, match="returned a generator, which nobody runs: write async def"):
        channel.check_exception()


async def test_what_can_be_awaited_is_handed_on_to_who_fires() -> None:
    """A future is his to wait for, and so is what raises in it."""
    future = asyncio.get_running_loop().create_future()
    assert future is embedded(Returns(future)).pipeline().fire_channel_read("message")
