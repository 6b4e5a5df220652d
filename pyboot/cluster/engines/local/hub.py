"""LocalHub: carries the frames of the nodes of one process and keeps their board; with knobs for what a network does to them.

::

    hub = LocalHub.named("pb:shop:")
    hub.partition("a", silent=True)      packets of node a vanish, and nobody is told
    hub.partition("a")                   its connection is cut, and no other is to be had
    hub.heal()                           all is well again
    hub.delay_seconds = 0.2              frames and answers take that long; their order stays
    hub.drop = lambda node, channel: ... frames to that node for which it is true are lost
    hub.forget()                         the engine was emptied

Nodes may be on loops of several threads: what is shared is changed under a lock, for as long as a dict takes, and each node hears its
frames on its own loop.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol, Self, final

from pyboot.supervisor.board import Board

__all__ = ["Carrier", "LocalHub", "Receiver"]


class Receiver(Protocol):
    """The end of a carrier in a node; its methods may be called from any thread."""

    def receive(self, channel: str, frames: Sequence[bytes], delay_seconds: float) -> None:
        """Take *frames* after a delay."""

    def go_on(self) -> None:
        """Take note that `Carrier.is_writable` is true again."""

    def cut(self, reason: str) -> None:
        """Take note that the connection is gone."""


class Carrier(Protocol):
    """What is below a `LocalEngine`: a hub of this process, or the supervisor's channel."""

    async def attach(self, node: str, receiver: Receiver) -> None:
        """Connect; raises ConnectionError where that cannot be."""

    def detach(self, node: str) -> None:
        """Disconnect; again is nothing."""

    def is_writable(self, node: str) -> bool:
        """Tell whether it takes more for now; who publishes all the same is cut off in the end."""

    def publish(self, node: str, channel: str, frames: Sequence[bytes]) -> None:
        """Carry *frames* to all that hear *channel*."""

    async def call(self, node: str, operation: str, *arguments: Any) -> Any:
        """Call a method of the board for *node*; raises ConnectionError where there is no answer in time."""

    async def deliver(self, node: str, channel: str, frame: bytes) -> bool:
        """Publish, and tell whether somebody hears *channel*; raises as `call`."""


@final
class LocalHub:
    """The carrier of one process."""

    _named: ClassVar[dict[str, "LocalHub"]] = {}

    def __init__(self, board: Board | None = None, command_timeout_seconds: float = 2.0) -> None:
        """Take the *board*, by default a new one, and how long a call waits for an answer that does not come."""
        self.board = Board() if board is None else board
        self.command_timeout_seconds = command_timeout_seconds
        self.delay_seconds = 0.0
        self.drop: Callable[[str, str], bool] = _never
        self.dropped_frames = 0
        self._away: dict[str, bool] = {}  # node: whether it is silent
        self._is_down = False
        self._receivers: dict[str, Receiver] = {}
        self._lock = threading.RLock()

    @classmethod
    def named(cls, name: str) -> "LocalHub":
        """Return the hub *name* of this process, which all contexts with that name share."""
        return cls._named.setdefault(name, cls())

    @classmethod
    def use(cls, name: str, hub: Self | None) -> None:
        """Let *hub* be the one called *name*; None: the next one that asks gets a new one."""
        if hub is None:
            cls._named.pop(name, None)
        else:
            cls._named[name] = hub

    # The knobs.

    def partition(self, *nodes: str, silent: bool = False) -> None:
        """Take the network away from *nodes*: their connections are cut and refused, or, where *silent*, nothing goes through them."""
        for node in nodes:
            self._away[node] = silent
            if not silent:
                self._cut(node, "the network was cut")

    def heal(self, *nodes: str) -> None:
        """Give it back to *nodes*; to all where none is named."""
        for node in nodes or list(self._away):
            self._away.pop(node, None)

    def stop(self, *, forget: bool = False) -> None:
        """End, as an engine's process does: all connections are cut, none is to be had until `go_on`; *forget*: what it knew is gone."""
        self._is_down = True
        for node in list(self._receivers):
            self._cut(node, "the engine has ended")
        if forget:
            self.forget()

    def go_on(self) -> None:
        """Be there again."""
        self._is_down = False

    def forget(self) -> None:
        """Lose all leases, tables and limits; connections and subscriptions stay."""
        with self._lock:
            self.board.forget()

    def _cut(self, node: str, reason: str) -> None:
        receiver = self._receivers.get(node)
        self.detach(node)
        if receiver is not None:
            receiver.cut(reason)

    # The carrier.

    async def attach(self, node: str, receiver: Receiver) -> None:
        """Connect *node*."""
        if self._away.get(node):
            await asyncio.sleep(self.command_timeout_seconds)
            raise ConnectionError(f"no answer within {self.command_timeout_seconds:g} s")
        if self._is_down or node in self._away:
            raise ConnectionRefusedError("the network was cut" if node in self._away else "the engine has ended")
        with self._lock:
            self._receivers[node] = receiver

    def detach(self, node: str) -> None:
        """Disconnect *node*, which hears nothing any more."""
        with self._lock:
            if self._receivers.pop(node, None) is not None:
                self.board.unsubscribe_all(node)

    def is_writable(self, node: str) -> bool:
        """Take more at any time: each node has its frames at once."""
        return True

    def publish(self, node: str, channel: str, frames: Sequence[bytes]) -> None:
        """Carry *frames*, as far as the knobs let them through."""
        if node in self._away:
            return
        with self._lock:
            for other in self.board.hearing(channel):
                if other in self._away or self.drop(other, channel):
                    self.dropped_frames += len(frames)
                else:
                    self._receivers[other].receive(channel, frames, self.delay_seconds)

    async def deliver(self, node: str, channel: str, frame: bytes) -> bool:
        """Publish *frame*, and tell whether somebody hears *channel*."""
        self.publish(node, channel, [frame])
        return bool(await self.call(node, "hearing", channel))

    async def call(self, node: str, operation: str, *arguments: Any) -> Any:
        """Call the board, at once but for a delay."""
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        if self._away.get(node):
            await asyncio.sleep(self.command_timeout_seconds)
            raise ConnectionError(f"no answer within {self.command_timeout_seconds:g} s")
        if node not in self._receivers:
            raise ConnectionError("the connection was cut")
        with self._lock:
            return getattr(self.board, operation)(*arguments)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that are connected."""
        return tuple(self._receivers)


def _never(node: str, channel: str) -> bool:
    return False
