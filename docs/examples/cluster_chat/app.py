"""A chat on as many nodes as you like: `NAME text` in a line is for one, any other line for everybody."""

from pyboot.boot import Component, EventListener, PyBootApplication, run
from pyboot.cluster import ClusterChannelGroup, ClusterGap, Kicked, SendOutcome, SessionRegistry
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer


@PyBootApplication
class App: ...


@NettyServer(port=9000)
@ClusterChannelGroup("room")
class ChatServer:
    pipeline = ["line", {"string": {"end": "\n"}}]


@ChannelHandlerBean
class Guest(ChannelHandler[str]):
    def __init__(self, room: ClusterChannelGroup, sessions: SessionRegistry) -> None:
        self.room = room
        self.sessions = sessions

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        word, _, rest = msg.partition(" ")
        if word == "/name":
            await self.sessions.claim(rest, ctx.channel)  # whoever had the name before, on whichever node, is out
            await ctx.write_and_flush(f"you are {rest}")
        elif word == "/to":
            name, _, text = rest.partition(" ")
            if await self.sessions.send(name, text, ack=2.0) is not SendOutcome.DELIVERED:
                await ctx.write_and_flush(f"{name} does not answer")
        else:
            await self.room.write_and_flush(msg)  # members here at once, members elsewhere at most once

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        if isinstance(event, ClusterGap):
            ctx.write_and_flush(f"({event.missed} lines were lost)")
        elif isinstance(event, Kicked):
            ctx.write_and_flush(f"{event.key} is somewhere else now")


@Component
class Watch:
    @EventListener
    def gap(self, event: ClusterGap) -> None:
        print(f"{event.missed} messages of {event.node} to {event.group} are missing: load the state anew")


if __name__ == "__main__":
    run(App)
