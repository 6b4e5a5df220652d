"""Programs that a handler starts: they run beside the loop, and hold no connection open."""

import asyncio
import sys
from typing import Any

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext

PROGRAM = "import sys; sys.stdout.write('here'); sys.stdout.flush(); sys.stdin.read()"


class Starts(ChannelHandler[Any]):
    """Starts a program for the first message, and ends the connection when it runs."""

    def __init__(self) -> None:
        self.process: asyncio.subprocess.Process | None = None

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, stdin=pipe, stdout=pipe)
        assert self.process.stdout is not None
        ctx.write_and_flush(await self.process.stdout.readexactly(4))
        ctx.close()


async def test_a_program_that_outlives_its_connection_does_not_keep_it_open(listen: Any, connect: Any) -> None:
    """The peer sees the end while the program runs on: no socket is inherited."""
    starts = Starts()
    server = await listen(lambda channel: channel.pipeline().add_last(starts))
    reader, writer = await connect(server)
    writer.write(b"start")
    try:
        async with asyncio.timeout(20):
            assert b"here" == await reader.read()
        assert starts.process is not None
        assert starts.process.returncode is None
    finally:
        if starts.process is not None:
            await starts.process.communicate()
