"""Listening channels: binding, accepting, running out of descriptors, limits, closing."""

import asyncio
import errno
import gc
import os
import resource
import socket
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
import uvloop

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ChannelOption, EchoHandler, ServerBootstrap, ServerSocketChannel
from pyboot.components.netty.errors import BindError, ChannelError, ClosedChannelError
from pyboot.components.netty.transport import listening, resolving


def echo(channel: Any) -> None:
    """A pipeline that answers."""
    channel.pipeline().add_last(EchoHandler())


async def answered(streams: Any) -> bytes:
    """What comes back for one word."""
    reader, writer = streams
    writer.write(b"word")
    async with asyncio.timeout(20):
        return bytes(await reader.read(4))


async def test_a_free_port_is_free_on_all_addresses(listen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system chooses it for the first of them; where another has it taken, the next one is tried, and nothing stays open."""
    made: list[socket.socket] = []

    class Taken(socket.socket):
        """Finds the first three ports taken on the second address."""

        def __init__(self, *arguments: int) -> None:
            super().__init__(*arguments)
            made.append(self)

        def bind(self, address: Any) -> None:
            if len(made) in (2, 4, 6):
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
            super().bind(address)

    monkeypatch.setattr(listening, "ListeningSocket", Taken)
    server = await listen(echo, host=["127.0.0.1", "127.0.0.2"])

    (_, port), (_, same) = server.local_addresses()
    assert port == same
    assert 2 == len([sock for sock in made if sock.fileno() >= 0])


async def test_a_port_that_is_taken_on_one_address_is_an_error(listen: Any) -> None:
    """Where it was asked for, it is that one or none; and none of the others stays open."""
    with socket.socket() as taken, socket.socket() as free:
        taken.bind(("127.0.0.2", 0))
        port = taken.getsockname()[1]
        with pytest.raises(BindError, match="Address already in use"):
            await ServerBootstrap().child_handler(echo).bind(["127.0.0.1", "127.0.0.2"], port)
        free.bind(("127.0.0.1", port))


async def test_port_0_is_a_free_one_and_known_after_the_bind(listen: Any, connect: Any) -> None:
    """The channel says which."""
    server = await listen(echo)

    host, port = server.local_address()

    assert "127.0.0.1" == host
    assert port > 0
    assert b"word" == await answered(await connect(server))


async def test_a_list_of_hosts_is_listened_on_with_one_port(listen: Any) -> None:
    """Each answers."""
    server = await listen(echo, host=["127.0.0.1", "127.0.0.2", "::1"])

    addresses = [address[:2] for address in server.local_addresses()]

    assert ["127.0.0.1", "127.0.0.2", "::1"] == [host for host, _ in addresses]
    assert 1 == len({port for _, port in addresses})
    for host, port in addresses:
        reader, writer = await asyncio.open_connection(host, port)
        assert b"word" == await answered((reader, writer))
        writer.close()
        await writer.wait_closed()


async def test_no_host_is_every_address_of_the_machine(listen: Any) -> None:
    """Of both families where there are two."""
    server = await listen(echo, host=None)

    for host in ("127.0.0.1", "::1"):
        reader, writer = await asyncio.open_connection(host, server.local_address()[1])
        assert b"word" == await answered((reader, writer))
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("only", [None, False, True])
async def test_all_addresses_of_ipv6_are_those_of_ipv4_too(listen: Any, recorder: Any, only: bool | None) -> None:
    """As in Java, unless the option says no; addresses of IPv4 look as ever."""
    server = await listen(
        lambda channel: channel.pipeline().add_last(recorder, EchoHandler()),
        ServerBootstrap().option(ChannelOption.IPV6_V6ONLY, only),
        "::",
    )
    port = server.local_address()[1]
    assert bool(only) is server.get_option(ChannelOption.IPV6_V6ONLY)
    for host in ("::1", "127.0.0.1"):
        if only and host == "127.0.0.1":
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(host, port)
            continue
        reader, writer = await asyncio.open_connection(host, port)
        assert b"word" == await answered((reader, writer))
        writer.close()
        await writer.wait_closed()
    expected = ["::1"] if only else ["::1", "127.0.0.1"]
    assert expected == [channel.remote_address()[0] for channel in recorder.channels]


@pytest_asyncio.fixture
async def slow_resolver(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Names are answered, with the loopback address, when the event is set."""
    answer = asyncio.Event()

    async def resolved(self: Any, host: Any, port: Any, **_: Any) -> Any:
        await answer.wait()
        if host == "nobody.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]

    monkeypatch.setattr(resolving, "ask_system", resolved)
    return answer


async def test_a_name_is_not_looked_up_on_the_loop(slow_resolver: asyncio.Event) -> None:
    """Which turns meanwhile; one name among addresses makes the whole bind wait."""
    bootstrap = ServerBootstrap().child_handler(echo)
    binding = asyncio.ensure_future(bootstrap.bind(["127.0.0.1", "slow.example"], 0))
    unknown = asyncio.ensure_future(bootstrap.bind("nobody.example", 80))
    await asyncio.sleep(0.01)
    assert not binding.done()

    slow_resolver.set()
    server = await binding
    assert "127.0.0.1" == server.local_address()[0]
    with pytest.raises(BindError, match=r"cannot listen on nobody.example:80: Name or service not known"):
        await unknown
    await server.close()


@pytest.mark.parametrize("how", ["cancelled", "closed"])
async def test_a_bind_that_is_given_up_while_its_name_is_looked_up_listens_nowhere(slow_resolver: asyncio.Event, how: str) -> None:
    """And whoever waits hears of it."""
    opened: list[Any] = []
    binding = asyncio.ensure_future(ServerBootstrap().handler(opened.append).child_handler(echo).bind("slow.example", 0))
    await asyncio.sleep(0)
    (server,) = opened
    with pytest.raises(ChannelError, match="is bound already"):
        await server.pipeline().bind(("127.0.0.1", 0))
    binding.cancel() if how == "cancelled" else server.close()
    slow_resolver.set()

    with pytest.raises((asyncio.CancelledError, ClosedChannelError)):
        await binding
    await server.close_future
    assert [] == [sock for sock in server.sockets if sock.fileno() >= 0]


async def test_one_bootstrap_binds_as_often_as_it_is_asked_to(listen: Any, connect: Any) -> None:
    """Each bind is a channel of its own."""
    bootstrap = ServerBootstrap()
    first, second = await listen(echo, bootstrap), await listen(echo, bootstrap)

    assert first.local_address() != second.local_address()
    assert b"word" == await answered(await connect(first))
    assert b"word" == await answered(await connect(second))


async def test_the_events_of_a_listening_channel_come_in_nettys_order(listen: Any, connect: Any, recorder: Any) -> None:
    """Bound and closed; what it accepts are its messages."""
    bootstrap = ServerBootstrap().handler(recorder)
    server = await listen(echo, bootstrap)
    await recorder.seen("channel_active")
    await answered(await connect(server))
    await bootstrap.close()
    await recorder.seen("handler_removed")

    expected = ["handler_added", "channel_registered", "channel_active", "channel_read"]
    assert [*expected, "channel_inactive", "channel_unregistered", "handler_removed"] == recorder.events


async def test_an_address_that_is_taken_is_refused_with_what_the_system_says(listen: Any) -> None:
    """And no socket stays open."""
    taken = await listen(echo)
    bootstrap = ServerBootstrap().child_handler(echo)

    with pytest.raises(BindError, match=r"cannot listen on 127\.0\.0\.1:\d+: Address already in use") as caught:
        await bootstrap.bind(*taken.local_address())

    assert errno.EADDRINUSE == caught.value.errno
    assert taken.local_address() == (caught.value.host, caught.value.port)


async def test_a_host_that_is_not_ours_is_refused() -> None:
    """An address of the range that documents use."""
    with pytest.raises(BindError, match="Cannot assign requested address"):
        await ServerBootstrap().child_handler(echo).bind("192.0.2.1", 0)


async def test_when_one_of_several_hosts_cannot_be_bound_none_is(listen: Any) -> None:
    """The address that was bound first is free again."""
    port = (await listen(echo)).local_address()[1]

    with pytest.raises(BindError):
        await ServerBootstrap().child_handler(echo).bind(["127.0.0.3", "127.0.0.1"], port)

    with socket.socket() as sock:
        sock.bind(("127.0.0.3", port))


async def test_a_channel_is_bound_once(listen: Any) -> None:
    """A second bind changes nothing."""
    server = await listen(echo)
    with pytest.raises(ChannelError, match="is bound already"):
        await server.pipeline().bind(("127.0.0.1", 0))
    assert server.is_active


async def test_a_channel_that_was_closed_is_not_bound() -> None:
    """By a handler, when it was registered: nothing listens then."""
    closed: list[Any] = []

    class Closes(ChannelHandler[Any]):
        def channel_registered(self, ctx: ChannelHandlerContext) -> None:
            closed.append(ctx.channel)
            ctx.close()

    with pytest.raises(ClosedChannelError):
        await ServerBootstrap().handler(Closes()).child_handler(echo).bind("127.0.0.1", 0)
    assert [] == closed[0].sockets


async def test_options_are_set_before_the_bind_and_read_back(listen: Any) -> None:
    """Those of sockets from the system, those of listening as they were set."""
    bootstrap = ServerBootstrap().option(ChannelOption.SO_BACKLOG, 7).option(ChannelOption.SO_REUSEPORT, True)
    server = await listen(echo, bootstrap)
    assert server.is_active

    assert 7 == server.get_option(ChannelOption.SO_BACKLOG)
    assert 0 == server.get_option(ChannelOption.MAX_CONNECTIONS)
    assert server.get_option(ChannelOption.SO_REUSEPORT) is True
    assert server.get_option(ChannelOption.SO_REUSEADDR) is True
    assert server.set_option(ChannelOption.SO_RCVBUF, 16_384)
    assert server.get_option(ChannelOption.SO_RCVBUF) >= 16_384


async def test_without_auto_read_each_read_accepts_one_connection(listen: Any, connect: Any, recorder: Any) -> None:
    """The others wait in the queue of the system."""
    bootstrap = ServerBootstrap().handler(recorder).option(ChannelOption.AUTO_READ, False)
    server = await listen(echo, bootstrap)
    first, second = await connect(server), await connect(server)
    await recorder.seen("channel_active")
    assert 0 == recorder.events.count("channel_read")

    server.read()
    assert b"word" == await answered(first)
    assert 1 == recorder.events.count("channel_read")

    server.read()
    assert b"word" == await answered(second)


async def test_closing_frees_the_address_and_keeps_the_connections(listen: Any, connect: Any) -> None:
    """A new server may be bound there at once."""
    bootstrap = ServerBootstrap()
    server = await listen(echo, bootstrap)
    streams = await connect(server)
    assert b"word" == await answered(streams)

    await bootstrap.close()

    again = await ServerBootstrap().child_handler(echo).bind(*server.local_address())
    assert b"word" == await answered(streams)
    await again.close()


async def test_a_handler_that_closes_the_server_at_the_first_connection_ends_the_accepting(listen: Any, connect: Any) -> None:
    """With more connections waiting."""

    class Once(ChannelHandler[Any]):
        """Takes one, and no more."""

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.close()
            ctx.fire_channel_read(msg)

    server: ServerSocketChannel = await listen(echo, ServerBootstrap().handler(Once()))
    clients = [socket.create_connection(server.local_address()) for _ in range(3)]

    await server.close_future

    for client in clients:
        client.close()


async def test_at_the_limit_clients_wait_until_a_connection_is_closed(
    listen: Any, connect: Any, recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """They are not turned away, and it is said."""
    bootstrap = ServerBootstrap().option(ChannelOption.MAX_CONNECTIONS, 2)

    def assemble(channel: Any) -> None:
        channel.pipeline().add_last(recorder, EchoHandler())

    server = await listen(assemble, bootstrap)
    first, second, third = await connect(server), await connect(server), await connect(server)
    assert b"word" == await answered(first)
    assert b"word" == await answered(second)
    assert 2 == recorder.events.count("channel_active")
    assert "it has 2 connections, its max-connections: further clients wait" in caplog.text

    first[1].close()

    assert b"word" == await answered(third)
    assert 3 == recorder.events.count("channel_active")
    assert 2 == server.connections


@pytest.fixture
def few_descriptors() -> Iterator[list[int]]:
    """Nearly no descriptors are left: what is taken from the list and closed is free again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(int(name) for name in os.listdir("/proc/self/fd")) + 40, hard))
    taken: list[int] = []
    yield taken
    for descriptor in taken:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def take_all(taken: list[int]) -> None:
    """Use up every descriptor there is."""
    while True:
        try:
            taken.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            return


async def test_out_of_descriptors_clients_are_turned_away_and_the_others_served(
    listen: Any, connect: Any, few_descriptors: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """One line says so; when descriptors are free again, clients are accepted again."""
    server = await listen(echo)
    old = await connect(server)
    assert b"word" == await answered(old)
    clients = [socket.socket() for _ in range(3)]
    later = socket.socket()
    take_all(few_descriptors)
    for client in clients:
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, server.local_address())

    async with asyncio.timeout(20):
        gone = [await asyncio.get_running_loop().sock_recv(client, 1) for client in clients]

    assert [b"", b"", b""] == gone
    assert b"word" == await answered(old)
    refused = [record.getMessage() for record in caplog.records if "cannot accept" in record.getMessage()]
    assert 1 == len(refused)
    assert "Too many open files (1 times so far); " in refused[0]
    assert 3 == server._turned_away == server.peer_faults()["no-descriptors"]

    for _ in range(10):
        os.close(few_descriptors.pop())
    later.setblocking(False)
    async with asyncio.timeout(20):
        await asyncio.get_running_loop().sock_connect(later, server.local_address())
        await asyncio.get_running_loop().sock_sendall(later, b"word")
        assert b"word" == await asyncio.get_running_loop().sock_recv(later, 4)
    for client in (*clients, later):
        client.close()


class Refusing:
    """A listening socket on a bad day: gives connections or errors as they come, the last of them for ever."""

    def __init__(self, *outcomes: int | socket.socket) -> None:
        self.outcomes = list(outcomes)
        self.times = 0

    def take(self) -> socket.socket:
        self.times += 1
        outcome = self.outcomes[0] if len(self.outcomes) == 1 else self.outcomes.pop(0)
        if isinstance(outcome, socket.socket):
            return outcome
        raise OSError(outcome, os.strerror(outcome))

    def accept(self) -> tuple[socket.socket, None]:
        return self.take(), None


async def test_after_any_error_of_accepting_there_is_a_pause_and_one_line(
    listen: Any, connect: Any, recorder: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known or not; the server goes on after it."""
    monkeypatch.setattr(listening, "_PAUSE_SECONDS", 0.01)
    server = await listen(echo, ServerBootstrap().handler(recorder))
    await recorder.seen("channel_active")
    numbers = sorted(set(errno.errorcode) - {errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR})
    for number in numbers:
        for _ in range(3):
            server._accept(Refusing(number))
            assert not server.is_reading
            server.resume_reading()  # the pause is over

    lines = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert numbers == [error.errno for error in recorder.errors]
    assert len(numbers) == len(lines)
    assert "active> cannot accept: Operation not permitted (1 times so far); those who are connected are not concerned" in lines[0]
    for _ in range(3 * len(numbers)):
        server.pause_reading()  # which the timers of the pauses will release
    assert b"word" == await answered(await connect(server))


async def test_an_error_that_stays_is_counted_for_the_next_report(listen: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reason for itself."""
    monkeypatch.setattr(listening, "_REPORT_INTERVAL_SECONDS", 0.0)
    server = await listen(echo, ServerBootstrap().handler(recorder))
    await recorder.seen("channel_active")
    monkeypatch.setattr(server, "pause_reading", lambda: None)
    for number in (errno.EPERM, errno.EPERM, errno.ENOBUFS, errno.EPERM):
        server._accept(Refusing(number))

    assert [(errno.EPERM, 1), (errno.EPERM, 2), (errno.ENOBUFS, 1), (errno.EPERM, 3)] == [
        (error.errno, error.times) for error in recorder.errors
    ]


async def test_one_connection_that_is_gone_does_not_keep_the_next_waiting(listen: Any, recorder: Any) -> None:
    """It is passed over, in the same turn, and without a word."""
    server = await listen(echo, ServerBootstrap().handler(recorder))
    await recorder.seen("channel_active")
    one, other = socket.socketpair()
    refusing = Refusing(errno.ECONNABORTED, errno.EPROTO, one, errno.EAGAIN)

    server._accept(refusing)

    assert 4 == refusing.times
    assert server.is_reading
    assert [] == recorder.errors
    await recorder.seen("channel_read")
    other.close()


async def test_a_listening_channel_cannot_be_written_to(listen: Any) -> None:
    """Its messages are connections."""
    server = await listen(echo)

    with pytest.raises(TypeError, match="a listening channel cannot be written to"):
        server.transmit(b"x")


async def test_a_connection_that_no_handler_takes_is_closed(listen: Any, connect: Any) -> None:
    """A handler before the acceptor may keep it, but it cannot be lost: the tail closes what comes to it."""
    server = await listen(echo)
    server.pipeline().remove("acceptor")

    reader, _ = await connect(server)

    assert b"" == await reader.read()


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_loop_that_ends_under_a_server_takes_all_its_descriptors_with_it(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """The one that is kept in reserve too, however many servers were left open."""

    def leave_open() -> None:
        loop = new_loop()
        loop.run_until_complete(ServerBootstrap().child_handler(lambda channel: None).bind("127.0.0.1", 0))
        loop.close()

    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        leave_open()
        gc.collect()
        before = len(os.listdir("/dev/fd"))
        for _ in range(3):
            leave_open()
        gc.collect()
    assert before == len(os.listdir("/dev/fd"))


def test_pauses_are_short_enough_to_recover_within_a_second() -> None:
    """Reliability asks for that."""
    assert listening._PAUSE_SECONDS < 1.0


def test_a_listening_socket_hands_out_what_accept_would() -> None:
    """Of the same kind, not blocking, and not inherited by programs that are started."""
    with listening.ListeningSocket(socket.AF_INET) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with socket.create_connection(listener.getsockname()) as client, listener.take() as taken:
            assert (socket.AF_INET, socket.SOCK_STREAM, listener.proto) == (taken.family, taken.type, taken.proto)
            assert not taken.getblocking()
            assert not taken.get_inheritable()
            assert client.getsockname() == taken.getpeername()


async def test_a_connection_of_another_loop_is_asked_for_its_end_on_that_loop(listen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two loops that ask at once would be given two promises, one of which nobody keeps."""
    monkeypatch.setattr(ServerSocketChannel, "max_connections_per_address", 1)
    server = await listen(echo)
    left: list[Callable[[], object]] = []

    class Loop:
        """Keeps what it is to do."""

        call_soon_threadsafe = left.append

    class Elsewhere:
        """A channel of that loop."""

        loop = Loop()
        asked = 0

        @property
        def close_future(self) -> Any:
            """Ask for its end."""
            self.asked += 1
            return server.new_promise()

    child: Any = Elsewhere()
    assert server._claim("192.0.2.1", child)
    assert child.asked == 0
    left[0]()
    assert child.asked == 1
