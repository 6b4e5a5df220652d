"""Accepted sockets become channels on the loop that serves them, or are closed; the server goes on either way."""

import asyncio
import gc
import logging
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from pyboot.components.netty import ChannelInitializer, ChannelOption, EchoHandler, EventLoopGroup, ServerBootstrap
from pyboot.components.netty.transport.accepting import Acceptor


async def test_a_group_of_workers_serves_what_the_boss_accepts(connect: Any) -> None:
    """Each connection belongs to one worker's loop, in turn; its events come in that thread."""
    threads: list[str] = []

    def assemble(channel: Any) -> None:
        threads.append(threading.current_thread().name)
        channel.pipeline().add_last(EchoHandler())

    async with EventLoopGroup(1, "boss") as boss, EventLoopGroup(2, "worker") as workers:
        bootstrap = ServerBootstrap().group(boss, workers).child_handler(assemble)
        server = await bootstrap.bind("127.0.0.1", 0)
        for _ in range(4):
            reader, writer = await connect(server)
            writer.write(b"word")
            assert b"word" == await reader.readexactly(4)

        assert server.loop is boss.loops[0]
        assert ["worker-0", "worker-1", "worker-0", "worker-1"] == threads
        await bootstrap.shutdown_gracefully(0, 5)


async def test_an_injected_loop_serves(connect: Any) -> None:
    """Whoever runs it: here it is the running one."""
    loop = asyncio.get_running_loop()
    bootstrap = ServerBootstrap().group(loop).child_handler(lambda channel: channel.pipeline().add_last(EchoHandler()))
    server = await bootstrap.bind("127.0.0.1", 0)
    reader, writer = await connect(server)
    writer.write(b"word")

    assert b"word" == await reader.readexactly(4)
    assert server.loop is loop
    await bootstrap.shutdown_gracefully(0, 5)


async def test_a_connection_whose_pipeline_cannot_be_filled_is_closed(listen: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The next one is served."""
    failures = [RuntimeError("first")]

    class Failing(ChannelInitializer):
        """Works from the second time on."""

        def init_channel(self, channel: Any) -> None:
            if failures:
                raise failures.pop()
            channel.pipeline().add_last(EchoHandler())

    server = await listen(Failing())
    refused, _ = await connect(server)
    assert b"" == await refused.read()
    assert "could not fill the pipeline" in caplog.text

    reader, writer = await connect(server)
    writer.write(b"word")
    assert b"word" == await reader.readexactly(4)


async def test_a_connection_that_cannot_be_made_a_channel_is_closed(listen: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A bad channel class, for instance."""
    server = await listen(lambda channel: None)

    class Broken:
        """Nobody can make one."""

        def __init__(self, *_: object) -> None:
            raise ValueError("broken")

    server.child_class = Broken
    reader, _ = await connect(server)

    assert b"" == await reader.read()
    assert "could not take over a connection; it was closed" in caplog.text


async def test_a_connection_accepted_for_a_group_that_ended_is_closed(connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It is said, and the server stays."""
    workers = EventLoopGroup(1, "gone")
    bootstrap = ServerBootstrap().group(asyncio.get_running_loop(), workers).child_handler(lambda channel: None)
    server = await bootstrap.bind("127.0.0.1", 0)
    await workers.shutdown_gracefully()

    for _ in range(20):
        reader, _ = await connect(server)
        assert b"" == await reader.read()
    assert server.is_active
    await bootstrap.shutdown_gracefully(0, 5)

    first, count = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "<EventLoopGroup gone loops=1 shut down> was shut down: nothing runs there any more" in first.getMessage()
    assert count.getMessage().startswith("19 more of no-loop in")


async def test_a_client_that_left_before_it_was_accepted_disturbs_nobody(
    listen: Any, connect: Any, reset: Any, recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A port scan, a health check: no stack trace."""
    caplog.set_level(logging.INFO)

    def assemble(channel: Any) -> None:
        channel.pipeline().add_last(recorder, EchoHandler())

    server = await listen(assemble)
    for _ in range(20):
        _, writer = await connect(server)
        reset(writer)
    reader, writer = await connect(server)
    writer.write(b"word")

    assert b"word" == await reader.readexactly(4)
    await recorder.until(lambda: recorder.events.count("channel_active") - recorder.events.count("channel_inactive") == 1)
    assert "" == caplog.text


async def test_a_connection_that_comes_as_the_server_closes_is_closed(listen: Any, connect: Any) -> None:
    """It has nobody to serve it."""
    bootstrap = ServerBootstrap()
    server = await listen(lambda channel: channel.pipeline().add_last(EchoHandler()), bootstrap)
    reader, writer = await connect(server)

    await bootstrap.shutdown_gracefully(0, 5)

    writer.write(b"word")
    try:
        assert b"" == await reader.read()
    except ConnectionResetError:  # it was still in the queue of the system
        assert not server.is_open


@pytest.mark.parametrize("turns", [0, 1])
@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_connection_on_its_way_to_a_loop_that_ends_is_closed_and_counted_back(
    new_loop: Callable[[], asyncio.AbstractEventLoop], turns: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it got there, or was dropped with what the loop was to call; no descriptor stays, and Python has nothing to complain of."""
    said: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    listening, worker = new_loop(), new_loop()
    bootstrap = ServerBootstrap().option(ChannelOption.MAX_CONNECTIONS, 2).child_handler(lambda channel: None)
    server = listening.run_until_complete(bootstrap.bind("127.0.0.1", 0))
    acceptor = server.pipeline().get(Acceptor)
    monkeypatch.setattr(acceptor, "_next_loop", [worker].pop)
    client = socket.create_connection(server.local_address())
    while server.connections == 0:
        listening.run_until_complete(asyncio.sleep(0))

    for _ in range(turns):
        worker.call_soon(worker.stop)
        worker.run_forever()
    # What a loop leaves open that is closed under its connections, it says so itself.
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        worker.close()
        del worker
        gc.collect()
    listening.run_until_complete(asyncio.sleep(0))

    client.settimeout(5)
    assert b"" == client.recv(1)
    assert ([], 0, "") == (said, server.connections, caplog.text)
    client.close()
    listening.run_until_complete(bootstrap.shutdown_gracefully(0, 5))
    listening.close()
