"""Beans of a connection that have to be awaited: what happens on the connection until they are there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from pyboot.boot import Bean, Component, Configuration, Import, Lazy, PostConstruct, Provider, PyBootApplication, Scope
from pyboot.boot.errors import ClosedStoreError
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer
from pyboot.testing import connect, running


class Ledger:
    """What one connection has said, read from somewhere that takes a while."""

    log: list[str] = []

    def __init__(self) -> None:
        """Empty."""
        self.lines: list[str] = []


@Configuration
class Ledgers:
    """Makes them."""

    opened = asyncio.Event()
    asked = asyncio.Event()

    @Bean
    @Scope(Scope.CHANNEL)
    async def ledger(self) -> AsyncIterator[Ledger]:
        """Wait until it may be had."""
        self.asked.set()
        try:
            await self.opened.wait()
            yield Ledger()
        finally:
            Ledger.log.append("closed")


@ChannelHandlerBean(order=1)
class Note(ChannelHandler[str]):
    """Notes."""

    def __init__(self, ledger: Ledger) -> None:
        """Take the connection's ledger."""
        self.ledger = ledger

    def channel_active(self, ctx: ChannelHandlerContext) -> Any:
        """The connection has begun."""
        self.ledger.lines.append("active")
        return ctx.fire_channel_active()

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> Any:
        """One more."""
        self.ledger.lines.append(msg)
        return ctx.fire_channel_read(msg)


@ChannelHandlerBean(order=2)
class Recite(ChannelHandler[str]):
    """Answers with all of it."""

    def __init__(self, ledger: Ledger) -> None:
        """Take the same ledger."""
        self.ledger = ledger

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """In one line."""
        ctx.write_and_flush(",".join(self.ledger.lines) + "\n")


@NettyServer(port=0)
class LedgerServer:
    """Notes and recites."""

    pipeline = ["line", "string"]


@Import(LedgerServer, Note, Recite, Ledgers)
@PyBootApplication(scan=())
class Library:
    """An application whose connections share a bean that has to be awaited."""


@pytest.fixture
def opened() -> asyncio.Event:
    """The event that the ledgers wait for."""
    Ledgers.opened, Ledgers.asked = asyncio.Event(), asyncio.Event()
    Ledger.log.clear()
    return Ledgers.opened


async def test_what_comes_before_a_bean_of_the_connection_is_there_waits_for_it(opened: asyncio.Event) -> None:
    """Nothing is lost, and its order is kept; both handlers get one ledger, and it ends with the connection."""
    async with running(Library) as context, connect(context) as (reader, writer):
        writer.write(b"one\ntwo\n")
        await writer.drain()
        opened.set()

        assert [b"active,one\n", b"active,one,two\n"] == [await reader.readline() for _ in range(2)]

    assert ["closed"] == Ledger.log


@pytest.mark.usefixtures("opened")
async def test_a_stop_does_not_wait_for_beans_of_a_connection() -> None:
    """They are given up, and what was begun of them is undone."""
    async with running(Library) as context, connect(context) as (_, writer):
        writer.write(b"one\n")
        await writer.drain()
        await Ledgers.asked.wait()

    assert ["closed"] == Ledger.log


async def test_a_bean_of_a_connection_that_cannot_be_made_closes_it(opened: asyncio.Event, caplog: pytest.LogCaptureFixture) -> None:
    """This one, not the server."""
    async with running(Library) as context:
        Ledgers.opened = None  # type: ignore[assignment]  # so that the factory fails
        async with connect(context) as (reader, _):
            assert b"" == await reader.read()
        Ledgers.opened = opened
        opened.set()
        async with connect(context) as (reader, writer):
            writer.write(b"one\n")
            assert b"active,one\n" == await reader.readline()

    assert any("could not be made: closing it" in record.message for record in caplog.records)


