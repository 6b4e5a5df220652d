"""The connections of one server, with channels in memory."""

import asyncio
import itertools
import logging
import random
import threading
from typing import Any

import pytest

from pyboot.boot import Import, PyBootApplication, ScopeStore
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, EchoHandler, EmbeddedChannel, EventLoopGroup, ServerBootstrap
from pyboot.netty.annotations import ChannelHandlerBean, NettyServer
from pyboot.netty.connections import Connections
from pyboot.netty.pipeline.plan import PipelinePlan
from pyboot.netty.pipeline.steps import Step
from pyboot.testing import connect, running


class Plain(ChannelHandler[Any]):
    """A handler."""


class Endless(ChannelHandler[Any]):
    """Never done with the first message."""

    def __init__(self, begun: list[object]) -> None:
        """Note in *begun* what was begun."""
        self.begun = begun

    async def channel_read(self, ctx: ChannelHandlerContext, msg: object) -> None:
        """Begin, and wait for ever."""
        self.begun.append(msg)
        await asyncio.Event().wait()


def connections(ended: list[str], error: Exception | None = None) -> Connections:
    """Connections whose beans note their end, or fail at it."""

    def make(store: ScopeStore) -> tuple[Plain, ...]:
        def end() -> None:
            ended.append("gone")
            if error is not None:
                raise error

        store.on_close("session", end)
        return (Plain(),)

    return Connections(PipelinePlan("the server 'echo'", (Step("Plain", make),)))


async def test_a_connection_is_remembered_until_it_is_over() -> None:
    """Until no handler of it hears of anything any more."""
    accepted = connections([])
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())

    accepted.accept(channel)
    assert 1 == len(accepted)

    channel.close()
    await accepted.close()
    assert 0 == len(accepted)


async def test_beans_of_a_connection_are_ended_when_it_is_closed() -> None:
    """By the channel's own loop; a stop waits for it."""
    ended: list[str] = []
    accepted = connections(ended)
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    accepted.accept(channel)

    channel.close()
    await accepted.close()

    assert ["gone"] == ended


async def test_a_stop_closes_what_is_open() -> None:
    """And ends its beans."""
    ended: list[str] = []
    accepted = connections(ended)
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    accepted.accept(channel)

    await accepted.close()

    assert (False, ["gone"]) == (channel.is_open, ended)


async def test_a_stop_that_is_given_up_cuts_off_what_is_open() -> None:
    """A handler that waits for ever is cancelled, and what came in behind is not begun."""
    begun: list[object] = []
    accepted = connections([])
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    accepted.accept(channel)
    channel.pipeline().add_last(Endless(begun))
    channel.write_inbound("first", "second")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await accepted.close()

    assert (["first"], False, 0) == (begun, channel.is_open, len(accepted))


@ChannelHandlerBean()
class Stuck(ChannelHandler[str]):
    """Never done with a line."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Say so, and wait for ever."""
        ctx.write_and_flush("begun\n")
        await asyncio.Event().wait()


@NettyServer()
class StuckServer:
    """Takes lines."""

    pipeline = ["line", "string"]


@Import(StuckServer, Stuck)
@PyBootApplication(scan=())
class Stuckness:
    """An application of these."""


