"""The labelled beans of an application, as pipelines take them."""

import asyncio
import sys
from typing import Any

from pyboot.boot import Bean, Configuration, Import, Lazy, PyBootApplication
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.netty.annotations import ChannelHandlerBean, NettyServer
from pyboot.netty.pipeline.beans import handler_beans, owners_in
from pyboot.netty.pipeline.belonging import Owners
from pyboot.testing import connect, running


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """One server, two handlers."""


@NettyServer
class EchoServer:
    """A server."""


@ChannelHandlerBean
class Echo(ChannelHandler[Any]):
    """A handler."""


class Made(ChannelHandler[bytes]):
    """A handler that a function makes."""


@Configuration
class Handlers:
    """Makes one."""

    @Bean
    @ChannelHandlerBean(order=2)
    def made(self) -> Made:
        """A new one for each connection."""
        return Made()


async def test_handlers_and_servers_are_found_by_their_labels() -> None:
    """Classes, and functions that make them."""
    async with running(App) as context:
        found = handler_beans(context)

        assert {Echo: 0, Made: 2} == {bean.target: bean.label.order for bean in found}
        assert {Echo, Made} == {type(bean.make(None)) for bean in found}
        assert Owners(["echo"], [], []) == owners_in(context.graph.index.definitions, ["echo"])
        assert {Echo, Made} <= {entry.bean_class for entry in context.definitions(type(ChannelHandlerBean))}


async def test_a_lazy_server_whose_bean_is_awaited_starts() -> None:
    """As one that is made at once: its pipeline is known before it is planned."""

    class Words: ...

    @Configuration
    class Making:
        @Bean
        @Lazy
        async def words(self) -> Words:
            await asyncio.sleep(0)
            return Words()

    @Lazy
    @NettyServer(port=0, name="slow")
    class SlowServer:
        def __init__(self, words: Words) -> None:
            self.pipeline = ["line", "string"]

    @ChannelHandlerBean
    class Again(ChannelHandler[str]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
            ctx.write_and_flush(msg + "\n")

    @Import(Making, SlowServer, Again)
    @PyBootApplication(scan=())
    class Slow: ...

    async with running(Slow) as context, connect(context) as (reader, writer):
        writer.write(b"x\n")
        assert b"x\n" == await reader.readline()
