"""A WebSocket server that echoes, of the library that is named: ``python websocket_echo.py picows``. It prints its port."""

import asyncio
import sys
from typing import Any

import uvloop


async def pyboot(*, is_async: bool = False) -> int:
    from pyboot.components.netty import ChannelHandler, HttpServerCodec, ServerBootstrap, WebSocketServerProtocolHandler

    class Echo(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            ctx.write(msg)

        def channel_read_complete(self, ctx: Any) -> None:
            ctx.flush()

    class AsyncEcho(ChannelHandler[Any]):
        async def channel_read(self, ctx: Any, msg: Any) -> None:
            await ctx.write(msg)

        async def channel_read_complete(self, ctx: Any) -> None:
            await ctx.flush()

    def assemble(channel: Any) -> None:
        channel.pipeline().add_last(HttpServerCodec(), WebSocketServerProtocolHandler("/"), AsyncEcho() if is_async else Echo())

    port: int = (await ServerBootstrap().child_handler(assemble).bind("127.0.0.1", 0)).local_address()[1]
    return port


async def picows() -> int:
    from picows import WSListener, WSMsgType, ws_create_server  # type: ignore[import-not-found]  # installed by who runs this claim

    class Echo(WSListener):  # type: ignore[misc]  # as above
        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            if frame.msg_type == WSMsgType.CLOSE:
                transport.disconnect()
            else:
                transport.send(frame.msg_type, frame.get_payload_as_bytes())

    server = await ws_create_server(lambda _: Echo(), "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    return port


async def websockets() -> int:
    from websockets.asyncio.server import serve

    async def echo(connection: Any) -> None:
        async for message in connection:
            await connection.send(message)

    server = await serve(echo, "127.0.0.1", 0, compression=None)
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


async def main(peer: str) -> None:
    """Serve until killed."""
    starts = {"pyboot": pyboot, "pyboot-async": lambda: pyboot(is_async=True), "picows": picows, "websockets": websockets}
    print(await starts[peer](), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
