"""What becomes of what a callback raises: its own exception_caught comes first, and what that raises goes no further."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext
from tests.components.netty.suspending import Sink, embedded, turn


class Raises(ChannelHandler[Any]):
    """Raises in channel_read, and in exception_caught for the message *twice*."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        raise ValueError(msg)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.log.append(str(error))
        if str(error) == "twice":
            raise KeyError("second")
        ctx.fire_exception_caught(error)


class RaisesSuspended(Raises):
    """The same as coroutines."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await asyncio.sleep(0)
        raise ValueError(msg)

    async def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        await asyncio.sleep(0)
        super().exception_caught(ctx, error)


@pytest.mark.parametrize("kind", [Raises, RaisesSuspended])
async def test_an_error_visits_its_own_handler_and_then_those_behind(kind: type[Raises], caplog: pytest.LogCaptureFixture) -> None:
    """In order; a second one is logged with the first, and the log is its end."""
    handler, sink = kind(), Sink()
    channel = embedded(handler, sink)
    for msg in ["one", "twice", "three"]:
        channel.pipeline().fire_channel_read(msg)
    await turn()

    assert ["one", "twice", "three"] == handler.log
    assert ["one", "three"] == [str(each) for each in sink.log]
    assert ["exception_caught of " in record.getMessage() for record in caplog.records] == [True]
