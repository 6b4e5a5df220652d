"""A server that answers lines, and connections to it, beside the management server."""

from typing import Any

import httpx2

from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer


@NettyServer(name="lines")
class LineServer:
    """Takes lines of text."""

    pipeline = ("line", "string")


@ChannelHandlerBean(server="lines")
class Shout(ChannelHandler[str]):
    """Answers in capitals; ``wait`` is never answered."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """A line."""
        if msg == "wait":
            await ctx.channel.close_future
        await ctx.write_and_flush(f"{msg.upper()}\n")


async def said(stream: Any, line: str) -> bytes:
    """Say *line*, and return the answer."""
    reader, writer = stream
    writer.write(f"{line}\n".encode())
    answer: bytes = await reader.readline()
    return answer


async def nothing_left(client: httpx2.AsyncClient, endpoint: str, key: str) -> None:
    """Ask *endpoint* until there is nothing under *key* any more."""
    while (await client.get(f"/{endpoint}")).json()[key]:
        continue
