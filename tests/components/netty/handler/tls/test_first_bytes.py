"""What stands in front until it is known who comes: writes are kept, never let out in clear."""

from typing import Any

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError
from pyboot.components.netty.handler.tls.first_bytes import FirstBytesHandler


class Waits(FirstBytesHandler):
    """Gives way to what a test says when a test says so."""

    ctx: ChannelHandlerContext

    def handler_added(self, ctx: ChannelHandlerContext) -> None:
        self.ctx = ctx


class Upper(ChannelHandler[Any]):
    """A successor that changes what goes out."""

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Any:
        return ctx.write(bytes(msg).upper(), promise)


def test_what_was_written_flows_into_what_comes() -> None:
    """Flushed if it was; what was received flows on to it too."""
    waits = Waits()
    channel = EmbeddedChannel(waits)
    promise = channel.new_promise()
    channel.write_and_flush(ByteBuffer(b"hello"), promise)
    assert not channel.outbound_messages()
    waits.give_way(waits.ctx, Upper(), b"received")

    assert b"HELLO" == channel.outbound_bytes()
    assert promise.is_success
    assert b"received" == bytes(channel.read_inbound())
    assert ["Upper#0"] == channel.pipeline().names()


def test_it_may_give_way_to_nobody() -> None:
    """What was not flushed still is not."""
    waits = Waits()
    channel = EmbeddedChannel(waits)
    channel.write(b"kept")
    waits.give_way(waits.ctx, None, b"")

    assert [] == channel.outbound_messages() == channel.pipeline().names()
    channel.flush()
    assert b"kept" == channel.outbound_bytes()


def test_what_waits_fails_where_nothing_comes() -> None:
    """At a close, and at a removal."""
    for end in (lambda waits: waits.ctx.channel.close(), lambda waits: waits.ctx.pipeline.remove(waits)):
        waits = Waits()
        channel = EmbeddedChannel(waits)
        promise = channel.new_promise()
        channel.write_and_flush(b"x", promise)
        end(waits)

        assert isinstance(promise.error, ClosedChannelError)
        assert [] == channel.outbound_messages()
