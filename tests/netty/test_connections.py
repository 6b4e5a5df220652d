"""The connections of one server, with channels in memory."""

import asyncio
import logging
from typing import Any

import pytest

from pyboot.boot import ScopeStore
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.netty.annotations import NettyServer
from pyboot.netty.assembly import ServerPlan, Step
from pyboot.netty.connections import Connections


class Plain(ChannelHandler[Any]):
    """A handler."""


class Endless(ChannelHandler[Any]):
    """Never done with the first message."""

    def __init__(self, begun: list[object]) -> None:
        """Note in *begun* what was begun."""
        self.begun = begun

    async def channel_read(self, ctx: ChannelHandlerContext, msg: object) -> None:
        """Begin, and wait for ever."""
        self.begun.append(msg)
        await asyncio.Event().wait()


def connections(ended: list[str], error: Exception | None = None) -> Connections:
    """Connections whose beans note their end, or fail at it."""

    def make(store: ScopeStore) -> tuple[Plain, ...]:
        def end() -> None:
            ended.append("gone")
            if error is not None:
                raise error

        store.on_close("session", end)
        return (Plain(),)

    return Connections(ServerPlan("echo", "127.0.0.1", NettyServer().port, {}, {}, (Step("Plain", make),)))


async def test_a_connection_is_remembered_until_it_is_closed() -> None:
    """Opened, then closed."""
    accepted = connections([])
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())

    accepted.accept(channel)
    assert 1 == len(accepted)

    channel.close()
    assert 0 == len(accepted)
    await accepted.close()


async def test_beans_of_a_connection_are_ended_when_it_is_closed() -> None:
    """By the channel's own loop; a stop waits for it."""
    ended: list[str] = []
    accepted = connections(ended)
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    accepted.accept(channel)

    channel.close()
    await accepted.close()

    assert ["gone"] == ended


async def test_a_stop_closes_what_is_open() -> None:
    """And ends its beans."""
    ended: list[str] = []
    accepted = connections(ended)
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    accepted.accept(channel)

    await accepted.close()

    assert (False, ["gone"]) == (channel.is_open, ended)


async def test_a_stop_that_is_given_up_cuts_off_what_is_open() -> None:
    """A handler that waits for ever is cancelled, and what came in behind is not begun."""
    begun: list[object] = []
    accepted = connections([])
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    accepted.accept(channel)
    channel.pipeline().add_last(Endless(begun))
    channel.write_inbound("first", "second")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await accepted.close()

    assert (["first"], False, 0) == (begun, channel.is_open, len(accepted))


async def test_a_bean_that_cannot_be_ended_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    """The other connections are not concerned, and the stop goes on."""
    accepted = connections([], ValueError("no"))
    accepted.accept(EmbeddedChannel(loop=asyncio.get_running_loop()))

    with caplog.at_level(logging.ERROR):
        await accepted.close()

    assert ["beans of a connection of the server 'echo' could not be destroyed"] == [record.message for record in caplog.records]
