"""Rooms of a line chat: `/join ROOM`, and what one says, the others in the room hear."""

from pyboot.boot import PyBootApplication, run
from pyboot.netty import (
    AttributeKey,
    ChannelGroup,
    ChannelGroupBean,
    ChannelHandler,
    ChannelHandlerBean,
    ChannelHandlerContext,
    ChannelMatchers,
    NettyServer,
)

ROOM: AttributeKey[str] = AttributeKey("room")


@PyBootApplication
class App: ...


@ChannelGroupBean("members")
@NettyServer(port=9000)
class ChatServer:
    pipeline = ["line", {"string": {"end": "\n"}}]


@ChannelHandlerBean
class Member(ChannelHandler[str]):
    def __init__(self, members: ChannelGroup) -> None:
        self.members = members

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        room = ctx.channel.attr(ROOM)
        match msg.split():
            case ["/join", name]:
                room.set(name)
                ctx.write_and_flush(f"* {sum(member.attr(ROOM).get() == name for member in self.members)} in {name}")
            case _:
                if here := room.get():
                    others = ChannelMatchers.compose(ChannelMatchers.having(ROOM, here), ChannelMatchers.is_not(ctx.channel))
                    self.members.write_and_flush(msg, others)


if __name__ == "__main__":
    run(App)
