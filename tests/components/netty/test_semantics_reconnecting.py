"""Clients that reconnect, over real sockets: servers die and come back on their ports, users close and want no more."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext, EchoHandler, EventLoopGroup, HeartbeatHandler
from pyboot.components.netty.bootstrap import ServerBootstrap
from pyboot.components.netty.errors import ClosedChannelError, LoopEndedError, ReadTimeoutError
from pyboot.components.netty.transport.backoff import Backoff

SOON = Backoff(initial_seconds=0.005, max_seconds=0.02)


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def reconnecting(recorder: Any, port: int, *handlers: Callable[[], ChannelHandler[Any]], backoff: Backoff = SOON) -> Bootstrap:
    """A client whose pipelines have new *handlers* and the one recorder."""
    return (
        Bootstrap.auto_reconnect(True, backoff)
        .handler(lambda channel: channel.pipeline().add_last(*(make() for make in handlers), recorder))
        .address("127.0.0.1", port)
    )


async def serve(port: int, handler: type[ChannelHandler[Any]] = EchoHandler) -> ServerBootstrap:
    """A server on *port*."""
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(handler()))
    await bootstrap.bind("127.0.0.1", port)
    return bootstrap


def test_it_can_be_asked_of_the_class_or_of_an_object() -> None:
    """`Bootstrap.auto_reconnect(True)` makes a new one, as the published documentation writes it."""
    bootstrap = Bootstrap()

    assert bootstrap is bootstrap.auto_reconnect(True)
    assert isinstance(Bootstrap.auto_reconnect(True), Bootstrap)
    assert Bootstrap.auto_reconnect() is not Bootstrap.auto_reconnect()


async def test_a_client_outlives_its_server(recorder: Any, unused_port: int) -> None:
    """Killed and started again on its port, twice: each time there is a new channel with handlers of its own."""
    server = await serve(unused_port)
    bootstrap = reconnecting(recorder, unused_port)
    first = await bootstrap.connect()
    for times in (1, 2):
        await server.shutdown_gracefully(0, 0)
        await recorder.seen("channel_inactive", times)
        server = await serve(unused_port)
        await recorder.seen("channel_active", times + 1)
    recorder.channels[-1].write_and_flush(b"still here")
    await recorder.until(lambda: recorder.received == b"still here")

    assert first is recorder.channels[0]
    assert 3 <= len(set(recorder.channels))
    await bootstrap.close()
    await server.shutdown_gracefully(0, 0)


async def test_connect_waits_for_a_server_that_is_not_there_yet(recorder: Any, unused_port: int) -> None:
    """Its answer is the first channel, at whichever attempt; callbacks hear of each."""
    failed = asyncio.Event()
    told: list[object] = []

    def fail(_: Bootstrap, error: OSError) -> None:
        told.append(type(error))
        failed.set()

    bootstrap = reconnecting(recorder, unused_port)
    bootstrap.when_connect_fail(fail).when_connect_success(lambda _, channel: told.append(channel))
    connecting = asyncio.ensure_future(bootstrap.connect())
    await failed.wait()
    server = await serve(unused_port)
    channel = await connecting

    assert [ConnectionRefusedError, channel] == [told[0], told[-1]]
    await bootstrap.close()
    await server.shutdown_gracefully(0, 0)


@pytest.mark.parametrize("way", ["channel", "handler", "abort", "bootstrap"])
async def test_what_is_closed_here_stays_closed(recorder: Any, listen: Any, way: str) -> None:
    """By the channel, by a handler, by the bootstrap; at once or in order."""
    server = await listen(lambda channel: None)
    bootstrap = reconnecting(recorder, server.local_address()[1])
    channel = await bootstrap.connect()
    (line,) = bootstrap._reconnecting
    if way == "channel":
        channel.close()
    elif way == "handler":
        channel.pipeline().context(recorder).close()
    elif way == "abort":
        channel.abort()
    else:
        await bootstrap.close()
    await line.wait_closed()

    assert (set(), [channel]) == (bootstrap._reconnecting, recorder.channels)


async def test_closing_the_bootstrap_ends_the_waiting(recorder: Any, unused_port: int) -> None:
    """Whoever waits for the connection is told, and no timer is left."""
    bootstrap = reconnecting(recorder, unused_port, backoff=Backoff(initial_seconds=30))
    waiting = asyncio.Event()
    bootstrap.when_connect_fail(lambda *_: waiting.set())
    connecting = asyncio.ensure_future(bootstrap.connect())
    await waiting.wait()
    await bootstrap.close()

    with pytest.raises(ClosedChannelError, match=f"connecting to .*{unused_port}.* was stopped"):
        await connecting
    assert {asyncio.current_task()} == asyncio.all_tasks()


class Throws(ChannelHandler[Any]):
    """Has a bug that shows as soon as it is connected."""

    async def channel_active(self, ctx: ChannelHandlerContext) -> None:
        raise ValueError("bug")


class Leaves(ChannelHandler[Any]):
    """A server that takes connections and drops them."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.close()


async def test_a_server_that_drops_its_connections_is_left_alone_more_and_more(recorder: Any, unused_port: int) -> None:
    """They are not stable: attempts go on where they stopped, up to the last."""
    server = await serve(unused_port, Leaves)
    bootstrap = reconnecting(recorder, unused_port, backoff=Backoff(initial_seconds=0.005, max_attempts=3))
    await bootstrap.connect()
    (line,) = bootstrap._reconnecting
    await line.wait_closed()

    assert 4 == recorder.events.count("channel_active")
    await server.shutdown_gracefully(0, 0)


