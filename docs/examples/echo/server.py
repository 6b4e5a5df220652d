"""Sends back what comes in: the network library without the container."""

import asyncio

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ServerBootstrap, SocketChannel


class EchoHandler(ChannelHandler):
    """Writes what it reads."""

    def channel_read(self, ctx: ChannelHandlerContext, message: object) -> None:
        """Send *message* back as it is."""
        ctx.write_and_flush(message)


def assemble(channel: SocketChannel) -> None:
    """Give each connection its own handler."""
    channel.pipeline().add_last(EchoHandler())


async def main() -> None:
    """Serve until interrupted."""
    server = await ServerBootstrap().child_handler(assemble).bind("127.0.0.1", 8080)
    print("listening on {}:{}".format(*server.local_address()), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
