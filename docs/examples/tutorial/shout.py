"""Step 2: a pipeline of codecs, and a handler of one's own behind them."""

import asyncio
import logging

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

    def channel_read(self, ctx: ChannelHandlerContext, line: str) -> None:
        """Take one line, without its end."""
        ctx.write_and_flush(line.upper() + "\n")


def assemble(channel: SocketChannel) -> None:
    """Give a new connection its pipeline."""
    channel.pipeline().add_last(LineBasedFrameDecoder(1024), StringDecoder(), StringEncoder(), ShoutHandler())


async def main() -> None:
    """Serve until Ctrl-C."""
    server = await ServerBootstrap().child_handler(assemble).bind("127.0.0.1", 8080)
    logging.info("listening on %s:%d", *server.local_address())
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level="INFO")
    asyncio.run(main())
