"""The auto-configuration: labelled classes of an application become servers that serve."""

import sys
from typing import Any

import pytest

from pyboot.boot import ApplicationContext, Bean, Component, Configuration, PyBootApplication, Scope
from pyboot.boot.errors import LifecycleError
from pyboot.netty import BUILT_IN, ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, Codec, CodecRegistry, NettyServer
from pyboot.netty.errors import UnknownCodecError
from pyboot.testing import connect, running


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """An application with one server."""


@Component
@Scope(Scope.CHANNEL)
class Session:
    """What the handlers of one connection share."""

    ended: list[int] = []

    def __init__(self) -> None:
        """Nothing was said yet."""
        self.lines = 0

    def close(self) -> None:
        """The connection is gone."""
        self.ended.append(self.lines)


class Shout(ChannelHandler[str]):
    """Writes in capitals."""

    def write(self, ctx: ChannelHandlerContext, msg: str, promise: Any) -> Any:
        """On the way out."""
        return ctx.write(msg.upper(), promise)


class BangCodec(Codec):
    """A codec of the application."""

    name = "shout"

    def handlers(self) -> tuple[ChannelHandler[Any], ...]:
        """One handler."""
        return (Shout(),)


@Configuration
class Codecs:
    """What the names mean."""

    @Bean
    def codec_registry(self) -> CodecRegistry:
        """The built-in codecs and one more."""
        return CodecRegistry([*BUILT_IN, BangCodec])


@NettyServer(port=9)
class CountServer:
    """Counts lines, in capitals."""

    pipeline = ["line", "string", "shout"]


@ChannelHandlerBean(order=1)
class Count(ChannelHandler[str]):
    """Counts."""

    def __init__(self, session: Session) -> None:
        """Take the connection's session."""
        self.session = session

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> Any:
        """One more."""
        self.session.lines += 1
        return ctx.fire_channel_read(msg)


@ChannelHandlerBean(order=2)
class Answer(ChannelHandler[str]):
    """Answers with the count."""

    def __init__(self, session: Session) -> None:
        """Take the same session."""
        self.session = session

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """The line and its number."""
        ctx.write_and_flush(f"{msg} {self.session.lines}\n")


async def talk(context: ApplicationContext, *lines: bytes) -> list[bytes]:
    """Say each line on one connection and hear the answers."""
    async with connect(context) as (reader, writer):
        writer.writelines(lines)
        return [await reader.readline() for _ in lines]


async def test_handlers_of_a_connection_share_its_beans() -> None:
    """And no other connection has them."""
    async with running(App) as context:
        assert [b"A 1\n", b"B 2\n"] == await talk(context, b"a\n", b"b\n")
        assert [b"C 1\n"] == await talk(context, b"c\n")


async def test_beans_of_a_connection_end_with_it() -> None:
    """At the latest when the application stops."""
    Session.ended.clear()

    async with running(App) as context:
        await talk(context, b"a\n", b"b\n")

    assert [2] == Session.ended


async def test_settings_replace_the_pipeline() -> None:
    """Without the codec that shouts."""
    async with running(App, properties={"netty.servers.count.pipeline": ["line", "string"]}) as context:
        assert [b"a 1\n"] == await talk(context, b"a\n")


async def test_settings_may_give_options_to_codecs() -> None:
    """As maps in a list."""
    pipeline = [{"line": {"max-length": "3"}}, {"string": {"charset": "latin-1"}}]

    async with running(App, properties={"netty.servers.count.pipeline": pipeline}) as context:
        assert [b"\xe9 1\n"] == await talk(context, b"\xe9\n")


async def test_handlers_may_live_on_threads_of_their_own() -> None:
    """Boss and worker groups where settings ask for them."""
    async with running(App, properties={"netty.boss.threads": 1, "netty.worker.threads": 2}) as context:
        assert [b"A 1\n"] == await talk(context, b"a\n")


async def test_an_unknown_codec_is_refused_before_anything_is_bound() -> None:
    """The container names the bean, the bridge the codec."""
    with pytest.raises(LifecycleError) as failed:
        async with running(App, properties={"netty.servers.count.pipeline": ["lime"]}):
            pass

    assert isinstance(failed.value.__cause__, UnknownCodecError)
