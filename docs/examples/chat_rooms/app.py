"""Rooms of a line chat: `/join ROOM`, and what one says, the others in the room hear."""

from collections import defaultdict

from pyboot.boot import PyBootApplication, Service, run
from pyboot.netty import ChannelGroup, ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, ChannelMatchers, NettyServer


@PyBootApplication
class App: ...


@NettyServer(port=9000)
class ChatServer:
    pipeline = ["line", {"string": {"end": "\n"}}]


@Service
class Rooms:
    def __init__(self) -> None:
        self.named: defaultdict[str, ChannelGroup] = defaultdict(ChannelGroup)


@ChannelHandlerBean
class Member(ChannelHandler[str]):
    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.room = ChannelGroup()  # nobody else is in the first one

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        match msg.split():
            case ["/join", name]:
                self.room.discard(ctx.channel)
                self.room = self.rooms.named[name]
                self.room.add(ctx.channel)
                ctx.write_and_flush(f"* {len(self.room)} in {name}")
            case _:
                self.room.write_and_flush(msg, ChannelMatchers.is_not(ctx.channel))


if __name__ == "__main__":
    run(App)
