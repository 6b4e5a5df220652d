"""Slices: handlers in memory, with the beans that they need and no others."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from pyboot.boot import Bean, Configuration, Import, PyBootApplication, Scope, Service
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer
from pyboot.netty.autoconfigure import NettyAutoConfiguration
from pyboot.testing import sliced
from pyboot.testing.slices import SliceError

LOG: list[str] = []


@Service
class Unneeded:
    """Must not be made."""

    phase = 0

    def __init__(self) -> None:
        """Say so."""
        LOG.append("unneeded")

    async def start(self) -> None:
        """Start."""

    async def stop(self) -> None:
        """Stop."""


class Words:
    """What is said."""

    hello = "hello"


@Configuration
class Library:
    """Beans that take their time."""

    @Bean
    async def words(self) -> AsyncIterator[Words]:
        """Open and close."""
        await asyncio.sleep(0)
        LOG.append("open")
        yield Words()
        LOG.append("closed")

    @Bean
    @Scope(Scope.CHANNEL)
    def session(self) -> Iterator[list[str]]:
        """One for each connection."""
        yield []
        LOG.append("session over")


@NettyServer(port=9)
class GreetServer:
    """On a port that no test may bind."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(order=1)
class GreetHandler(ChannelHandler[str]):
    """Answers, and counts."""

    def __init__(self, words: Words, session: list[str]) -> None:
        """Take what is needed."""
        self.words = words
        self.session = session

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Greet."""
        self.session.append(msg)
        ctx.write_and_flush(f"{self.words.hello} {msg} {len(self.session)}\n")


@Import(NettyAutoConfiguration)
@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """Greets."""


@pytest.fixture(autouse=True)
def nothing_logged() -> None:
    """Begin anew."""
    LOG.clear()


@pytest.fixture(autouse=True)
def imported_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application imports the auto-configuration itself, installed or not."""
    monkeypatch.setattr("pyboot.boot.discovery.autoconfigure.installed", lambda group: ())


async def test_messages_go_through_one_handler_and_only_its_beans_are_made() -> None:
    """They are ended with the block, those of the connection first."""
    async with sliced(App, handlers=[GreetHandler]) as channel:
        channel.write_inbound("ada", "bob")

        assert ["hello ada 1\n", "hello bob 2\n"] == [channel.read_outbound(), channel.read_outbound()]

    assert ["open", "session over", "closed"] == LOG


async def test_bytes_go_through_the_whole_pipeline_of_the_server() -> None:
    """With its codecs, and nothing listens."""
    async with sliced(App) as channel:
        channel.write_inbound(b"ada\n")

        assert b"hello ada 1\n" == channel.outbound_bytes()

    assert "unneeded" not in LOG


async def test_settings_and_beans_of_the_test_take_the_place_of_others() -> None:
    """Before anything is made."""
    words = Words()
    words.hello = "moin"

    async with sliced(App, server="greet", properties={"netty.servers.greet.pipeline": ["string"]}, beans={Words: words}) as channel:
        channel.write_inbound(b"ada")

        assert b"moin ada 1\n" == channel.outbound_bytes()

    assert ["session over"] == LOG


async def test_what_is_not_there_is_named() -> None:
    """With what is."""
    with pytest.raises(SliceError, match=r"the server 'chat' was asked for, and there is none; there are: greet"):
        await sliced(App, server="chat").__aenter__()

    with pytest.raises(SliceError, match=r"a slice of int was asked for, and there is none; there are: greet_handler"):
        await sliced(App, handlers=[int]).__aenter__()
