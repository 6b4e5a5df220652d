"""The servers of `test_http2.py` that are written in Python, by the name of the first argument; each prints its port."""

import socket
import sys
from typing import Any

import uvloop

BODY = b"Hello, World!"


async def pyboot() -> None:
    """A handler of HTTP, as for HTTP/1.1."""
    from pyboot.netty import (
        ChannelHandler,
        ChannelHandlerContext,
        FullHttpResponse,
        Http2OrHttpHandler,
        Http2StreamFrameToHttpObjectCodec as HttpObjects,
        ServerBootstrap,
    )

    class Hello(ChannelHandler[Any]):
        """The user's part."""

        sharable = True

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            """Answer each request."""
            ctx.write(FullHttpResponse(200, BODY, {"content-type": "text/plain"}))

        def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
            """Flush once per read."""
            ctx.flush()

    hello = Hello()

    def of_stream(stream: Any) -> None:
        stream.pipeline().add_last(HttpObjects(is_server=True), hello)

    choice = lambda channel: channel.pipeline().add_last(Http2OrHttpHandler(of_stream, of_stream))  # noqa: E731  # HTTP/2 alone is asked for
    server = await ServerBootstrap().child_handler(choice).bind("127.0.0.1", 0)
    print(server.local_address()[1], flush=True)
    await server.close_future


async def hypercorn() -> None:
    """An ASGI application, which is how it is used; h2 does the rest."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain"), (b"content-length", b"13")]}
            )
            await send({"type": "http.response.body", "body": BODY})

    config = Config()
    listening = socket.create_server(("127.0.0.1", 0))
    config.bind = [f"fd://{listening.detach()}"]
    config.errorlog = config.accesslog = None
    port = socket.socket(fileno=int(config.bind[0][5:]))
    print(port.getsockname()[1], flush=True)
    port.detach()
    await serve(app, config)


if __name__ == "__main__":
    uvloop.run({"pyboot": pyboot, "hypercorn": hypercorn}[sys.argv[1]]())
