"""FlowControlHandler: Netty's FlowControlHandlerTest; one read gives three messages."""

from typing import Any

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.handler.flow import FlowControlHandler
from pyboot.components.netty.handler.idle import IdleState, IdleStateEvent, IdleStateHandler


class Three(ChannelHandler[Any]):
    """Makes three messages of one."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        for number in (1, 2, 3):
            ctx.fire_channel_read(f"{msg}{number}")


class Ends(ChannelHandler[Any]):
    """Counts the ends of reads."""

    def __init__(self) -> None:
        self.count = 0

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.count += 1


def opened(auto_read: bool) -> tuple[EmbeddedChannel, Ends]:
    """A channel whose reads give three messages."""
    ends = Ends()
    return EmbeddedChannel(Three(), FlowControlHandler(), ends, config=configured(auto_read)), ends


def configured(auto_read: bool) -> ChannelConfig:
    """From the start: a read that was asked for before would get its message."""
    config = ChannelConfig()
    config.auto_read = auto_read
    return config


def test_auto_reading_on() -> None:
    """Netty: everything passes."""
    channel, ends = opened(auto_read=True)
    channel.write_inbound("a")

    assert (["a1", "a2", "a3"], 1) == (channel.inbound_messages(), ends.count)


def test_auto_reading_off() -> None:
    """Netty: each read gets one, and the last of them the end of the read."""
    channel, ends = opened(auto_read=False)
    channel.write_inbound("a")
    assert [] == channel.inbound_messages()
    for number in (1, 2, 3):
        assert 0 == ends.count
        channel.read()
        assert number == len(channel.inbound_messages())
    assert 1 == ends.count


def test_a_read_that_was_asked_for_before_gets_the_first_message() -> None:
    """And no more."""
    channel, ends = opened(auto_read=False)
    channel.read()
    channel.write_inbound("a")

    assert (["a1"], 0) == (channel.inbound_messages(), ends.count)


def test_reading_goes_on_when_nothing_is_kept_back() -> None:
    """The network is asked only when the queue is empty."""
    channel, _ = opened(auto_read=False)
    before = channel.reads
    channel.read()
    assert 1 == channel.reads - before
    channel.write_inbound("a")
    channel.read()
    channel.read()
    assert 1 == channel.reads - before
    channel.read()
    assert 2 == channel.reads - before


def test_turning_auto_reading_on_lets_everything_go() -> None:
    """Netty: testFlowToggleAutoRead; and the network is read again."""
    channel, ends = opened(auto_read=False)
    channel.write_inbound("a")
    before = channel.reads
    channel.auto_read = True

    assert (["a1", "a2", "a3"], 1) == (channel.inbound_messages(), ends.count)
    assert channel.reads > before


def test_a_handler_that_turns_it_off_gets_no_more() -> None:
    """Netty: one message, whatever the read gave."""
    channel, _ = opened(auto_read=True)

    class Off(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.channel.auto_read = False
            ctx.fire_channel_read(msg)

    channel.pipeline().add_last(Off())
    channel.write_inbound("a")
    assert ["a1"] == channel.inbound_messages()
    channel.auto_read = True
    assert ["a1", "a2"] == channel.inbound_messages()


def test_a_read_within_a_read_gets_the_next_message() -> None:
    """Netty: testReentranceNotCausesNPE."""
    channel, _ = opened(auto_read=False)

    class More(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)
            ctx.read()

    channel.pipeline().add_last(More())
    channel.write_inbound("a")
    channel.read()

    assert ["a1", "a2", "a3"] == channel.inbound_messages()


def test_removal_lets_everything_go() -> None:
    """Netty: testRemoveFlowControl."""
    channel, ends = opened(auto_read=False)
    channel.write_inbound("a")
    channel.pipeline().remove(FlowControlHandler)

    assert (["a1", "a2", "a3"], 1) == (channel.inbound_messages(), ends.count)


def test_what_is_kept_back_is_released_when_the_channel_closes() -> None:
    """Nobody will ask for it."""
    handler = FlowControlHandler()
    channel = EmbeddedChannel(handler, config=configured(auto_read=False))
    buffer = ByteBuffer(b"x")
    channel.write_inbound(buffer)
    assert not handler.is_queue_empty
    channel.finish()

    assert (0, True) == (buffer.ref_count, handler.is_queue_empty)


class Idles(ChannelHandler[Any]):
    """Asks for a first message, and notes when it hears that nothing more was read."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.read()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.events.append(event)


def test_a_reader_behind_it_is_idle_when_nothing_is_kept_back() -> None:
    """Netty: testSwallowedReadComplete. The end of a read that is kept back must not leave a read open for ever."""
    idles = Idles()
    channel = EmbeddedChannel(Three(), FlowControlHandler(), IdleStateHandler(reader_idle_seconds=1), idles, config=configured(False))
    channel.write_inbound("a")
    assert ["a1"] == channel.inbound_messages()
    channel.advance_time(10)
    assert [] == idles.events  # two messages wait: that nobody asks for them is not the peer's silence

    channel.read()
    channel.read()
    channel.advance_time(1)

    assert ["a1", "a2", "a3"] == channel.inbound_messages()
    assert [IdleStateEvent(IdleState.READER_IDLE, True)] == idles.events
