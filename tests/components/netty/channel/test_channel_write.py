"""The write without a promise: a message that is passed on takes the promise along, and one that is kept ends it."""

from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel


def test_the_write_of_the_published_package_sees_the_message_and_passes_another_on() -> None:
    """channel_write cares for no promise, and the promise ends all the same."""

    class Shout(ChannelHandler[Any]):
        def channel_write(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
            return ctx.fire_channel_write(msg.upper())

    channel = EmbeddedChannel(Shout())
    promise = channel.new_promise()
    channel.write_and_flush(b"a", promise)
    assert [b"A"] == channel.outbound_messages()
    assert promise.is_success


def test_a_message_that_channel_write_keeps_is_written() -> None:
    """It was this handler's to decide; who waits is not left waiting."""

    class Swallow(ChannelHandler[Any]):
        def channel_write(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            """Keep it."""

    channel = EmbeddedChannel(Swallow())
    promise = channel.new_promise()
    channel.write_and_flush(b"a", promise)
    assert promise.is_success
    assert [] == channel.outbound_messages()


def test_a_channel_write_that_raises_fails_its_promise() -> None:
    """As write does."""

    class Fails(ChannelHandler[Any]):
        def channel_write(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            raise ValueError("no")

    channel = EmbeddedChannel(Fails())
    promise = channel.new_promise()
    channel.write(b"a", promise)
    assert isinstance(promise.error, ValueError)


@pytest.mark.parametrize("passes_on", [True, False])
def test_a_coroutine_channel_write_ends_its_promise_when_it_is_over(passes_on: bool) -> None:
    """Not where it suspends: what it does with the message is not known before."""

    class Waits(ChannelHandler[Any]):
        async def channel_write(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await gate
            if passes_on:
                await ctx.fire_channel_write(msg.upper())

    channel = EmbeddedChannel(Waits())
    gate = channel.loop.create_future()
    promise = channel.new_promise()
    channel.write_and_flush(b"a", promise)
    channel.run_pending_tasks()
    assert (False, []) == (promise.is_done, channel.outbound_messages())
    gate.set_result(None)
    channel.run_pending_tasks()
    assert (True, [b"A"] if passes_on else []) == (promise.is_success, channel.outbound_messages())