@ChannelHandlerBean()
class Slow(ChannelHandler[str]):
    """A handler that is itself made asynchronously."""

    greeting = "nobody"

    @PostConstruct
    async def learn(self) -> None:
        """Take a moment."""
        await asyncio.sleep(0)
        self.greeting = "hello"

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Answer."""
        ctx.write_and_flush(f"{self.greeting} {msg}\n")


@Import(LedgerServer, Slow)
@PyBootApplication(scan=())
class Slowly:
    """An application with such a handler."""


async def test_a_handler_may_be_made_asynchronously_itself() -> None:
    """By an asynchronous ``@PostConstruct``, for one."""
    async with running(Slowly) as context, connect(context) as (reader, writer):
        writer.write(b"ada\n")

        assert b"hello ada\n" == await reader.readline()


class Shelf:
    """What all connections share, read from somewhere that takes a while."""

    made = 0
    loops: set[asyncio.AbstractEventLoop] = set()

    def __init__(self) -> None:
        """One more."""
        Shelf.made += 1
        Shelf.loops.add(asyncio.get_running_loop())


@Configuration
class Shelves:
    """Makes them."""

    @Bean
    @Lazy
    async def shelf(self) -> Shelf:
        """Let others ask meanwhile."""
        for _ in range(20):
            await asyncio.sleep(0)
        return Shelf()


@ChannelHandlerBean()
class Borrow(ChannelHandler[str]):
    """Asks for what all share when it is needed, on the loop of its connection."""

    def __init__(self, shelf: Provider[Shelf]) -> None:
        """Take the provider."""
        self.shelf = shelf

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Answer."""
        await self.shelf.aget()
        ctx.write_and_flush(f"{msg}\n")


@Import(LedgerServer, Borrow, Shelves)
@PyBootApplication(scan=())
class Lending:
    """An application whose handlers await a lazy singleton."""


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
async def test_a_lazy_singleton_is_awaited_from_the_loops_of_the_workers(loop: str) -> None:
    """By all connections at once; it is made once, on the loop of the application."""
    Shelf.made = 0
    Shelf.loops.clear()
    properties = {"netty.worker.threads": 3, "netty.loop": loop}
    async with running(Lending, properties=properties) as context, AsyncExitStack() as connected:
        streams = [await connected.enter_async_context(connect(context)) for _ in range(9)]
        for _, writer in streams:
            writer.write(b"ada\n")
        assert [b"ada\n"] * 9 == [await reader.readline() for reader, _ in streams]

    assert (1, {asyncio.get_running_loop()}) == (Shelf.made, Shelf.loops)


@ChannelHandlerBean(order=3)
class Keep(ChannelHandler[str]):
    """Asks for a plain bean of its connection only when that has gone."""

    kept: "list[Keep]" = []

    def __init__(self, page: Provider["Page"]) -> None:
        """Take the provider."""
        self.page = page
        self.kept.append(self)

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Answer."""
        ctx.write_and_flush(f"{msg}\n")


@Scope(Scope.CHANNEL)
@Component
class Page:
    """A plain bean of a connection."""


Keep.__init__.__annotations__["page"] = Provider[Page]


@Import(LedgerServer, Keep, Page)
@PyBootApplication(scan=())
class Keeping:
    """An application with such a handler."""


async def test_a_connection_that_has_gone_makes_no_bean() -> None:
    """Not even the first one: nobody would end it."""
    Keep.kept.clear()
    async with running(Keeping) as context, connect(context) as (reader, writer):
        writer.write(b"ada\n")
        assert b"ada\n" == await reader.readline()

    with pytest.raises(ClosedStoreError, match="page"):
        Keep.kept[0].page.get()


@pytest.mark.usefixtures("opened")
async def test_a_lazy_application_awaits_what_its_handlers_need() -> None:
    """The first connection makes it, and the others have it."""

    @Configuration
    class Books:
        made = 0

        @Bean
        async def book(self) -> Ledger:
            Books.made += 1
            await asyncio.sleep(0)
            return Ledger()

    @Import(LedgerServer, Recite, Note, Books)
    @PyBootApplication(scan=())
    class Slow: ...

    async with running(Slow, properties={"pyboot.main.lazy-initialization": "true"}) as context:
        assert 0 == Books.made
        for expected in (b"one\n", b"one,two\n"):
            async with connect(context) as (reader, writer):
                writer.write(expected.strip().rpartition(b",")[2] + b"\n")
                assert expected == (await reader.readline()).replace(b"active,", b"")

    assert 1 == Books.made
