"""Bootstraps: what is checked before anything is bound, what callbacks are told, how everything ends."""

import asyncio
import socket
import subprocess
import sys
import threading
import warnings
from typing import Any

import pytest

from pyboot.components.netty import (
    Bootstrap,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    DatagramPacket,
    EchoHandler,
    EventLoopGroup,
    NettyError,
    ServerBootstrap,
    ServerSocketChannel,
    SocketChannel,
    WriteBufferWaterMark,
)
from pyboot.components.netty.bootstrap import BootstrapFuture, ignore_gc_warning
from pyboot.components.netty.errors import BindError, LoopEndedError, NotSharableError
from pyboot.components.netty.transport import threadsafe


def echo(channel: Any) -> None:
    """A pipeline that answers."""
    channel.pipeline().add_last(EchoHandler())


def nothing(channel: Any) -> None:
    """A pipeline without handlers."""


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


# What is checked before anything is bound.


async def test_a_server_without_a_child_handler_is_refused() -> None:
    """It would serve nobody."""
    with pytest.raises(NettyError, match="ServerBootstrap has no child_handler"):
        await ServerBootstrap().bind("127.0.0.1", 0)


async def test_a_client_without_a_handler_is_refused() -> None:
    """It would do nothing."""
    with pytest.raises(NettyError, match="Bootstrap has no handler"):
        await Bootstrap().connect("127.0.0.1", 9)


def test_a_handler_object_that_only_one_connection_could_have_is_refused() -> None:
    """On the second connection it would be too late."""
    with pytest.raises(NotSharableError):
        ServerBootstrap().child_handler(ChannelHandler[Any]())


def test_an_option_that_nothing_knows_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    """And left out."""
    ServerBootstrap().child_option(ChannelOption("WRITE_SPIN", 16), 16)

    assert "ChannelOption.WRITE_SPIN is not known and was left out" in caplog.text


def test_channel_classes_must_fit() -> None:
    """What listens listens, what connects connects."""
    with pytest.raises(TypeError, match="SocketChannel does not listen"):
        ServerBootstrap().channel(SocketChannel)  # type: ignore[arg-type]  # what is wrong with it is the point
    with pytest.raises(TypeError, match="ServerSocketChannel does not connect"):
        Bootstrap().channel(ServerSocketChannel)  # type: ignore[arg-type]  # what is wrong with it is the point


# Options, attributes, handlers.


async def test_options_and_attributes_reach_each_channel_before_its_handlers(listen: Any, connect: Any) -> None:
    """Of the listening channel and of each connection; None takes an option back."""
    seen: list[Any] = []
    marks = WriteBufferWaterMark(5, 10)

    def look(channel: Any) -> None:
        seen.append((channel.attributes, channel.get_option(ChannelOption.WRITE_BUFFER_WATER_MARK)))
        channel.pipeline().add_last(EchoHandler())

    bootstrap = ServerBootstrap().attr("who", "server").child_attr("who", "child")
    bootstrap.child_option(ChannelOption.WRITE_BUFFER_WATER_MARK, marks).option(ChannelOption.SO_BACKLOG, 5).option(
        ChannelOption.SO_BACKLOG, None
    )
    server = await listen(look, bootstrap)
    reader, writer = await connect(server)
    writer.write(b"x")
    await reader.readexactly(1)

    assert {"who": "server"} == server.attributes
    assert [({"who": "child"}, marks)] == seen
    assert 1024 == server.get_option(ChannelOption.SO_BACKLOG)


async def test_taking_a_rule_back_brings_its_default(listen: Any, connect: Any, recorder: Any) -> None:
    """As if it had never been set."""
    bootstrap = ServerBootstrap().child_option(ChannelOption.CLOSE_TIMEOUT, 1.0).child_option(ChannelOption.CLOSE_TIMEOUT, None)
    server = await listen(recorder, bootstrap)
    await connect(server)
    await recorder.seen("channel_active")

    assert 30.0 == recorder.channels[0].get_option(ChannelOption.CLOSE_TIMEOUT)


