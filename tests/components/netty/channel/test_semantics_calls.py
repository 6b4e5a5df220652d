"""The calls that one read costs, and one close: who adds one to the hot path finds it here, and says there what it is for."""

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.core import core_info

pytestmark = pytest.mark.skipif(
    core_info().form == "compiled", reason="the interpreter sees no calls of a compiled core; `.ci/run` counts on the pure one"
)

# What stands in for a network and a loop in memory, and what every program of a test has.
NOT_COUNTED = ("Embedded", "contextmanager", "_Generator", "bytes_of", "OutboundBuffer.run_count", "calls_of", "Counted", "driver")


def calls_of(act: Callable[[], object]) -> Counter[str]:
    """The calls of ours that *act* makes, by name."""
    calls: Counter[str] = Counter()

    def profile(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_qualname
        if event == "call" and not name.startswith(NOT_COUNTED) and "<locals>" not in name:
            calls[name] += 1

    sys.setprofile(profile)
    try:
        act()
    finally:
        sys.setprofile(None)
    return calls


class Echoes(ChannelHandler[Any]):
    """Sends everything back, with one flush for each read."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        ctx.flush()


class EchoesLater(ChannelHandler[Any]):
    """The same in a coroutine, which overrides nothing else."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await ctx.write_and_flush(msg)


SENDING = {
    "ChannelHandlerContext.write": 1,
    "OutboundBuffer.add": 1,
    "ChannelHandlerContext.flush": 1,
    "Channel.flush_outbound": 1,
    "Writing.flush": 1,
    "OutboundBuffer.mark_flushed": 1,
    "Writing.send": 1,
    "OutboundBuffer.next_run": 1,
    "OutboundBuffer.run_written": 1,
    "OutboundBuffer._taken": 1,
}
READING = {
    "Channel.received": 1,
    "Channel._deliver": 1,
    "ChannelHandlerContext.fire_channel_read": 1,
    "ChannelHandlerContext.fire_channel_read_complete": 1,
    "ChannelHandlerContext.done": 2,
    "Reading.delivered": 1,
}
MAIL = {
    "Channel.run_in_context": 1,
    "Channel.run_burst": 1,
    "Mailbox.deliver_read": 1,
    "Mailbox._after_call": 1,
    "Mailbox._step": 1,
    "Mailbox._run": 1,
    "Mailbox._after_step": 1,
    "Mailbox.is_idle": 1,
    "Mailbox.is_stepping": 1,
    "LoopState.end_burst": 1,
    "LoopState.give_back": 1,
    "ChannelHandlerContext.write_and_flush": 1,
    "Writability.__await__": 1,
    "Writing.flush_soon": 1,
    "OutboundBuffer.has_unflushed": 1,
    "Channel.may_go_on": 1,
}


def test_a_read_that_is_echoed_costs_these_calls() -> None:
    """Who has nothing to do is not called: one run is looked for where one is flushed, and the tail hears of nothing."""
    channel = EmbeddedChannel(Echoes())
    channel.receive(b"first")
    calls = calls_of(lambda: channel.receive(b"x"))
    assert READING | SENDING | {"Echoes.channel_read": 1, "Echoes.channel_read_complete": 1} == calls


def test_a_read_that_a_coroutine_echoes_costs_these_calls() -> None:
    """The end of the read, which it does not override, is not mailed to it."""
    channel = EmbeddedChannel(EchoesLater())
    channel.receive(b"first")
    calls = calls_of(lambda: channel.receive(b"x"))
    assert READING | SENDING | MAIL | {"EchoesLater.channel_read": 1} == calls


def test_handlers_that_override_nothing_of_a_read_cost_no_call() -> None:
    """However many they are, and whatever else they override."""

    class Hears(ChannelHandler[Any]):
        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            ctx.fire_channel_active()

    channel = EmbeddedChannel(Hears(), Echoes(), Hears(), Hears())
    channel.receive(b"first")
    calls = calls_of(lambda: channel.receive(b"x"))
    assert READING | SENDING | {"Echoes.channel_read": 1, "Echoes.channel_read_complete": 1} == calls


def test_a_close_costs_no_call_for_what_the_channel_does_not_have() -> None:
    """No mailbox, no log of faults, no memory held: nobody is asked for them."""
    channel = EmbeddedChannel(Echoes())
    calls = calls_of(channel.close)
    assert 0 == sum(
        count for name, count in calls.items() if name.startswith(("Chain.mailboxes", "LoopMemory.", "flush_faults", "Mailbox."))
    )
    assert 1 == calls["Reading.stop"]
    assert sum(calls.values()) <= 93  # two of them ask whether a stream can end at once
