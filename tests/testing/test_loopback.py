"""A server and a plain client for one test."""

from typing import Any

from pyboot.components.netty import Channel, ChannelHandler, ChannelHandlerContext
from pyboot.testing import serving


class Upper(ChannelHandler[Any]):
    """Answers in capitals."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Bytes in, bytes out."""
        ctx.write_and_flush(bytes(msg.read_bytes(msg.readable_bytes())).upper())


def assemble(channel: Channel) -> None:
    """A handler for each connection."""
    channel.pipeline().add_last(Upper())


async def test_what_a_handler_writes_is_read_by_the_client() -> None:
    """Over a real socket."""
    async with serving(assemble) as (reader, writer):
        writer.write(b"ada")

        assert b"ADA" == await reader.readexactly(3)


async def test_the_client_may_leave_first() -> None:
    """The end of the test is no error."""
    async with serving(assemble) as (_, writer):
        writer.close()
        await writer.wait_closed()

        assert writer.is_closing()
