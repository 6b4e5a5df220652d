"""TCP channels over real sockets: what the loop's transport tells, and what the channel asks of it."""

import asyncio
import socket
import struct
from typing import Any

import pytest

from pyboot.components.netty import (
    Bootstrap,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    EchoHandler,
    ServerBootstrap,
    SocketChannel,
)
from pyboot.components.netty.errors import ChannelError, ClosedChannelError, CloseTimeoutError, ConnectTimeoutError, WriteStallError


def nothing(channel: Any) -> None:
    """A pipeline without handlers."""


async def test_the_life_of_an_accepted_connection(listen: Any, connect: Any, recorder: Any) -> None:
    """Events in Netty's order, addresses known from the start and after the end."""
    server = await listen(recorder)
    _, writer = await connect(server)
    await recorder.seen("channel_active")
    (channel,) = recorder.channels
    assert server.local_address() == channel.local_address()
    assert writer.get_extra_info("sockname") == channel.remote_address()
    assert server is channel.parent

    writer.write(b"one")
    await recorder.seen("channel_read")
    writer.close()
    await recorder.seen("handler_removed")

    expected = ["handler_added", "channel_registered", "channel_active", "channel_read", "channel_inactive"]
    assert [*expected, "channel_unregistered", "handler_removed"] == recorder.events
    assert b"one" == recorder.received
    assert writer.get_extra_info("sockname") == channel.remote_address()


async def test_a_clients_connect_is_over_before_its_channel_is_active(listen: Any, recorder: Any) -> None:
    """Netty's order: register, connect, the promise, channel_active."""
    server = await listen(nothing)

    class Listener(ChannelHandler[Any]):
        """Hears of the promise."""

        def connect(self, ctx: ChannelHandlerContext, address: object, promise: Any) -> None:
            promise.add_listener(lambda _: recorder.note("promise"))
            ctx.connect(address, promise)

    channel = await Bootstrap().handler(lambda made: made.pipeline().add_last(Listener(), recorder)).connect(*server.local_address())
    await recorder.seen("channel_active")

    assert ["handler_added", "channel_registered", "promise", "channel_active"] == recorder.events
    assert channel.is_active
    assert server.local_address() == channel.remote_address()
    await channel.close()


async def test_bytes_of_a_server_that_speaks_first_come_after_channel_active(listen: Any, recorder: Any) -> None:
    """Though they are there with the connection."""

    class Greeting(ChannelHandler[Any]):
        """Speaks first."""

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            ctx.write_and_flush(b"welcome")

    server = await listen(lambda channel: channel.pipeline().add_last(Greeting()))
    channel = await Bootstrap().handler(recorder).connect(*server.local_address())
    await recorder.seen("channel_read")

    assert ["channel_active", "channel_read"] == recorder.events[2:4]
    assert b"welcome" == recorder.received
    await channel.close()


