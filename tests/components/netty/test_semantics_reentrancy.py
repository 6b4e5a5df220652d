"""What happens when a callback causes the next event on its own stack (Netty's ReentrantChannelTest and its like)."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise


class Tape(ChannelHandler[Any]):
    """Logs writes, flushes and flips as they pass towards the head."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        self.log.append(f"write {msg.decode()}")
        ctx.write(msg, promise)

    def flush(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("flush")
        ctx.flush()

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(f"writable={ctx.channel.is_writable}")
        ctx.fire_channel_writability_changed()

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("inactive")
        ctx.fire_channel_inactive()


def tight(*handlers: ChannelHandler[Any]) -> EmbeddedChannel:
    """A channel that is unwritable with the first byte that is pending."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 5, 10
    return EmbeddedChannel(*handlers, config=config)


def test_a_write_flips_the_writability_and_its_flush_flips_it_back() -> None:
    """WRITABILITY false between WRITE and FLUSH, true inside the flush."""
    tape = Tape()
    channel = tight(tape)
    channel.write_and_flush(b"2000")
    assert ["write 2000", "writable=False", "flush", "writable=True"] == tape.log


def test_a_handler_that_flushes_when_unwritable_sees_each_flip_once() -> None:
    """Flush from inside the flip."""

    class FlushesWhenFull(ChannelHandler[Any]):
        def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
            if not ctx.channel.is_writable:
                ctx.channel.flush()

    tape = Tape()
    channel = tight(tape, FlushesWhenFull())
    channel.write(b"a")
    channel.write(b"b")
    round_trip = ["writable=False", "flush", "writable=True"]
    assert ["write a", *round_trip, "write b", *round_trip] == tape.log
    assert b"ab" == channel.outbound_bytes()


def test_a_handler_that_writes_when_writable_again_is_not_called_inside_itself_for_ever() -> None:
    """A bounded number of writes from inside the flip, all of them in order."""

    class Refills(ChannelHandler[Any]):
        left = 3

        def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
            if ctx.channel.is_writable and self.left:
                self.left -= 1
                ctx.write_and_flush(b"%d" % self.left)

    channel = tight(Tape(), Refills())
    channel.write_and_flush(b"x")
    assert b"x210" == channel.outbound_bytes()
    assert channel.is_writable
    assert 0 == channel.outbound.pending


@pytest.mark.parametrize("flush", [False, True])
def test_a_close_from_inside_a_flip_ends_once(flush: bool) -> None:
    """What was flushed before left; nothing loops."""

    class ClosesWhenFull(ChannelHandler[Any]):
        def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
            if not ctx.channel.is_writable:
                if flush:
                    ctx.flush()
                ctx.close()

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            """The write that was lost."""

    tape = Tape()
    channel = tight(tape, ClosesWhenFull())
    promise = channel.new_promise()
    channel.write_and_flush(b"a", promise)
    assert flush is promise.is_success
    assert ([b"a"] if flush else []) == channel.outbound_messages()
    assert 1 == tape.log.count("inactive")


def test_a_write_from_inside_a_write_comes_behind_or_before_as_written() -> None:
    """A handler decides by where it writes: before or after passing the message on."""

    class Frames(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            ctx.write(b"<")
            ctx.write(msg, promise)
            ctx.write(b">")

    channel = EmbeddedChannel(Frames())
    channel.write_outbound(b"a", b"b")
    assert b"<a><b>" == channel.outbound_bytes()


def test_a_read_from_inside_a_read_is_nested_for_plain_handlers() -> None:
    """As in Netty: a plain callback that fires at the head runs the new event at once."""
    log: list[str] = []

    class Nests(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            log.append(f"+{msg}")
            if msg == 1:
                ctx.pipeline.fire_channel_read(2)
            log.append(f"-{msg}")

    EmbeddedChannel(Nests()).write_inbound(1)
    assert ["+1", "+2", "-2", "-1"] == log


def test_a_handler_that_is_removed_while_it_fires_sees_nothing_more() -> None:
    """Events on their way pass it by."""
    log: list[Any] = []

    class Removed(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            log.append(msg)

    class Remover(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.pipeline.remove_if_exists(Removed)
            ctx.fire_channel_read(msg)

    channel = EmbeddedChannel(Remover(), Removed())
    channel.write_inbound("a")
    assert [] == log
    assert ["a"] == channel.inbound_messages()


def test_a_context_kept_by_a_timer_still_works_after_its_handler_left() -> None:
    """It fires and writes from where it stood."""
    kept: list[ChannelHandlerContext] = []

    class Keeps(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            kept.append(ctx)

    tape = Tape()
    channel = EmbeddedChannel(tape, Keeps(), Tape())
    channel.pipeline().remove(Keeps)
    kept[0].fire_channel_read("in")
    kept[0].write_and_flush(b"out")
    assert ["in"] == channel.inbound_messages()
    assert b"out" == channel.outbound_bytes()
    assert ["write out", "flush"] == tape.log


def test_a_context_whose_neighbours_left_too_still_reaches_those_that_are_there() -> None:
    """Removed one after the other, in either order."""
    for order in (("a", "b"), ("b", "a")):
        channel = EmbeddedChannel()
        made = channel.pipeline().add_last(Tape(), name="a").add_last(Tape(), name="b")
        contexts = [made.context(name) for name in order]
        for name in order:
            made.remove(name)
        for ctx in contexts:
            ctx.fire_channel_read("x")
            ctx.write_and_flush(b"y")
        assert ["x", "x"] == channel.inbound_messages()
        assert b"yy" == channel.outbound_bytes()


async def test_channels_of_one_loop_that_call_each_other_keep_their_tasks_apart() -> None:
    """A callback of one that runs into the other and back: each handler is always in its own task."""
    tasks: list[Any] = []
    kept: list[bool] = []

    class Relay(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)
            right.receive(msg)

    class Tells(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            tasks.append(asyncio.current_task())

    class Back(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            own = asyncio.current_task()
            left.pipeline().context(Relay).fire_channel_read("back")
            kept.append(own is asyncio.current_task())

    loop = asyncio.get_running_loop()
    left, right = EmbeddedChannel(Relay(), Tells(), loop=loop), EmbeddedChannel(Back(), loop=loop)
    own = asyncio.current_task()
    left.receive("a")
    assert own is asyncio.current_task()
    assert [True] == kept
    assert [tasks[0]] * 2 == tasks
    left.finish()
    right.finish()


def test_what_a_removed_handler_still_forwards_goes_to_its_neighbours() -> None:
    """A decoder gives its rest on in handler_removed, inbound and outbound."""

    class Rest(ChannelHandler[Any]):
        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            assert ctx.is_removed
            ctx.fire_channel_read("rest")
            ctx.write_and_flush(b"bye")

    class Marks(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(f"{msg} marked")

        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            ctx.write(msg + b" marked", promise)

    channel = EmbeddedChannel(Marks(), Rest(), Marks())
    channel.pipeline().remove(Rest)
    assert ["rest marked"] == channel.inbound_messages()
    assert b"bye marked" == channel.outbound_bytes()


def test_what_a_replaced_handler_still_forwards_goes_to_its_successor() -> None:
    """Both ways, once, before later messages (acceptance case 4)."""

    class Old(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.pipeline.replace(self, New(), "new")
            ctx.fire_channel_read(msg)

        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            ctx.fire_channel_read("rest")
            ctx.write_and_flush(b"out")

    class New(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(f"new {msg}")

        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            ctx.write(b"new " + msg, promise)

    channel = EmbeddedChannel(Old())
    channel.write_inbound("first", "later")
    assert ["new rest", "new first", "new later"] == channel.inbound_messages()
    assert b"new out" == channel.outbound_bytes()


def test_a_handler_that_removed_itself_is_passed_by_from_the_next_message_on() -> None:
    """Inside its own callback."""

    class Once(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.pipeline.remove(self)
            ctx.fire_channel_read(f"once {msg}")

    channel = EmbeddedChannel(Once())
    channel.write_inbound("a", "b")
    assert ["once a", "b"] == channel.inbound_messages()
