"""A game's lobby: players come in, a room begins when it is full, and a clock that all rooms share has them guess."""

import random

from pydantic import BaseModel, Field

from pyboot.boot import Component, ConfigurationProperties, PyBootApplication, Scheduled, Service, run
from pyboot.netty import AttributeKey, Channel, ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer


@PyBootApplication
class App:
    """Where the search begins."""


@ConfigurationProperties("game")
class GameProperties(BaseModel):
    """The settings below `game`."""

    players: int = Field(default=2, ge=1, description="Players of a room.")
    highest: int = Field(default=10, ge=2, description="The highest number to be guessed.")
    tick: str = Field(default="1s", description="Time between two hints.")


class Room:
    """One game: a number, and who guesses it. It knows channels only as something that can be written to."""

    def __init__(self, players: list[Channel], number: int) -> None:
        """Begin with *players*, who have to guess *number*."""
        self.players = players
        self.number = number
        self.guesses: dict[Channel, int] = {}

    def say(self, text: str) -> None:
        """Tell all of them."""
        for player in self.players:
            player.write_and_flush(text)

    def tick(self) -> bool:
        """Judge the guesses since the last tick; True when the game is over."""
        guesses, self.guesses = self.guesses, {}
        if self.number in guesses.values():
            self.say(f"it was {self.number}")
            return True
        for player, guess in guesses.items():
            player.write_and_flush("higher" if guess < self.number else "lower")
        return not any(player.is_active for player in self.players)


ROOM: AttributeKey[Room] = AttributeKey("room")


@Service
class Lobby:
    """Who waits, and which rooms play."""

    def __init__(self, properties: GameProperties) -> None:
        """Take the settings."""
        self._properties = properties
        self._waiting: list[Channel] = []
        self.rooms: list[Room] = []

    def enter(self, player: Channel) -> None:
        """Let *player* wait, or begin a game."""
        self._waiting = [each for each in self._waiting if each.is_active] + [player]
        if len(self._waiting) < self._properties.players:
            player.write_and_flush("wait")
            return
        room = Room(self._waiting, random.randint(1, self._properties.highest))  # noqa: S311  # a game, no secret
        self._waiting = []
        self.rooms.append(room)
        for each in room.players:
            each.attr(ROOM).set(room)
        room.say(f"guess a number up to {self._properties.highest}")


@Component
class Clock:
    """Ticks for all rooms at once: a timer for each would be one too many."""

    def __init__(self, lobby: Lobby) -> None:
        """Take the lobby."""
        self._lobby = lobby

    @Scheduled(every="${game.tick:1s}")
    async def tick(self) -> None:
        """Give each room its turn, on the loop of the application, where the players' handlers run as well."""
        over = [room for room in self._lobby.rooms if room.tick()]
        self._lobby.rooms = [room for room in self._lobby.rooms if room not in over]


@NettyServer(port=9000)
class GameServer:
    """Lines of text."""

    pipeline = ["line", {"string": {"end": "\n"}}]


@ChannelHandlerBean
class Player(ChannelHandler[str]):
    """One player."""

    def __init__(self, lobby: Lobby) -> None:
        """Take the lobby."""
        self.lobby = lobby

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Come in."""
        self.lobby.enter(ctx.channel)

    def channel_read(self, ctx: ChannelHandlerContext, line: str) -> None:
        """Take a guess; the last one before a tick counts."""
        room = ctx.channel.attr(ROOM).get()
        if room is not None and line.isdecimal() and len(line) < 10:
            room.guesses[ctx.channel] = int(line)


if __name__ == "__main__":
    run(App)
