"""A proxy on one port: SOCKS 4, 4a and 5, and HTTP CONNECT, told apart by the first byte that a client sends.

    python proxy.py [port] [user:password]

Neither side is read faster than the other takes it, and each direction ends by itself.
"""

import asyncio
import hmac
import sys

from pyboot.components.netty import (
    Bootstrap,
    Channel,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    FullHttpRequest,
    FullHttpResponse,
    HttpObjectAggregator,
    HttpServerCodec,
    PortRule,
    PortUnificationHandler,
    RelayHandler,
    ServerBootstrap,
)
from pyboot.components.netty.codec.socks import Socks4CommandRequest, Socks5CommandRequest, SocksCommand, SocksServerHandler


async def connect(channel: Channel, host: str, port: int) -> Channel:
    """Open the connection to the target, on the loop of the client's."""
    target = Bootstrap().group(channel.loop).handler(lambda _: None).option(ChannelOption.ALLOW_HALF_CLOSURE, True)
    return await target.option(ChannelOption.CONNECT_TIMEOUT, 10.0).connect(host, port)


class SocksConnect(ChannelHandler[Socks4CommandRequest | Socks5CommandRequest]):
    """Does what a client of SOCKS asks for."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Socks4CommandRequest | Socks5CommandRequest) -> None:
        try:
            if msg.command is not SocksCommand.CONNECT:
                raise PermissionError("only CONNECT is done here")
            target = await connect(ctx.channel, msg.host, msg.port)
        except OSError as error:
            await ctx.write_and_flush(msg.refused(error))  # which closes the connection
            return
        ctx.pipeline.remove(self)
        RelayHandler.join(ctx.channel, target)  # before the answer: what the client has sent meanwhile comes behind it at once
        ctx.channel.write_and_flush(msg.accepted(*target.local_address()[:2]))


class HttpConnect(ChannelHandler[FullHttpRequest]):
    """Does what a client of HTTP asks for by CONNECT, and nothing else."""

    def __init__(self, password: str | None) -> None:
        self.wanted = None if password is None else basic(password)

    async def channel_read(self, ctx: ChannelHandlerContext, msg: FullHttpRequest) -> None:
        host, _, port = msg.uri.rpartition(":")
        given = msg.headers.get("proxy-authorization") or ""
        if self.wanted is not None and not hmac.compare_digest(given.encode(), self.wanted.encode()):
            await self.refuse(ctx, 407, {"proxy-authenticate": 'Basic realm="proxy"'})
        elif msg.method != "CONNECT" or not port.isdigit():
            await self.refuse(ctx, 405, {"allow": "CONNECT"})
        else:
            try:
                target = await connect(ctx.channel, host.strip("[]"), int(port))
            except OSError as error:
                await self.refuse(ctx, 504 if isinstance(error, TimeoutError) else 502)
                return
            ctx.channel.pause_reading()
            await ctx.write_and_flush(FullHttpResponse(200, reason="Connection established"))
            pipeline = ctx.pipeline
            RelayHandler.join(ctx.channel, target)
            pipeline.remove(HttpObjectAggregator)
            pipeline.remove(HttpServerCodec)  # which hands on what came behind the request
            pipeline.remove(self)
            ctx.channel.resume_reading()

    async def refuse(self, ctx: ChannelHandlerContext, status: int, headers: dict[str, str] | None = None) -> None:
        await ctx.write_and_flush(FullHttpResponse(status, b"", {"connection": "close", **(headers or {})}))
        await ctx.close()


def basic(password: str) -> str:
    """What a client of HTTP sends who is *password*, ``user:password``."""
    import base64

    return "Basic " + base64.b64encode(password.encode()).decode()


def new_proxy(password: str | None = None) -> ServerBootstrap:
    """The proxy; with a *password*, ``user:password``, for those who know it."""

    def authenticate(user: str, given: str) -> bool:
        return hmac.compare_digest(f"{user}:{given}".encode("utf-8", "surrogateescape"), (password or "").encode())

    def fill(channel: Channel) -> None:
        channel.pipeline().add_last(
            PortUnificationHandler(
                PortRule.of("socks", lambda: [SocksServerHandler(authenticate if password else None), SocksConnect()]),
                PortRule.of("http1", lambda: [HttpServerCodec(), HttpObjectAggregator(8192), HttpConnect(password)]),
                timeout_seconds=10,
            )
        )

    return ServerBootstrap().child_handler(fill).child_option(ChannelOption.ALLOW_HALF_CLOSURE, True)


async def main(port: int, password: str | None = None) -> None:
    proxy = new_proxy(password)
    server = await proxy.bind("127.0.0.1", port)
    print("proxy at", *server.local_address()[:2], flush=True)
    try:
        await server.sync()
    finally:
        await proxy.shutdown_gracefully()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1080, *sys.argv[2:3]))
