"""What a channel's callbacks set in context variables, its later callbacks see: plain and coroutine, on both loops, over pauses too."""

import asyncio
import contextvars
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ServerBootstrap

WHO: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")
EVENTS = ("channel_registered", "channel_active", "channel_read", "channel_read_complete", "channel_inactive", "channel_unregistered")


class Plain(ChannelHandler[Any]):
    """Adds a letter in each callback, and writes down what it found."""

    def __init__(self, found: list[tuple[str, str]], done: asyncio.Event) -> None:
        self.found = found
        self.done = done

    def note(self, event: str) -> None:
        self.found.append((event, WHO.get()))
        WHO.set(WHO.get() + event[8].upper())

    def channel_registered(self, ctx: ChannelHandlerContext) -> None:
        WHO.set("")
        self.note("channel_registered")
        ctx.fire_channel_registered()

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.note("channel_active")
        ctx.fire_channel_active()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.note("channel_read")
        ctx.fire_channel_read(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.note("channel_read_complete")
        ctx.write_and_flush(b"ok")
        if self.pauses:
            ctx.channel.auto_read = False
            ctx.channel.loop.call_soon(setattr, ctx.channel, "auto_read", True)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.note("channel_inactive")
        ctx.fire_channel_inactive()

    def channel_unregistered(self, ctx: ChannelHandlerContext) -> None:
        self.note("channel_unregistered")
        self.done.set()

    pauses = False


class Pauses(Plain):
    """Stops reading for a turn after each read."""

    pauses = True


class Coroutine(Plain):
    """The same, each callback suspended for a turn."""

    async def channel_active(self, ctx: ChannelHandlerContext) -> None:  # type: ignore[override]  # as users write it
        await asyncio.sleep(0)
        super().channel_active(ctx)

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:  # type: ignore[override]
        await asyncio.sleep(0)
        super().channel_read(ctx, msg)

    async def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:  # type: ignore[override]
        super().channel_read_complete(ctx)

    async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:  # type: ignore[override]
        await asyncio.sleep(0)
        super().channel_inactive(ctx)


@pytest.mark.parametrize("handler", [Plain, Pauses, Coroutine])
async def test_what_a_callback_sets_the_later_ones_see(handler: type[Plain], connect: Any) -> None:
    """And no other channel does, though all are of one server."""
    both: list[tuple[list[tuple[str, str]], asyncio.Event]] = []

    def assemble(channel: Any) -> None:
        both.append(([], asyncio.Event()))
        channel.pipeline().add_last(handler(*both[-1]))

    bootstrap = ServerBootstrap().child_handler(assemble)
    server = await bootstrap.bind("127.0.0.1", 0)
    one, other = await connect(server), await connect(server)
    for reader, writer in (one, other, one, other):
        writer.write(b"x")
        assert b"ok" == await asyncio.wait_for(reader.readexactly(2), 10)
    for _, writer in (one, other):
        writer.close()
    for found, done in both:
        await asyncio.wait_for(done.wait(), 10)
        assert [
            ("channel_registered", ""),
            ("channel_active", "R"),
            ("channel_read", "RA"),
            ("channel_read_complete", "RAR"),
            ("channel_read", "RARR"),
            ("channel_read_complete", "RARRR"),
            ("channel_inactive", "RARRRR"),
            ("channel_unregistered", "RARRRRI"),
        ] == found
    assert "nobody" == WHO.get()
    await bootstrap.shutdown_gracefully(0, 5)
