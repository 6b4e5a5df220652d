"""Steps 4 to 8: the chat with settings of its own and a service."""

from pydantic import BaseModel, Field

from pyboot.boot import ConfigurationProperties, PyBootApplication, Service, run
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


@ConfigurationProperties("chat")
class ChatProperties(BaseModel):
    """The settings below `chat`."""

    welcome: str = Field(default="welcome", description="The first word to who is new.")
    longest: int = Field(default=500, ge=1, description="Characters of a line that is passed on.")


@Service
class House:
    """The rules of the house: plain Python, with nothing of networks in it."""

    def __init__(self, properties: ChatProperties) -> None:
        """Take the settings."""
        self._properties = properties

    def greeting(self, members: int) -> str:
        """Return what somebody hears who comes as one of *members*."""
        return f"* {self._properties.welcome}, {members} here"

    def passed_on(self, line: str) -> str:
        """Return what the others hear of *line*."""
        return line[: self._properties.longest]


@ChannelGroupBean("members")
@NettyServer(port=9000)
class ChatServer:
    """Its bean and its settings are called "chat"; all its connections are in the group "members"."""

    pipeline = ["line", {"string": {"end": "\n"}}]


@ChannelHandlerBean
class Member(ChannelHandler[str]):
    """One for each connection; the container hands in what the constructor asks for."""

    def __init__(self, members: ChannelGroup, house: House) -> None:
        """Take the group and the rules."""
        self.members = members
        self.house = house

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Greet who is new."""
        ctx.write_and_flush(self.house.greeting(len(self.members)))

    def channel_read(self, ctx: ChannelHandlerContext, line: str) -> None:
        """Pass a line on to all others."""
        self.members.write_and_flush(self.house.passed_on(line), ChannelMatchers.is_not(ctx.channel))


if __name__ == "__main__":
    run(App)
