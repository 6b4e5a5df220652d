"""ChannelInitializer: fills a pipeline, then is gone; a failing one closes the channel."""

from typing import Any

import pytest

from pyboot.components.netty.channel import Channel, ChannelHandler, ChannelHandlerContext, ChannelInitializer, EmbeddedChannel
from pyboot.components.netty.channel.initializer import FunctionInitializer


class Logs(ChannelHandler[Any]):
    """Logs its life under a name."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self.log = log

    def handler_added(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(f"{self.name} added")

    def channel_registered(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(f"{self.name} registered")
        ctx.fire_channel_registered()

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(f"{self.name} active")
        ctx.fire_channel_active()


class Adds(ChannelInitializer):
    """Adds what it was made with."""

    def __init__(self, *handlers: ChannelHandler[Any]) -> None:
        self.handlers = handlers

    def init_channel(self, channel: Channel) -> None:
        for handler in self.handlers:
            channel.pipeline().add_last(handler)


def test_an_initializer_leaves_its_handlers_and_goes() -> None:
    """And they see the channel registered and active."""
    log: list[str] = []
    channel = EmbeddedChannel(Adds(Logs("a", log), Logs("b", log)))
    assert ["Logs#0", "Logs#1"] == channel.pipeline().names()
    assert ["a added", "b added", "a registered", "b registered", "a active", "b active"] == log


def test_an_initializer_added_later_acts_at_once() -> None:
    """The channel is registered already."""
    log: list[str] = []
    channel = EmbeddedChannel()
    channel.pipeline().add_last(Adds(Logs("a", log)))
    assert ["Logs#0"] == channel.pipeline().names()
    assert ["a added"] == log


def test_nested_initializers_keep_the_order_of_the_text() -> None:
    """Handlers stand where they were written, on both sides of the inner initializer."""
    log: list[str] = []
    channel = EmbeddedChannel(Adds(Logs("a", log), Adds(Logs("b", log), Logs("c", log)), Logs("d", log)))
    order = [handler.name for _, handler in channel.pipeline() if isinstance(handler, Logs)]
    assert ["a", "b", "c", "d"] == order
    assert ["a added", "b added", "c added", "d added"] == log[:4]


def test_handlers_added_together_with_an_initializer_stand_behind_its_handlers() -> None:
    """add_last(initializer, handler) keeps that order too."""
    log: list[str] = []
    channel = EmbeddedChannel()
    channel.pipeline().add_last(Adds(Logs("a", log)), Logs("b", log))
    assert ["a", "b"] == [handler.name for _, handler in channel.pipeline() if isinstance(handler, Logs)]


def test_one_initializer_serves_many_channels() -> None:
    """It is sharable."""
    log: list[str] = []
    initializer = FunctionInitializer(lambda channel: channel.pipeline().add_last(Logs("x", log)))
    for _ in range(2):
        assert ["Logs#0"] == EmbeddedChannel(initializer).pipeline().names()
    assert ChannelInitializer.sharable


def test_an_initializer_that_is_a_generator_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing of it would run, and the pipeline stay empty."""

    def fill(channel: Channel) -> Any:
        yield channel

    class Fills(ChannelInitializer):
        init_channel = staticmethod(fill)  # type: ignore[assignment]  # as somebody might write it

    with pytest.raises(TypeError, match="is a generator function"):
        FunctionInitializer(fill)
    for initializer in (FunctionInitializer(lambda channel: fill(channel)), Fills()):
        assert not EmbeddedChannel(initializer).is_open
    assert [TypeError, TypeError] == [record.exc_info[0] for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("registered", [False, True])
def test_a_failing_initializer_closes_the_channel_and_goes(registered: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Before and after registration; the log tells which and why."""

    def fail(channel: Channel) -> None:
        raise ValueError("no")

    if registered:
        channel = EmbeddedChannel()
        channel.pipeline().add_last(FunctionInitializer(fail))
        channel.run_pending_tasks()
    else:
        channel = EmbeddedChannel(FunctionInitializer(fail))
    assert not channel.is_open
    assert [] == channel.pipeline().names()
    assert ["could not fill the pipeline" in record.getMessage() for record in caplog.records] == [True]


def test_a_channel_closed_by_its_initializer_never_becomes_active() -> None:
    """Acceptance case 1: close in handler_added."""
    log: list[str] = []

    def close(channel: Channel) -> None:
        channel.pipeline().add_last(Logs("a", log))
        channel.close()

    channel = EmbeddedChannel(FunctionInitializer(close))
    assert not channel.is_open
    assert "a active" not in log


def test_an_initializer_may_remove_itself() -> None:
    """It is not removed twice."""

    class Hasty(ChannelInitializer):
        def init_channel(self, channel: Channel) -> None:
            channel.pipeline().remove(self)

    assert [] == EmbeddedChannel(Hasty()).pipeline().names()


def test_an_initializer_that_is_a_coroutine_function_is_refused() -> None:
    """What it would add would never stand in the pipeline; saying nothing is not an answer."""

    class Async(ChannelInitializer):
        async def init_channel(self, channel: Channel) -> None:  # type: ignore[override]  # the mistake that is looked for
            channel.pipeline().add_last(ChannelHandler())

    channel = EmbeddedChannel(Async())
    assert ["ChannelHandler#0"] == channel.pipeline().names() or not channel.is_open


def test_a_function_initializer_shows_its_function() -> None:
    """As logs have it."""

    def fill(channel: Channel) -> None:
        """Nothing."""

    assert "fill>" == repr(FunctionInitializer(fill)).rpartition(".")[2]
