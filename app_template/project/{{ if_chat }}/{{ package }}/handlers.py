"""The server, and the handler that every connection gets."""

from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer

from .room import Room


@NettyServer(port=9000)
class ChatServer:
    """Lines of text in, lines of text out."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(order=10)
class ChatHandler(ChannelHandler[str]):
    """Asks for a name, then tells everybody what its owner says."""

    def __init__(self, room: Room) -> None:
        """Take the room that the container hands in; a handler belongs to one connection, and so does the name."""
        self.room = room
        self.name = ""

    async def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Ask for the name."""
        ctx.write_and_flush("Who are you?\n")

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Take the first line for the name, each other for what is said."""
        if self.name:
            self.room.say(f"{self.name}: {msg}")
        elif msg.strip():
            self.name = msg.strip()
            self.room.enter(ctx.channel, self.name)

    async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        """Leave the room."""
        if self.name:
            self.room.leave(ctx.channel, self.name)
