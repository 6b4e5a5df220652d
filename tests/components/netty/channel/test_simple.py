"""SimpleChannelInboundHandler: messages of one type end here and are released, the others go on."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel import ChannelHandlerContext, EmbeddedChannel, SimpleChannelInboundHandler


class Texts(SimpleChannelInboundHandler[str]):
    """Takes text."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def message_received(self, ctx: ChannelHandlerContext, msg: str) -> None:
        self.seen.append(msg)


class Buffers(SimpleChannelInboundHandler[ByteBuffer]):
    """Takes buffers."""

    def message_received(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> None:
        if msg.get_readable_bytes() == b"":
            raise ValueError("empty")


class Later(SimpleChannelInboundHandler[ByteBuffer]):
    """Takes buffers, in its time."""

    async def message_received(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> None:
        await ctx.channel.loop.create_task(nap())
        assert msg.ref_count == 1
        ctx.write_and_flush(msg.get_readable_bytes())


class Bare(SimpleChannelInboundHandler[str]):
    """Has a constructor of its own, which calls no other."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def message_received(self, ctx: ChannelHandlerContext, msg: str) -> None:
        self.seen.append(msg)


def test_a_constructor_of_its_own_may_leave_the_base_out() -> None:
    """As that of a plain ChannelHandler may."""
    bare = Bare()
    EmbeddedChannel(bare).write_inbound("a")

    assert ["a"] == bare.seen


async def nap() -> None:
    """Let the loop turn."""


def test_its_own_messages_end_and_the_others_go_on() -> None:
    """By the type argument of the class."""
    texts = Texts()
    channel = EmbeddedChannel(texts)
    channel.write_inbound("text", 1, b"bytes")
    assert ["text"] == texts.seen
    assert [1, b"bytes"] == channel.inbound_messages()


@pytest.mark.parametrize("content", [b"m", b""])
def test_its_messages_are_released_even_if_it_raises(content: bytes) -> None:
    """Once."""
    message = ByteBuffer(content)
    channel = EmbeddedChannel(Buffers())
    if content:
        channel.write_inbound(message)
    else:
        with pytest.raises(ValueError, match="empty"):
            channel.write_inbound(message)
    assert 0 == message.ref_count


def test_messages_may_be_kept() -> None:
    """With auto_release off they are the handler's."""
    message = ByteBuffer(b"m")
    EmbeddedChannel(Buffers(auto_release=False)).write_inbound(message)
    assert 1 == message.ref_count


def test_a_coroutine_has_its_messages_until_it_ends_and_in_order() -> None:
    """What is not its own does not overtake."""
    messages = [ByteBuffer(b"a"), ByteBuffer(b"b")]
    channel = EmbeddedChannel(Later())
    channel.write_inbound(messages[0], "between", messages[1])
    channel.run_pending_tasks()
    assert b"ab" == channel.outbound_bytes()
    assert ["between"] == channel.inbound_messages()
    assert [0, 0] == [message.ref_count for message in messages]


def test_a_class_derived_from_one_takes_its_messages_too() -> None:
    """With its own message_received or the one it has."""

    class More(Texts):
        pass

    more = More()
    EmbeddedChannel(more).write_inbound("text")
    assert ["text"] == more.seen