def test_the_published_timeout_is_the_connect_timeout() -> None:
    """Under the name it had there."""
    bootstrap = Bootstrap().option(ChannelOption.SO_TIMEOUT, 6)

    assert 6.0 == bootstrap._options.config.connect_timeout


async def test_the_acceptor_comes_after_the_servers_own_handlers(listen: Any, connect: Any) -> None:
    """Those that an initializer adds too: they see the connections first."""
    taken: list[str] = []

    class Counting(ChannelHandler[Any]):
        """Sees each connection."""

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            taken.append(type(msg).__name__)
            ctx.fire_channel_read(msg)

    bootstrap = ServerBootstrap().handler(lambda channel: channel.pipeline().add_last(Counting()))
    server = await listen(echo, bootstrap)
    reader, writer = await connect(server)
    writer.write(b"x")
    await reader.readexactly(1)

    assert ["socket"] == taken
    assert ["Counting#0", "acceptor"] == server.pipeline().names()


# Callbacks.


async def test_success_is_told_with_the_channel(listen: Any) -> None:
    """With the bootstrap; that of a client whose method has 1.3's name gets it twice, as reader and writer of old."""
    told: list[Any] = []

    async def connected(*arguments: object) -> None:
        told.append(arguments)

    server_bootstrap = ServerBootstrap().when_connect_success(lambda *arguments: told.append(arguments))
    server = await listen(nothing, server_bootstrap)
    bootstrap = Bootstrap().handler(nothing).address(*server.local_address()).when_connect_sucess(connected)
    channel = await bootstrap.connect()
    again = await bootstrap.when_connect_success(connected).connect()

    assert [(server_bootstrap, server), (bootstrap, channel, channel), (bootstrap, again)] == told
    await channel.close()
    await again.close()


@pytest.mark.parametrize("how", ["raises", "cancelled"])
async def test_what_nobody_gets_since_the_callback_failed_does_not_stay_open(listen: Any, unused_port: int, how: str) -> None:
    """A connection is closed, an address given back."""
    told: list[Any] = []
    began = asyncio.Event()

    async def fails(_: object, channel: Any) -> None:
        told.append(channel)
        began.set()
        if how == "raises":
            raise RuntimeError("mine")
        await asyncio.Event().wait()

    server = await listen(nothing)
    for opening in (
        Bootstrap().handler(nothing).when_connect_success(fails).connect(*server.local_address()),
        ServerBootstrap().child_handler(nothing).when_connect_success(fails).bind("127.0.0.1", unused_port),
    ):
        task = asyncio.create_task(opening)
        await began.wait()
        began.clear()
        if how == "cancelled":
            task.cancel()
        with pytest.raises(RuntimeError if how == "raises" else asyncio.CancelledError):
            await task
        await asyncio.wait_for(told[-1].close_future, 10)

    assert [SocketChannel, ServerSocketChannel] == [type(channel) for channel in told]


async def test_failure_is_told_and_raised(unused_port: int) -> None:
    """A callback that gives nothing changes nothing."""
    told: list[Any] = []
    bootstrap = Bootstrap().handler(nothing).when_connect_fail(lambda *arguments: told.append(arguments))

    with pytest.raises(ConnectionRefusedError) as caught:
        await bootstrap.connect("127.0.0.1", unused_port)

    assert [(bootstrap, caught.value)] == told


async def test_a_failed_bind_is_told_and_raised(listen: Any) -> None:
    """The same for servers."""
    taken = await listen(nothing)
    told: list[Any] = []

    with pytest.raises(BindError) as caught:
        await ServerBootstrap().child_handler(echo).when_connect_fail(lambda _, error: told.append(error)).bind(*taken.local_address())

    assert [caught.value] == told


