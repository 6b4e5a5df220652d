"""Whatever a handler raises, in whichever callback: the connection is over in the end, its peer is told, and nobody else is hurt."""

import asyncio
import logging
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ChannelOption, ServerBootstrap
from pyboot.components.netty.channel.close_reason import close_reason_of

EVENTS = [
    "handler_added",
    "channel_registered",
    "channel_active",
    "channel_read",
    "channel_read_complete",
    "user_event_triggered",
    "channel_writability_changed",
    "channel_inactive",
    "channel_unregistered",
    "handler_removed",
]
AT_THE_END = EVENTS[-3:]


class MistakeError(Exception):
    """A bug of a handler."""


class Talks(ChannelHandler[Any]):
    """Makes every kind of event happen with the first message: an event, and a channel that is full and has room again."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.fire_user_event_triggered("an event")
        ctx.write_and_flush(bytes(100_000))
        ctx.fire_channel_read(msg)


def raises_in(event: str, *, suspends: bool, catches: bool) -> ChannelHandler[Any]:
    """A handler that raises in *event*, plainly or from a coroutine; one that *catches* raises in `exception_caught` as well."""

    def fails(self: Any, ctx: ChannelHandlerContext, *_: Any) -> None:
        raise MistakeError(event)

    async def fails_later(self: Any, ctx: ChannelHandlerContext, *_: Any) -> None:
        await asyncio.sleep(0)
        raise MistakeError(event)

    def caught(self: Any, ctx: ChannelHandlerContext, error: Exception) -> None:
        raise MistakeError("exception_caught") from error

    members: dict[str, Any] = {event: fails_later if suspends else fails}
    if catches:
        members["exception_caught"] = caught
    return type("Raises", (ChannelHandler,), members)()


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("suspends", [False, True], ids=["plain", "coroutine"])
@pytest.mark.parametrize("catches", [False, True], ids=["uncaught", "exception_caught raises too"])
async def test_no_connection_outlives_what_its_handler_raises(
    listen: Any, connect: Any, caplog: pytest.LogCaptureFixture, event: str, suspends: bool, catches: bool
) -> None:
    """What was raised is in the log; one whose own `exception_caught` fails goes on, as it does in Netty."""
    channels: list[Any] = []

    def assemble(channel: Any) -> None:
        channels.append(channel)
        channel.pipeline().add_last(Talks(), raises_in(event, suspends=suspends, catches=catches))

    server = await listen(assemble, ServerBootstrap().child_option(ChannelOption.CLOSE_TIMEOUT, 1.0))
    with caplog.at_level(logging.WARNING, "pyboot.components.netty"):
        reader, writer = await connect(server)
        writer.write(b"something")
        async with asyncio.timeout(20):
            try:
                if event in AT_THE_END or catches:  # nothing has happened to it yet, or it was dealt with
                    await reader.read(1)
                    writer.transport.abort()
                while await reader.read(65536):
                    pass
            except ConnectionError:  # a reset tells it too
                pass
            while not channels:  # noqa: ASYNC110  # one that left at once is accepted all the same
                await asyncio.sleep(0)
            await channels[0].close_future
            # Its handlers are removed, and what they raise then is told, in turns of the loop.
            while channels[0].pipeline().names() or "MistakeError" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0)

    assert not channels[0].is_open
    assert [] == channels[0].pipeline().names()
    assert "MistakeError" in caplog.text
    if not catches and event not in AT_THE_END:
        assert "handler-error" == close_reason_of(channels[0])
    for _ in range(3):
        await asyncio.sleep(0)
    assert 0 == server.connections


async def test_a_neighbour_of_a_handler_that_raises_is_served(listen: Any, connect: Any) -> None:
    """On the same loop, at the same time."""

    class Judges(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if bytes(msg) == b"bad":
                raise MistakeError("bad")
            ctx.write_and_flush(msg)

    server = await listen(lambda channel: channel.pipeline().add_last(Judges()))
    bad, good = await connect(server), await connect(server)
    bad[1].write(b"bad")
    good[1].write(b"good")
    async with asyncio.timeout(20):
        assert b"" == await bad[0].read()
        assert b"good" == await good[0].readexactly(4)
