"""LocalEngine: the engine that needs no server: nodes of one process, or the workers of one machine by way of their supervisor."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from typing import Any, ClassVar, Final, Self, final, override

from pyboot.cluster.engine import ClusterEngine, EngineListener, EngineSetup, EngineState
from pyboot.cluster.errors import EngineLostError, EngineUnreachableError
from pyboot.cluster.member import Member
from pyboot.cluster.rate import Rate, Taken
from pyboot.cluster.table import Claim, Claimed, ClaimPolicy, Entry, Table

from .given import carrier
from .hub import Carrier

__all__ = ["LocalEngine"]

_FRAMES_PER_TURN: Final = 1_000


@final
class LocalEngine(ClusterEngine):
    """The engine ``local``. Law: frames are heard on a later turn of the loop, never inside of `publish`, as from a network."""

    name: ClassVar = "local"
    properties: ClassVar = None

    def __init__(self, node: str, carrier: Carrier) -> None:
        """Be the end of *node* at *carrier*."""
        self._node = node
        self._carrier = carrier
        self._state = EngineState.LOST
        self._listener: EngineListener | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reason = "it was not connected yet"
        self._inbox: deque[tuple[float, str, Sequence[bytes]]] = deque()
        self._reading: asyncio.Handle | None = None
        self._connection = 0

    @classmethod
    @override
    def create(cls, setup: EngineSetup) -> Self:
        return cls(setup.node, carrier(setup.prefix))

    @property
    @override
    def state(self) -> EngineState:
        return self._state

    @override
    async def connect(self, listener: EngineListener) -> None:
        if self._state is EngineState.CLOSED:
            raise EngineLostError(self.name, "it is closed")
        self._loop = asyncio.get_running_loop()
        try:
            await self._carrier.attach(self._node, self)
        except ConnectionError as error:
            raise EngineUnreachableError(self.name, "this machine", str(error)) from error
        self._listener = listener
        self._state = EngineState.UP
        self._connection += 1

    @override
    def drop(self) -> None:
        self._end(EngineState.LOST, "the connection was given up")

    @override
    async def close(self) -> None:
        self._end(EngineState.CLOSED, "it is closed")

    def _end(self, state: EngineState, reason: str) -> None:
        if self._state is EngineState.UP:
            self._carrier.detach(self._node)
        if self._state is not EngineState.CLOSED:
            self._state, self._reason = state, reason
        self._inbox.clear()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    # What the carrier calls.

    def receive(self, channel: str, frames: Sequence[bytes], delay_seconds: float) -> None:
        """Take *frames*, from any thread."""
        self._on_loop(self._receive, self._connection, channel, frames, delay_seconds)

    def go_on(self) -> None:
        """Take note that the carrier takes more, from any thread."""
        self._on_loop(self._go_on, self._connection)

    def cut(self, reason: str) -> None:
        """Take note that the connection is gone, from any thread."""
        self._on_loop(self._cut, self._connection, reason)

    def _on_loop(self, method: Any, *arguments: Any) -> None:
        assert self._loop is not None  # it is attached
        try:
            is_here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            is_here = False
        if is_here:
            method(*arguments)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(method, *arguments)

    def _receive(self, connection: int, channel: str, frames: Sequence[bytes], delay_seconds: float) -> None:
        if connection != self._connection or self._state is not EngineState.UP or self._loop is None:
            return
        due = self._loop.time() + delay_seconds
        if self._inbox:
            due = max(due, self._inbox[-1][0])  # the order stays where the delay becomes less
        self._inbox.append((due, channel, frames))
        if self._reading is None:
            self._reading = self._loop.call_at(due, self._read) if delay_seconds else self._loop.call_soon(self._read)

    def _go_on(self, connection: int) -> None:
        if connection == self._connection and self._state is EngineState.UP and self._loop is not None:
            assert self._listener is not None
            self._loop.call_soon(self._listener.on_writable)

    # hot path: once per turn and node
    def _read(self) -> None:
        self._reading = None
        loop, listener, inbox = self._loop, self._listener, self._inbox
        assert loop is not None
        assert listener is not None
        now, left = loop.time(), _FRAMES_PER_TURN
        while inbox and left > 0 and inbox[0][0] <= now:
            _, channel, frames = inbox.popleft()
            left -= len(frames)
            listener.on_frames(channel, frames)
        if inbox and self._reading is None:
            self._reading = loop.call_at(inbox[0][0], self._read) if inbox[0][0] > now else loop.call_soon(self._read)

    def _cut(self, connection: int, reason: str) -> None:
        if connection == self._connection and self._state is EngineState.UP:
            self._end(EngineState.LOST, reason)
            assert self._loop is not None
            assert self._listener is not None
            self._loop.call_soon(self._listener.on_lost, EngineLostError(self.name, reason))

    # Messages.

    @property
    @override
    def is_writable(self) -> bool:
        return self._state is EngineState.UP and self._carrier.is_writable(self._node)

    @override
    def publish(self, channel: str, frames: Sequence[bytes]) -> None:
        self._check()
        self._carrier.publish(self._node, channel, frames)

    @override
    async def deliver(self, channel: str, frame: bytes) -> bool:
        self._check()
        return await self._answer(self._carrier.deliver(self._node, channel, frame))

    @override
    async def subscribe(self, channels: Iterable[str]) -> None:
        await self._call("subscribe", self._node, list(channels))

    @override
    async def unsubscribe(self, channels: Iterable[str]) -> None:
        await self._call("unsubscribe", self._node, list(channels))

    def _check(self) -> None:
        if self._state is not EngineState.UP:
            raise EngineLostError(self.name, self._reason)

    async def _call(self, operation: str, *arguments: Any) -> Any:
        self._check()
        return await self._answer(self._carrier.call(self._node, operation, *arguments))

    async def _answer[T](self, answer: Awaitable[T]) -> T:
        connection = self._connection
        try:
            return await answer
        except ConnectionError as error:
            self._cut(connection, str(error))
            raise EngineLostError(self.name, str(error)) from error

    # Nodes.

    @override
    async def epoch(self) -> int:
        return int(await self._call("epoch"))

    @override
    async def lease(self, member: Member, seconds: float) -> None:
        await self._call("lease", member.node, member.epoch, member.info, seconds)

    @override
    async def refresh(self, member: Member, seconds: float) -> bool:
        return bool(await self._call("refresh", member.node, member.epoch, member.info, seconds))

    @override
    async def leave(self, node: str) -> None:
        await self._call("leave", node)

    @override
    async def members(self) -> Sequence[Member]:
        return [Member(*lease) for lease in await self._call("members")]

    @override
    async def acquire(self, name: str, owner: str, seconds: float) -> bool:
        return bool(await self._call("acquire", name, owner, seconds))

    # Tables.

    @override
    async def claim(self, table: Table, claims: Sequence[Claim], policy: ClaimPolicy) -> Sequence[Claimed]:
        made = await self._call("claim_all", table.value, [tuple(claim) for claim in claims], policy.value)
        return [Claimed(is_owner, stamp, tuple(Entry(*row) for row in others)) for is_owner, stamp, others in made]

    @override
    async def release(self, table: Table, owned: Sequence[tuple[str, str]]) -> int:
        return int(await self._call("release_all", table.value, list(owned)))

    @override
    async def find(self, table: Table, keys: Sequence[str]) -> Sequence[Sequence[Entry]]:
        return [[Entry(*row) for row in rows] for rows in await self._call("find_all", table.value, list(keys))]

    @override
    async def scan(self, table: Table) -> AsyncIterator[tuple[str, Entry]]:
        for key, row in await self._call("scan", table.value):
            yield key, Entry(*row)

    # Limits.

    @override
    async def take(self, name: str, tokens: int, rate: Rate) -> Taken:
        return Taken(*await self._call("take", name, tokens, rate.per_second, rate.burst))
