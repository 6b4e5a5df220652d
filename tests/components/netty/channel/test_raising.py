"""What becomes of what a callback raises: its own exception_caught comes first, and what that raises goes no further."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.codec import LineBasedFrameDecoder, MessageAggregator
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


class Forgetful(MessageAggregator):
    """Does not call the constructor of its base."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def is_start(self, msg: Any) -> bool:
        return isinstance(msg, str)


class ForgetfulLines(LineBasedFrameDecoder):
    """The same, above compiled code."""

    def __init__(self) -> None:
        self.seen: list[str] = []


class Mindful(MessageAggregator):
    """Calls it, and misses something else."""

    def __init__(self) -> None:
        super().__init__(1024)

    def is_start(self, msg: Any) -> bool:
        return self.starts  # type: ignore[attr-defined, no-any-return]  # the mistake


@pytest.mark.parametrize(
    ("handler", "msg", "notes"),
    [
        (Forgetful, "a", ["Forgetful.__init__ does not call super().__init__(...), so what MessageAggregator needs is not there"]),
        (
            ForgetfulLines,
            b"a\n",
            ["ForgetfulLines.__init__ does not call super().__init__(...), so what LineBasedFrameDecoder needs is not there"],
        ),
        (Mindful, "a", []),
    ],
)
def test_an_error_tells_of_a_constructor_that_was_left_out(handler: type[ChannelHandler[Any]], msg: Any, notes: list[str]) -> None:
    """Whatever attribute is missed first; who calls it is not blamed."""
    with pytest.raises(AttributeError) as caught:
        EmbeddedChannel(handler()).write_inbound(msg)

    assert notes == getattr(caught.value, "__notes__", [])
