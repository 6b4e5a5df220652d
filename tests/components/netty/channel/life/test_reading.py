"""Reading: the table of its states, who can stop it, and the end of the input."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import INPUT_SHUTDOWN, ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.life.reading import ENDED, IDLE, READING, UNASKED, WAITING
from tests.components.netty.life import Life
from tests.components.netty.suspending import embedded

# The table.


LAWS = {
    "ask": {"idle": "waiting", "waiting": "waiting", "reading": "reading", "unasked": "reading", "ended": "ended"},
    "use": {"idle": "idle", "waiting": "idle", "reading": "unasked", "unasked": "unasked", "ended": "ended"},
    "may": {"idle": "idle", "waiting": "reading", "reading": "reading", "unasked": "idle", "ended": "ended"},
    "must not": {"idle": "idle", "waiting": "waiting", "reading": "waiting", "unasked": "idle", "ended": "ended"},
}
STATES = {"idle": IDLE, "waiting": WAITING, "reading": READING, "unasked": UNASKED, "ended": ENDED}


@pytest.mark.parametrize("cause", sorted(LAWS))
@pytest.mark.parametrize("before", sorted(STATES))
def test_each_state_has_one_answer_to_each_cause_and_the_transport_is_told_what_changes(cause: str, before: str) -> None:
    """Nothing else, and nothing twice: a state, not a switch."""
    told: list[bool] = []

    class Tells(EmbeddedChannel):
        def set_reading(self, wanted: bool) -> None:
            told.append(wanted)

    config = ChannelConfig()
    config.auto_read = cause == "use"  # without it `use` looks at once whether it may read on
    channel = Tells(config=config)
    reading = channel.reading
    if cause in ("ask", "must not"):
        reading.pause()
    reading.state = STATES[before]
    told.clear()
    {"ask": reading.ask, "use": reading.use, "may": reading.update, "must not": reading.update}[cause]()

    after = LAWS[cause][before]
    if cause == "ask":
        after = LAWS["must not"][after]
    was_on, is_on = before in ("reading", "unasked"), after in ("reading", "unasked")
    assert STATES[after] == reading.state
    assert ([is_on] if was_on != is_on else []) == told


# Asked for, and possible.


async def test_reading_is_held_as_often_as_it_is_released() -> None:
    """By whomever: two who hold it are two to wait for."""
    channel = embedded()
    channel.pause_reading()
    channel.reading.mailbox_filled(100)
    channel.resume_reading()
    assert (False, True) == (channel.is_reading, channel.must_pause)
    channel.reading.mailbox_emptied(100)
    assert (True, False) == (channel.is_reading, channel.must_pause)
    channel.finish()


def test_reading_stops_while_anybody_holds_it() -> None:
    """Each hold is released for itself."""
    channel = EmbeddedChannel()
    channel.pause_reading()
    channel.pause_reading()
    channel.resume_reading()
    assert not channel.is_reading
    channel.resume_reading()
    assert channel.is_reading


def test_reading_stops_with_the_close() -> None:
    """No more input for a channel that is closing, though its output is still on its way."""
    channel = EmbeddedChannel()
    channel.hold_network()
    channel.write_and_flush(b"a")
    channel.close()
    assert not channel.is_reading


def test_the_read_goes_through_the_handlers() -> None:
    """Which may hold it back."""

    class Holds(ChannelHandler[Any]):
        def read(self, ctx: ChannelHandlerContext) -> None:
            """Keep it."""

    assert 0 == EmbeddedChannel(Holds()).reads


def test_a_read_asked_for_before_the_channel_is_active_is_made_then() -> None:
    """Where reading is not automatic."""

    class Asks(ChannelHandler[Any]):
        def channel_registered(self, ctx: ChannelHandlerContext) -> None:
            ctx.read()

    config = ChannelConfig()
    config.auto_read = False
    channel = EmbeddedChannel(Asks(), config=config)
    assert channel.is_reading
    channel.receive("one")
    assert not channel.is_reading


def test_the_peers_end_closes_unless_half_closure_is_allowed() -> None:
    """netty-map 3.4."""
    life = Life()
    channel = EmbeddedChannel(life)
    channel.finish_input()
    assert not channel.is_open
    assert INPUT_SHUTDOWN not in life.log


def test_half_closure_tells_the_end_of_the_input_and_goes_on_writing() -> None:
    """Acceptance case 7: an event, once; the answer leaves; a close ends it."""
    config = ChannelConfig()
    config.allow_half_closure = True
    life = Life()
    channel = EmbeddedChannel(life, config=config)
    life.log.clear()
    channel.finish_input()
    channel.finish_input()
    assert [INPUT_SHUTDOWN] == life.log
    channel.write_outbound(b"x" * 1024 * 1024)
    channel.close()
    assert b"x" * 1024 * 1024 == channel.outbound_bytes()
    assert [INPUT_SHUTDOWN, "writable=False", "writable=True", "inactive", "unregistered", "removed"] == life.log


def test_the_end_of_the_input_waits_for_handlers_under_way_no_longer_than_the_close_timeout() -> None:
    """Then they are cancelled."""

    class Stuck(Life):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                self.log.append("cancelled")
                raise

    life = Stuck()
    channel = EmbeddedChannel(life)
    life.log.clear()
    channel.receive("a")
    channel.finish_input()
    channel.advance_time(29)
    assert [] == life.log
    channel.advance_time(1)
    assert ["cancelled", "inactive", "unregistered", "removed"] == life.log


def test_the_end_of_the_input_waits_for_what_a_plain_callback_has_begun() -> None:
    """A coroutine that it returned is under way as one that is a callback itself."""
    log: list[str] = []

    class Begins(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
            return self.handle()

        async def handle(self) -> None:
            await asyncio.sleep(1)
            log.append("handled")

    channel = EmbeddedChannel(Begins())
    channel.receive("a")
    channel.finish_input()
    assert channel.is_open
    channel.advance_time(1)
    assert (["handled"], False) == (log, channel.is_open)


def test_the_end_of_the_input_does_not_take_the_close_timeout_away() -> None:
    """A close after the peer's end has its own deadline."""

    class Stuck(Life):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(3600)

    channel = EmbeddedChannel(Stuck())
    channel.hold_network()
    channel.receive("a")
    channel.finish_input()
    channel.advance_time(10)
    channel.write_and_flush(b"a")
    channel.close()
    channel.advance_time(29)
    assert channel.close_future.is_done is False
    channel.advance_time(1)
    assert channel.close_future.is_done
