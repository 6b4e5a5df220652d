"""Two hosts at one port: the certificate, and what is answered, follow the name that the client asks for."""

import asyncio
import sys

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    LineBasedFrameDecoder,
    ServerBootstrap,
    SniCompletionEvent,
    SocketChannel,
    StringDecoder,
    StringEncoder,
    ssl_context_for_server,
)


class Host(ChannelHandler[str]):
    """Answers in the name of the host that was asked for."""

    def __init__(self) -> None:
        """Begin without one."""
        self.name = ""

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        """Learn the name, before anything is read."""
        if isinstance(event, SniCompletionEvent) and event.hostname is not None:
            self.name = event.hostname
        ctx.fire_user_event_triggered(event)

    def channel_read(self, ctx: ChannelHandlerContext, line: str) -> None:
        """Answer a line."""
        ctx.write_and_flush(f"{self.name}: {line}\n")


def assemble(channel: SocketChannel) -> None:
    """Give each connection its pipeline; TLS is put in front by the bootstrap."""
    channel.pipeline().add_last(LineBasedFrameDecoder(1024), StringDecoder(), StringEncoder(), Host())


async def main(port: int, *names: str) -> None:
    """Serve *names*; the files of each are called like it."""
    hosts = {name: ssl_context_for_server(certfile=f"{name}.pem", keyfile=f"{name}.key") for name in names}
    server = await ServerBootstrap(ssl=True, sni=hosts).child_handler(assemble).bind("127.0.0.1", port)
    print("listening on {}:{}".format(*server.local_address()), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
