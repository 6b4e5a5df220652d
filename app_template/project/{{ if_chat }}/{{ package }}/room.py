"""Who is there, and how all of them are told something."""

from pyboot.boot import Service
from pyboot.netty import Channel, ChannelGroup


@Service
class Room:
    """The members of the room, until they leave or their connections close."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._members = ChannelGroup("room")

    def enter(self, channel: Channel, name: str) -> None:
        """Let *name* hear what is said from here on."""
        self._members.add(channel)
        self.say(f"* {name} is here")

    def leave(self, channel: Channel, name: str) -> None:
        """Tell the others."""
        self._members.discard(channel)
        self.say(f"* {name} has left")

    def say(self, text: str) -> None:
        """Tell *text* to everybody who is there."""
        self._members.write_and_flush(text + "\n")
