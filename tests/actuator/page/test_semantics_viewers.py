"""Viewers over real connections: as many as there may be, one of which never reads; and the end of the application before theirs."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from pyboot.actuator import ManagementServer
from pyboot.actuator.page import viewers
from pyboot.boot import ApplicationContext
from tests.actuator.management_client import managed

LOG = logging.getLogger("tests.page.viewers")
ASKED = b"GET /actuator/page/stream?sections=errors HTTP/1.1\r\nHost: localhost\r\n\r\n"


@asynccontextmanager
async def looking(context: ApplicationContext) -> AsyncIterator[asyncio.StreamReader]:
    """Look at the page, and read up to the greeting."""
    reader, writer = await asyncio.open_connection(*context.get(ManagementServer).address, limit=1 << 24)
    try:
        writer.write(ASKED)
        await reader.readuntil(b"event: hello")
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


async def test_who_never_reads_costs_no_memory_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Acceptance M9: once its network takes no more, nothing is kept for it, and the seven others have their looks."""
    monkeypatch.setattr(viewers, "PERIOD", 0.02)
    async with managed() as (_, context), AsyncExitStack() as stack:
        never = stack.enter_context(socket.socket())
        never.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server = context.get(ManagementServer)
        await asyncio.to_thread(never.connect, server.address)
        others = [await stack.enter_async_context(looking(context)) for _ in range(viewers.MOST - 1)]
        slow = next(each for each in server.connections.counted().channels if each.remote_address() == never.getsockname())
        never.sendall(ASKED)
        while not slow.outbound.pending:
            await all_have_news(others)
        stuck = int(slow.bytes_out), int(slow.outbound.pending)
        for _ in range(10):
            await all_have_news(others)
        assert stuck == (int(slow.bytes_out), int(slow.outbound.pending))
        assert viewers.MOST == context.get(viewers.Viewers).count
        slow.abort()


async def all_have_news(readers: Iterable[asyncio.StreamReader]) -> None:
    """Log as much as is kept, a fifth of a megabyte, and wait until each has it."""
    for _ in range(200):
        LOG.warning("x" * 1000)
    LOG.warning("the last")
    await asyncio.gather(*(each.readuntil(b"the last") for each in readers))


async def test_a_stream_that_is_open_at_the_end_is_told_so_and_ended() -> None:
    """Not cut off: the browser knows that it need not ask again at once."""
    async with AsyncExitStack() as stack:
        async with managed() as (_, context):
            reader = await stack.enter_async_context(looking(context))
        assert (await reader.read()).endswith(b"event: bye\ndata: {}\n\n\r\n0\r\n\r\n")
