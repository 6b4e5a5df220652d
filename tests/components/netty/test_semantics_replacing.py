"""Shipped handlers that still have something when they are replaced: it goes through the replacement, or on from where that stood."""

import zlib
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, ChannelInitializer, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec import LineBasedFrameDecoder, StringDecoder, ZlibEncoder
from pyboot.components.netty.handler import ChannelTrafficShapingHandler, FlowControlHandler, FlushConsolidationHandler


class Leaves(ChannelInitializer):
    """A replacement that fills nothing and takes itself out."""

    def init_channel(self, channel: Any) -> None:
        pass


class LeavesLater(ChannelHandler[Any]):
    """A replacement with coroutines that takes itself out when it may go on."""

    async def handler_added(self, ctx: ChannelHandlerContext) -> None:
        await ctx.channel.loop.create_task(nap())
        ctx.pipeline.remove(self)

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        ctx.write(msg, promise)


class Stays(ChannelHandler[Any]):
    """A replacement that passes everything on."""


class StaysLater(ChannelHandler[Any]):
    """The same in coroutines."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.fire_channel_read(msg)

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        ctx.write(msg, promise)


async def nap() -> None:
    """Let the loop turn."""


REPLACEMENTS = pytest.mark.parametrize("replacement", [Leaves, LeavesLater, Stays, StaysLater])


@REPLACEMENTS
def test_a_replaced_compressor_ends_its_stream(replacement: Callable[[], ChannelHandler[Any]]) -> None:
    """What it still has to say goes out."""
    channel = EmbeddedChannel(ZlibEncoder())
    channel.write_and_flush(b"hello")
    channel.pipeline().replace(ZlibEncoder, replacement())
    channel.run_pending_tasks()
    assert b"hello" == zlib.decompress(channel.outbound_bytes())


@REPLACEMENTS
def test_a_replaced_traffic_shaper_sends_what_waits(replacement: Callable[[], ChannelHandler[Any]]) -> None:
    """In its order."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(write_limit=10))
    promises = [channel.new_promise() for _ in range(3)]
    for number, promise in enumerate(promises):
        channel.write(b"%d" % number * 20, promise)
    channel.flush()
    channel.pipeline().replace(ChannelTrafficShapingHandler, replacement())
    channel.flush()
    channel.run_pending_tasks()
    assert b"0" * 20 + b"1" * 20 + b"2" * 20 == channel.outbound_bytes()
    assert [True, True, True] == [promise.is_success for promise in promises]


@REPLACEMENTS
def test_a_replaced_flow_control_lets_everything_go(replacement: Callable[[], ChannelHandler[Any]]) -> None:
    """What it held back comes in."""
    config = ChannelConfig()
    config.auto_read = False
    channel = EmbeddedChannel(FlowControlHandler(), config=config)
    channel.write_inbound("a", "b")
    channel.pipeline().replace(FlowControlHandler, replacement())
    channel.write_inbound("c")
    channel.run_pending_tasks()
    assert ["a", "b", "c"] == channel.inbound_messages()


@REPLACEMENTS
def test_a_replaced_flush_consolidation_flushes(replacement: Callable[[], ChannelHandler[Any]]) -> None:
    """What was held back in the middle of a read goes out."""

    class Replaces(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.write_and_flush(msg)
            ctx.pipeline.replace(FlushConsolidationHandler, replacement())

    channel = EmbeddedChannel(FlushConsolidationHandler(), Replaces())
    channel.write_inbound(b"m")
    channel.run_pending_tasks()
    assert b"m" == channel.outbound_bytes()


@REPLACEMENTS
@pytest.mark.parametrize("decoder", [lambda: LineBasedFrameDecoder(100), StringDecoder])
def test_a_replaced_decoder_forwards_its_rest(
    decoder: Callable[[], ChannelHandler[Any]], replacement: Callable[[], ChannelHandler[Any]]
) -> None:
    """Before any later read."""
    channel = EmbeddedChannel(decoder())
    channel.write_inbound(b"\xc3")
    channel.pipeline().replace(channel.pipeline().names()[0], replacement())
    channel.write_inbound(b"\xa4")
    channel.run_pending_tasks()
    assert b"\xc3\xa4" == b"".join(bytes(message) for message in channel.inbound_messages())


@REPLACEMENTS
def test_a_decoder_that_is_replaced_by_its_own_frame_forwards_the_rest(replacement: Callable[[], ChannelHandler[Any]]) -> None:
    """The protocol changes in the middle of a read."""

    class Upgrades(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if bytes(msg) == b"upgrade":
                ctx.pipeline.replace(LineBasedFrameDecoder, replacement())
            ctx.fire_channel_read(bytes(msg))

    channel = EmbeddedChannel(LineBasedFrameDecoder(100), Upgrades())
    channel.write_inbound(b"line\nupgrade\nraw\nbytes")
    channel.write_inbound(b" more")
    channel.run_pending_tasks()
    assert b"lineupgraderaw\nbytes more" == b"".join(channel.inbound_messages())
