"""Whether a channel reads, and what it may do between two turns of the loop."""

import asyncio

from pyboot.components.netty.channel.budget import TURN_BYTES, TURN_CALLS
from pyboot.components.netty.channel.promise import ChannelPromise
from tests.components.netty.suspending import embedded


async def test_a_turn_has_so_many_calls() -> None:
    """The last of them says that the loop is to have its turn; with it everything begins anew."""
    channel = embedded()
    for _ in range(2):
        channel.begin_turn()
        assert [True] * (TURN_CALLS - 1) + [False] == [channel.may_go_on() for _ in range(TURN_CALLS)]
    channel.finish()


async def test_a_turn_has_so_many_bytes() -> None:
    """What was handed to the network counts; a read begins anew."""
    channel = embedded()
    channel.write_outbound(bytes(TURN_BYTES))
    assert not channel.may_go_on()
    channel.receive(b"")
    assert channel.may_go_on()
    channel.finish()


async def test_reading_is_held_as_often_as_it_is_released() -> None:
    """By whomever: two who hold it are two to wait for."""
    channel = embedded()
    channel.pause_reading()
    channel.mailbox_filled(100)
    channel.resume_reading()
    assert (False, True) == (channel.is_reading, channel.must_pause)
    channel.mailbox_emptied(100)
    assert (True, False) == (channel.is_reading, channel.must_pause)
    channel.finish()


async def test_who_writes_because_something_was_written_gives_the_loop_its_turn() -> None:
    """A listener that writes the next message, on a network that takes everything at once, is a loop without a ``while``."""
    channel = embedded()
    left, at_once = 10 * TURN_CALLS, 0

    def write_next(_: ChannelPromise) -> None:
        nonlocal left, at_once
        at_once += 1
        if left:
            left -= 1
            channel.write_and_flush(b"x", channel.new_promise().add_listener(write_next))

    channel.begin_turn()
    write_next(channel.new_promise())
    most = 0
    while left:
        most, at_once = max(most, at_once), 0
        await asyncio.sleep(0)

    assert TURN_CALLS <= most <= TURN_CALLS + 1
    channel.finish()
