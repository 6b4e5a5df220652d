"""Farewells: how the end waits for handlers that are busy. What is said and heard: `test_ssl_handler.py`."""

from typing import Any

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.handler.tls.engine import TlsEngine
from pyboot.components.netty.handler.tls.farewell import Farewell, when_handled


class Busy(ChannelHandler[Any]):
    """Handles a message for as long as a test likes."""

    def __init__(self) -> None:
        self.ends: list[Any] = []

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        end = ctx.channel.loop.create_future()
        self.ends.append(end)
        await end


def test_what_is_to_come_after_all_handlers_waits_for_the_last_of_them() -> None:
    """In whichever order they finish; at once where none is busy."""
    first, second = Busy(), Busy()
    channel = EmbeddedChannel(first)
    told: list[str] = []
    when_handled(channel, lambda: told.append("idle"))
    channel.write_inbound(b"x")
    channel.pipeline().add_last(second)
    second_context = channel.pipeline().context(second)
    channel.pipeline().context(first).fire_channel_read(b"y")
    assert second_context.has_mail
    when_handled(channel, lambda: told.append("handled"))

    assert ["idle"] == told
    second.ends[0].set_result(None)
    channel.run_pending_tasks()
    assert ["idle"] == told
    first.ends[0].set_result(None)
    channel.run_pending_tasks()
    assert ["idle", "handled"] == told


def test_a_close_that_waits_is_bounded_by_the_channels_own_deadline(certificates: Any) -> None:
    """Thirty seconds, whatever is waited for."""
    channel = EmbeddedChannel()
    engine = TlsEngine(certificates.server_context(), server_side=True, server_hostname=None)
    farewell = Farewell(engine, 3.0, 0.0)
    assert not farewell.is_waiting
    farewell.wait(channel, channel.new_promise())

    assert farewell.is_waiting
    channel.advance_time(30)
    assert not channel.is_open
    assert 1 == len(farewell.take_waiting())