async def test_an_error_that_no_handler_caught_is_a_loss(recorder: Any, listen: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It closed the connection; nobody wanted that."""
    server = await listen(EchoHandler())
    bootstrap = reconnecting(recorder, server.local_address()[1], Throws)
    await bootstrap.connect()
    await recorder.seen("channel_inactive", 2)

    assert any("lost (bug); attempt 1 in" in message for message in caplog.messages)
    await bootstrap.close()


class Deaf(ChannelHandler[Any]):
    """A peer that takes everything and says nothing."""


async def test_a_peer_that_answers_no_heartbeat_is_left_for_a_new_connection(recorder: Any, unused_port: int) -> None:
    """The heartbeat's timeout closes the connection; that it was closed by a handler does not make it wanted."""
    server = await serve(unused_port, Deaf)
    bootstrap = reconnecting(recorder, unused_port, lambda: HeartbeatHandler(0.01, timeout_seconds=0.03))
    await bootstrap.connect()
    await recorder.seen("channel_active", 2)

    assert isinstance(recorder.errors[0], ReadTimeoutError)
    await bootstrap.close()
    await server.shutdown_gracefully(0, 0)


async def test_heartbeats_that_are_answered_keep_the_connection(recorder: Any, listen: Any) -> None:
    """The echo of a heartbeat is one; it goes no further than its handler."""
    server = await listen(EchoHandler())
    beats: list[object] = []

    class Noting(HeartbeatHandler):
        def is_heartbeat(self, msg: Any) -> bool:
            beats.append(msg)
            recorder.note("beat")
            return super().is_heartbeat(msg)

    bootstrap = reconnecting(recorder, server.local_address()[1], lambda: Noting(0.005, timeout_seconds=5))
    channel = await bootstrap.connect()
    await recorder.seen("beat", 4)

    assert (True, b"", 1) == (channel.is_active, recorder.received, len(recorder.channels))
    await bootstrap.close()


async def test_a_group_that_is_shut_down_ends_it(recorder: Any, listen: Any) -> None:
    """Connected or waiting, nothing is tried on a loop that ends, and the shutdown waits for nothing."""
    server = await listen(EchoHandler())
    port = server.local_address()[1]
    group = EventLoopGroup(2)
    connected, waiting = (Bootstrap.auto_reconnect(True, Backoff(initial_seconds=30)).group(group) for _ in range(2))
    channel = await connected.handler(lambda _: None).connect("127.0.0.1", port)
    failed = asyncio.Event()
    loop = asyncio.get_running_loop()
    waiting.when_connect_fail(lambda *_: loop.call_soon_threadsafe(failed.set))
    connecting = asyncio.ensure_future(waiting.handler(lambda _: None).connect("127.0.0.1", 1))
    await failed.wait()
    await group.shutdown_gracefully(0, 5)

    assert (False, set(), set()) == (channel.is_open, connected._reconnecting, waiting._reconnecting)
    for given_up in (connecting, connected.connect("127.0.0.1", port)):
        with pytest.raises(LoopEndedError):
            await given_up


async def test_a_failure_callback_that_connects_makes_one_attempt_of_its_own(recorder: Any, unused_port: int) -> None:
    """As the published documentation does; the channel that it gives is kept like one of our own."""
    server: list[ServerBootstrap] = []

    async def fail(bootstrap: Bootstrap, error: OSError) -> Any:
        with pytest.raises(ConnectionRefusedError):
            await bootstrap.connect()
        server.append(await serve(unused_port))
        return await bootstrap.connect()

    bootstrap = reconnecting(recorder, unused_port).when_connect_fail(fail)
    channel = await bootstrap.connect()

    assert (channel, 1) == (recorder.channels[-1], len(bootstrap._reconnecting))
    await bootstrap.close()
    await server[0].shutdown_gracefully(0, 0)


async def test_without_it_a_lost_connection_is_lost(recorder: Any, unused_port: int) -> None:
    """It can be taken back, and is off from the beginning."""
    server = await serve(unused_port)
    bootstrap = reconnecting(recorder, unused_port).auto_reconnect(False)
    await bootstrap.connect()

    assert set() == bootstrap._reconnecting
    await bootstrap.close()
    await server.shutdown_gracefully(0, 0)


CLIENT = """
import logging, sys
from pyboot.components.netty import Bootstrap
logging.basicConfig(level=logging.INFO, format="%(message)s")
bootstrap = Bootstrap.auto_reconnect(True).handler(lambda channel: None).address("127.0.0.1", int(sys.argv[1]))
bootstrap.grace()
print("ended", flush=True)
"""


@pytest.mark.slow
async def test_a_signal_ends_a_program_that_waits_for_its_server(unused_port: int) -> None:
    """One is enough."""
    command = [sys.executable, "-c", CLIENT, str(unused_port)]
    program = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    assert program.stdout is not None
    assert b"attempt 1 in" in await program.stdout.readline()
    program.send_signal(signal.SIGINT)
    rest = await program.stdout.read()

    assert (b"ended", 0) == (rest.split()[-1], await program.wait())