async def test_a_failure_callback_may_try_again_as_in_the_documentation_of_the_published_package(listen: Any, unused_port: int) -> None:
    """What it connects takes the place of what failed, and its own failures do not call it again."""
    server = await listen(nothing)
    calls: list[Any] = []

    async def retry(bootstrap: Bootstrap, error: OSError) -> Any:
        calls.append(error)
        with pytest.raises(ConnectionRefusedError):
            await bootstrap.connect("127.0.0.1", unused_port)
        return await bootstrap.connect(*server.local_address())

    channel = await Bootstrap().handler(nothing).when_connect_fail(retry).connect("127.0.0.1", unused_port)

    assert 1 == len(calls)
    assert server.local_address() == channel.remote_address()
    await channel.close()


# Groups and threads.


async def test_a_clients_group_runs_its_channels(listen: Any) -> None:
    """In turn."""
    server = await listen(echo)
    async with EventLoopGroup(2) as group:
        bootstrap = Bootstrap().group(group).handler(nothing).address(*server.local_address())
        channels = [await bootstrap.connect() for _ in range(3)]

        assert [group.loops[0], group.loops[1], group.loops[0]] == [channel.loop for channel in channels]
        await bootstrap.close()
        assert all(channel.close_future.is_done for channel in channels)


async def test_operations_from_another_thread_are_safe_and_can_be_awaited_there(listen: Any) -> None:
    """Written, flushed and closed in the channel's thread, in the order they were asked for."""
    received: list[bytes] = []
    threads: set[str] = set()
    complete = threading.Event()

    class Receiver(ChannelHandler[Any]):
        """Runs where the channel lives."""

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            threads.add(threading.current_thread().name)
            received.append(bytes(msg))
            if len(b"".join(received)) == 3000:
                complete.set()

    server = await listen(echo)
    async with EventLoopGroup(1, "client") as group:
        channel = await Bootstrap().group(group).handler(lambda made: made.pipeline().add_last(Receiver())).connect(*server.local_address())
        for number in range(999):
            channel.write(b"%03d" % number)
        await channel.write_and_flush(b"999")

        assert await asyncio.to_thread(complete.wait, 10)
        assert b"".join(b"%03d" % number for number in range(1000)) == b"".join(received)
        assert {"client-0"} == threads
        await channel.close()
        assert channel.close_future.is_done


async def test_a_plain_thread_may_wait_for_the_result(listen: Any, recorder: Any) -> None:
    """Blocking, without a loop of its own."""
    server = await listen(recorder)
    channel = await Bootstrap().handler(nothing).connect(*server.local_address())

    def work() -> None:
        channel.write_and_flush(b"from afar").result(10)  # type: ignore[attr-defined]  # what another thread gets has one
        channel.close().result(10)  # type: ignore[attr-defined]  # as above

    await asyncio.to_thread(work)
    await recorder.seen("channel_inactive")

    assert b"from afar" == recorder.received


async def test_a_group_that_was_shut_down_serves_nobody() -> None:
    """The error names it."""
    group = EventLoopGroup(1, "gone")
    await group.shutdown_gracefully()

    with pytest.raises(LoopEndedError, match="EventLoopGroup gone"):
        await ServerBootstrap().group(group).child_handler(echo).bind("127.0.0.1", 0)


@pytest.mark.parametrize("end", ["close", "shutdown_gracefully"])
@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_what_was_to_be_ended_on_a_loop_that_ends_has_ended(end: str, when: str) -> None:
    """A server, its connections, a client, one that connects again and again: whoever ends first, nobody fails."""
    for turns in range(8):
        group = EventLoopGroup(1, "ending")
        server = ServerBootstrap().group(group).child_handler(echo)
        where = (await server.bind("127.0.0.1", 0)).local_address()
        client = Bootstrap().group(group).handler(lambda channel: None)
        again = Bootstrap().group(group).handler(lambda channel: None).auto_reconnect()
        await client.connect(*where)
        await again.connect(*where)
        ending = asyncio.ensure_future(group.shutdown_gracefully())
        if when == "before":
            await ending
        else:
            for _ in range(turns):
                await asyncio.sleep(0)
        await asyncio.gather(getattr(server, end)(), client.close(), again.close())
        await ending
        assert group.is_shut_down


