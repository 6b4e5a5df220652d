"""A supervisor's switchboard on the loop of the test, with lines that are real: what needs no process of its own."""

import asyncio
import os
from types import SimpleNamespace
from typing import Any

from pyboot.supervisor.channel import Channel, Message
from pyboot.supervisor.loop import Loop
from pyboot.supervisor.switchboard import Switchboard

__all__ = ["Wired"]


class Wired:
    """Switches lines as the supervisor does; it is the worker that asks for one, too."""

    def __init__(self, most_entries: int = 1_000_000) -> None:
        self.warnings: list[str] = []
        self.loop = Loop()
        self.switchboard = Switchboard(self, self.loop, most_entries)
        self.process: Any = SimpleNamespace(slot=0)
        self.is_away = False
        self._asyncio = asyncio.get_running_loop()
        self.go_on()

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def line(self, fields: dict[str, Any], process: Any = None) -> Channel:
        if self.is_away:
            raise OSError("the supervisor is gone")
        ours, theirs = Channel.pair()
        self.switchboard.open(process or self.process, Message("line", fields, (theirs.fileno(),)))
        theirs.close()
        return ours

    def stand_still(self) -> None:
        """Read nothing, as a supervisor that was stopped."""
        self._asyncio.remove_reader(self.loop._selector.fileno())

    def go_on(self) -> None:
        """Read again."""
        self._asyncio.add_reader(self.loop._selector.fileno(), self.turn)

    def turn(self) -> None:
        """Do what there is to do, without waiting: it may be gone since the selector was looked at."""
        self.loop.later(0, lambda: None)
        self.loop.turn(lambda: None)

    def close(self) -> None:
        """End, as a supervisor does that is executed anew."""
        self.switchboard.close()
        self.stand_still()
        with self.loop:
            pass

    def descriptors(self) -> int:
        """How many this process has."""
        return len(os.listdir("/proc/self/fd"))
