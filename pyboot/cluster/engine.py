"""ClusterEngine: what carries messages between nodes and keeps their tables; the interface that ``local``, ``redis`` and ``nats`` fill.

An engine is found by its name through the entry point group ``pyboot.cluster.engines``, whose entry is its class. It does what only it can
do; what all engines would do alike is done above it, once: reconnecting with its pauses, subscribing anew, queues, numbers of messages,
heartbeats, leases in time. `docs/design/cluster.md` lists what an engine owes, and `pyboot.testing.ClusterEngineContract` asks for each
point of it.

Theory of operation. `connect` makes one connection and is called again after each loss. From then on the engine calls its listener, always
on the loop that `connect` ran on and never from inside a call of its own: `on_frames` for what comes, `on_lost` once when the connection is
gone, `on_writable` when its buffer has room again. Where there is no connection every other method raises `EngineLostError`, at once.
"""

import enum
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, Self, final

from .member import Member
from .rate import Rate, Taken
from .table import Claim, Claimed, ClaimPolicy, Entry, Table

__all__ = ["ClusterEngine", "EngineListener", "EngineSetup", "EngineState"]


@final
class EngineState(enum.Enum):
    """The states of an engine; ``LOST`` is that of one that has no connection: before the first, and between two."""

    LOST = "lost"
    UP = "up"
    CLOSED = "closed"


class EngineListener(Protocol):
    """What an engine calls, on the loop of `ClusterEngine.connect`; no method of it blocks or raises."""

    def on_frames(self, channel: str, frames: Sequence[bytes]) -> None:
        """Take *frames* that came for *channel*, in the order in which their sender published them."""

    def on_lost(self, error: Exception) -> None:
        """Take note that the connection is gone: told once for each that was made, and not after `ClusterEngine.close`."""

    def on_writable(self) -> None:
        """Take note that `ClusterEngine.is_writable` is true again."""


class EngineSetup(NamedTuple):
    """What an engine is made of.

    *prefix* stands before every key and channel that the engine uses on its server, ``pb:shop:``; *node* is the id of this node;
    *bind* reads the settings below ``cluster.<name of the engine>`` as a model; *bundle* gives the TLS context of an SSL bundle by name;
    *buckets* is in how many parts the table of sessions is kept, for engines that do.
    """

    prefix: str
    node: str
    bind: Callable[[type[Any]], Any]
    bundle: Callable[[str], Any] | None = None
    buckets: int = 1024


