"""Step 3: an application. What one says, all others hear."""

from pyboot.boot import PyBootApplication, run
from pyboot.netty import (
    ChannelGroup,
    ChannelGroupBean,
    ChannelHandler,
    ChannelHandlerBean,
    ChannelHandlerContext,
    ChannelMatchers,
    NettyServer,
)


@PyBootApplication
class App:
    """Where the search for beans begins."""


@ChannelGroupBean("members")
@NettyServer(port=9000)
class ChatServer:
    """Its bean and its settings are called "chat"; all its connections are in the group "members"."""

    pipeline = ["line", {"string": {"end": "\n"}}]


@ChannelHandlerBean
class Member(ChannelHandler[str]):
    """One for each connection; the container hands in what the constructor asks for."""

    def __init__(self, members: ChannelGroup) -> None:
        """Take the group."""
        self.members = members

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Greet who is new."""
        ctx.write_and_flush(f"* welcome, {len(self.members)} here")

    def channel_read(self, ctx: ChannelHandlerContext, line: str) -> None:
        """Pass a line on to all others."""
        self.members.write_and_flush(line, ChannelMatchers.is_not(ctx.channel))


if __name__ == "__main__":
    run(App)
