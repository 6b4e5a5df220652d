"""Sends back what comes in, encrypted: ``python server.py cert.pem key.pem``."""

import asyncio
import sys

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ServerBootstrap, SslHandler, SslHandshakeCompletionEvent


class EchoHandler(ChannelHandler):
    """Writes what it reads; TLS is in front of it, and it sees plaintext."""

    def channel_read(self, ctx: ChannelHandlerContext, message: object) -> None:
        """Send *message* back as it is."""
        ctx.write_and_flush(message)

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        """Tell what was agreed on."""
        if isinstance(event, SslHandshakeCompletionEvent) and event.is_success:
            handler = ctx.pipeline.get(SslHandler)
            assert isinstance(handler, SslHandler)
            print(handler.session.version, handler.session.cipher, flush=True)
        ctx.fire_user_event_triggered(event)


async def main(certfile: str, keyfile: str) -> None:
    """Serve until interrupted."""
    bootstrap = ServerBootstrap(ssl=True, certfile=certfile, keyfile=keyfile)
    server = await bootstrap.child_handler(lambda channel: channel.pipeline().add_last(EchoHandler())).bind("127.0.0.1", 9443)
    print("listening on {}:{}".format(*server.local_address()), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
