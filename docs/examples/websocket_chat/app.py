"""A room on the web: the page at / and its WebSocket at /chat, on one port. Open it in two windows."""

import asyncio
import sys
from pathlib import Path

from pyboot.components.netty import (
    ChannelGroup,
    ChannelHandler,
    ChannelHandlerContext,
    FullHttpRequest,
    FullHttpResponse,
    HandshakeComplete,
    HttpServerCodec,
    ServerBootstrap,
    SocketChannel,
    TextWebSocketFrame,
    WebSocketClosed,
    WebSocketServerProtocolHandler,
)

PAGE = (Path(__file__).parent / "page.html").read_bytes()


class Page(ChannelHandler[FullHttpRequest]):
    """Answers plain requests; frames pass."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: object) -> None:
        """Send the page, or say that there is no other."""
        if not isinstance(msg, FullHttpRequest):
            ctx.fire_channel_read(msg)
        elif msg.uri == "/":
            ctx.write_and_flush(FullHttpResponse(200, PAGE, {"Content-Type": "text/html; charset=utf-8"}))
        else:
            ctx.write_and_flush(FullHttpResponse(404, b"no such page\n", {"Content-Type": "text/plain"}))


class Member(ChannelHandler[TextWebSocketFrame]):
    """One who is in the room."""

    def __init__(self, room: ChannelGroup) -> None:
        self.room = room

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        """Come in when the WebSocket is open, and leave when it is closed."""
        match event:
            case HandshakeComplete():
                self.room.add(ctx.channel)
                self.say(f"* {len(self.room)} here")
            case WebSocketClosed():
                self.room.discard(ctx.channel)
                self.say(f"* {len(self.room)} here")
            case _:
                ctx.fire_user_event_triggered(event)

    def channel_read(self, ctx: ChannelHandlerContext, msg: TextWebSocketFrame) -> None:
        """Let all hear what one says."""
        self.say(msg.text)

    def say(self, text: str) -> None:
        """Write *text* to everybody; of a frame that does not change there need be only one."""
        self.room.write_and_flush(TextWebSocketFrame(text))


async def main(port: int) -> None:
    """Serve until interrupted."""
    room = ChannelGroup()

    def assemble(channel: SocketChannel) -> None:
        channel.pipeline().add_last(HttpServerCodec(), WebSocketServerProtocolHandler("/chat"), Page(), Member(room))

    server = await ServerBootstrap().child_handler(assemble).bind("127.0.0.1", port)
    print("listening on {}:{}".format(*server.local_address()), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080))