async def test_a_bootstrap_whose_loop_was_stopped_closes_all_the_same(listen: Any) -> None:
    """Server, client, one that connects again, and datagrams: nobody waits for ever for a loop that is not closed either."""
    peer = await listen(nothing)
    loop = asyncio.new_event_loop()
    running = asyncio.ensure_future(asyncio.to_thread(loop.run_forever))
    server = ServerBootstrap().group(loop).child_handler(echo)
    clients = [Bootstrap().group(loop).handler(nothing) for _ in range(3)]
    await server.bind("127.0.0.1", 0)
    await clients[0].connect(*peer.local_address())
    await clients[1].auto_reconnect().connect(*peer.local_address())
    await clients[2].bind("127.0.0.1", 0)
    loop.call_soon_threadsafe(loop.stop)
    await running

    async with asyncio.timeout(20):
        await asyncio.gather(*(each.close() for each in (server, *clients)))
        assert 0 == await server.shutdown_gracefully()

    running = asyncio.ensure_future(asyncio.to_thread(loop.run_forever))  # it runs again: all can be ended there
    async with asyncio.timeout(20):
        await asyncio.gather(*(each.close() for each in (server, *clients)))
    loop.call_soon_threadsafe(loop.stop)
    await running
    loop.close()


FAMILY = """
import asyncio
from pyboot.commons.coroutine.task import CoroutineWorkGroup
from pyboot.components.netty import EchoHandler, ServerBootstrap

async def main(group):
    bootstrap = ServerBootstrap().group(group).child_handler(EchoHandler())
    server = await bootstrap.bind("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.local_address())
    writer.write(b"word")
    assert b"word" == await reader.readexactly(4)
    assert [server.loop] == group.worker_loops
    writer.close()
    await bootstrap.shutdown_gracefully(0, 5)

group = CoroutineWorkGroup(1, "family")
asyncio.run(main(group))
group.stop()
print("served on a loop of the family")
"""


@pytest.mark.slow
def test_a_group_of_the_published_family_is_taken_as_it_is() -> None:
    """In a process of its own: its import patches loggers, prints and sleeps, and its end leaves loops open."""
    ended = subprocess.run([sys.executable, "-c", FAMILY], capture_output=True, text=True, timeout=30, check=False)

    assert 0 == ended.returncode, ended.stderr
    assert "served on a loop of the family" in ended.stdout


# The end.


async def test_a_graceful_shutdown_finishes_what_was_read(listen: Any, connect: Any) -> None:
    """A coroutine handler in the middle of its work answers, then the connection ends."""
    bootstrap = ServerBootstrap()
    going_on, working = asyncio.Event(), asyncio.Event()

    class Slow(ChannelHandler[Any]):
        """Needs a while."""

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            working.set()
            await going_on.wait()
            await ctx.write_and_flush(b"answer")

    server = await listen(lambda channel: channel.pipeline().add_last(Slow()), bootstrap)
    reader, writer = await connect(server)
    writer.write(b"question")
    await working.wait()

    ending = asyncio.create_task(bootstrap.shutdown_gracefully(0, 10))
    await server.close_future
    going_on.set()

    assert b"answer" == await reader.read()
    writer.close()
    await ending


async def test_a_graceful_shutdown_ends_at_its_deadline(listen: Any, connect: Any, recorder: Any) -> None:
    """A handler that never comes back is cut off."""
    bootstrap = ServerBootstrap()
    working, cancelled = asyncio.Event(), asyncio.Event()

    class Endless(ChannelHandler[Any]):
        """Never comes back by itself."""

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            working.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

    server = await listen(lambda channel: channel.pipeline().add_last(recorder, Endless()), bootstrap)
    _, writer = await connect(server)
    writer.write(b"question")
    await working.wait()

    assert 1 == await bootstrap.shutdown_gracefully(0, 1.0)  # lingering takes the other a quarter of that

    await asyncio.wait_for(cancelled.wait(), 10)
    await recorder.seen("channel_inactive")


