"""All channels of a process together hold no more than the limit: reading stops where most is held, and goes on when it has gone."""

import asyncio
import contextlib
import gc
import logging
import random
from collections.abc import Iterator
from typing import Any

import pytest

from pyboot.components.netty import ChannelOption
from pyboot.components.netty.channel import (
    CHANNEL_MEMORY,
    ChannelConfig,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelMemory,
    EmbeddedChannel,
)
from pyboot.components.netty.channel.embedded.event_loop import EmbeddedEventLoop
from pyboot.components.netty.channel.life import memory as module
from pyboot.components.netty.channel.life.memory import quarter_of_memory

LIMIT = 1_000_000


@pytest.fixture(autouse=True)
def limit() -> Iterator[None]:
    """A small limit, for one test; what earlier tests have left lying about is collected, and not counted."""
    gc.collect()
    before = CHANNEL_MEMORY.limit_bytes
    CHANNEL_MEMORY.limit_bytes = LIMIT
    yield
    CHANNEL_MEMORY.limit_bytes = before


class Echo(ChannelHandler[Any]):
    """Sends back what comes, and does not wait."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write_and_flush(msg)


class Slow(ChannelHandler[Any]):
    """Is busy until it is told."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await self.go.wait()


@pytest.fixture
def opened() -> Iterator[Any]:
    """`opened(handler, …)`: a channel of one common loop, whose peer takes nothing; all of them end with the test."""
    loop, channels = EmbeddedEventLoop(), []

    def make(*handlers: Any) -> EmbeddedChannel:
        channel = EmbeddedChannel(*handlers, config=ChannelConfig(), loop=loop)
        channel.in_event_loop = lambda: True  # type: ignore[method-assign]  # as on a loop of its own
        channel.hold_network()
        channels.append(channel)
        return channel

    with loop.as_running_loop():
        yield make
        for channel in channels:
            with contextlib.suppress(ConnectionError):  # what was written is lost
                channel.lose(None)
        loop.run_ready()
        loop.cancel_timers()
    assert 0 == CHANNEL_MEMORY.held_bytes


