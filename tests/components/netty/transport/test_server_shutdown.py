"""Ending servers: on loops that live, that have ended, and that are blocked."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import EchoHandler, ServerBootstrap
from pyboot.components.netty.errors import LoopEndedError
from pyboot.components.netty.transport.server_shutdown import end_servers, stop_listening, unless_ended


async def test_servers_stop_listening_and_leave_their_connections() -> None:
    """Who is connected goes on; who comes is refused."""
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(EchoHandler()))
    server = await bootstrap.bind("127.0.0.1", 0)
    host, port = server.local_address()[:2]
    reader, writer = await asyncio.open_connection(host, port)

    await stop_listening([server])
    writer.write(b"still here")

    assert b"still here" == await reader.readexactly(10)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, port)
    writer.close()
    assert 0 == await end_servers({server}, [], 0.0, 5.0)


async def test_a_loop_that_has_ended_is_no_error() -> None:
    """All on it has ended with it."""

    async def work() -> Any:
        raise LoopEndedError("the loop of another thread")

    await unless_ended(work())