async def test_a_cancelled_shutdown_cuts_everything_off(listen: Any, connect: Any, recorder: Any) -> None:
    """A second signal does this."""
    bootstrap = ServerBootstrap()
    server = await listen(recorder, bootstrap)
    await connect(server)
    await recorder.seen("channel_active")
    ending = asyncio.create_task(bootstrap.shutdown_gracefully(3600, 7200))
    await server.close_future

    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending

    await recorder.seen("channel_inactive")


async def test_a_cancelled_bind_gives_the_address_back(unused_port: int) -> None:
    """A handler of the server that takes its time is interrupted."""
    binding = asyncio.Event()

    class Slow(ChannelHandler[Any]):
        """Binds some day."""

        async def bind(self, ctx: ChannelHandlerContext, address: object, promise: Any) -> None:
            binding.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(
        ServerBootstrap().handler(lambda channel: channel.pipeline().add_last(Slow())).child_handler(echo).bind("127.0.0.1", unused_port)
    )
    await binding.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", unused_port))


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("kind", ["server", "client", "datagrams", "reconnecting"])
async def test_a_cancel_in_the_moment_of_success_leaves_nothing_open_on_another_loop(listen: Any, kind: str, turns: int) -> None:
    """The channel is active there, so many turns ago; the caller has not heard of it, and never gets it."""
    server = await listen(echo)
    active, made = threading.Event(), list[Any]()

    class Telling(ChannelHandler[Any]):
        """Tells the test when its channel is active, and that a few turns later."""

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            self._tell(asyncio.get_running_loop(), turns)
            ctx.fire_channel_active()

        def _tell(self, loop: asyncio.AbstractEventLoop, left: int) -> None:
            loop.call_soon(self._tell, loop, left - 1) if left else active.set()

    def fill(channel: Any) -> None:
        made.append(channel)
        channel.pipeline().add_last(Telling())

    async with EventLoopGroup(1) as group:
        bootstrap: Any = ServerBootstrap() if kind == "server" else Bootstrap()
        bootstrap.group(group).handler(fill).address("127.0.0.1", 0)
        if kind == "server":
            bootstrap.child_handler(nothing)
        elif kind == "reconnecting":
            bootstrap.auto_reconnect()
        opens = kind in ("client", "reconnecting")
        task = asyncio.ensure_future(bootstrap.connect(*server.local_address()) if opens else bootstrap.bind())
        await asyncio.sleep(0)
        active.wait(20)  # nothing that the other loop says is heard here meanwhile
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        async with asyncio.timeout(20):
            await made[0].sync()
        assert 1 == len(made)


CLIENT = """
import asyncio, sys
from pyboot.components.netty import Bootstrap, ChannelHandler

class Hello(ChannelHandler):
    def channel_active(self, ctx):
        ctx.write_and_flush(b"hello")
    def channel_read(self, ctx, msg):
        print(bytes(msg).decode(), flush=True)
        ctx.close()

Bootstrap().handler(Hello()).address("127.0.0.1", int(sys.argv[1])).grace()
"""


STUBBORN = """
import asyncio
import logging
import signal

from pyboot.components.netty import ChannelHandler, ServerBootstrap

class Stubborn(ChannelHandler):
    async def channel_active(self, ctx):
        asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGTERM)
        await asyncio.sleep(3600)

def told(bootstrap, server):
    async def connect():
        _, bootstrap.keep = await asyncio.open_connection(*server.local_address())
    asyncio.get_running_loop().create_task(connect())

logging.basicConfig(format="%(levelname)s %(message)s")
bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(Stubborn()))
bootstrap.address("127.0.0.1", 0).when_connect_success(told).grace(0.1)
"""