async def test_a_handler_that_a_stop_waits_for_is_named(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """After a second, a shorter one here; at the deadline it is cut off."""
    monkeypatch.setattr("pyboot.netty.connections.PATIENCE_SECONDS", 0.01)

    with pytest.raises(ExceptionGroup, match="did not stop cleanly"):
        await served_in_vain()

    (said,) = [message for message in caplog.messages if "still waits" in message]
    assert said.startswith("the server 'stuck' still waits for <SocketChannel")
    assert said.endswith("whose handlers are at work: Stuck#0")


async def served_in_vain() -> None:
    """Start the application, let its handler begin with a line, and stop."""
    properties = {"pyboot.lifecycle.timeout-per-shutdown-phase": "200ms"}
    async with running(Stuckness, properties=properties) as context, connect(context) as (reader, writer):
        writer.write(b"ada\n")
        assert b"begun\n" == await reader.readline()


class Reluctant(ChannelHandler[Any]):
    """Waits for ever in two callbacks of its end."""

    def __init__(self, log: list[str]) -> None:
        """Note in *log* what was cancelled."""
        self.log = log

    async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        """The news."""
        await self.wait("news")

    async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        """The last."""
        await self.wait("removal")

    async def wait(self, what: str) -> None:
        """Until it is cancelled."""
        try:
            await asyncio.Event().wait()
        finally:
            self.log.append(what)


async def test_whoever_does_not_end_is_cancelled_behind_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the news, and at its removal: nothing of a connection runs on behind a stop."""
    monkeypatch.setattr("pyboot.netty.connections._SECONDS_FOR_NEWS", 0.01)
    log: list[str] = []
    accepted = connections([])
    channel = EmbeddedChannel(Reluctant(log), loop=asyncio.get_running_loop())
    accepted.accept(channel)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(accepted.close(), 0.01)

    assert ["news", "removal"] == log
    assert "over" == channel.closing.step


async def test_a_bean_that_cannot_be_ended_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    """The other connections are not concerned, and the stop goes on."""
    accepted = connections([], ValueError("no"))
    accepted.accept(EmbeddedChannel(loop=asyncio.get_running_loop()))

    with caplog.at_level(logging.ERROR):
        await accepted.close()

    assert ["beans of a connection of the server 'echo' could not be destroyed"] == [record.message for record in caplog.records]


class Session:
    """What the handlers of a connection share."""

    is_ended = False


class PlainUser(ChannelHandler[Any]):
    """Notes, for each callback at the end, whether its bean was ended before."""

    def __init__(self, session: Session, seen: list[tuple[str, bool]]) -> None:
        """Use *session*."""
        self.session = session
        self.seen = seen

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """A message."""
        self.seen.append(("read", self.session.is_ended))

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        """The news."""
        self.seen.append(("inactive", self.session.is_ended))

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        """The last."""
        self.seen.append(("removed", self.session.is_ended))


class CoroutineUser(PlainUser):
    """The same, and each takes a few turns of the loop."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:  # type: ignore[override]  # as coroutine
        """A message."""
        await turns()
        self.seen.append(("read", self.session.is_ended))

    async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:  # type: ignore[override]  # as coroutine
        """The news."""
        await turns()
        self.seen.append(("inactive", self.session.is_ended))

    async def handler_removed(self, ctx: ChannelHandlerContext) -> None:  # type: ignore[override]  # as coroutine
        """The last."""
        await turns()
        self.seen.append(("removed", self.session.is_ended))


async def turns() -> None:
    """Wait for a few turns."""
    for _ in range(5):
        await asyncio.sleep(0)


def users(handler: type[PlainUser], seen: list[tuple[str, bool]]) -> Connections:
    """Connections whose one handler uses a bean of its connection."""

    def make(store: ScopeStore) -> tuple[PlainUser, ...]:
        session = Session()
        store.on_close("session", lambda: setattr(session, "is_ended", True))
        return (handler(session, seen),)

    return Connections(PipelinePlan("the server 'echo'", (Step("User", make),)))


@pytest.mark.parametrize("handler", [PlainUser, CoroutineUser])
@pytest.mark.parametrize("by_peer", [False, True])
async def test_a_bean_of_a_connection_is_ended_behind_its_last_callback(handler: type[PlainUser], by_peer: bool) -> None:
    """Whoever closes: what the handlers use is there while they hear that it is over, and in handler_removed."""
    seen: list[tuple[str, bool]] = []
    accepted = users(handler, seen)
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    accepted.accept(channel)
    channel.write_inbound("word")
    await turns()
    await turns()

    if by_peer:
        channel.close()
    await accepted.close()

    assert [("read", False), ("inactive", False), ("removed", False)] == seen
    assert (0, False) == (len(accepted), channel.is_open)


async def test_beans_of_a_connection_are_ended_in_the_end_whatever_its_handlers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the deadline of the stop one that will not end has its second, a shorter one here."""
    monkeypatch.setattr("pyboot.netty.connections._SECONDS_FOR_NEWS", 0.01)
    ended: list[str] = []
    accepted = connections(ended)
    never = asyncio.Event()

    class Stays(ChannelHandler[Any]):
        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            await never.wait()

    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    accepted.accept(channel)
    channel.pipeline().add_last(Stays())

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await accepted.close()

    assert (["gone"], 0) == (ended, len(accepted))
    never.set()


@pytest.mark.parametrize("seed", range(3))
async def test_sums_over_the_connections_of_workers_never_fall_and_end_exact(seed: int) -> None:
    """Connections come, echo and go on two loops of their own at random, while another thread adds up without a pause."""
    print(f"seed {seed}")
    chance = random.Random(seed)
    connections = Connections(PipelinePlan("the server 'echo'", (Step("EchoHandler", lambda _: (EchoHandler(),)),)))
    sums: list[tuple[int, ...]] = []
    is_over = threading.Event()

    def add_up() -> None:
        while True:
            last = is_over.is_set()
            counted = connections.counted()
            counted.departed.add_all(counted.channels)
            sums.append((counted.opened, sum(counted.closed.values()), *counted.departed.traffic()))
            assert counted.opened == sum(counted.closed.values()) + len(counted.channels)
            if last:
                return

    async with EventLoopGroup(2, "worker") as workers:
        bootstrap = ServerBootstrap().group(workers).child_handler(connections.accept)
        server = await bootstrap.bind("127.0.0.1", 0)
        counting = asyncio.create_task(asyncio.to_thread(add_up))

        async def client(sizes: list[int]) -> int:
            reader, writer = await asyncio.open_connection(*server.local_address())
            for size in sizes:
                writer.write(b"x" * size)
                await reader.readexactly(size)
            writer.close()
            return sum(sizes)

        plans = [[chance.randint(1, 5000) for _ in range(chance.randint(0, 5))] for _ in range(40)]
        sent = sum(await asyncio.gather(*map(client, plans)))
        await connections.close()
        is_over.set()
        await counting
        await bootstrap.shutdown_gracefully(0, 5)

    assert all(new >= old for before, after in itertools.pairwise(sums) for old, new in zip(before, after, strict=True))
    opened, closed, bytes_in, bytes_out, *_ = sums[-1]
    assert (40, 40, sent, sent) == (opened, closed, bytes_in, bytes_out)
