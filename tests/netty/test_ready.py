"""The beans that plans ask for are there before a plan is made."""

import asyncio

from pyboot.boot import Bean, Configuration, Import, Lazy, PyBootApplication
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer
from pyboot.testing import connect, running


class Words:
    """What a server needs to say its pipeline."""


@Configuration
class Making:
    """Makes it asynchronously."""

    @Bean
    @Lazy
    async def words(self) -> Words:
        """After a turn of the loop."""
        await asyncio.sleep(0)
        return Words()


@Lazy
@NettyServer(port=0)
class EchoServer:
    """A server that needs a bean which is awaited."""

    def __init__(self, words: Words) -> None:
        """Say the pipeline."""
        self.pipeline = ["line", "string"]


@ChannelHandlerBean
class Echo(ChannelHandler[str]):
    """Says it again."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """With its end."""
        ctx.write_and_flush(msg + "\n")


@Import(Making, EchoServer, Echo)
@PyBootApplication(scan=())
class App:
    """An application of these."""


async def test_a_lazy_server_whose_bean_is_awaited_starts() -> None:
    """As one that is made at once."""
    async with running(App) as context, connect(context) as (reader, writer):
        writer.write(b"x\n")
        assert b"x\n" == await reader.readline()