@pytest.mark.slow
async def test_grace_says_whom_it_cuts_off_and_ends_with_status_1() -> None:
    """A handler that is not done in time."""
    program = await asyncio.create_subprocess_exec(sys.executable, "-c", STUBBORN, stderr=asyncio.subprocess.PIPE)
    _, log = await asyncio.wait_for(program.communicate(), 20)
    assert 1 == program.returncode, log
    assert "WARNING 1 channels were not over within 0.1 s and are cut off, the first: <SocketChannel" in log.decode()
    assert "with Stubborn#0 at work" in log.decode()


@pytest.mark.slow
async def test_a_clients_grace_ends_with_its_connection(listen: Any) -> None:
    """Exit code 0."""
    server = await listen(echo)
    command = [sys.executable, "-X", "dev", "-c", CLIENT, str(server.local_address()[1])]

    ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=30, check=False)

    assert (0, "hello\n", "") == (ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.slow
def test_grace_with_groups_ends_cleanly(serve: Any, tmp_path: Any) -> None:
    """Threads and all."""
    program = """
import logging
logging.basicConfig(level=logging.INFO, format="%(message)s")
from pyboot.components.netty import EchoHandler, EventLoopGroup, ServerBootstrap
groups = EventLoopGroup(1), EventLoopGroup(2)
ServerBootstrap().group(*groups).child_handler(EchoHandler()).address("127.0.0.1", 0).grace()
"""
    server = serve(sys.executable, "-X", "dev", "-c", program, cwd=tmp_path)
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"word")
        assert b"word" == client.recv(4)
        server.process.terminate()
        assert b"" == client.recv(4)
    output = server.finish()

    assert 0 == server.process.returncode
    assert 1 == len(output.splitlines())


async def test_a_shutdown_callback_is_called_when_the_channel_is_closed() -> None:
    """With its arguments; a server's channel or a client's."""
    told: list[tuple[str, int]] = []
    tell = lambda who, number=0: told.append((who, number))  # noqa: E731  # a function of one line
    server_bootstrap = ServerBootstrap().child_handler(nothing).shutdown_callback(tell, "server", number=1)
    server = await server_bootstrap.bind("127.0.0.1", 0)
    client_bootstrap = Bootstrap().handler(nothing).shutdown_callback(tell, "client", number=2)
    client = await client_bootstrap.connect(*server.local_address())

    await client.close()
    assert [("client", 2)] == told
    await server.close()
    assert [("client", 2), ("server", 1)] == told
    await server_bootstrap.shutdown_gracefully()


async def test_what_bind_and_connect_give_is_the_published_future() -> None:
    """`result` is there at once, `sync` ends with the channel."""
    bootstrap = ServerBootstrap().child_handler(nothing)
    server = await bootstrap.bind("127.0.0.1", 0)
    client = await Bootstrap().handler(nothing).connect(*server.local_address())

    assert isinstance(server, BootstrapFuture)
    assert (server, (client, client)) == (server.result(), client.result())
    await client.close()
    await client.sync()
    await server.close()
    await server.sync()
    assert not server.is_open
    await bootstrap.shutdown_gracefully()


def test_the_gc_warning_is_left_out(recwarn: pytest.WarningsRecorder) -> None:
    """That one, and no other."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        ignore_gc_warning()
        warnings.warn("Invalid file descriptor: -1", ResourceWarning, stacklevel=1)
        warnings.warn("another", ResourceWarning, stacklevel=1)

    assert ["another"] == [str(each.message) for each in seen]


async def test_a_loop_that_is_blocked_does_not_hold_up_the_end(
    connect: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The other loops end in order; of this one it is said, and its connections count as cut off."""
    monkeypatch.setattr(threadsafe, "_BLOCKED_SECONDS", 0.05)
    blocking, go_on = threading.Event(), threading.Event()

    class Blocks(ChannelHandler[Any]):
        """Does what no handler should."""

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            blocking.set()
            go_on.wait(30)

    group = EventLoopGroup(2)
    bootstrap = (
        ServerBootstrap().group(asyncio.get_running_loop(), group).child_handler(lambda channel: channel.pipeline().add_last(Blocks()))
    )
    server = await bootstrap.bind("127.0.0.1", 0)
    (_, writer), (other, _) = [await connect(server) for _ in range(2)]
    writer.write(b"x")
    await asyncio.to_thread(blocking.wait, 10)
    try:
        async with asyncio.timeout(20):
            assert 1 == await bootstrap.shutdown_gracefully(0, 1.0)  # lingering takes the other a quarter of that
            assert b"" == await other.read()
        assert "is blocked by something that runs on it" in caplog.text
        async with asyncio.timeout(20):
            await group.shutdown_gracefully(0, 0.05)
        assert not group.is_shut_down
    finally:
        go_on.set()
    async with asyncio.timeout(20):
        await group.shutdown_gracefully(0, 5)
    assert group.is_shut_down


