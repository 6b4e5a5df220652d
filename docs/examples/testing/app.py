"""Looks names up in a directory that takes its time."""

import asyncio

from pyboot.boot import PyBootApplication, Service
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer


@PyBootApplication
class App: ...


@Service
class Directory:
    """Who lives where."""

    async def find(self, name: str) -> str:
        """Look *name* up."""
        await asyncio.sleep(0.01)
        return {"ada": "London"}[name]


@NettyServer(port=9000)
class LookupServer:
    pipeline = ["line", "string"]


@ChannelHandlerBean()
class LookupHandler(ChannelHandler[str]):
    """Answers a name with a place."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory

    async def channel_read(self, ctx: ChannelHandlerContext, name: str) -> None:
        ctx.write_and_flush(await self.directory.find(name) + "\n")

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        ctx.write_and_flush("unknown\n")
