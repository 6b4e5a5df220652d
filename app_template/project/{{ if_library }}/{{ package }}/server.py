"""The pipeline of each connection, and the handler at its end."""

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    LineBasedFrameDecoder,
    ServerBootstrap,
    SocketChannel,
    StringDecoder,
    StringEncoder,
)


class ShoutHandler(ChannelHandler[str]):
    """Answers each line in capitals."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Answer *msg*, one line of what the peer sent."""
        ctx.write_and_flush(msg.upper() + "\n")


def init_channel(channel: SocketChannel) -> None:
    """Called for each connection: bytes are cut into lines, lines become text, and written text becomes bytes."""
    channel.pipeline().add_last(LineBasedFrameDecoder(), StringDecoder(), StringEncoder(), ShoutHandler())


def bootstrap(host: str, port: int) -> ServerBootstrap:
    """Return what binds the server: `await ….bind()` inside of a program, `.grace()` as a program of its own."""
    return ServerBootstrap().child_handler(init_channel).address(host, port)
