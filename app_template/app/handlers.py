"""The server, and the handler that every connection gets."""

from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer

from .greeting import Greeter


@NettyServer(port=9000)
class GreetServer:
    """Lines of text in, lines of text out."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(order=10)
class GreetHandler(ChannelHandler[str]):
    """Answers each line with a greeting."""

    def __init__(self, greeter: Greeter) -> None:
        """Take the service that the container hands in."""
        self.greeter = greeter

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Greet *msg*, one line of what the peer sent."""
        ctx.write_and_flush(self.greeter.greet(msg) + "\n")