@pytest.mark.parametrize("size", [1, 65_536, 1_000_000])
async def test_what_is_echoed_is_what_was_sent(listen: Any, connect: Any, size: int) -> None:
    """However the network cuts it."""
    server = await listen(lambda channel: channel.pipeline().add_last(EchoHandler()))
    reader, writer = await connect(server)
    sent = bytes(range(251)) * (size // 251 + 1)

    writer.write(sent)

    async with asyncio.timeout(20):
        assert sent == await reader.readexactly(len(sent))


async def test_a_write_that_the_system_refuses_fails_with_its_reason(listen: Any, recorder: Any) -> None:
    """The peer is gone, and the loop has not noticed yet: the transport takes the bytes without a word all the same."""
    server = await listen(recorder)
    with socket.create_connection(server.local_address()) as peer:
        await recorder.seen("channel_active")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    (channel,) = recorder.channels
    promise = channel.new_promise()

    channel.write_and_flush(b"for nobody", promise)

    with pytest.raises(ClosedChannelError) as failure:
        await promise
    assert isinstance(failure.value.__cause__, ConnectionResetError | BrokenPipeError)


@pytest.mark.parametrize("writes", ["of one turn", "of one callback"])
async def test_what_the_system_refuses_is_given_to_the_transport_once(
    listen: Any, recorder: Any, caplog: pytest.LogCaptureFixture, writes: str
) -> None:
    """Without promises too: asyncio would write a line to the log for each message that it is given after an error."""
    server = await listen(recorder)
    with socket.create_connection(server.local_address()) as peer:
        await recorder.seen("channel_active")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    (channel,) = recorder.channels

    if writes == "of one turn":
        for _ in range(100):
            channel.loop.call_soon(channel.write_and_flush, b"for nobody")
    else:
        for _ in range(100):
            channel.write_and_flush(b"for nobody")
    await recorder.seen("channel_inactive")

    assert [] == [record for record in caplog.records if record.name == "asyncio"]
    assert 0 == channel.outbound.pending


# Failing connects.


async def test_a_refused_connection_is_the_systems_error_and_never_active(recorder: Any, unused_port: int) -> None:
    """Registered, unregistered, removed."""
    with pytest.raises(ConnectionRefusedError):
        await Bootstrap().handler(recorder).connect("127.0.0.1", unused_port)
    await recorder.seen("handler_removed")

    assert ["handler_added", "channel_registered", "channel_unregistered", "handler_removed"] == recorder.events


async def test_a_channel_that_could_not_connect_says_why_it_is_closed(recorder: Any, unused_port: int) -> None:
    """A write to it too; it was not its user who closed it."""
    with pytest.raises(ConnectionRefusedError):
        await Bootstrap().handler(recorder).connect("127.0.0.1", unused_port)
    (channel,) = recorder.channels
    with pytest.raises(ClosedChannelError) as late:
        await channel.write(b"late")
    assert isinstance(late.value.__cause__, ConnectionRefusedError)
    assert not channel.closed_here


async def test_a_channel_closed_in_handler_added_does_not_connect(listen: Any) -> None:
    """Netty-map 7.3, case 1: whoever connects is told that it is closed."""

    class Closes(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            ctx.close()

    server = await listen(lambda channel: None)
    with pytest.raises(ClosedChannelError):
        await Bootstrap().handler(lambda channel: channel.pipeline().add_last(Closes())).connect(*server.local_address())


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def deaf() -> Any:
    """The address of a listener whose queue is full: connections to it are neither taken nor refused."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(3):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
            waiting.append(sock)
        yield listener.getsockname()
        for sock in waiting:
            sock.close()


async def test_a_connection_that_is_not_answered_times_out(deaf: Any, recorder: Any) -> None:
    """The error says where to and how long; it is a TimeoutError too."""
    bootstrap = Bootstrap().handler(recorder).option(ChannelOption.CONNECT_TIMEOUT, 0.05)

    with pytest.raises(ConnectTimeoutError, match=r"no connection to 127\.0\.0\.1:\d+ within 0\.05 s"):
        await bootstrap.connect(*deaf)
    await recorder.seen("handler_removed")

    assert "channel_active" not in recorder.events


async def test_a_cancelled_connect_leaves_nothing_behind(deaf: Any, recorder: Any) -> None:
    """The channel is closed."""
    connecting = asyncio.create_task(Bootstrap().handler(recorder).connect(*deaf))
    await recorder.seen("channel_registered")

    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    await recorder.seen("handler_removed")

    assert recorder.channels[0].close_future.is_done
    assert "channel_active" not in recorder.events


async def test_closing_a_channel_that_connects_gives_the_attempt_up(deaf: Any, recorder: Any) -> None:
    """Whoever waits for it hears that the channel was closed."""
    connecting = asyncio.create_task(Bootstrap().handler(recorder).connect(*deaf))
    await recorder.seen("channel_registered")

    await recorder.channels[0].close()

    with pytest.raises(ClosedChannelError):
        await connecting


async def test_a_cancelled_promise_gives_the_attempt_up(listen: Any, recorder: Any) -> None:
    """The connection that comes all the same is closed without having been active."""
    server = await listen(nothing)

    class Doubtful(ChannelHandler[Any]):
        """Has second thoughts."""

        def connect(self, ctx: ChannelHandlerContext, address: object, promise: Any) -> None:
            ctx.connect(address, promise)
            promise.cancel()

    with pytest.raises(asyncio.CancelledError):
        await Bootstrap().handler(lambda channel: channel.pipeline().add_last(Doubtful(), recorder)).connect(*server.local_address())
    await recorder.seen("handler_removed")

    assert "channel_active" not in recorder.events


async def test_a_channel_connects_only_once(listen: Any) -> None:
    """It has one connection for life."""
    server = await listen(nothing)
    channel = await Bootstrap().handler(nothing).connect(*server.local_address())

    with pytest.raises(ChannelError, match="was connected or is connecting already"):
        await channel.pipeline().connect(server.local_address())
    await channel.close()


# Reading.


async def test_without_auto_read_each_read_takes_one_read_from_the_network(listen: Any, connect: Any, recorder: Any) -> None:
    """Not one byte comes unasked, on a fresh connection either."""
    bootstrap = _server_option(ChannelOption.AUTO_READ, False)
    server = await listen(recorder, bootstrap)
    _, writer = await connect(server)
    writer.write(b"one")
    await writer.drain()
    await recorder.seen("channel_active")
    (channel,) = recorder.channels
    await _turns()
    assert 0 == recorder.events.count("channel_read")

    channel.read()
    await recorder.seen("channel_read")
    writer.write(b"two")
    await _turns()
    assert b"one" == recorder.received

    channel.read()
    await recorder.seen("channel_read", 2)
    assert b"onetwo" == recorder.received


async def test_auto_read_can_be_switched_off_and_on(listen: Any, connect: Any, recorder: Any) -> None:
    """What came meanwhile is read then."""
    server = await listen(recorder)
    _, writer = await connect(server)
    await recorder.seen("channel_active")
    (channel,) = recorder.channels
    channel.auto_read = False
    writer.write(b"one")
    await writer.drain()
    await _turns()
    assert b"" == recorder.received

    channel.auto_read = True

    await recorder.seen("channel_read")
    assert b"one" == recorder.received


# Ending.


async def test_a_reset_is_told_as_an_error_before_the_end(listen: Any, connect: Any, reset: Any, recorder: Any) -> None:
    """Then the channel is inactive."""
    server = await listen(recorder)
    _, writer = await connect(server)
    await recorder.seen("channel_active")

    reset(writer)
    await recorder.seen("channel_inactive")

    assert ["exception_caught ConnectionResetError", "channel_inactive"] == recorder.events[3:5]


async def test_an_orderly_end_is_no_error(listen: Any, connect: Any, recorder: Any) -> None:
    """Only the end."""
    server = await listen(recorder)
    _, writer = await connect(server)
    await recorder.seen("channel_active")

    writer.close()
    await recorder.seen("channel_inactive")

    assert [] == recorder.errors


async def test_close_delivers_what_was_flushed(listen: Any, connect: Any, recorder: Any) -> None:
    """However long the peer takes, within the close timeout."""
    server = await listen(recorder)
    reader, _ = await connect(server)
    await recorder.seen("channel_active")
    (channel,) = recorder.channels
    page = b"0123456789" * 300_000

    channel.write_and_flush(page)
    closing = channel.close()
    assert page == await reader.read()
    await closing

    assert channel.close_future.is_done


async def test_close_gives_up_when_the_peer_takes_nothing(listen: Any, connect: Any, recorder: Any) -> None:
    """After the close timeout; the reason is kept."""
    server = await listen(recorder, _server_option(ChannelOption.CLOSE_TIMEOUT, 0.05))
    await _stuffed(server, connect, recorder)
    (channel,) = recorder.channels

    await channel.close()

    with pytest.raises(ClosedChannelError) as caught:
        await channel.write(b"more")
    assert isinstance(caught.value.__cause__, CloseTimeoutError)


async def test_abort_drops_what_was_not_delivered(listen: Any, connect: Any, recorder: Any) -> None:
    """The peer sees a reset or an early end."""
    server = await listen(recorder)
    reader, writer, sent = await _stuffed(server, connect, recorder)
    (channel,) = recorder.channels

    channel.abort()
    await recorder.seen("channel_inactive")
    writer.transport.resume_reading()

    try:
        assert len(await reader.read()) < sent
    except ConnectionResetError:
        assert channel.close_future.is_done


async def test_what_is_behind_a_write_whose_listener_aborts_is_told_as_lost(listen: Any, connect: Any, recorder: Any) -> None:
    """It was flushed with it, and nobody has a promise for it."""
    await connect(await listen(recorder))
    await recorder.seen("channel_active")
    (channel,) = recorder.channels
    channel.write(b"a" * 33_000, channel.new_promise().add_listener(lambda _: channel.abort()))
    channel.write(b"b" * 250_000)
    channel.write(b"c" * 250_000)
    channel.flush()
    await recorder.seen("handler_removed")
    assert ["2 written messages were not delivered"] == [str(error).partition(" by ")[0] for error in recorder.errors]


async def test_a_peer_that_takes_nothing_for_too_long_is_cut_off(listen: Any, connect: Any, recorder: Any) -> None:
    """The error is told first."""
    server = await listen(recorder, _server_option(ChannelOption.WRITE_STALL_TIMEOUT, 0.05))
    await _stuffed(server, connect, recorder)

    await recorder.seen("channel_inactive")

    assert [WriteStallError] == [type(error) for error in recorder.errors]
    assert recorder.errors[0].pending_bytes > 0


async def test_a_peer_that_takes_a_little_is_not_stalled(listen: Any, connect: Any, recorder: Any) -> None:
    """The clock starts again with each byte taken."""
    bootstrap = _server_option(ChannelOption.WRITE_STALL_TIMEOUT, 0.1).child_option(ChannelOption.SO_SNDBUF, 32_768)
    server = await listen(recorder, bootstrap)
    reader, writer, _ = await _stuffed(server, connect, recorder)
    writer.transport.resume_reading()

    before = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() < before + 0.3:
        await reader.read(65_536)
        await asyncio.sleep(0.01)  # the pace of the peer is what is tested

    assert recorder.channels[0].is_active


# What raises in our callbacks leaves no connection behind (reliability-map 4.5).


@pytest.mark.parametrize("failing", ["connection_made", "data_received", "eof_received"])
async def test_whatever_raises_in_a_callback_of_the_loop_the_connection_is_closed(
    listen: Any, connect: Any, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No zombie: the peer sees the end, the handlers too."""
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    server = await listen(nothing)
    ended = asyncio.get_running_loop().create_future()

    class Broken(SocketChannel):
        """Raises once where it is told to."""

        def lost(self, error: Exception | None) -> None:
            ended.set_result(error)
            super().lost(error)

        def expect_connection(self, connected: Any) -> SocketChannel:
            return super().expect_connection(_raise if failing == "connection_made" else connected)

        def received(self, msg: object) -> None:
            _raise()

        def input_ended(self) -> None:
            _raise()

    server.child_class = Broken
    reader, writer = await connect(server)
    if failing == "data_received":
        writer.write(b"x")
    if failing == "eof_received":
        writer.write_eof()

    async with asyncio.timeout(20):
        try:
            assert b"" == await reader.read()
        except ConnectionResetError:
            assert failing == "data_received"
        await ended
    assert 1 == len(told)
    assert "broken" == str(told[0]["exception"])


def _raise(*_: object) -> None:
    raise RuntimeError("broken")


@pytest.mark.parametrize("failing", ["pause_writing", "connection_lost"])
async def test_an_error_that_cannot_close_the_connection_is_at_least_told(listen: Any, connect: Any, recorder: Any, failing: str) -> None:
    """By the loop's exception handler, and nothing else changes."""
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    server = await listen(recorder)

    class Broken(SocketChannel):
        """Raises where it is told to, after its work."""

        def pause_writing(self) -> None:
            super().pause_writing()
            if failing == "pause_writing":
                _raise()

        def connection_lost(self, error: Exception | None) -> None:
            super().connection_lost(error)
            if failing == "connection_lost":
                _raise()

    server.child_class = Broken
    reader, writer, sent = await _stuffed(server, connect, recorder)
    (channel,) = recorder.channels
    writer.transport.resume_reading()
    assert sent == len(await reader.readexactly(sent))
    await channel.close()
    await recorder.seen("channel_inactive")
    assert b"" == await reader.read()

    assert "broken" == str(told[0]["exception"])


# Options.


async def test_options_of_connections_are_set_and_read_back(listen: Any, connect: Any, recorder: Any) -> None:
    """From the system, and changed on one channel alone."""
    bootstrap = _server_option(ChannelOption.SO_KEEPALIVE, True).child_option(ChannelOption.TCP_KEEPIDLE, 77)
    server = await listen(recorder, bootstrap)
    await connect(server)
    await recorder.seen("channel_active")
    (channel,) = recorder.channels

    assert channel.get_option(ChannelOption.SO_KEEPALIVE) is True
    assert 77 == channel.get_option(ChannelOption.TCP_KEEPIDLE)
    assert channel.get_option(ChannelOption.TCP_NODELAY) is True
    assert channel.set_option(ChannelOption.TCP_NODELAY, False)
    assert channel.get_option(ChannelOption.TCP_NODELAY) is False
    assert not channel.set_option(ChannelOption.SO_BACKLOG, 5)


async def test_without_a_connection_there_is_no_socket_to_set(deaf: Any, recorder: Any) -> None:
    """What will be set is what was asked for."""
    bootstrap = Bootstrap().handler(recorder).option(ChannelOption.SO_KEEPALIVE, True)
    connecting = asyncio.create_task(bootstrap.connect(*deaf))
    await recorder.seen("channel_registered")
    (channel,) = recorder.channels

    assert channel.get_option(ChannelOption.SO_KEEPALIVE) is True
    assert channel.get_extra_info("socket") is None
    assert not channel.set_socket_option(ChannelOption.SO_KEEPALIVE, True)
    await channel.close()
    with pytest.raises(ClosedChannelError):
        await connecting


def _server_option(option: Any, value: object) -> Any:
    return ServerBootstrap().child_option(option, value)


async def _stuffed(server: Any, connect: Any, recorder: Any) -> Any:
    """A connection whose peer takes nothing of a big write; gives its streams and how much was written."""
    reader, writer = await connect(server)
    await recorder.seen("channel_active")
    writer.transport.pause_reading()
    channel = recorder.channels[0]
    channel.set_option(ChannelOption.WRITE_BUFFER_LIMIT, 0)
    size = 16_000_000
    channel.write_and_flush(b"x" * size)
    return reader, writer, size


async def _turns() -> None:
    """Give the loop time enough to do what it must not do."""
    for _ in range(5):
        await asyncio.sleep(0.001)