def test_past_the_limit_reading_stops_where_most_is_held(opened: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The largest holders first; who holds little reads on."""
    large, small, none = opened(Echo()), opened(Echo()), opened(Echo())
    none.release_network()
    small.receive(bytes(1000))
    large.receive(bytes(900_000))
    assert (True, True, True) == (large.is_reading, small.is_reading, none.is_reading)
    large.receive(bytes(200_000))
    none.receive(bytes(1000))
    assert (False, True, True) == (large.is_reading, small.is_reading, none.is_reading)
    assert 1 == CHANNEL_MEMORY.stopped_channels
    assert ["WARNING"] == [record.levelname for record in caplog.records]
    assert f"the limit is {LIMIT}" in caplog.messages[0]
    assert repr(large) in caplog.messages[0]


def test_while_it_lasts_who_comes_to_hold_more_is_stopped_too(opened: Any) -> None:
    """However little that is: a thousand small ones are large."""
    large, small = opened(Echo()), opened(Echo())
    large.receive(bytes(1_100_000))
    small.receive(bytes(1000))
    assert (False, False) == (large.is_reading, small.is_reading)


def test_all_read_again_when_less_than_three_quarters_are_held(opened: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Not at once below the limit, for that would flap; one line each for the beginning and the end."""
    caplog.set_level(logging.INFO)
    first, second, third = opened(Echo()), opened(Echo()), opened(Echo())
    for channel in (first, second, third):
        channel.receive(bytes(400_000))
    assert [False, False, False] == [channel.is_reading for channel in (first, second, third)] or not first.is_reading
    first.release_network()
    assert first.is_reading  # it holds nothing
    assert not second.is_reading
    second.release_network()
    assert [True, True, True] == [channel.is_reading for channel in (first, second, third)]
    assert ["WARNING", "INFO"] == [record.levelname for record in caplog.records]


def test_a_channel_that_ends_holds_nothing(opened: Any) -> None:
    """And lets the others go on."""
    first, second = opened(Echo()), opened(Echo())
    first.receive(bytes(700_000))
    second.receive(bytes(700_000))
    assert CHANNEL_MEMORY.held_bytes > 1_400_000
    with contextlib.suppress(ConnectionError):
        first.lose(None)
    assert second.is_reading
    assert CHANNEL_MEMORY.held_bytes < 800_000


def test_full_mailboxes_count(opened: Any) -> None:
    """A coroutine handler that is slow, and not the peer."""
    channel = opened(handler := Slow())
    channel.set_option(ChannelOption.MAILBOX_BYTES, 0)  # which would stop it long before
    while channel.is_reading:
        channel.receive(bytes(40_000))
    assert CHANNEL_MEMORY.held_bytes > LIMIT
    assert 1 == CHANNEL_MEMORY.stopped_channels
    handler.go.set()
    channel.loop.run_ready()
    assert 0 == CHANNEL_MEMORY.held_bytes
    assert channel.is_reading


def test_a_channel_whose_peer_takes_all_at_once_is_not_even_counted(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feature costs nothing per message."""
    channel, calls = opened(Echo()), []
    channel.release_network()
    monkeypatch.setattr(type(channel.loop_state.memory), "account", lambda *arguments: calls.append(arguments))
    for _ in range(100):
        channel.receive(bytes(100))
    assert [] == calls


def test_without_a_limit_nothing_stops(opened: Any) -> None:
    """0 is any number; setting it in the middle of an episode ends that."""
    first, second = opened(Echo()), opened(Echo())
    first.receive(bytes(1_100_000))
    assert not first.is_reading
    CHANNEL_MEMORY.limit_bytes = 0
    second.receive(bytes(100_000))
    second.release_network()
    first.receive(bytes(100_000))
    assert (True, True) == (first.is_reading, second.is_reading)


def test_a_limit_below_zero_is_refused() -> None:
    """With what is allowed."""
    with pytest.raises(ValueError, match=r"memory limit of -1 bytes, allowed is 0 \(none\) or more"):
        CHANNEL_MEMORY.limit_bytes = -1


def test_the_default_is_a_quarter_of_what_there_is(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the control group, where that has less than the machine."""
    file = tmp_path / "memory.max"
    monkeypatch.setattr(module, "_CGROUP_LIMITS", (str(file), str(tmp_path / "none")))
    file.write_text("max\n")
    machine = quarter_of_memory()
    file.write_text("4000000\n")
    assert (1_000_000, True) == (quarter_of_memory(), machine > 1_000_000)
    assert quarter_of_memory() == ChannelMemory().limit_bytes
    assert "<ChannelMemory 0 of 1000000 bytes stopped=0>" == repr(ChannelMemory())


@pytest.mark.parametrize("seed", range(10))
def test_at_any_schedule_what_is_held_stays_bounded_and_all_read_in_the_end(seed: int, opened: Any) -> None:
    """Never more than the limit and one read of each channel; a channel that reads nothing has a reason."""
    chance, channels = random.Random(seed), [opened(Echo()) for _ in range(30)]
    largest = 60_000
    for _ in range(1500):
        channel = chance.choice(channels)
        if channel.is_reading and chance.random() < 0.8:
            channel.receive(bytes(chance.randrange(1, largest)))
        elif chance.random() < 0.3:
            channel.release_network()
            channel.hold_network()
        held = sum(channel.outbound.pending for channel in channels)
        assert held <= LIMIT + len(channels) * (largest + 96), f"seed {seed}"
        assert CHANNEL_MEMORY.held_bytes == held, f"seed {seed}"
    for channel in channels:
        channel.release_network()
    assert all(channel.is_reading for channel in channels), f"seed {seed}"
    assert (0, 0) == (CHANNEL_MEMORY.held_bytes, CHANNEL_MEMORY.stopped_channels)


def test_a_full_mailbox_is_counted_once_however_long_it_stays_full(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events go on to come for a callback that never ends: to count them with each flush would cost more with each of them."""

    class Streams(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.Event().wait()

    looks: list[object] = []
    monkeypatch.setattr("pyboot.components.netty.channel.coroutines.letter._size_of", lambda msg: looks.append(msg) or len(bytes(msg)))
    channel = opened(Streams())
    if type(channel).__mro__[1].__dict__.get("__mypyc_attrs__") is not None:
        pytest.skip("compiled code does not look up the function that is counted here")
    while channel.is_reading:
        channel.receive(bytes(1000))
    counted = len(looks)
    for _ in range(100):
        channel.pipeline().fire_user_event_triggered("event")
        channel.write_and_flush(b"x")
    assert (counted, True) == (len(looks), counted > 0)
