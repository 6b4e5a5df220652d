"""Watcher: the child process that tells the reloader which files have changed.

What watches files needs threads and a library; the reloader has neither. The child ends when the channel does, and so with the reloader,
whatever ends that one.
"""

import os
import subprocess
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Self, final

from .channel import Channel
from .process import ending

__all__ = ["DESCRIPTOR", "Changes", "Watcher"]

DESCRIPTOR: Final = "_PYBOOT_WATCHER"
"""The variable that tells the child which descriptor its end of the channel is."""


@final
class Changes(NamedTuple):
    """What has changed: some of the files, and how many there are."""

    files: tuple[str, ...]
    total: int

    def __str__(self) -> str:
        named = ", ".join(os.path.relpath(file) for file in self.files[:3])
        return named if self.total <= 3 else f"{named} and {self.total - 3} more"


@final
class Watcher:
    """The child, and the end of its channel."""

    def __init__(self, process: subprocess.Popen[bytes], channel: Channel) -> None:
        """Take a child that was started."""
        self._process = process
        self.channel = channel

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    @classmethod
    def start(cls, arguments: Sequence[str], folder: str) -> Self:
        """Start the program that watches, in *folder*; raises OSError where the system cannot start another process."""
        channel, theirs = Channel.pair()
        with theirs:
            environment = {**os.environ, DESCRIPTOR: str(theirs.fileno())}
            try:
                process = subprocess.Popen(  # noqa: S603  # a program of ours
                    list(arguments), env=environment, cwd=folder, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
                )
            except OSError:
                channel.close()
                raise
        return cls(process, channel)

    def also(self, files: Sequence[str]) -> None:
        """Watch *files*, too."""
        try:
            self.channel.send("also", {"files": list(files)})
        except OSError:  # it is gone, which the end of the channel tells
            return

    def read(self, on_changes: Callable[[Changes], object], on_news: Callable[[str], object]) -> bool:
        """Pass on what it has told: changes, and sentences for the log; tell whether it is still there."""
        while True:
            try:
                message = self.channel.receive()
            except BlockingIOError:
                return True
            if message is None:
                return False
            if message.kind == "changed":
                on_changes(Changes(tuple(message.fields["files"]), message.fields["total"]))
            elif message.kind == "news":
                on_news(message.fields["text"])

    def close(self) -> str:
        """End it; return how it has ended."""
        self.channel.close()
        self._process.terminate()
        return ending(self._process.wait())
