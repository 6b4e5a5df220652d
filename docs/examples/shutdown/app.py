"""Works on each line for a while, and keeps a journal that must be written to its end."""

import asyncio

from pyboot.boot import PreDestroy, PyBootApplication, Service, run
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer


@PyBootApplication
class App: ...


@Service
class Journal:
    """What was done."""

    def __init__(self) -> None:
        self.entries: list[str] = []

    @PreDestroy
    async def close(self) -> None:
        """Called when no handler needs the journal any more."""
        print(f"journal closed with {len(self.entries)} entries")


@NettyServer(port=9000)
class WorkServer:
    pipeline = ["line", "string"]


@ChannelHandlerBean()
class Work(ChannelHandler[str]):
    """Says when it begins and when it is done."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    async def channel_read(self, ctx: ChannelHandlerContext, task: str) -> None:
        ctx.write_and_flush(f"begin {task}\n")
        await asyncio.sleep(0.2)
        self.journal.entries.append(task)
        ctx.write_and_flush(f"done {task}\n")


if __name__ == "__main__":
    run(App)
