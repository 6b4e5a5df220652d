"""Says hello to an encrypted server: ``python client.py cert.pem localhost 9443``."""

import asyncio
import sys

from pyboot.components.netty import Bootstrap, ByteBuffer, ChannelHandler, ChannelHandlerContext


class Hello(ChannelHandler):
    """Says hello, shows the answer, leaves."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """What is written here waits for the handshake."""
        ctx.write_and_flush(b"hello\n")

    def channel_read(self, ctx: ChannelHandlerContext, message: ByteBuffer) -> None:
        """Closing says goodbye to the peer first."""
        print(bytes(message).decode(), end="", flush=True)
        ctx.close()


async def main(ca: str, host: str, port: str) -> None:
    """The certificate must be signed by *ca*, and be that of *host*."""
    channel = await Bootstrap(ssl=True, ca=ca).handler(Hello()).connect(host, int(port))
    await channel.close_future


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