async def test_a_clone_is_changed_for_itself(listen: Any, recorder: Any) -> None:
    """It has the settings of the first, and opens and closes what is its own."""
    first = ServerBootstrap().child_option(ChannelOption.AUTO_READ, False).child_attr("a", 1).option(ChannelOption.SO_BACKLOG, 7)
    server = await listen(recorder, first)
    other = first.clone().child_option(ChannelOption.AUTO_READ, True).child_attr("a", 2)
    second = await other.bind("127.0.0.1", 0)
    assert 7 == second.get_option(ChannelOption.SO_BACKLOG)
    client = Bootstrap().handler(lambda channel: None).address(*server.local_address()).attr("b", 1)
    twin = client.clone().attr("b", 2)
    one, two = await client.connect(), await twin.connect(*second.local_address())
    await recorder.seen("channel_active", 2)

    assert [(False, 1), (True, 2)] == [(channel.auto_read, channel.attributes["a"]) for channel in recorder.channels]
    assert (1, 2) == (one.attributes["b"], two.attributes["b"])
    await twin.close()
    assert one.is_active
    await client.close()
    await other.shutdown_gracefully(0, 5)
    assert server.is_active


@pytest.mark.parametrize("register", ["when_connect_success", "when_connect_fail"])
def test_a_callback_with_other_parameters_is_refused_where_it_is_registered(register: str) -> None:
    """It gets two arguments; its error would come with the first connection, and end the reconnecting."""
    with pytest.raises(TypeError, match="cannot be called with the bootstrap and the"):
        getattr(Bootstrap(), register)(lambda bootstrap, channel, third: None)
    getattr(Bootstrap(), register)(lambda bootstrap, channel, third=None: None)


class Known:
    """Knows two names."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def resolve_all(self, host: str) -> list[str]:
        """Those."""
        self.asked.append(host)
        return {"here.test": ["127.0.0.1"], "wrong.test": ["elsewhere.test"]}.get(host, [])


async def test_a_resolver_is_asked_for_names_alone(listen: Any) -> None:
    """Of connections and of datagrams; a copy keeps it, and None goes back to the system."""
    server = await listen(echo)
    port = server.local_address()[1]
    known = Known()
    bootstrap = Bootstrap().resolver(known).handler(nothing)
    for host in ("here.test", "127.0.0.1"):
        (await bootstrap.clone().connect(host, port)).abort()
    datagrams = await bootstrap.bind("127.0.0.1", 0)
    await datagrams.write_and_flush(DatagramPacket(b"x", ("here.test", port)))
    await datagrams.close()
    assert ["here.test", "here.test"] == known.asked
    with pytest.raises(OSError, match="no address in numbers"):
        await bootstrap.connect("wrong.test", port)
    with pytest.raises(OSError, match="stands for no address"):
        await bootstrap.connect("nobody.test", port)
    (await bootstrap.resolver(None).connect("localhost", port)).abort()
    assert 4 == len(known.asked)


def test_a_resolver_has_one_method() -> None:
    """What has none is refused where it is set."""
    with pytest.raises(TypeError, match="has no method resolve_all"):
        Bootstrap().resolver("192.0.2.53")  # type: ignore[arg-type]  # the mistake