class ClusterEngine(ABC):
    """Base of engines.

    Law of cancelling: a call that is cancelled, or that ends in `EngineLostError`, may have been done or not; the engine is as usable as
    before. Law of limits: no method waits for longer than the engine's own timeout of a command, 2 s by default; then it raises
    `EngineLostError`, and the connection is given up, which `EngineListener.on_lost` is told.
    """

    name: ClassVar[str]
    """The name that settings say."""

    properties: ClassVar[type[Any] | None] = None
    """The model of its settings, below ``cluster.<name>``; asked by who lists all settings there are."""

    @classmethod
    @abstractmethod
    def create(cls, setup: EngineSetup) -> Self:
        """Return an engine that is not connected.

        Raises:
            ClusterError: a setting is wrong, or a package that it needs is not installed.
        """

    # The connection.

    @property
    @abstractmethod
    def state(self) -> EngineState:
        """The state."""

    @abstractmethod
    async def connect(self, listener: EngineListener) -> None:
        """Connect once, and return when the engine can be used: nothing is subscribed. If cancelled, nothing is left open.

        Raises:
            EngineUnreachableError: there is no answer.
            EngineRefusedError: it answers that we may not: a wrong password, a user without rights.
            EngineTooOldError: it lacks what we need.
        """

    @abstractmethod
    def drop(self) -> None:
        """Give up the connection at once, since somebody found out that it is of no use; `EngineListener.on_lost` is not called."""

    @abstractmethod
    async def close(self) -> None:
        """Send what was published, close the connection, and be of no more use; again is nothing."""

    # Messages.

    @property
    @abstractmethod
    def is_writable(self) -> bool:
        """True while the buffer of the connection takes more; false between its water marks, and without a connection."""

    @abstractmethod
    def publish(self, channel: str, frames: Sequence[bytes]) -> None:
        """Put *frames* into the connection's buffer, for all that have subscribed to *channel*, this node included; at most once each.

        What one node publishes comes to each subscriber in this order, across channels too. A frame has 1 MiB and a header at most.

        Raises:
            EngineLostError: there is no connection.
        """

    @abstractmethod
    async def deliver(self, channel: str, frame: bytes) -> bool:
        """Publish *frame* and tell whether anybody had subscribed to *channel*; it keeps its place behind what was published before.

        Raises:
            EngineLostError: there is no connection, or it is gone before the answer came.
        """

    @abstractmethod
    async def subscribe(self, channels: Iterable[str]) -> None:
        """Hear *channels* from here on: what anybody publishes after this has returned comes. Again is nothing.

        Raises:
            EngineLostError: there is no connection.
        """

    @abstractmethod
    async def unsubscribe(self, channels: Iterable[str]) -> None:
        """Hear *channels* no more; one that was not subscribed is nothing.

        Raises:
            EngineLostError: there is no connection.
        """

    # Nodes.

    @abstractmethod
    async def epoch(self) -> int:
        """Return a number above all that were returned before, to any node; it may begin anew where the engine has forgotten everything."""

    @abstractmethod
    async def lease(self, member: Member, seconds: float) -> None:
        """Write the lease of a node, for *seconds*, whatever was there; ``member.seconds_left`` is not looked at."""

    @abstractmethod
    async def refresh(self, member: Member, seconds: float) -> bool:
        """Renew the lease for *seconds*, with ``member.info``; False, and nothing is done, where it is not there with this epoch."""

    @abstractmethod
    async def leave(self, node: str) -> None:
        """Remove the lease of *node*; none is nothing."""

    @abstractmethod
    async def members(self) -> Sequence[Member]:
        """Return the nodes that have a lease, in any order."""

    @abstractmethod
    async def acquire(self, name: str, owner: str, seconds: float) -> bool:
        """Be the one that *name* is given to for *seconds*: True for one owner until they are over, and for that owner again."""

    # Tables.

    @abstractmethod
    async def claim(self, table: Table, claims: Sequence[Claim], policy: ClaimPolicy) -> Sequence[Claimed]:
        """Make each claim, atomically for its key and in one round trip for some hundreds; the results stand in the order of *claims*.

        A claim by an owner that has the key already renews its value and its stamp. Under ``REPLACE`` a claim that brings a stamp is
        refused where the key has a later owner (by stamp, then by name), and replaces earlier ones; under ``REFUSE`` any claim is refused
        where there is another owner, living or not; under ``MANY`` it is always made.
        """

    @abstractmethod
    async def release(self, table: Table, owned: Sequence[tuple[str, str]]) -> int:
        """Remove, for each pair of key and owner, that owner alone, and return how many were there. Another owner of the key stays."""

    @abstractmethod
    async def find(self, table: Table, keys: Sequence[str]) -> Sequence[Sequence[Entry]]:
        """Return the owners of each of *keys*, the earliest claim first; none for a key without."""

    @abstractmethod
    def scan(self, table: Table) -> AsyncIterator[tuple[str, Entry]]:
        """Iterate over all keys with their owners; who comes or goes meanwhile may be there or not, and nobody is there twice."""

    # Limits.

    @abstractmethod
    async def take(self, name: str, tokens: int, rate: Rate) -> Taken:
        """Take *tokens* of the limit *name* if all are to be had now, by the rule of `pyboot.supervisor.board.paid_until` (GCRA)."""
